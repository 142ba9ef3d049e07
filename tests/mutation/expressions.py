"""Mistakes in DynamoDB expressions: a condition that always holds, an attribute not written.

Every name and value of an expression stays in use, or DynamoDB would refuse the request for that
and nobody would learn anything.
"""

import re
from collections.abc import Iterator

_CONDITION = re.compile(
    r"attribute_(?:not_)?exists\([#\w]+\)|(?<![\w#:])[#\w]+ (?:=|<>|<=|>=|<|>) :\w+"
)
_JUNCTION = re.compile(r" (AND|OR) ")
_COMPARISON = re.compile(r" (=|<=|>=) (?=:)")
_NUMBER = re.compile(r"-?\d+")
_OTHER = {"AND": "OR", "OR": "AND", "=": ">=", "<=": "<", ">=": ">"}


def weakened(text: str) -> Iterator[str]:
    """What a string could be instead, if it is an expression or a number."""
    if _NUMBER.fullmatch(text):
        yield from (str(int(text) + 1), str(int(text) - 1))
    elif text.lstrip().startswith(("SET ", "ADD ", "REMOVE ")):
        yield from _updates(text)
    else:
        yield from _conditions(text)


def _updates(text: str) -> Iterator[str]:
    """One attribute less is set, added to or removed: another one is, of no meaning."""
    words = re.compile(r"(?<![#:\w(])[a-z]\w*\b(?!\()")
    for found in words.finditer(text):
        yield f"{text[: found.end()]}Unused{text[found.end() :]}"
    if "if_not_exists" in text:
        yield re.sub(r"if_not_exists\(\w+, (:\w+)\)", r"\1", text)


def _conditions(text: str) -> Iterator[str]:
    for found in _CONDITION.finditer(text):
        before, after = text[: found.start()], text[found.end() :]
        yield f"{before}({found[0]} OR attribute_not_exists(unused)){after}"
        yield f"{before}({found[0]} AND attribute_exists(unused)){after}"
    for pattern in (_JUNCTION, _COMPARISON):
        for found in pattern.finditer(text):
            if "attribute_" in text or ":" in text:
                yield f"{text[: found.start(1)]}{_OTHER[found[1]]}{text[found.end(1) :]}"
    if re.search(r"\S+ IN \($", text):
        yield text.removeprefix("NOT ") if text.startswith("NOT ") else f"NOT {text}"
