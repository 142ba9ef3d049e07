"""Deliveries to other systems: signed, tried again, given up, and nobody waits for anybody else."""

import json
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from functions import wiring
from functions.wiring import Services
from shared.domain.endpoints import DISABLED_AFTER, FAILING_AFTER, PATIENCE, Attempt
from shared.domain.errors import StoreUnavailableError
from shared.domain.live import PROGRESS
from shared.dynamo.schema import TABLES
from shared.sqs import MessageQueue, sqs_client
from shared.usecases.hand_out import REMEMBERED_FOR
from tests.support.receiver import dripping, events_of, signature_of
from tests.support.scripted_server import Answer, Server, scripted_server
from tests.support.systems import TIMEOUT, Systems
from tests.support.webhook_page import verified

PAUSED, STATUS = "campaign.paused", "message.status"


@pytest.fixture
def systems(deployment: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Systems:
    monkeypatch.setattr(wiring, "services", deployment.tenant)
    return Systems(deployment, tmp_path / "secrets")


@pytest.fixture
def server() -> Iterator[Server]:
    with scripted_server() as server:
        server.answers = [Answer(200, "thanks")]
        yield server


def test_events_arrive_together_and_signed(systems: Systems, server: Server) -> None:
    _, secret = systems.register(f"{server.url}/hook", "campaign.*", STATUS)
    systems.happens(PAUSED, STATUS)

    assert systems.work() == []

    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/hook")
    assert asked.headers["content-type"] == "application/json"
    now = systems.clock.now().timestamp()
    assert verified(secret, signature_of(asked), asked.body, now)
    assert not verified("whsec_other", signature_of(asked), asked.body, now)
    told = json.loads(asked.body)
    assert told.keys() == {"id", "at", "events"}
    assert told["id"] == asked.headers["x-campaign-executor-delivery"]
    assert told["events"] == [systems.event(kind).body() for kind in (PAUSED, STATUS)]
    assert systems.queue.messages == []


def test_each_gets_what_it_wants_of_its_own_tenant(systems: Systems, server: Server) -> None:
    systems.register(f"{server.url}/all")
    systems.register(f"{server.url}/pauses", PAUSED)
    systems.register(f"{server.url}/nothing-of-this", "campaign.completed")
    systems.register(f"{server.url}/acme", tenant="acme")
    of_default = [systems.event(kind) for kind in (PAUSED, STATUS)]
    systems.outbox.put(
        [*of_default, systems.event(STATUS, "acme"), systems.event(STATUS, "nobody")]
    )

    systems.work()

    got = {asked.path: [each["type"] for each in events_of(asked)] for asked in server.asked}
    assert got == {"/all": [PAUSED, STATUS], "/pauses": [PAUSED], "/acme": [STATUS]}
    tenants = {asked.path: {e["tenantId"] for e in events_of(asked)} for asked in server.asked}
    assert tenants == {"/all": {"default"}, "/pauses": {"default"}, "/acme": {"acme"}}


def test_endpoints_are_asked_for_once_a_minute(systems: Systems, server: Server) -> None:
    systems.happens(PAUSED)
    assert not systems.outbox.wants("default", PROGRESS)
    systems.register(server.url, PROGRESS)
    assert not systems.outbox.wants("default", PROGRESS)

    systems.clock.advance(REMEMBERED_FOR)

    assert systems.outbox.wants("default", PROGRESS)
    assert not systems.outbox.wants("default", PAUSED)
    assert not systems.outbox.wants("acme", PROGRESS)


def test_what_was_not_taken_is_tried_again_later_and_later(
    systems: Systems, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint_id, secret = systems.register(server.url)
    refusals = [Answer(500, "whsec"), Answer(0), Answer(404), Answer(302), Answer(503)]
    server.answers = [*refusals, Answer(204)]
    systems.happens(PAUSED)

    waited = []
    with caplog.at_level(logging.INFO):
        while systems.work() == [] and systems.queue.messages:
            assert systems.shown(endpoint_id)["failures"] == len(waited) + 1
            waited.append(systems.wait())

    assert waited == [10, 60, 300, 900, 900]
    assert len({asked.body for asked in server.asked}) == 1
    assert len({signature_of(asked) for asked in server.asked}) == 6
    last = server.asked[-1]
    assert verified(secret, signature_of(last), last.body, systems.clock.now().timestamp())
    shown = systems.shown(endpoint_id)
    assert (shown["failures"], shown["failingSince"], shown["lastFailure"]) == (0, None, None)
    tries = [
        each.tries for each in caplog.records if getattr(each, "event", "") == "outgoing_failed"
    ]  # type: ignore[attr-defined]
    assert tries == [1, 2, 3, 4, 5]


def test_while_one_fails_one_delivery_at_a_time_is_tried(systems: Systems, server: Server) -> None:
    systems.register(server.url)
    server.answers = [Answer(500)]
    systems.happens(PAUSED)
    systems.work()
    for _ in range(5):
        systems.happens(STATUS)
    systems.work()
    assert len(server.asked) == 1  # it was only just tried

    systems.clock.advance(timedelta(seconds=10))
    systems.work()
    assert len(server.asked) == 2

    server.answers = [Answer(200)]
    systems.clock.advance(timedelta(minutes=1))
    systems.work()
    systems.work()  # what waited for that one
    assert len(server.asked) == 2 + 6
    assert systems.queue.messages == []


def test_many_that_fail_at_once_are_one_failure(systems: Systems, server: Server) -> None:
    endpoint_id, _ = systems.register(server.url)
    server.answers = [Answer(500)]
    for _ in range(8):
        systems.happens(PAUSED)
    together, post = threading.Barrier(8, timeout=20), systems.ports.post

    def at_once(*delivery: Any) -> Attempt:
        together.wait()
        return post(*delivery)

    systems.ports.post = at_once  # type: ignore[misc]
    systems.work()

    assert len(server.asked) == 8
    assert systems.shown(endpoint_id)["failures"] == 1
    assert [delay for delay, _ in systems.queue.messages] == [10] * 8


def test_after_a_day_a_delivery_is_given_up_and_counted(
    systems: Systems, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint_id, _ = systems.register(server.url)
    server.answers = [Answer(500)]
    systems.happens(PAUSED)
    began, tries = systems.clock.now(), 0

    while systems.work() == [] and systems.queue.messages:
        tries += 1
        systems.wait()

    assert PATIENCE <= systems.clock.now() - began < PATIENCE + timedelta(minutes=16)
    assert len(server.asked) == tries > 90
    assert systems.shown(endpoint_id)["givenUp"] == 1
    logged = [getattr(each, "event", "") for each in caplog.records]
    assert logged.count("outgoing_given_up") == logged.count("endpoint_failing") == 1
    assert systems.shown(endpoint_id)["enabled"] is True


def test_three_days_of_failures_disable_an_endpoint_until_somebody_enables_it(
    systems: Systems, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint_id, _ = systems.register(server.url)
    server.answers = [Answer(500)]
    for _ in range(FAILING_AFTER - 1):
        systems.happens(PAUSED)
        systems.work()
        systems.clock.advance(timedelta(minutes=15))
    systems.queue.messages.clear()
    systems.clock.advance(DISABLED_AFTER)
    assert systems.shown(endpoint_id)["enabled"] is True

    systems.happens(PAUSED)
    systems.work()

    shown = systems.shown(endpoint_id)
    assert shown["enabled"] is False
    assert shown["disabledReason"].startswith("Nothing could be delivered since 2026-11-20T12:00")
    assert shown["disabledReason"].endswith("HTTP 500")
    assert "endpoint_disabled" in [getattr(each, "event", "") for each in caplog.records]
    before = len(server.asked)
    systems.work()
    systems.clock.advance(REMEMBERED_FOR)
    systems.happens(PAUSED)
    systems.work()
    assert (len(server.asked), systems.queue.messages) == (before, [])

    server.answers = [Answer(200)]
    again = systems.ask("PATCH", f"/{endpoint_id}", {"enabled": True}).body["endpoint"]
    assert (again["enabled"], again["disabledReason"], again["failures"]) == (True, None, 0)
    systems.clock.advance(REMEMBERED_FOR)
    systems.happens(PAUSED)
    systems.work()
    assert len(server.asked) == before + 1


def test_a_slow_one_keeps_nobody_waiting(systems: Systems, server: Server) -> None:
    systems.register(server.url)
    with ExitStack() as stack:
        for _ in range(8):
            systems.register(stack.enter_context(dripping()))
        systems.happens(PAUSED)
        began = time.monotonic()
        assert systems.work() == []

    assert time.monotonic() - began < 6 * TIMEOUT
    assert len(server.asked) == 1
    assert len(systems.queue.messages) == 8


def test_what_cannot_be_tried_comes_again_and_its_neighbours_do_not(
    systems: Systems, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    systems.register(server.url, tenant="acme")
    systems.register(server.url)
    systems.happens(PAUSED, tenant="acme")
    systems.happens(PAUSED)

    def unavailable(_: str) -> None:
        raise StoreUnavailableError("The database is away.")

    monkeypatch.setattr(systems.services.tenant("acme").endpoints, "get", unavailable)

    (failed,) = systems.work()

    assert json.loads(failed)["tenantId"] == "acme"
    assert [events_of(asked)[0]["tenantId"] for asked in server.asked] == ["default"]


@pytest.mark.parametrize("junk", ["", "{", "[]", "7", "{}", '{"tenantId": "a"}', "[" * 100_000])
def test_junk_is_dropped(systems: Systems, junk: str) -> None:
    assert systems.work([junk]) == []
    assert systems.queue.messages == []


def test_what_is_on_its_way_to_a_removed_one_is_dropped(systems: Systems, server: Server) -> None:
    endpoint_id, _ = systems.register(server.url)
    systems.happens(PAUSED)
    assert systems.ask("DELETE", f"/{endpoint_id}").status == 200

    assert systems.work() == []

    assert (server.asked, systems.queue.messages) == ([], [])


def test_without_its_secret_nothing_is_sent(systems: Systems, server: Server) -> None:
    endpoint_id, _ = systems.register(server.url)
    systems.services.secrets.delete(endpoint_id)
    systems.happens(PAUSED)

    systems.work()

    assert server.asked == []
    assert "give the endpoint a new one" in systems.shown(endpoint_id)["lastFailure"]
    systems.ask("PATCH", f"/{endpoint_id}", {"newSecret": True})
    systems.work()
    assert len(server.asked) == 1


def test_a_new_secret_holds_within_five_minutes(systems: Systems, server: Server) -> None:
    endpoint_id, old = systems.register(server.url)
    systems.happens(PAUSED)
    systems.work()
    new = systems.ask("PATCH", f"/{endpoint_id}", {"newSecret": True}).body["secret"]
    systems.clock.advance(timedelta(minutes=5))
    systems.happens(PAUSED)
    systems.work()

    before, after = server.asked
    now = systems.clock.now().timestamp()
    assert new != old
    assert verified(old, signature_of(before), before.body, now - 300)
    assert verified(new, signature_of(after), after.body, now)


def test_a_secret_is_in_no_table_log_or_message(
    systems: Systems, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        endpoint_id, secret = systems.register(server.url)
        systems.happens(PAUSED)
        message = systems.queue.messages[0][1]
        server.answers = [Answer(500, secret), Answer(200, "")]
        systems.work()
        shown = json.dumps(systems.shown(endpoint_id))
    stored = [
        systems.services._dynamodb.scan(TableName=systems.services._environment[each.environment])
        for each in TABLES
    ]

    assert endpoint_id in str(stored)
    for text in (caplog.text, message, shown, str(stored)):
        assert secret not in text
        assert secret.removeprefix("whsec_")[:16] not in text


def test_a_real_queue_takes_what_a_busy_second_brings(
    systems: Systems, server: Server, ministack: str, aws: boto3.Session
) -> None:
    systems.register(server.url)
    sqs = sqs_client(aws)
    url = sqs.create_queue(QueueName="outgoing-of-a-test")["QueueUrl"]
    systems.outbox._queue = MessageQueue(sqs, url)
    systems.outbox.put([systems.event(STATUS + "x" * 23_000) for _ in range(3)])
    big = [systems.event(STATUS) for _ in range(40)]
    for event in big:
        event.data["changes"] = "ä" * 3000  # type: ignore[index] -- six bytes each in the message

    systems.outbox.put(big)

    bodies = []
    while got := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for each in got:
            bodies.append(each["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    assert all(len(each.encode()) <= 256 * 1024 for each in bodies)
    assert len(bodies) == 1 + 4
    assert systems.work(bodies) == []
    assert sum(len(events_of(asked)) for asked in server.asked) == 3 + 40
    sqs.close()
