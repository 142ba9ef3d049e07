"""Events as API Gateway, EventBridge and SQS document them."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from local.events import (
    Headers,
    HttpRequest,
    gateway_event,
    http_answer,
    queue_event,
    schedule_event,
)

NOW = datetime(2020, 3, 12, 19, 3, 58, 390000, UTC)


def event(
    method: str = "POST",
    path: str = "/my/path",
    query: str = "",
    headers: Headers | None = None,
    body: bytes = b"",
) -> dict[str, Any]:
    given = HttpRequest(method, path, query, headers or [], body, source_ip="192.0.2.1")
    return gateway_event(given, "id", NOW)


def test_a_request_becomes_the_event_of_the_documentation() -> None:
    # AWS: "Create AWS Lambda proxy integrations for HTTP APIs", payload format 2.0
    made = event(
        query="parameter1=value1&parameter1=value2&parameter2=value",
        headers=[
            (b"Header1", b"value1"),
            (b"Header2", b"value1"),
            (b"Header2", b"value2"),
            (b"Cookie", b"cookie1; cookie2"),
            (b"Content-Type", b"text/plain"),
            (b"Host", b"localhost:8000"),
            (b"User-Agent", b"agent"),
        ],
        body=b"Hello from Lambda",
    )

    assert made == {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/my/path",
        "rawQueryString": "parameter1=value1&parameter1=value2&parameter2=value",
        "cookies": ["cookie1", "cookie2"],
        "headers": {
            "header1": "value1",
            "header2": "value1,value2",
            "content-type": "text/plain",
            "host": "localhost:8000",
            "user-agent": "agent",
            "x-forwarded-for": "192.0.2.1",
            "x-forwarded-proto": "http",
        },
        "queryStringParameters": {"parameter1": "value1,value2", "parameter2": "value"},
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": "localhost:8000",
            "domainPrefix": "local",
            "http": {
                "method": "POST",
                "path": "/my/path",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "agent",
            },
            "requestId": "id",
            "routeKey": "$default",
            "stage": "$default",
            "time": "12/Mar/2020:19:03:58 +0000",
            "timeEpoch": 1584039838390,
        },
        "body": "Hello from Lambda",
        "isBase64Encoded": False,
    }


def test_a_request_without_query_cookies_or_body_has_no_such_fields() -> None:
    assert not {"queryStringParameters", "cookies", "body"} & set(event(method="GET"))


def test_query_values_are_decoded_but_the_raw_query_is_not() -> None:
    made = event(query="cursor=a%2Bb%20c&empty=")

    assert made["rawQueryString"] == "cursor=a%2Bb%20c&empty="
    assert made["queryStringParameters"] == {"cursor": "a+b c", "empty": ""}


@pytest.mark.parametrize(
    ("content_type", "body", "encoded"),
    [
        (b"application/json", b'{"a": "\xc3\xa4"}', False),
        (b"application/json; charset=utf-8", b"{}", False),
        (b"text/csv", b"phone\n1", False),
        (b"text/csv", "größe".encode("latin-1"), True),
        (b"text/csv", "phone".encode("utf-16"), True),
        (b"multipart/form-data; boundary=x", b"--x--", True),
        (b"application/octet-stream", b"abc", True),
        (b"", b"abc", True),
    ],
)
def test_bodies_that_are_not_text_travel_in_base64(
    content_type: bytes, body: bytes, encoded: bool
) -> None:
    made = event(headers=[(b"content-type", content_type)], body=body)

    assert made["isBase64Encoded"] is encoded
    kept = base64.b64decode(made["body"]) if encoded else made["body"].encode()
    assert kept == body


def test_an_answer_becomes_http_with_its_cookies() -> None:
    made = http_answer(
        {
            "statusCode": 201,
            "headers": {"Content-Type": "application/json", "X-Number": 7},
            "cookies": ["a=1", "b=2; Secure"],
            "body": '{"ok":"ä"}',
            "isBase64Encoded": False,
        }
    )

    assert made.status == 201
    assert made.headers == [
        (b"content-type", b"application/json"),
        (b"x-number", b"7"),
        (b"set-cookie", b"a=1"),
        (b"set-cookie", b"b=2; Secure"),
    ]
    assert made.body == '{"ok":"ä"}'.encode()


def test_a_base64_body_is_decoded() -> None:
    answer = {"statusCode": 200, "body": base64.b64encode(b"\x00\xff").decode()}

    assert http_answer(answer | {"isBase64Encoded": True}).body == b"\x00\xff"


@pytest.mark.parametrize(
    ("answer", "body"),
    [({"message": "hi"}, b'{"message": "hi"}'), ("Hello", b"Hello"), (None, b"null")],
)
def test_an_answer_without_a_status_is_the_body_of_a_200_in_json(answer: Any, body: bytes) -> None:
    made = http_answer(answer)

    assert (made.status, made.body) == (200, body)
    assert made.headers == [(b"content-type", b"application/json")]


@pytest.mark.parametrize("status", ["ok", 0, 999])
def test_a_status_that_is_none_is_refused(status: object) -> None:
    with pytest.raises(ValueError, match=r"invalid literal|not an HTTP status"):
        http_answer({"statusCode": status})


def test_the_schedule_event_names_no_campaign() -> None:
    made = schedule_event("an-id", NOW)

    assert made["detail-type"] == "Scheduled Event"
    assert made["source"] == "aws.events"
    assert made["time"] == "2020-03-12T19:03:58Z"
    assert "campaignId" not in json.dumps(made)


def test_queue_messages_become_the_records_of_an_event_source() -> None:
    message = {
        "MessageId": "m1",
        "ReceiptHandle": "r1",
        "Body": '{"action":"execute-batch"}',
        "MD5OfBody": "d41d",
        "Attributes": {"ApproximateReceiveCount": "1"},
    }

    assert queue_event([message], "arn:aws:sqs:us-east-1:000000000000:q") == {
        "Records": [
            {
                "messageId": "m1",
                "receiptHandle": "r1",
                "body": '{"action":"execute-batch"}',
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "md5OfBody": "d41d",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:q",
                "awsRegion": "us-east-1",
            }
        ]
    }
