"""What API Gateway, EventBridge and SQS hand to a Lambda function, built as they do. Pure.

The HTTP forms are those of API Gateway HTTP APIs, payload format 2.0: the path decoded, the query
string as it came, lower-case headers joined by commas, cookies apart, a body that is not text in
base64.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

REGION = "us-east-1"
ACCOUNT = "000000000000"
_TEXT_TYPES = frozenset({"application/json", "application/javascript", "application/xml"})

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One HTTP request, read whole. `path` is decoded, `query` is not."""

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes
    source_ip: str = "127.0.0.1"
    protocol: str = "HTTP/1.1"

    def header(self, name: str) -> str:
        """The values of a header, joined by commas; empty if there is none."""
        wanted = name.lower().encode()
        return ",".join(v.decode("latin-1") for n, v in self.headers if n.lower() == wanted)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """One HTTP answer, whole."""

    status: int
    headers: Headers
    body: bytes


def gateway_event(
    request: HttpRequest,
    request_id: str,
    now: datetime,
    claims: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The event that an HTTP API hands to its function for `request`.

    `claims`: of the token that its authorizer has verified; None for a route without one.
    """
    headers = _headers(request)
    cookies = [c.strip() for c in headers.pop("cookie", "").split(";") if c.strip()]
    body, encoded = _event_body(request)
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "local",
            "domainName": headers.get("host", "localhost"),
            "domainPrefix": "local",
            "http": {
                "method": request.method,
                "path": request.path,
                "protocol": request.protocol,
                "sourceIp": request.source_ip,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": request_id,
            "routeKey": "$default",
            "stage": "$default",
            "time": now.astimezone(UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now.timestamp() * 1000),
        },
        "isBase64Encoded": encoded,
    }
    if claims is not None:
        event["requestContext"]["authorizer"] = {"jwt": {"claims": dict(claims), "scopes": None}}
    if cookies:
        event["cookies"] = cookies
    if request.query:
        event["queryStringParameters"] = _joined(parse_qsl(request.query, keep_blank_values=True))
    if request.body:
        event["body"] = body
    return event


def http_answer(answer: Any) -> HttpAnswer:
    """The HTTP answer that an HTTP API makes of what its function returned.

    Without a `statusCode` the whole value is the body of a 200 in JSON. Raises ValueError (which a
    client sees as a 500) if it can't be an answer.
    """
    if not isinstance(answer, dict) or "statusCode" not in answer:
        text = answer if isinstance(answer, str) else json.dumps(answer)
        return HttpAnswer(200, [(b"content-type", b"application/json")], text.encode())
    status = int(answer["statusCode"])
    if not 100 <= status <= 599:
        raise ValueError(f"{status} is not an HTTP status")
    body = answer.get("body") or ""
    content = base64.b64decode(body) if answer.get("isBase64Encoded") else str(body).encode()
    headers = [
        (name.lower().encode("latin-1"), str(value).encode("latin-1"))
        for name, value in (answer.get("headers") or {}).items()
    ]
    if b"content-type" not in dict(headers):
        headers.append((b"content-type", b"text/plain;charset=UTF-8"))
    headers += [(b"set-cookie", str(c).encode("latin-1")) for c in answer.get("cookies") or []]
    return HttpAnswer(status, headers, content)


def schedule_event(event_id: str, now: datetime) -> dict[str, Any]:
    """What a schedule rule of EventBridge sends every minute."""
    return {
        "version": "0",
        "id": event_id,
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/tick"],
        "detail": {},
    }


def queue_event(messages: Iterable[Mapping[str, Any]], queue_arn: str) -> dict[str, Any]:
    """What the poller of an SQS event source sends, from messages as ReceiveMessage gives them."""
    return {
        "Records": [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": dict(message.get("Attributes", {})),
                "messageAttributes": {},
                "md5OfBody": message.get("MD5OfBody", ""),
                "eventSource": "aws:sqs",
                "eventSourceARN": queue_arn,
                "awsRegion": REGION,
            }
            for message in messages
        ]
    }


def _headers(request: HttpRequest) -> dict[str, str]:
    """Lower-case names; what comes twice is joined by commas, cookies by semicolons."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in request.headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        separator = "; " if name == "cookie" else ","
        headers[name] = f"{headers[name]}{separator}{value}" if name in headers else value
    headers.setdefault("x-forwarded-for", request.source_ip)
    headers.setdefault("x-forwarded-proto", "http")
    return headers


def _event_body(request: HttpRequest) -> tuple[str, bool]:
    media_type = request.header("content-type").split(";")[0].strip().lower()
    if media_type.startswith("text/") or media_type in _TEXT_TYPES:
        try:
            return request.body.decode(), False
        except UnicodeDecodeError:  # text in another encoding: base64 keeps every byte
            pass
    return base64.b64encode(request.body).decode(), True


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined
