"""Calls the API's handler as API Gateway does: HTTP API events, payload version 2.0."""

import base64
import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode

from functions.api.app import app
from functions.api.handler import handler

JSON = "application/json"
CSV = "text/csv"
BOUNDARY = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"

NEW = {
    "name": "Spring",
    "templateName": "spring_sale",
    "channel": "WHATSAPP",
    "audienceType": "CSV",
}
"""The least that a new campaign needs."""


ADMIN = {"sub": "8f3b1c2e-admin", "cognito:groups": "[default:org_admin]"}
"""The claims of somebody who may do everything, as API Gateway hands them over."""


class Context:
    """What Lambda hands to a function besides the event."""

    aws_request_id = "8f5ad40e-0000-4000-8000-000000000000"
    function_name = "api"
    memory_limit_in_mb = 512

    def __init__(self, milliseconds: int = 29_000) -> None:
        self._milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self._milliseconds


@dataclass(frozen=True)
class Reply:
    """An answer, parsed."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def code(self) -> str:
        """The error code; the answer must be a failure in the one shape."""
        assert self.body.keys() == {"success", "error"}, self.body
        assert self.body["success"] is False
        assert self.body["error"].keys() == {"code", "message", "details"}, self.body
        assert self.body["error"]["message"]
        return str(self.body["error"]["code"])

    @property
    def words(self) -> str:
        """The error's message and its details as one text."""
        return json.dumps(self.body["error"], ensure_ascii=False)


def as_role(role: str, tenant: str = "default") -> dict[str, str]:
    """The claims of somebody, as API Gateway hands them over."""
    if role == "service":
        return {"sub": f"machine@{tenant}", "scope": f"campaign-executor/{tenant}:service"}
    return {"sub": f"{role}@{tenant}", "cognito:groups": f"[{tenant}:{role}]"}


def gateway_event(
    method: str,
    path: str,
    *,
    body: bytes | None = None,
    content_type: str | None = None,
    query: Mapping[str, str] | None = None,
    claims: Mapping[str, str] | None = ADMIN,
) -> dict[str, Any]:
    """The event of one request; a body that is not text is in base64, as API Gateway has it."""
    raw_query = urlencode(query or {})
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": raw_query,
        "headers": {"host": "api.example.com"},
        "requestContext": {
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1"},
            "requestId": "JKJaXmPLvHcESHA=",
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }
    if raw_query:
        found = parse_qs(raw_query, keep_blank_values=True)
        event["queryStringParameters"] = {name: ",".join(found[name]) for name in found}
    if content_type:
        event["headers"]["content-type"] = content_type
    if claims:
        event["requestContext"]["authorizer"] = {"jwt": {"claims": dict(claims), "scopes": None}}
    if body is not None:
        kind = (content_type or "").partition(";")[0]
        as_text = kind.startswith("text/") or kind == JSON
        event["isBase64Encoded"] = not as_text
        event["body"] = (
            body.decode("utf-8", "replace") if as_text else base64.b64encode(body).decode()
        )
    return event


@functools.cache
def document() -> dict[str, Any]:
    """The API's OpenAPI document."""
    return dict(json.loads(app.get_openapi_json_schema()))


def operations() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Method, path and description of every operation of the document, by its id."""
    return {
        operation["operationId"]: (method.upper(), path, operation)
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    }


def documented(method: str, path: str) -> dict[str, Any] | None:
    """The answers that the document has for a request, by status; None if it has no such route."""
    for template in sorted(document()["paths"], key=lambda found: "{" in found):
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            operation = document()["paths"][template].get(method.lower())
            return operation["responses"] if operation else None
    return None


def invoke(event: dict[str, Any], milliseconds: int = 29_000) -> Reply:
    """Hand one event to the handler; whatever it answers must be in the document."""
    answer = handler(event, Context(milliseconds))  # type: ignore[arg-type]
    kind = answer["headers"]["Content-Type"]
    assert kind in (JSON, f"{CSV}; charset=utf-8"), answer["headers"]
    status = answer["statusCode"]
    answers = documented(event["requestContext"]["http"]["method"], event["rawPath"])
    if answers is not None:
        assert str(status) in answers, f"{status} is not documented: {answer['body']}"
    body = json.loads(answer["body"]) if kind == JSON else answer["body"]
    return Reply(status, body, answer["headers"])


def get(path: str, **query: str) -> Reply:
    """GET a path."""
    return invoke(gateway_event("GET", path, query=query))


def post(path: str, value: Any = None) -> Reply:
    """POST a value as JSON; None is no body."""
    body = None if value is None else json.dumps(value).encode()
    return invoke(gateway_event("POST", path, body=body, content_type=JSON))


def post_bytes(path: str, body: bytes | None, content_type: str | None) -> Reply:
    """POST bytes as they are."""
    return invoke(gateway_event("POST", path, body=body, content_type=content_type))


def multipart(content: bytes, name: str = "file", filename: str | None = "people.csv") -> bytes:
    """A form with one part, as browsers and curl write it."""
    extra = f'; filename="{filename}"' if filename else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n'
    head += "Content-Type: text/csv\r\n\r\n"
    return head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


def upload(path: str, content: bytes) -> Reply:
    """POST a file."""
    return post_bytes(path, multipart(content), MULTIPART)


def create(**settings: Any) -> str:
    """A new campaign's path."""
    reply = post("/api/campaigns/create", NEW | settings)
    assert reply.status == 201, reply.body
    return f"/api/campaigns/{reply.body['campaignId']}"
