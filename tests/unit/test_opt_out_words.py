"""Which messages are a wish for no more of them."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.opt_out import WORDS, is_opt_out, normalised

LISTED = sorted({word.strip() for words in WORDS.values() for word in words.split(",")})
AROUND = st.text(
    alphabet=string.whitespace + "!?.,;:*_~-\"'()[]…¡¿«»🙏🛑❤️\u200b\u200f\ufeff", max_size=6
)


@pytest.mark.parametrize("word", LISTED)
def test_every_listed_word_is_one(word: str) -> None:
    assert is_opt_out(word)


@given(st.sampled_from(LISTED), AROUND, AROUND, st.sampled_from([str, str.upper, str.title]))
def test_it_is_one_however_it_is_written(word: str, before: str, after: str, case: object) -> None:
    assert is_opt_out(f"{before}{case(word)}{after}")  # type: ignore[operator]


@pytest.mark.parametrize(
    "text",
    [
        "ＳＴＯＰ",
        "Stop.",
        "*STOP*",
        "stop 🛑",
        "STOP_PROMOTIONS",
        "opt-out",
        "Opt\u00a0out",
        "unsubscribe!!!",
        "NO MAS MENSAJES",
        "cancelar inscricao",
        "DÉSABONNER",
        "desabonner",
        "ABONELIKTEN AYRIL",
        "ABONELİKTEN ÇIK",
        "الغاء الاشتراك",
        "إِلْغَاءُ الِاشْتِرَاك",
        "СТОП",
    ],
)
def test_ways_in_which_people_write_them(text: str) -> None:
    assert is_opt_out(text)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        " ",
        "!!!",
        "🛑",
        "Please stop by tomorrow",
        "don't stop",
        "stopwatch",
        "nonstop",
        "How do I unsubscribe?",
        "cancel",
        "no",
        "Can you stop the delivery to my old address?",
        "STOP" * 100,
        "stop " * 10_000,
        "\x00",
    ],
)
def test_what_only_has_one_in_it_is_none(text: str | None) -> None:
    assert not is_opt_out(text)


@given(st.text())
def test_any_text_gets_an_answer(text: str) -> None:
    assert is_opt_out(text) in (True, False)
    assert normalised(normalised(text)) == normalised(text)


@given(st.sampled_from(LISTED), st.from_regex(r"[a-z]{3,9}", fullmatch=True))
def test_with_another_word_it_is_none(word: str, other: str) -> None:
    longer = f"{word} {other} xyzzy"
    assert not is_opt_out(longer)


def test_a_deployment_adds_words_of_its_own() -> None:
    assert not is_opt_out("Cancelar")
    assert is_opt_out("¡Cancelar!", "cancelar, no molestar,,")
    assert is_opt_out("NO  MOLESTAR", "cancelar, no molestar,,")
    assert not is_opt_out("", "cancelar,,")
    assert is_opt_out("stop", "cancelar")
