"""Validation errors in words: what the field must be, not what a library found."""

from collections.abc import Mapping, Sequence
from typing import Any

PATTERNS: dict[str, str] = {}
"""What each pattern of the models asks for, in words; `shared/http/models.py` fills it in."""

_WORDS: Mapping[str, str] = {
    "missing": "is required",
    "extra_forbidden": "is not a known field",
    "string_type": "must be a text",
    "string_unicode": "must be valid Unicode text",
    "string_too_short": "must have at least {min_length} character(s)",
    "string_too_long": "must have at most {max_length} characters",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number of reasonable size",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "dict_type": "must be an object",
    "list_type": "must be a list",
    "too_long": "must have at most {max_length} entries",
}

_UNION_TAGS = frozenset({"positional", "named"})
_NAMED_IN_MESSAGE = 3


def explain(errors: Sequence[Mapping[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """One sentence for the whole request, and `{field, message}` for every field that is wrong."""
    details = [{"field": _field(error["loc"]), "message": _message(error)} for error in errors]
    named = [
        f"{detail['field']} {detail['message'].removesuffix('.')}"
        for detail in details[:_NAMED_IN_MESSAGE]
    ]
    more = len(details) - len(named)
    rest = f"; and {more} more, see details" if more > 0 else ""
    return f"The request is not valid: {'; '.join(named)}{rest}.", details


def _field(location: Sequence[int | str]) -> str:
    """`('body', 'throttle', 'batchSize')` → `throttle.batchSize`; the body itself is `body`."""
    inner = list(location[1:])
    if inner[:2] == ["templateParams", "body"] and len(inner) > 2 and inner[2] in _UNION_TAGS:
        del inner[2]  # which of the two forms was meant is no field of the request
    if inner and inner[-1] == "[key]":
        inner.pop()
    return ".".join(str(part) for part in inner) or "body"


def _message(error: Mapping[str, Any]) -> str:
    context: Mapping[str, Any] = error.get("ctx") or {}
    if error["type"] == "string_pattern_mismatch":
        return f"must be {PATTERNS[context['pattern']]}"
    words = _WORDS.get(error["type"])
    return words.format(**context).removesuffix(".0") if words else str(error["msg"])
