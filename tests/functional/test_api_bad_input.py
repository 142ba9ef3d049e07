"""Bad input: always a 4xx that says what to do, never a 500, never a change."""

import json
import zipfile
from io import BytesIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.wiring import Services
from tests.support.api_calls import JSON, MULTIPART, get, multipart, post, post_bytes, upload
from tests.support.api_calls import NEW as LEAST

NEW = LEAST | {"templateParams": {"body": ["{{name}}"]}}
CREATE = "/api/campaigns/create"


@pytest.fixture
def path(api: Services) -> str:
    """A DRAFT campaign with one recipient."""
    made = post(CREATE, NEW)
    place = f"/api/campaigns/{made.body['campaignId']}"
    assert upload(f"{place}/populate", b"phone,name\n12015550100,Ana\n").body["inserted"] == 1
    return place


def everything(services: Services) -> list[Any]:
    """Every item of every table."""
    tables = services.settings
    names = (tables.campaigns_table, tables.recipients_table, tables.whatsapp_table)
    items = [item for name in names for item in services._dynamodb.scan(TableName=name)["Items"]]
    return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))


def excel() -> bytes:
    """What Excel saves: a zip archive."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return file.getvalue()


def form(content: bytes, name: str = "file") -> tuple[bytes, str]:
    return multipart(content, name), MULTIPART


BODIES = [
    ("no body", "create", b"", JSON, 400),
    ("no JSON", "create", b"name=Spring", JSON, 400),
    ("cut JSON", "create", b'{"name": "Spr', JSON, 400),
    ("a list", "create", json.dumps([NEW]).encode(), JSON, 400),
    ("null", "create", b"null", JSON, 400),
    ("binary junk", "create", bytes(range(256)), JSON, 400),
    ("binary junk without a type", "create", bytes(range(256)), None, 400),
    ("deep nesting", "create", b'{"a":' * 50_000, JSON, 400),
    ("a number of 5,000 digits", "create", b'{"dailyCap":' + b"9" * 5000 + b"}", JSON, 400),
    ("NaN", "create", b'{"dailyCap": NaN}', JSON, 400),
    ("an unknown field", "create", json.dumps(NEW | {"color": "red"}).encode(), JSON, 400),
    ("an impossible setting", "create", json.dumps(NEW | {"dailyCap": 0}).encode(), JSON, 400),
    ("half a surrogate", "create", b'{"name": "\\ud800", "\\udfff": 1}', JSON, 400),
    ("a form", "create", b"name=Spring", "application/x-www-form-urlencoded", 415),
    ("a multipart form", "create", *form(b"x"), 415),
    ("plain text", "create", b"hello", "text/plain", 415),
    ("7 MB", "create", b'{"name": "' + b"x" * 7_000_000 + b'"}', JSON, 413),
    ("no body", "control", b"", JSON, 400),
    ("an unknown action", "control", b'{"action": "stop"}', JSON, 400),
    ("an action in a list", "control", b'[{"action": "cancel"}]', JSON, 400),
    ("an action as a form", "control", b"action=cancel", "application/x-www-form-urlencoded", 415),
    ("a long reason", "control", b'{"action":"cancel","reason":"' + b"x" * 501 + b'"}', JSON, 400),
    ("an unknown field", "control", b'{"action":"cancel","force":true}', JSON, 400),
    ("no body", "populate", b"", None, 415),
    ("JSON", "populate", b'{"file": "12025550101"}', JSON, 415),
    ("an empty form", "populate", b"", MULTIPART, 400),
    ("another field", "populate", *form(b"12025550101", "list"), 400),
    ("no boundary", "populate", multipart(b"12025550101"), "multipart/form-data", 400),
    ("a cut form", "populate", multipart(b"12025550101")[:-20], MULTIPART, 400),
    ("an empty file", "populate", *form(b""), 400),
    ("a blank file", "populate", *form(b" \r\n\r\n"), 400),
    ("only a header row", "populate", *form(b"phone,name\n"), 400),
    ("an Excel file", "populate", *form(excel()), 400),
    ("a PDF", "populate", *form(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), 400),
    ("binary junk", "populate", *form(bytes(range(256)) * 100), 400),
    ("a missing column", "populate", *form(b"phone,city\n12025550101,Oslo\n"), 400),
    ("5 MB", "populate", *form(b"12025550101\n" * 420_000), 413),
]


@pytest.mark.parametrize(
    ("route", "body", "content_type", "status"),
    [case[1:] for case in BODIES],
    ids=[f"{case[1]}: {case[0]}" for case in BODIES],
)
def test_a_bad_body_is_refused_and_changes_nothing(
    api: Services, path: str, route: str, body: bytes, content_type: str | None, status: int
) -> None:
    before = everything(api)

    reply = post_bytes(CREATE if route == "create" else f"{path}/{route}", body, content_type)

    assert reply.status == status
    assert reply.code
    assert everything(api) == before


def test_a_missing_column_is_refused_with_those_that_exist(path: str) -> None:
    reply = upload(f"{path}/populate", b"phone,city\n12025550101,Oslo\n")

    assert reply.code == "INVALID_AUDIENCE"
    assert "name" in reply.words
    assert "city" in reply.words


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"limit": "0"}, "VALIDATION_FAILED"),
        ({"limit": "101"}, "VALIDATION_FAILED"),
        ({"limit": "ten"}, "VALIDATION_FAILED"),
        ({"limit": ""}, "VALIDATION_FAILED"),
        ({"limit": "9" * 5000}, "VALIDATION_FAILED"),
        ({"status": "sent"}, "VALIDATION_FAILED"),
        ({"status": "PENDING,RUNNING"}, "VALIDATION_FAILED"),
        ({"status": ""}, "VALIDATION_FAILED"),
        ({"stauts": "SENT"}, "VALIDATION_FAILED"),
        ({"cursor": "x" * 2049}, "VALIDATION_FAILED"),
        ({"cursor": "nonsense"}, "INVALID_CURSOR"),
        ({"cursor": ""}, "VALIDATION_FAILED"),
        ({"cursor": "é\x00"}, "INVALID_CURSOR"),
    ],
    ids=lambda case: str(case)[:40],
)
@pytest.mark.parametrize("rest", ["", "/recipients"])
def test_a_bad_question_is_refused(path: str, rest: str, query: dict[str, str], code: str) -> None:
    reply = get(f"{path}{rest}" if rest else "/api/campaigns", **query)

    assert (reply.status, reply.code) == (400, code)


def test_a_cursor_of_another_list_is_refused(path: str) -> None:
    post(CREATE, NEW)
    cursor = get("/api/campaigns", limit="1").body["nextCursor"]

    assert get(f"{path}/recipients", cursor=cursor).code == "INVALID_CURSOR"


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from([*NEW.values(), "start", "pause", "cancel", "{{name}}", "\ud800"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *NEW,
                    "action",
                    "reason",
                    "retry",
                    "throttle",
                    "body",
                    "header",
                    "buttons",
                    "dailyCap",
                ]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("route", ["create", "control", "populate", "execute-batch"])
@given(value=VALUES, full=st.booleans())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_random_json_is_never_a_fault_of_ours(
    path: str, route: str, value: Any, full: bool
) -> None:
    body = NEW | value if full and isinstance(value, dict) else value
    encoded = json.dumps(body).encode()

    reply = post_bytes(CREATE if route == "create" else f"{path}/{route}", encoded, JSON)

    assert reply.status < 500, reply.body


@given(content=st.binary(max_size=200))
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_random_file_is_never_a_fault_of_ours(path: str, content: bytes) -> None:
    reply = upload(f"{path}/populate", content)

    assert reply.status in {200, 400}, reply.body
