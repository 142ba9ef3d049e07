"""The uploaded list: any encoding, delimiter and header, and a clear word for what is no list."""

import csv
import io
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from shared.domain.audience import PHONE_COLUMNS, Audience, Row, open_audience
from shared.domain.errors import AudienceError

ANA, BIA, CAIO = "5511988887771", "5511988887772", "5511988887773"


def audience(content: bytes | str) -> Audience:
    return open_audience(io.BytesIO(content if isinstance(content, bytes) else content.encode()))


def rows(content: bytes | str) -> list[Row]:
    return list(audience(content).rows())


def lines_and_phones(content: bytes | str) -> list[tuple[int, str]]:
    return [(row.line, row.phone) for row in rows(content)]


@pytest.mark.parametrize(
    "content",
    [
        "phone,name\n{ana},Ana\n{bia},José\n",
        "phone;name\n{ana};Ana\n{bia};José\n",
        "phone\tname\n{ana}\tAna\n{bia}\tJosé\n",
        'phone,name\r\n"{ana}","Ana"\r\n"{bia}","José"\r\n',
        'phone, name\n{ana}, "Ana"\n{bia}, José',
        "name,phone\nAna,{ana}\nJosé,{bia}\n",
        "phone,name\r{ana},Ana\r{bia},José\r",
        "sep=;\nphone;name\n{ana};Ana\n{bia};José\n",
        "\n\nphone,name\n\n{ana},Ana\n,,\n{bia},José\n\n  \n",
        "PHONE , Name,,\n{ana},Ana,,\n{bia},José,,\n",
    ],
)
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"]
)
def test_the_same_list_in_any_form_has_the_same_people(content: str, encoding: str) -> None:
    # given
    mark = "\ufeff" if encoding in {"utf-16-le", "utf-16-be"} else ""
    file = (mark + content.format(ana=ANA, bia=BIA)).encode(encoding)

    # when
    people = [(row.phone.strip(), row.values["name"].strip()) for row in rows(file)]

    # then
    assert people == [(ANA, "Ana"), (BIA, "José")]


cells = st.text(
    st.characters(codec="latin-1", exclude_categories=["Cc"]) | st.sampled_from(',;\t"\n'),
    max_size=12,
).map(str.strip)
# A word that names a column of phones makes a header of the first row, and rightly so.
values = cells.filter(lambda cell: "".join(filter(str.isalnum, cell)).lower() not in PHONE_COLUMNS)


@given(
    st.lists(
        st.tuples(st.from_regex(r"55119[0-9]{8}", fullmatch=True), values, values), min_size=1
    ),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_what_a_csv_writer_writes_comes_back(
    people: list[tuple[str, str, str]], encoding: str, delimiter: str, end: str, header: bool
) -> None:
    # given
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    if header:
        writer.writerow(["Phone", "First Name", "Order"])
    writer.writerows(people)
    file = text.getvalue().encode(encoding, "replace")
    assume(encoding != "latin-1" or not _has_utf8(file))

    # when
    found = audience(file)

    # then
    keys = ("phone", "first name", "order") if header else ("phone", "column2", "column3")
    assert found.columns == keys
    assert [tuple(row.values[key] for key in keys) for row in found.rows()] == people


def _has_utf8(file: bytes) -> bool:
    """Whether some bytes beyond ASCII are UTF-8, which is what they nearly always are."""
    beyond = sum(byte > 127 for byte in file)
    return file.decode("utf-8", "replace").count("\ufffd") != beyond


@settings(max_examples=400)
@given(
    st.binary(max_size=300)
    | st.text(max_size=120).map(str.encode)
    | st.text(alphabet="5119 \"',;\t\r\n\0ÿ€é{<[", max_size=120).map(str.encode)
    | st.text(alphabet='5119",;\n\ud800', max_size=60).map(
        lambda text: b"\xff\xfe" + text.encode("utf-16-le", "surrogatepass") + b"\x41"
    )
)
@example(b"\xff\xfe")
@example(b"\xef\xbb\xbf")
@example(b'"')
@example(b'""')
@example(b"\xff\xfe\0\0p\0\0\0")
def test_any_bytes_are_read_or_refused_as_a_list(content: bytes) -> None:
    try:
        found = audience(content)
        found.check()
    except AudienceError as error:
        message = error.message
        assert message.endswith(".")
        return
    for row in found.rows():
        assert set(row.values) == set(found.columns)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty"),
        (b"\xef\xbb\xbf", "only blank lines"),
        (b"\n \n;;;\n \n", "only blank lines"),
        (b"phone,name\n", "header row but nobody"),
        (b"phone,name\n\n,\n", "header row but nobody"),
        (b"PK\x03\x04\x14\0\x06\0", "Excel file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel file"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x1f\x8b\x08\0", "gzip"),
        (b"{\\rtf1\\ansi", "rich text"),
        (b"\n<!doctype html><table>", "HTML"),
        (b'[{"phone": "5511988887771"}]', "JSON"),
        (b'{"phone": "5511988887771"}', "JSON"),
        (b'["5511988887771"]', "JSON"),
        (bytes(range(256)), "binary data"),
        (b"\x01\x02\x03\x04\x05abc", "binary data"),
        ("phone\n5511988887771\n".encode("utf-16-le"), "binary data"),  # no mark: nobody can tell
        (b"phone,name,Phone \n1,2,3\n", "'phone' more than once"),
        (b"phone,name,name,x,x\n1,2,3,4,5\n", "'name', 'x' more than once"),
        (b"phone,name\n5511988887771," + b"a" * 100_001 + b"\n", "Line 2 has more than 100000"),
        (b"5" * 300_000, "Line 1 has more than"),
    ],
)
def test_what_is_no_list_is_refused_with_what_to_do(content: bytes, words: str) -> None:
    with pytest.raises(AudienceError, match=words):
        audience(content).check()


def test_damage_far_into_the_file_is_found_before_anybody_is_taken() -> None:
    good = f"phone,name\n{ANA},Ana\n" + f"{BIA},Bia\n" * 10_000

    with pytest.raises(AudienceError, match="Line 10003 holds binary data"):
        audience(good + f"{CAIO},\0\n").check()


@pytest.mark.parametrize(
    "rest",
    [
        "",
        "".join(f"{BIA},Bia {n}\n" for n in range(99)),
        "".join(f"{BIA},Bia {n}\n" for n in range(50_000)),
        "a" * 90_000 + "\n" + "b" * 90_000 + "\n",
    ],
    ids=["end", "short rest", "long rest", "large cell"],
)
def test_a_quote_that_is_never_closed_is_refused_instead_of_swallowing_people(rest: str) -> None:
    with pytest.raises(AudienceError, match=r"quotation mark .* on line 3"):
        audience(f'phone,name\n{ANA},Ana\n{BIA},"Bia\n{rest}').check()


def test_a_quote_that_closes_only_at_another_stray_quote_far_below_is_refused_too() -> None:
    between = "".join(f"{BIA},Bia {n}\n" for n in range(150))

    with pytest.raises(AudienceError, match=r"quotation mark .* on line 2"):
        audience(f'phone,name\n{ANA},"Ana\n{between}{CAIO},5" pipe\n{ANA},Ana\n').check()


def test_a_foreign_byte_on_a_late_line_costs_nobody_a_row() -> None:
    # given
    file = f"phone,name\n{ANA},José\n".encode() + f"{BIA},Bia\n".encode() * 20_000
    file += f"{CAIO},".encode() + b"Andr\xe9 \x80\x81\n" + f"{ANA},Zoë\n".encode()

    # when
    names = [row.values["name"] for row in rows(file)]

    # then
    assert len(names) == 20_003
    assert (names[0], names[-2], names[-1]) == ("José", "André €\x81", "Zoë")


def test_lines_are_those_of_the_file_though_cells_have_line_ends_and_lines_are_blank() -> None:
    file = f'phone,note\n\n{ANA},"one\ntwo\r\nthree"\n\n\n{BIA},x\n"{CAIO}","\n"\n{ANA},last'

    assert lines_and_phones(file) == [(3, ANA), (8, BIA), (9, CAIO), (11, ANA)]


def test_without_a_header_the_first_column_has_the_phones_and_the_first_line_counts() -> None:
    # when
    found = audience(f"{ANA};Ana;A-1\n{BIA};Bia;B-2\n")

    # then
    assert found.columns == ("phone", "column2", "column3")
    assert [row.values["column2"] for row in found.rows()] == ["Ana", "Bia"]


@pytest.mark.parametrize("first", ["12345", "5.51199E+12", "+1 202 555 0123 4", "0119888-7777"])
def test_a_wrong_number_in_the_first_line_is_a_row_to_report_and_no_header(first: str) -> None:
    assert lines_and_phones(f"{first}\n{ANA}\n") == [(1, first), (2, ANA)]


def test_a_header_that_names_no_phone_leaves_the_first_column_to_the_phones() -> None:
    assert lines_and_phones(f"Contact,Name\n{ANA},Ana\n") == [(2, ANA)]


@pytest.mark.parametrize(
    "name",
    [
        *PHONE_COLUMNS,
        "Phone Number",
        "PHONE_NUMBER",
        "phone-number",
        " WhatsApp ",
        "Teléfono",
        "Móvil",
    ],
)
def test_the_column_of_phones_is_found_by_its_name(name: str) -> None:
    assert [row.phone for row in rows(f"id,first name,{name}\n1,Ana,{ANA}\n")] == [ANA]


def test_of_several_columns_of_phones_the_surest_name_wins() -> None:
    assert lines_and_phones(f"to,tel,whatsapp,phone\n1,2,{ANA},4\n") == [(2, ANA)]


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (f"{ANA};Silva, Ana\n{BIA};Souza, Bia\n", ["Silva, Ana", "Souza, Bia"]),
        (f"{ANA},a;b\n{BIA},c\n", ["a;b", "c"]),
        (f"{ANA}\ta, b; c\n{BIA}\td, e; f\n", ["a, b; c", "d, e; f"]),
        (f'{ANA};"x;y",z\n{BIA};w\n', ['x;y,z', "w"]),
        (f'"{ANA}","a;b;c;d"\n"{BIA}","e;f;g;h"\n', ["a;b;c;d", "e;f;g;h"]),
    ],
)  # fmt: skip
def test_the_delimiter_is_the_one_that_makes_sense_of_the_first_lines(
    content: str, names: list[str]
) -> None:
    assert [row.values["column2"] for row in rows(content)] == names


def test_a_short_row_has_empty_cells_and_a_long_one_says_so() -> None:
    # when
    short, even, long, padded = rows(
        f"phone,name\n{ANA}\n{BIA},Bia\n{CAIO},Silva, Caio\n{ANA},A, ,\n"
    )

    # then
    assert (short.values["name"], short.surplus) == ("", False)
    assert (even.values["name"], even.surplus) == ("Bia", False)
    assert (long.values["name"], long.surplus) == ("Silva", True)
    assert padded.surplus is False


def test_columns_without_a_name_are_called_by_their_number() -> None:
    assert audience(f"phone,,name,\n{ANA},1,Ana,2\n").columns == (
        "phone",
        "column2",
        "name",
        "column4",
    )


def test_the_rows_can_be_read_again_and_the_file_stays_open() -> None:
    # given
    file = io.BytesIO(f"phone\n{ANA}\n{BIA}\n".encode())
    found = open_audience(file)

    # when
    next(found.rows())  # abandoned half-way
    twice = [[row.phone for row in found.rows()] for _ in range(2)]

    # then
    assert twice == [[ANA, BIA], [ANA, BIA]]
    assert not file.closed


def test_a_long_list_is_read_in_constant_memory(tmp_path: Path) -> None:
    # given
    path = tmp_path / "long.csv"
    path.write_bytes(b"phone,name\n" + b"".join(b"55119%08d,Ana\n" % n for n in range(50_000)))

    # when
    tracemalloc.start()
    with path.open("rb") as file:
        count = sum(1 for _ in open_audience(file).rows())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    # then
    assert count == 50_000
    assert peak < 2_000_000
