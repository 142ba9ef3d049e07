"""The OpenAPI document and its page: complete, true, and served without help from elsewhere."""

import base64
import gzip
import json
import re
from typing import Any

import pytest

from functions.api.app import app
from functions.api.handler import handler
from tests.support.api_calls import Context, document, gateway_event, get, invoke

CONTRACT = {
    ("POST", "/api/campaigns/create", 201),
    ("PATCH", "/api/campaigns/{}", 200),
    ("POST", "/api/campaigns/{}/duplicate", 201),
    ("POST", "/api/campaigns/{}/populate", 200),
    ("POST", "/api/campaigns/{}/test-send", 200),
    ("POST", "/api/campaigns/{}/imports", 201),
    ("POST", "/api/campaigns/{}/imports/{}/start", 202),
    ("GET", "/api/campaigns/{}/imports", 200),
    ("GET", "/api/campaigns/{}/imports/{}", 200),
    ("GET", "/api/campaigns", 200),
    ("GET", "/api/campaigns/{}", 200),
    ("POST", "/api/campaigns/{}/control", 200),
    ("POST", "/api/campaigns/{}/execute-batch", 200),
    ("GET", "/api/campaigns/{}/recipients", 200),
    ("GET", "/api/campaigns/{}/recipients.csv", 200),
    ("GET", "/api/campaigns/{}/progress", 200),
    ("GET", "/api/campaigns/{}/stats", 200),
    ("GET", "/api/campaigns/{}/errors", 200),
    ("GET", "/api/campaigns/{}/retry-stats", 200),
    ("GET", "/api/analytics/overview", 200),
    ("POST", "/api/campaigns/{}/retry-failed", 200),
    ("POST", "/api/campaigns/{}/resolve", 200),
    ("GET", "/api/campaigns/{}/events", 200),
    ("DELETE", "/api/campaigns/{}", 202),
    ("POST", "/api/erasures", 202),
    ("GET", "/api/erasures", 200),
    ("GET", "/api/erasures/{}", 200),
    ("GET", "/api/quota", 200),
    ("GET", "/api/suppressions", 200),
    ("GET", "/api/suppressions.csv", 200),
    ("POST", "/api/suppressions", 200),
    ("POST", "/api/suppressions/import", 200),
    ("POST", "/api/suppressions/remove", 200),
    ("GET", "/api/senders", 200),
    ("POST", "/api/senders", 201),
    ("GET", "/api/senders/{}", 200),
    ("GET", "/api/senders/{}/templates", 200),
    ("PATCH", "/api/senders/{}", 200),
    ("DELETE", "/api/senders/{}", 200),
    ("POST", "/api/senders/{}/check", 200),
    ("POST", "/api/senders/{}/release", 200),
    ("POST", "/api/live/ticket", 201),
    ("GET", "/api/webhook-endpoints", 200),
    ("POST", "/api/webhook-endpoints", 201),
    ("PATCH", "/api/webhook-endpoints/{}", 200),
    ("DELETE", "/api/webhook-endpoints/{}", 200),
    ("POST", "/api/webhook-endpoints/{}/test", 200),
    ("GET", "/api/webhooks/unused", 200),
}


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    """Every method, path and operation of the document."""
    return [
        (method.upper(), path, operation)
        for path, item in document()["paths"].items()
        for method, operation in item.items()
    ]


def answers() -> list[Any]:
    """Every documented answer, named for the report."""
    return [
        pytest.param(int(status), answer, id=f"{method} {path} {status}")
        for method, path, operation in operations()
        for status, answer in operation["responses"].items()
    ]


def references(value: Any) -> set[str]:
    """Every schema that a part of the document refers to."""
    return set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(value)))


def test_every_answer_carries_the_headers_that_keep_browsers_careful() -> None:
    for reply in (get("/api/nowhere"), get("/api/campaigns/cmp_1")):
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
        assert "max-age" in reply.headers["Strict-Transport-Security"]
    page = handler(gateway_event("GET", "/swagger"), Context())  # type: ignore[arg-type]
    assert "connect-src 'self'" in page["headers"]["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in page["headers"]["Content-Security-Policy"]


def test_every_post_takes_an_idempotency_key() -> None:
    for method, _, operation in operations():
        named = [each["name"] for each in operation.get("parameters", [])]
        assert ("Idempotency-Key" in named) == (method == "POST")


def test_the_document_has_the_routes_of_the_contract_and_no_other() -> None:
    found = {
        (method, re.sub(r"\{\w+\}", "{}", path), int(min(operation["responses"])))
        for method, path, operation in operations()
    }

    assert found == CONTRACT


@pytest.mark.parametrize(("status", "answer"), answers())
def test_every_documented_failure_has_the_one_shape(status: int, answer: dict[str, Any]) -> None:
    (content,) = answer["content"].values()
    schema = content["schema"]

    assert (schema == {"$ref": "#/components/schemas/Failure"}) is (status >= 400)
    assert answer["description"]


def test_every_reference_of_the_document_leads_somewhere_and_nothing_is_left_over() -> None:
    schemas = set(document()["components"]["schemas"])

    assert references(document()) == schemas


def test_the_document_is_served_as_it_is() -> None:
    reply = get("/openapi.json")

    assert reply.status == 200
    assert reply.body == document()


def test_the_page_shows_the_document_and_loads_nothing_else() -> None:
    event = gateway_event("GET", "/swagger")
    event["headers"]["accept-encoding"] = "gzip, br"

    answer = handler(event, Context())  # type: ignore[arg-type]

    assert (answer["statusCode"], answer["headers"]["Content-Type"]) == (200, "text/html")
    page = gzip.decompress(base64.b64decode(answer["body"])).decode()
    assert "createCampaign" in page
    assert not re.search(
        r"<(script|img|iframe|link)\b[^>]*\b(src|href)=", page.split("<script>")[0]
    )
    assert "<script src" not in page
    assert not re.search(r"@import|url\(['\"]?(https?:)?//", page.split("</style>")[0])


def test_nothing_in_the_document_can_end_the_pages_script(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "get_openapi_json_schema", lambda: '{"x": "</script>evil"}')

    answer = handler(gateway_event("GET", "/swagger"), Context())  # type: ignore[arg-type]

    assert "</script>evil" not in answer["body"]
    assert "<\\/script>evil" in answer["body"]


@pytest.mark.parametrize(
    "path", ["/", "/api", "/api/campaigns/", "/api/nope", "/favicon.ico", "/é"]
)
def test_an_unknown_path_is_a_404_in_the_one_shape(path: str) -> None:
    reply = get(path)

    assert (reply.status, reply.code) == (404, "ROUTE_NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/campaigns", "GET"),
        ("GET", "/api/campaigns/cmp_1/control", "POST"),
        ("PUT", "/api/campaigns/cmp_1", "DELETE, GET, PATCH"),
        ("POST", "/api/quota", "GET"),
        ("OPTIONS", "/api/quota", "GET"),
    ],
)
def test_a_wrong_method_is_a_405_that_names_the_right_one(
    method: str, path: str, allowed: str
) -> None:
    reply = invoke(gateway_event(method, path))

    assert (reply.status, reply.code) == (405, "METHOD_NOT_ALLOWED")
    assert reply.headers["Allow"] == allowed
