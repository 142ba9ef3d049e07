"""Phone numbers: one spelling to store, the other that WhatsApp may know, a mask for logs."""

import re
import unicodedata

MIN_DIGITS = 10
MAX_DIGITS = 15  # E.164's own maximum

_SEPARATORS = str.maketrans("", "", " \t\r\n\v\f()[].-")
_FLOAT = re.compile(r"\+?([0-9]{10,15})\.0")
_SCIENTIFIC = re.compile(r"\+?[0-9]+(?:[.,][0-9]*)?e\+?[0-9]+", re.IGNORECASE)

_DIGITS = re.compile(r"[0-9]+")  # not \d, which takes the digits of every script
_BRAZIL_LONG = re.compile(r"55[1-9][1-9]9[016-9][0-9]{7}")
_BRAZIL_SHORT = re.compile(r"55[1-9][1-9][016-9][0-9]{7}")


class PhoneError(ValueError):
    """A text that is no phone number we can write to; the message says why, for people."""


def normalise(text: str) -> str:
    """Bring a phone number to the form in which it is stored: E.164 without the plus sign.

    `+`, spaces, dashes, brackets, dots, a leading `00` and a trunk zero (+44 (0)20 …, dialled at
    home only) are taken off; 10 to 15 ASCII digits remain, a possible number of some country by
    Google's numbering data. Digits of other scripts become ASCII. Raises PhoneError.
    """
    plain = text.strip()
    if not plain.isascii():
        plain = _to_ascii(plain)
    if whole := _FLOAT.fullmatch(plain):  # a spreadsheet's "5511988887777.0": every digit is there
        plain = whole[1]
    digits = plain.translate(_SEPARATORS).removeprefix("+").removeprefix("00")
    if not _DIGITS.fullmatch(digits):
        raise PhoneError(_not_digits(plain, digits))
    return _possible(digits)


def equivalent(phone: str) -> str | None:
    """The other spelling under which WhatsApp may know the same person, or None.

    Guarantee: symmetric, so two spellings of one person always find each other. Brazil (the ninth
    digit of mobiles), Mexico (52 and 521) and Argentina (54 and 549): for these the Cloud API may
    change the prefix, Meta says. A Brazilian landline (it begins with 2 to 5) is not the mobile
    with a 9 before it: those are two people.
    """
    if phone.startswith("55"):
        if _BRAZIL_LONG.fullmatch(phone):
            return phone[:4] + phone[5:]
        return f"{phone[:4]}9{phone[4:]}" if _BRAZIL_SHORT.fullmatch(phone) else None
    country = phone[:2]
    mobile = {"52": "1", "54": "9"}.get(country)
    if mobile is None:
        return None
    if len(phone) == 12:
        return country + mobile + phone[2:]
    return country + phone[3:] if len(phone) == 13 and phone[2] == mobile else None


def mask(phone: str) -> str:
    """The form for logs: all but the last four digits hidden."""
    return "*" * (len(phone) - 4) + phone[-4:]


def _to_ascii(text: str) -> str:
    """The text with digits, spaces, dashes and full-width signs of other scripts as ASCII.

    Anything else stays, to be refused: a superscript 2 is a footnote, not a digit.
    """
    return "".join(_letter_to_ascii(letter) for letter in text).strip()


def _letter_to_ascii(letter: str) -> str:
    category = unicodedata.category(letter)
    if category == "Nd":
        return str(unicodedata.decimal(letter))
    if category == "Pd" or letter == "\N{MINUS SIGN}":
        return "-"
    if category == "Cf":  # direction marks and zero-width spaces come with copied contacts
        return ""
    if category == "No":
        return letter
    return unicodedata.normalize("NFKC", letter)


def _not_digits(plain: str, digits: str) -> str:
    if not plain:
        return "The phone number is missing."
    if _SCIENTIFIC.fullmatch(plain):
        return (
            "A spreadsheet shortened this number and its digits are lost: "
            "format the column as text and export it again."
        )
    strange = re.sub(r"[0-9]", "", digits)
    if not strange:
        return "There are no digits in it."
    if strange.startswith("+"):
        return "A plus sign belongs only at the beginning."
    kind = "letters" if strange[0].isalpha() else f"the character {strange[0]!r}"
    return f"It contains {kind}; write digits only, with the country code: +5511988887777."


def _possible(digits: str) -> str:
    """The number as the world dials it. Raises PhoneError."""
    if digits.startswith("0"):
        raise PhoneError("It has no country code: write +55… or 0055… instead of a leading 0.")
    if len(digits) > MAX_DIGITS:
        raise PhoneError(f"Too long: {len(digits)} digits; the longest numbers have {MAX_DIGITS}.")
    # Mexico gave up the 1 in 2019, so the data calls 521… too long; WhatsApp still uses it.
    mexican = len(digits) == 13 and digits.startswith("521")
    phone = digits if mexican or len(digits) < MIN_DIGITS else _international(digits)
    if len(phone) < MIN_DIGITS:
        raise PhoneError(
            f"Too short: {len(phone)} digits; a number with its country code has "
            f"{MIN_DIGITS} to {MAX_DIGITS}."
        )
    return phone


def _international(digits: str) -> str:
    # Here and not above: 50 ms of import that only the audience needs, not the API's cold start.
    from phonenumbers import (
        NumberParseException,
        ValidationResult,
        is_possible_number_with_reason,
        national_significant_number,
        parse,
    )

    try:
        number = parse("+" + digits)
    except NumberParseException:
        raise PhoneError(f"No country has the code that {digits[:3]}… begins with.") from None
    country = number.country_code
    result = is_possible_number_with_reason(number)
    if result == ValidationResult.IS_POSSIBLE:
        # Without the trunk zero where the country has one; an Italian 0 belongs to the number.
        return f"{country}{national_significant_number(number)}"
    words = {
        ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "The area code is missing",
        ValidationResult.TOO_SHORT: "Too short",
        ValidationResult.TOO_LONG: "Too long",
    }.get(result, "It has the wrong number of digits")
    raise PhoneError(f"{words} for a number of country code +{country}.")
