"""DynamoDB's values and errors: what may be stored, how numbers read back, what compares with what.

Strings, numbers, booleans, null, lists and maps, in the form that the client speaks
(`{"N": "25"}`). Sets and binary values raise NotImplementedError: nobody here stores any.
"""

import copy
import re
from collections.abc import Iterable, Mapping
from decimal import Context, Decimal
from typing import Any

Value = dict[str, Any]
Item = dict[str, Value]

_PLAIN_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,37}")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_EXACT = Context(prec=400)  # more than any sum of two storable numbers can need

_DIGITS, _LARGEST_POWER, _SMALLEST_POWER = 38, 125, -130
"""Precision and range of a number (DynamoDB, "Data types")."""


class Rejected(Exception):
    """A request that DynamoDB refuses; the client turns it into botocore's ClientError."""

    def __init__(self, code: str, message: str, **more: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.more = more


class Invalid(Rejected):
    """The request, or what it would make of an item, breaks a rule: a ValidationException."""

    def __init__(self, message: str) -> None:
        super().__init__("ValidationException", message)


def normal(value: Value) -> Value:
    """A checked copy of one value, numbers in the one form in which they are stored."""
    if not isinstance(value, dict):
        raise Rejected("SerializationException", f"an attribute value can't be {value!r}")
    if len(value) != 1:
        state = "has more than one datatypes set" if value else "is empty"
        raise Invalid(f"Supplied AttributeValue {state}, must contain exactly one datatype")
    ((kind, content),) = value.items()
    if type(content) is str:
        if kind == "S":
            return {"S": content}
        if kind == "N":
            return {"N": _canonical(content)}
    return _rarer(kind, content)


def normal_values(values: Mapping[str, Value]) -> Item:
    """The same for an item, or for the values of a request."""
    return {
        name: {"S": value["S"]}  # by far the most; the rest is for `normal`
        if type(value) is dict and len(value) == 1 and type(value.get("S")) is str
        else normal(value)
        for name, value in values.items()
    }


def _rarer(kind: str, content: Any) -> Value:
    match kind:
        case "S" | "N" if isinstance(content, str):  # a StrEnum: on the wire it is its text
            return normal({kind: str.__str__(content)})
        case "BOOL" if isinstance(content, bool):
            return {"BOOL": content}
        case "NULL" if content is True:
            return {"NULL": True}
        case "L" if isinstance(content, (list, tuple)):
            return {"L": [normal(element) for element in content]}
        case "M" if isinstance(content, dict):
            return {"M": normal_values(content)}
        case "S" | "N" | "BOOL" | "NULL" | "L" | "M":
            raise Rejected("SerializationException", f"{content!r} is no value of type {kind}")
        case "B" | "SS" | "NS" | "BS":
            raise NotImplementedError(f"values of type {kind}")
    raise Invalid("Supplied AttributeValue is empty, must contain exactly one datatype")


def _canonical(text: str) -> str:
    if _PLAIN_NUMBER.fullmatch(text):
        return text
    if not _NUMBER.fullmatch(text):
        raise Invalid(f"The parameter cannot be converted to a numeric value: {text}")
    return number_text(Decimal(text))


def number(value: Value) -> int | Decimal:
    """A stored number, exactly."""
    text = value["N"]
    return Decimal(text) if "." in text else int(text)


def number_text(value: int | Decimal) -> str:
    """How a number is stored: no exponent, no needless zeros. Raises Invalid if it does not fit."""
    if not value:
        return "0"
    if type(value) is int and -(10**_DIGITS) < value < 10**_DIGITS:
        return str(value)
    exact = Decimal(value).normalize(_EXACT)
    if len(exact.as_tuple().digits) > _DIGITS:
        raise Invalid("Attempting to store more than 38 significant digits in a Number")
    if not _SMALLEST_POWER <= exact.adjusted() <= _LARGEST_POWER:
        raise Invalid("Number overflow or underflow: magnitude outside of the supported range")
    return format(exact, "f")


def total(left: Value, right: Value, sign: int) -> Value:
    """`left + sign · right`. Raises Invalid if one of them is no number."""
    if "N" not in left or "N" not in right:
        raise Invalid("An operand in the update expression has an incorrect data type")
    a, b = number(left), number(right) * sign
    if isinstance(a, int) and isinstance(b, int):
        return {"N": number_text(a + b)}
    return {"N": number_text(_EXACT.add(Decimal(a), Decimal(b)))}


def before(left: Value, right: Value) -> bool:
    """Whether `left < right`: of one type that has an order, or there is no answer but no.

    Strings are ordered by their UTF-8 bytes, which is the order of their code points.
    """
    if "S" in left and "S" in right:
        return bool(left["S"] < right["S"])
    if "N" in left and "N" in right:
        return number(left) < number(right)
    return False


def kind_of(value: Value) -> str:
    """S, N, BOOL ..."""
    return next(iter(value))


def copied(item: Item, attributes: Iterable[str] | None = None) -> Item:
    """What a reader gets: it may change its copy as it likes. `attributes`: only these."""
    if attributes is not None:
        item = {name: item[name] for name in attributes if name in item}
    return {
        name: value.copy() if "S" in value or "N" in value else copy.deepcopy(value)
        for name, value in item.items()
    }


def size(item: Item) -> int:
    """Bytes of an item by DynamoDB's rules ("Item sizes and formats")."""
    texts = [value["S"] for value in item.values() if "S" in value]
    others = [_value_size(value) for value in item.values() if "S" not in value]
    return _text_size("".join([*item, *texts])) + sum(others)


def _value_size(value: Value) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return _text_size(content)
        case "N":
            return len(content.strip("-0.")) // 2 + 2
        case "L":
            return 3 + sum(1 + _value_size(element) for element in content)
        case "M":
            return 3 + len(content) + size(content)
    return 1


def _text_size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())
