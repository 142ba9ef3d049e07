"""The routes about other systems' endpoints: what is taken, what is shown, and what is not."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions import wiring
from functions.api import endpoints
from functions.wiring import Services
from shared.domain.endpoints import MOST_ENDPOINTS
from shared.post import Post
from tests.support.api_calls import JSON, gateway_event, invoke
from tests.support.receiver import dripping, events_of, signature_of
from tests.support.scripted_server import Answer, Server, scripted_server
from tests.support.systems import PATH, Systems
from tests.support.webhook_page import verified

URL = "https://hooks.example.com/x"
NOBODYS = "whk_01a1f8d3-ea00-7a0c-a0cf-3b7500f8f331"


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of secrets, which the services of the module keep."""
    return tmp_path_factory.mktemp("secrets")


@pytest.fixture
def systems(tenants: Services, secrets: Path) -> Systems:
    """The deployment of the module, without the endpoints of earlier tests."""
    for tenant_id in ("default", "acme"):
        store = tenants.tenant(tenant_id).endpoints
        for endpoint in store.list():
            store.remove(endpoint.endpoint_id)
    return Systems(tenants, secrets)


@pytest.fixture
def server() -> Iterator[Server]:
    with scripted_server() as server:
        server.answers = [Answer(200, "thanks")]
        yield server


def test_an_endpoint_is_shown_with_its_secret_once(systems: Systems) -> None:
    wanted = {"url": URL, "events": ["campaign.*", "message.status", "campaign.*"]}

    made = systems.ask("POST", "", wanted)

    assert made.status == 201
    endpoint, secret = made.body["endpoint"], made.body["secret"]
    assert endpoint["endpointId"].startswith("whk_")
    assert endpoint == {
        "endpointId": endpoint["endpointId"],
        "url": URL,
        "events": ["campaign.*", "message.status"],
        "enabled": True,
        "disabledReason": None,
        "failures": 0,
        "failingSince": None,
        "lastFailure": None,
        "givenUp": 0,
        "createdAt": endpoint["createdAt"],
    }
    assert len(secret) > 60
    path = f"/{endpoint['endpointId']}"
    listed = systems.ask("GET")
    changed = systems.ask("PATCH", path, {"events": ["*"], "enabled": False})
    assert listed.body["endpoints"] == [endpoint]
    assert (changed.body["secret"], changed.body["endpoint"]["events"]) == (None, ["*"])
    assert changed.body["endpoint"]["enabled"] is False
    assert secret not in str((listed.body, changed.body))
    assert systems.ask("DELETE", path).body == {"success": True, "endpointId": path[1:]}
    assert systems.ask("GET").body["endpoints"] == []
    assert systems.services.secrets.get(path[1:]) is None


@pytest.mark.parametrize(
    ("value", "code", "said"),
    [
        ({"url": "http://hooks.example.com", "events": ["*"]}, "URL_REFUSED", "https://"),
        ({"url": "https://10.0.0.1/", "events": ["*"]}, "URL_REFUSED", "from the internet"),
        ({"url": "https://a:b@example.com/", "events": ["*"]}, "URL_REFUSED", "no user"),
        ({"url": URL, "events": ["campaign.exploded"]}, "VALIDATION_FAILED", "campaign.paused"),
        ({"url": URL, "events": ["campaign"]}, "VALIDATION_FAILED", "no type of event"),
        ({"url": URL, "events": []}, "VALIDATION_FAILED", "at least 1"),
        ({"url": URL, "events": "*"}, "VALIDATION_FAILED", "list"),
        ({"url": URL}, "VALIDATION_FAILED", "events"),
        (
            {"url": "https://example.com/" + "x" * 2000, "events": ["*"]},
            "VALIDATION_FAILED",
            "2000",
        ),
        ({"url": URL, "events": ["*"], "secret": "mine"}, "VALIDATION_FAILED", "secret"),
    ],
)
def test_what_can_not_be_is_refused_in_words(
    systems: Systems, value: dict[str, Any], code: str, said: str
) -> None:
    reply = systems.ask("POST", "", value)

    assert (reply.status, reply.code) == (400, code)
    assert said in reply.words
    assert systems.ask("GET").body["endpoints"] == []


def test_an_address_stays_what_it_is(systems: Systems) -> None:
    endpoint_id, _ = systems.register(URL)

    reply = systems.ask("PATCH", f"/{endpoint_id}", {"url": "https://example.com"})

    assert (reply.status, reply.code) == (400, "VALIDATION_FAILED")
    assert systems.shown(endpoint_id)["url"] == URL


def test_there_are_ten_at_most_and_no_secret_of_an_eleventh(
    systems: Systems, secrets: Path
) -> None:
    for _ in range(MOST_ENDPOINTS):
        last, _ = systems.register(URL)
    kept = set(secrets.glob("default/*"))
    assert len(kept) >= MOST_ENDPOINTS

    refused = systems.ask("POST", "", {"url": URL, "events": ["*"]})

    assert (refused.status, refused.code) == (409, "TOO_MANY_ENDPOINTS")
    assert set(secrets.glob("default/*")) == kept
    systems.register(URL, tenant="acme")
    systems.ask("DELETE", f"/{last}")
    systems.register(URL)


def test_a_repeated_request_keeps_no_secret(systems: Systems) -> None:
    body = json.dumps({"url": URL, "events": ["*"]}).encode()
    event = gateway_event("POST", PATH, body=body, content_type=JSON)
    event["headers"]["idempotency-key"] = "again"

    secrets = {invoke(event).body["secret"] for _ in range(2)}

    assert len(secrets) == 2
    table = systems.services.settings.whatsapp_table
    stored = str(systems.services._dynamodb.scan(TableName=table))
    assert "whk_" in stored
    assert not any(secret in stored for secret in secrets)


@pytest.mark.parametrize("endpoint_id", [NOBODYS, "whk_x", "METADATA", "snd_1", "%20"])
@pytest.mark.parametrize(
    ("method", "rest", "value"),
    [("PATCH", "", {"enabled": True}), ("DELETE", "", None), ("POST", "/test", None)],
)
def test_an_unknown_one_is_not_found(
    systems: Systems, endpoint_id: str, method: str, rest: str, value: Any
) -> None:
    reply = systems.ask(method, f"/{endpoint_id}{rest}", value)

    assert (reply.status, reply.code) == (404, "ENDPOINT_NOT_FOUND")
    assert systems.ask("GET").body["endpoints"] == []


def test_a_test_says_what_came_back(systems: Systems, server: Server) -> None:
    endpoint_id, secret = systems.register(server.url, "campaign.paused")

    good = systems.ask("POST", f"/{endpoint_id}/test").body["test"]
    server.answers = [Answer(403, "who are you?")]
    bad = systems.ask("POST", f"/{endpoint_id}/test").body["test"]

    assert (good["delivered"], good["status"], good["body"]) == (True, 200, "thanks")
    assert 0 <= good["milliseconds"] < 5000
    assert bad | {"milliseconds": 0} == {
        "delivered": False,
        "status": 403,
        "body": "who are you?",
        "problem": None,
        "milliseconds": 0,
    }
    asked = server.asked[0]
    now = systems.clock.now().timestamp()
    assert verified(secret, signature_of(asked), asked.body, now)
    (event,) = events_of(asked)
    assert (event["type"], event["tenantId"]) == ("endpoint.test", "default")
    assert systems.shown(endpoint_id)["failures"] == 0  # a test counts for nothing


def test_a_test_that_nobody_answers_says_so(
    systems: Systems, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = endpoints._desk

    def impatient(use: wiring.Services) -> Any:
        from dataclasses import replace

        return replace(desk(use), post=Post(True, seconds=0.3))

    monkeypatch.setattr(endpoints, "_desk", impatient)
    with dripping() as url:
        endpoint_id, _ = systems.register(url)
        told = systems.ask("POST", f"/{endpoint_id}/test").body["test"]

    assert (told["delivered"], told["status"]) == (False, None)
    assert told["problem"] == "no answer within 0.3 seconds"


def test_who_did_it_is_logged_and_nothing_secret_is(
    systems: Systems, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        endpoint_id, secret = systems.register(URL)
        fresh = systems.ask("PATCH", f"/{endpoint_id}", {"newSecret": True}).body["secret"]
        systems.ask("DELETE", f"/{endpoint_id}")

    lines = [each for each in caplog.records if getattr(each, "event", "") == "endpoint_changed"]
    assert [each.actor for each in lines] == ["org_admin@default"] * 3  # type: ignore[attr-defined]
    assert fresh != secret
    assert secret not in caplog.text
    assert fresh not in caplog.text
