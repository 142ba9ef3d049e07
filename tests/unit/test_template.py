"""Template parameters: placeholders name columns, rendering fills them in for one person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.template import ButtonParam, TemplateParams, column_key, has_stray_braces

FULL = TemplateParams(
    header="Order {{ Order }}",
    body=("Hi {{First Name}}", "{{order}} of {{shop}}", "fixed"),
    buttons=(ButtonParam(0, "url", "track/{{order}}"), ButtonParam(2, "quick_reply", "stop")),
)
ROW = {"first name": "Ana", "order": "A-1", "shop": "Café"}


def test_every_part_of_a_template_is_filled_in() -> None:
    assert FULL.render(ROW) == TemplateParams(
        header="Order A-1",
        body=("Hi Ana", "A-1 of Café", "fixed"),
        buttons=(ButtonParam(0, "url", "track/A-1"), ButtonParam(2, "quick_reply", "stop")),
    )


def test_named_body_parameters_keep_their_names() -> None:
    template = TemplateParams(named_body={"who": "{{first name}}", "what": "{{order}}"})

    assert template.render(ROW).named_body == {"who": "Ana", "what": "A-1"}


def test_the_columns_of_all_texts_are_known_before_anybody_is_read() -> None:
    assert FULL.columns() == {"first name", "order", "shop"}
    assert TemplateParams(named_body={"who": "{{ Name }}"}).columns() == {"name"}
    assert TemplateParams(header="no variables", body=("{name}", "{{}}")).columns() == frozenset()


def test_a_column_that_the_row_lacks_is_an_error_and_not_an_empty_text() -> None:
    with pytest.raises(KeyError, match="shop"):
        FULL.render({"first name": "Ana", "order": "A-1"})


def test_a_template_without_texts_stays_without_them() -> None:
    assert TemplateParams().render(ROW) == TemplateParams()
    assert list(TemplateParams().texts()) == []


@pytest.mark.parametrize(
    ("value", "rendered"),
    [
        ("Ana\nMaria", "Ana Maria"),
        ("Ana\t\r\n   Maria ", "Ana Maria"),
        ("a     b", "a b"),
        ("   ", ""),
        ("{{order}}", "{{order}}"),  # a person's text is never a template itself
        (r"\1 \g<0>", r"\1 \g<0>"),
    ],
)
def test_values_are_sent_as_they_are_but_for_the_white_space_that_meta_refuses(
    value: str, rendered: str
) -> None:
    assert TemplateParams(body=("{{name}}",)).render({"name": value}).body == (rendered,)


@given(st.text())
def test_no_value_brings_in_white_space_that_meta_refuses(value: str) -> None:
    # when
    (rendered,) = TemplateParams(body=("Hi {{name}}!",)).render({"name": value}).body

    # then
    assert rendered.startswith("Hi")
    assert not any(forbidden in rendered for forbidden in ("\n", "\r", "\t", "     "))


@given(st.text(min_size=1).filter(lambda name: not set(name) & set("{}") and name.strip()))
def test_a_placeholder_finds_the_column_of_its_name(name: str) -> None:
    template = TemplateParams(body=(f"{{{{ {name} }}}}",))

    assert template.columns() == {column_key(name)}
    assert template.render({column_key(name): "found"}).body == ("found",)


def test_column_names_are_compared_without_case_and_surrounding_space() -> None:
    assert column_key(" First Name\u00a0") == column_key("FIRST NAME") == "first name"
    assert column_key("Straße") == column_key("STRASSE")


@pytest.mark.parametrize("text", ["{{name", "name}}", "{{}}", "{{a}} {{b", "{{{{"])
def test_double_braces_that_are_no_placeholder_are_noticed(text: str) -> None:
    assert has_stray_braces(text)


@pytest.mark.parametrize("text", ["", "{{name}}", "{{ a }}{{b}}", "{name}", "} {"])
def test_placeholders_and_single_braces_are_no_stray_braces(text: str) -> None:
    assert not has_stray_braces(text)
