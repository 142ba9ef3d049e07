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


def _json(description: str, model: type[BaseModel]) -> OpenAPIResponse:
    return {"description": description, "content": {"application/json": {"model": model}}}
