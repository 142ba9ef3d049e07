"""The body of a request, as API Gateway delivers it: JSON, or an uploaded file.

API Gateway hands a function text types as text and everything else in base64. Nothing here trusts
either: whatever the bytes are, the answer is a value or a RequestError.
"""

import base64
import binascii
import json
from collections.abc import Iterator
from email.message import Message
from typing import Any, NoReturn

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from shared.http.errors import BodyTooLargeError, MalformedBodyError, UnsupportedMediaTypeError

EVENT_LIMIT = 6 * 1024 * 1024 - 64 * 1024
"""Characters of a delivered body. AWS Lambda takes 6 MB an invocation, base64 and all included."""

CSV_TYPES = frozenset({"text/csv", "application/csv"})


def read_json(event: APIGatewayProxyEventV2) -> dict[str, Any] | None:
    """The body as a JSON object; None if there is none.

    Raises BodyTooLargeError, UnsupportedMediaTypeError, MalformedBodyError.
    """
    raw = _bytes(event)
    if not raw.strip():
        return None
    kind = _content_type(event).get_content_type()
    if kind and kind != "application/json" and not kind.endswith("+json"):
        raise UnsupportedMediaTypeError(
            f"This route reads JSON, not {kind}. Send the header Content-Type: application/json."
        )
    value = _parsed(raw)
    if not isinstance(value, dict):
        raise MalformedBodyError("The body must be a JSON object: {…}.")
    return value


def read_upload(event: APIGatewayProxyEventV2) -> bytes:
    """The uploaded file: the part `file` of a multipart form, or a bare CSV body.

    Raises BodyTooLargeError, UnsupportedMediaTypeError, MalformedBodyError.
    """
    raw = _bytes(event)
    header = _content_type(event)
    kind = header.get_content_type()
    if kind in CSV_TYPES:
        content = raw
    elif kind == "multipart/form-data":
        content = _file_part(raw, header)
    else:
        raise UnsupportedMediaTypeError(
            f"This route takes a file, not {kind or 'a body without a content type'}. Send "
            "multipart/form-data with the CSV in the field 'file' (curl -F file=@recipients.csv)."
        )
    if not content.strip():
        raise MalformedBodyError("The file is empty. Upload a CSV with one phone number a line.")
    return content


def _bytes(event: APIGatewayProxyEventV2) -> bytes:
    body = event.body or ""
    if len(body) > EVENT_LIMIT:
        raise BodyTooLargeError(
            "The body is too large: one request carries a file of up to 4.4 MB. Import the list "
            "instead (POST /api/campaigns/{id}/imports), or upload parts of it one by one: "
            "populate adds, and skips whoever is there already."
        )
    if not event.is_base64_encoded:
        return body.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedBodyError("The body is not valid base64.") from None


def _content_type(event: APIGatewayProxyEventV2) -> "_Header":
    return _Header(event.headers.get("content-type") or "")


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw.decode("utf-8-sig"), parse_constant=_not_json)
    except json.JSONDecodeError as error:
        raise MalformedBodyError(
            f"The body is not valid JSON: {error.msg} in line {error.lineno}, column {error.colno}."
        ) from None
    except UnicodeDecodeError:
        raise MalformedBodyError("The body is not valid JSON: it is not UTF-8 text.") from None
    except (RecursionError, ValueError):  # nested or a number too long beyond all use
        raise MalformedBodyError(
            "The body is not usable JSON: it is nested too deeply, or has a "
            "number that no field could take."
        ) from None


def _not_json(constant: str) -> NoReturn:
    raise MalformedBodyError(f"The body is not valid JSON: {constant} is no JSON value.")


class _Header:
    """A header with parameters, read by the rules of RFC 2045 (quotes, comments, RFC 2231)."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._message = Message()
        self._message["Content-Type"] = " ".join(text.split())

    def get_content_type(self) -> str:
        """The bare type in lower case; empty if there is none."""
        return self._text.partition(";")[0].strip().lower()

    def parameter(self, name: str) -> str | None:
        """One parameter without its quotes."""
        value = self._message.get_param(name)
        return value[2] if isinstance(value, tuple) else value


def _file_part(raw: bytes, header: _Header) -> bytes:
    boundary = header.parameter("boundary")
    if not boundary:
        raise MalformedBodyError(
            "The Content-Type has no boundary. Let the HTTP client set it, don't write it by hand."
        )
    found: list[bytes] = []
    others: list[str] = []
    for name, content in _parts(raw, boundary):
        if name == "file":
            found.append(content)
        else:
            others.append(name[:40])
    if len(found) == 1:
        return found[0]
    if found:
        raise MalformedBodyError("The form has more than one 'file'. Upload one file at a time.")
    seen = f" It has: {', '.join(others[:10])}." if others else ""
    raise MalformedBodyError(f"The form has no field 'file'. Put the CSV there.{seen}")


def _parts(raw: bytes, boundary: str) -> Iterator[tuple[str, bytes]]:
    """The parts of a multipart body (RFC 2046, 7578) as field name and content.

    A delimiter only counts at the start of a line, so that a file may hold the boundary's text.
    """
    delimiter = b"\r\n--" + boundary.encode("utf-8", "surrogateescape")
    body = b"\r\n" + raw
    at = body.find(delimiter)
    while at >= 0:
        start = at + len(delimiter)
        if body.startswith(b"--", start):
            return
        end = body.find(delimiter, start)
        if end < 0:
            break
        head, separator, content = body[start:end].partition(b"\r\n\r\n")
        if separator:
            yield _field_name(head), content
        at = end
    raise MalformedBodyError(
        "The multipart body is cut off or has another boundary than its header."
    )


def _field_name(head: bytes) -> str:
    for line in head.decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-disposition":
            return _Header(value).parameter("name") or ""
    return ""
