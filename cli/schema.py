"""JSON Schemas (draft 2020-12) of what `--json` prints, made from the types in the code.

`python -m cli.schema` writes them to `cli/schemas/`, where a change of one shows in a review.
"""

import json
import types
import typing
from pathlib import Path
from typing import Any

from cli.documents import DOCUMENTS

FOLDER = Path(__file__).parent / "schemas"
_PLAIN: dict[object, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    Any: {},
    object: {},
}


def schema(command: str) -> dict[str, Any]:
    """The schema of what a command prints. Raises KeyError."""
    found: dict[str, Any] = {}
    reference = schema_of(DOCUMENTS[command], found)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": command,
        **reference,
        "$defs": found,
    }


def file_of(command: str) -> Path:
    """Where the schema is kept."""
    return FOLDER / f"{command.replace(' ', '-')}.json"


def text_of(command: str) -> str:
    """The schema as it is kept and printed."""
    return json.dumps(schema(command), indent=2, ensure_ascii=False) + "\n"


def schema_of(kind: Any, found: dict[str, Any]) -> dict[str, Any]:
    """Of a type; `found` collects the definitions of the objects. Raises TypeError."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    if typing.is_typeddict(kind):
        return _object(kind, found)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is list:
        return {"type": "array", "items": schema_of(arguments[0], found)}
    if origin is dict:
        return {"type": "object", "additionalProperties": schema_of(arguments[1], found)}
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [schema_of(each, found) for each in arguments]}
    raise TypeError(f"{kind} has no schema")


def _object(kind: Any, found: dict[str, Any]) -> dict[str, Any]:
    name = kind.__name__
    if name not in found:
        found[name] = {}  # named before its fields: it may be in one of them
        fields = typing.get_type_hints(kind)
        found[name] = {
            "type": "object",
            "description": kind.__doc__,
            "properties": {field: schema_of(each, found) for field, each in fields.items()},
            "required": sorted(kind.__required_keys__),
        }
    return {"$ref": f"#/$defs/{name}"}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for each in DOCUMENTS:
        file_of(each).write_text(text_of(each), encoding="utf-8")
