"""The OpenAPI side of the routes: which answers each can give, and the upload's body."""

from collections import defaultdict
from typing import Any

from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse
from pydantic import BaseModel

from shared.domain.errors import StoreUnavailableError
from shared.http.answers import Failure
from shared.http.errors import ForbiddenError, UnauthorizedError, row_of

_ALWAYS: tuple[type[Exception], ...] = (
    UnauthorizedError,
    ForbiddenError,
    StoreUnavailableError,
    Exception,
)

UPLOAD: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "CSV: a phone number a line, or a header and columns",
                        }
                    },
                }
            },
            "text/csv": {"schema": {"type": "string"}},
        },
    }
}
"""The body of populate, for the document. The route reads it itself (see `shared/http/body.py`)."""


def answers(
    status: int, model: type[BaseModel], *errors: type[Exception]
) -> dict[int, OpenAPIResponse]:
    """The answers of a route: its success, the errors named, and those that any route can give."""
    codes: defaultdict[int, list[str]] = defaultdict(list)
    for error in (*errors, *_ALWAYS):
        row = row_of(error)
        codes[row.status].append(row.code)
    documented: dict[int, OpenAPIResponse] = {status: _json("Success", model)}
    for failed, named in sorted(codes.items()):
        documented[failed] = _json(" or ".join(named), Failure)
    return documented


def csv_answers(*errors: type[Exception]) -> dict[int, OpenAPIResponse]:
    """The same of a route that answers CSV, whole or a piece of it."""
    documented = answers(200, BaseModel, *errors)
    for status, words in (
        (200, "All, or the last piece"),
        (206, "A piece; Link leads to the next"),
    ):
        documented[status] = {
            "description": words,
            "content": {"text/csv": {"schema": {"type": "string"}}},
        }
    return documented


def _json(description: str, model: type[BaseModel]) -> OpenAPIResponse:
    return {"description": description, "content": {"application/json": {"model": model}}}
