"""Phone numbers: one spelling for each, the other spelling of the same person, a mask."""

import string
import unicodedata

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.domain.phone import MAX_DIGITS, MIN_DIGITS, PhoneError, equivalent, mask, normalise


@pytest.mark.parametrize(
    "written",
    [
        "5511988887777",
        "+5511988887777",
        "+55 11 98888-7777",
        "+55 (11) 98888.7777",
        "[55] 11 98888 7777",
        "0055 11 98888 7777",
        "+00 55 11 98888 7777",
        "(+55) 11 98888-7777",
        "\t 55 11 98888 7777 \r\n",
        "5511988887777.0",
        "+55\u00a011\u202f98888\u20117777",  # no-break spaces, no-break hyphen
        "+55 11 98888\u20137777",  # en dash
        "+55 11 98888\u22127777",  # minus sign
        "\u202a+55 11 98888 7777\u202c",  # direction marks, as copied from a phone's contacts
        "\ufeff+5511988887777",
        "\uff0b\uff15\uff15\uff08\uff11\uff11\uff09\uff19\uff18\uff18\uff188-7777",  # full-width
        "\u0665\u0665\u0661\u0661\u0669\u0668\u0668\u0668\u0668\u0667\u0667\u0667\u0667",  # Arabic
    ],
)
def test_every_way_of_writing_a_number_is_the_same_number(written: str) -> None:
    assert normalise(written) == "5511988887777"


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "missing"),
        ("  \u200b ", "missing"),
        ("- - -", "no digits"),
        ("+", "no digits"),
        ("no phone", "letters"),
        ("+1 202 555 0123 ext 5", "letters"),
        ("+1 202 555 0123/4", "the character '/'"),
        ("551198888777\u00b2", "the character '\u00b2'"),  # a superscript is no digit
        ("55+11988887777", "plus sign"),
        ("5.51199E+12", "spreadsheet"),
        ("5,51199e12", "spreadsheet"),
        ("5E+12", "spreadsheet"),
        ("011 98888-7777", "no country code"),
        ("000 11 98888 7777", "no country code"),
        ("988887777", "Too short: 9 digits"),
        ("1234567890123456", "Too long: 16 digits"),
        ("+999 123 456 789", "No country has the code"),
        ("+1 202 555 01234", "Too long for a number of country code +1"),
        ("+65 1234 567 89", "wrong number of digits for a number of country code +65"),
        ("+44 7946 0123", "area code is missing"),
        ("+33 6 39 98 00 0", "Too short for a number of country code +33"),
    ],
)
def test_what_is_no_number_says_why(written: str, reason: str) -> None:
    with pytest.raises(PhoneError, match=reason.replace("+", r"\+")):
        normalise(written)


def test_a_number_one_digit_too_short_for_the_contract_is_refused_though_some_country_has_it() -> (
    None
):
    assert phonenumbers.is_possible_number(phonenumbers.parse("+376312345"))

    with pytest.raises(PhoneError, match="Too short: 9 digits"):
        normalise("+376 312 345")


def test_a_trunk_zero_is_dropped_with_and_without_brackets_so_both_are_one_person() -> None:
    assert normalise("+44 (0)7700 900123") == "447700900123"
    assert normalise("+44 07700 900123") == "447700900123"


def test_the_leading_zero_of_an_italian_landline_belongs_to_it() -> None:
    assert normalise("+39 06 1234 5678") == "390612345678"
    assert normalise("+39 (0)6 1234 5678") == "390612345678"


def test_mexican_mobiles_keep_the_1_that_whatsapp_still_uses() -> None:
    assert normalise("+52 1 55 1234 5678") == "5215512345678"


def test_the_example_mobile_of_every_country_stays_as_it_is() -> None:
    # given
    mobile = phonenumbers.PhoneNumberType.MOBILE
    examples = [
        number
        for region in phonenumbers.SUPPORTED_REGIONS
        if (number := phonenumbers.example_number_for_type(region, mobile))
    ]
    written = {
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)[1:]: (
            phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
        )
        for number in examples
    }
    assert len(written) > 200

    # when
    changed = {
        digits: normalise(text) for digits, text in written.items() if len(digits) >= MIN_DIGITS
    }

    # then
    assert all(digits == phone for digits, phone in changed.items())


@given(st.text() | st.text(alphabet=string.digits + "+-() .\u00a0eE", max_size=24))
@example("+0")
@example("00")
def test_any_text_becomes_digits_or_a_phone_error_and_stays_the_same_the_second_time(
    text: str,
) -> None:
    try:
        phone = normalise(text)
    except PhoneError:
        return
    assert phone.isascii()
    assert phone.isdecimal()
    assert MIN_DIGITS <= len(phone) <= MAX_DIGITS
    assert normalise(phone) == phone
    assert normalise("+" + phone) == phone


@given(st.characters(categories=["Nd"]))
def test_a_digit_of_any_script_is_that_digit(digit: str) -> None:
    assert normalise(f"551198888777{digit}").endswith(str(unicodedata.decimal(digit)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5511988887777", "551188887777"),
        ("5585912345678", "558512345678"),
        ("5215512345678", "525512345678"),
        ("5491112345678", "541112345678"),
    ],
)
def test_two_spellings_of_one_person_find_each_other(one: str, other: str) -> None:
    assert equivalent(one) == other
    assert equivalent(other) == one


@pytest.mark.parametrize(
    "phone",
    [
        "5511933334444",  # without the 9 it would be the landline 3333-4444, somebody else
        "551133334444",
        "5501988887777",  # no such area
        "12025550123",
        "447700900123",
        "5215512345",
        "54911123456",
        "52155123456789",
        "5521234567890123"[:15],
    ],
)
def test_other_numbers_have_one_spelling(phone: str) -> None:
    assert equivalent(phone) is None


@given(
    st.one_of(
        st.from_regex(r"55[0-9]{10,11}", fullmatch=True),
        st.from_regex(r"5[24][0-9]{9,12}", fullmatch=True),
        st.from_regex(r"[1-9][0-9]{9,14}", fullmatch=True),
    ).filter(str.isascii)
)
def test_equivalence_is_symmetric_and_never_with_itself(phone: str) -> None:
    other = equivalent(phone)

    if other is not None:
        assert other != phone
        assert equivalent(other) == phone


def test_logs_show_the_last_four_digits_only() -> None:
    assert mask("5511988887777") == "*********7777"
    assert mask("777") == "777"
