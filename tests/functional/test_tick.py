"""The tick and the executor's handler, over the emulator's real queue; and what a batch costs."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from functions.executor import handler as executor
from functions.wiring import Services
from shared.domain.campaign import Action, CampaignStatus, Event, PauseCause
from shared.domain.errors import (
    CampaignNotFoundError,
    CampaignNotRunningError,
    StoreUnavailableError,
)
from shared.domain.recipient import RecipientStatus
from shared.usecases.tick import tick
from tests.support.campaigns import (
    act,
    assert_adds_up,
    batch,
    new_campaign,
    phones,
    running,
    states,
)
from tests.support.edges import NOON, ManualClock, RecordingChannel
from tests.support.processes import (
    die_in_call,
    finish,
    history,
    looked_at,
    process,
    tick_now,
)

PEOPLE = phones(12)
S, C = RecipientStatus, CampaignStatus


class Context:
    """What Lambda tells a handler about its time."""

    def __init__(self, seconds: float = 60) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self._seconds * 1000)


@pytest.fixture
def deployment(services: Services, monkeypatch: pytest.MonkeyPatch) -> Services:
    """Real stores and queue behind the handler; clock and provider are in the test's hand."""
    services.clock = ManualClock()
    services.channel = RecordingChannel(services.clock)
    monkeypatch.setattr(executor, "services", lambda: services)
    return services


def received(services: Services) -> list[dict[str, Any]]:
    """The queue's messages as the records of a Lambda event; they leave the queue."""
    queue = services._environment["EXECUTOR_QUEUE_URL"]
    records = []
    while True:
        answer = services._sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        if not answer.get("Messages"):
            return records
        for message in answer["Messages"]:
            services._sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            records.append(record(message["Body"], message["MessageId"]))


def record(body: str, message_id: str = "m1") -> dict[str, Any]:
    """One record of an SQS event."""
    return {"messageId": message_id, "body": body, "eventSource": "aws:sqs"}


def asks_for(campaign_id: str, message_id: str = "m1") -> dict[str, Any]:
    """The record of a message that a tick sends."""
    return record(json.dumps({"action": "execute-batch", "campaignId": campaign_id}), message_id)


def capped(services: Services, limit: int = 5) -> Services:
    """The same deployment with a small cap."""
    return process(services, WHATSAPP_DAILY_LIMIT=str(limit))


# The tick.


def test_a_tick_sends_one_message_for_each_campaign_that_is_due_and_for_no_other(
    deployment: Services,
) -> None:
    due = [running(deployment, PEOPLE[:1]) for _ in range(23)]  # more than one call to SQS takes
    new_campaign(deployment, PEOPLE[:1])
    for action in (Action.PAUSE, Action.CANCEL):
        act(deployment, running(deployment, PEOPLE[:1]), action)
    batch(deployment, running(deployment, PEOPLE[:1]))

    result = executor.handler({}, Context())

    assert result == {"enqueued": 23, "resumed": 0, "in_doubt": 0, "troubled": 0}
    bodies = [json.loads(message["body"]) for message in received(deployment)]
    assert sorted(body["campaignId"] for body in bodies) == sorted(due)
    assert {body["action"] for body in bodies} == {"execute-batch"}


def test_the_schedules_own_event_is_a_tick(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE)
    event = {"version": "0", "detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}

    assert executor.handler(event, Context())["enqueued"] == 1

    (message,) = received(deployment)
    assert json.loads(message["body"])["campaignId"] == campaign_id


def test_minute_by_minute_the_schedule_and_the_queue_bring_a_campaign_to_its_end(
    deployment: Services,
) -> None:
    people = phones(60)
    campaign_id = running(deployment, people)

    minutes = 0
    while records := next_minute(deployment):
        minutes += 1
        assert executor.handler({"Records": records}, Context()) == {"batchItemFailures": []}

    assert minutes == 3, "60 people are three batches of 25, and then there is nothing to do"
    assert sorted(deployment.channel.phones) == people
    assert_adds_up(deployment, campaign_id, 60)


def next_minute(services: Services) -> list[dict[str, Any]]:
    """The schedule's next tick, and what it puts into the queue."""
    services.clock.advance(timedelta(minutes=1))
    executor.handler({}, Context())
    return received(services)


@pytest.mark.parametrize("end", [C.COMPLETED, C.CANCELLED])
def test_a_campaign_that_has_ended_leaves_the_index(
    deployment: Services, end: CampaignStatus
) -> None:
    campaign_id = running(deployment, PEOPLE)
    assert looked_at(deployment, campaign_id)

    if end is C.COMPLETED:
        batch(deployment, campaign_id)
    else:
        act(deployment, campaign_id, Action.CANCEL)

    assert deployment.campaigns.get(campaign_id).status is end
    assert not looked_at(deployment, campaign_id)


def test_a_tick_finds_the_dead_and_hands_out_their_campaign(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE)
    die_in_call(deployment, campaign_id, 2)
    deployment.clock.advance(timedelta(minutes=2))

    result = executor.handler({}, Context())

    assert (result["in_doubt"], result["enqueued"]) == (5, 1)


def test_one_campaigns_trouble_does_not_keep_the_others_waiting(
    deployment: Services, caplog: pytest.LogCaptureFixture
) -> None:
    campaigns = [running(deployment, PEOPLE[:1]) for _ in range(3)]
    damage(deployment, campaigns[1])

    result = executor.handler({}, Context())

    assert (result["enqueued"], result["troubled"]) == (2, 1)
    asked = {json.loads(message["body"])["campaignId"] for message in received(deployment)}
    assert asked == {campaigns[0], campaigns[2]}
    (complaint,) = [r for r in caplog.records if getattr(r, "event", "") == "tick_trouble"]
    assert complaint.campaignId == campaigns[1]


def damage(services: Services, campaign_id: str) -> None:
    """Somebody has edited the item by hand."""
    services._dynamodb.update_item(
        TableName=services.settings.campaigns_table,
        Key={"PK": {"S": f"CAMPAIGN#{campaign_id}"}, "SK": {"S": "METADATA"}},
        UpdateExpression="REMOVE templateName",
    )


def test_a_tick_that_runs_out_of_time_hands_out_what_it_found_so_far(
    deployment: Services, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        running(deployment, PEOPLE[:1])
    get = deployment.campaigns.get

    def slow_get(campaign_id: str) -> object:
        deployment.clock.advance(timedelta(seconds=15))
        return get(campaign_id)

    deployment.campaigns.get = slow_get

    assert tick(deployment, deployment.clock.now() + timedelta(seconds=30)).enqueued == 2

    assert "ran out of time" in caplog.text
    assert len(received(deployment)) == 2


# Waking up.


def test_a_campaign_at_its_cap_wakes_by_itself_when_there_is_room_and_says_so(
    deployment: Services,
) -> None:
    limited = capped(deployment)
    campaign_id = running(limited, PEOPLE)
    limited.clock.advance(timedelta(minutes=1))
    assert batch(limited, campaign_id).paused
    asleep = limited.campaigns.get(campaign_id)
    assert (asleep.status, asleep.pause_cause) == (C.PAUSED, PauseCause.DAILY_LIMIT)
    assert asleep.paused_reason == "Daily limit reached: 5/5 conversations"
    assert asleep.resume_at is not None

    limited.clock.jump(asleep.resume_at - timedelta(milliseconds=1))
    assert tick_now(limited).resumed == 0
    limited.clock.jump(asleep.resume_at)
    result = tick_now(limited)

    assert (result.resumed, result.enqueued) == (1, 1)
    awake = limited.campaigns.get(campaign_id)
    assert (awake.status, awake.paused_reason, awake.resume_at) == (C.RUNNING, None, None)
    assert [(e.what, e.actor, e.reason) for e in history(limited, campaign_id)][-2:] == [
        ("PAUSED", "system", "Daily limit reached: 5/5 conversations"),
        ("RESUMED", "system", "The daily limit has room again."),
    ]
    assert batch(limited, campaign_id).tally.sent == 5


def test_a_campaign_for_which_there_is_no_room_yet_sleeps_on_and_is_looked_at_again(
    deployment: Services,
) -> None:
    limited = capped(deployment)
    campaign_id = running(limited, PEOPLE[:6])
    batch(limited, campaign_id)
    first = limited.campaigns.get(campaign_id).resume_at
    limited.clock.jump(first)
    assert batch(limited, running(limited, phones(5, first=700))).completed, "they take all room"

    result = tick_now(limited)

    assert (result.resumed, result.enqueued) == (0, 0)
    asleep = limited.campaigns.get(campaign_id)
    assert asleep.status is C.PAUSED
    assert asleep.resume_at > first
    assert tick_now(limited).resumed == 0
    limited.clock.jump(asleep.resume_at)
    assert tick_now(limited).resumed == 1
    finish(limited, campaign_id)
    assert states(limited, campaign_id) == {S.SENT: 6}
    assert_adds_up(limited, campaign_id, 6)


def test_ticks_at_the_same_time_wake_a_campaign_once(deployment: Services) -> None:
    limited = capped(deployment)
    campaign_id = running(limited, PEOPLE)
    batch(limited, campaign_id)
    limited.clock.jump(limited.campaigns.get(campaign_id).resume_at)
    overtaken = process(limited)
    reached = overtaken.quota.day

    def be_overtaken(sender_id: str, day: Any) -> Any:
        overtaken.quota.day = reached
        assert tick_now(limited).resumed == 1
        return reached(sender_id, day)

    overtaken.quota.day = be_overtaken
    result = tick_now(overtaken)

    assert (result.resumed, result.troubled) == (0, 0)
    woken = [e for e in history(limited, campaign_id) if e.what == "RESUMED"]
    assert len(woken) == 1


@pytest.mark.parametrize(
    ("action", "then"), [(Action.CANCEL, C.CANCELLED), (Action.RESUME, C.PAUSED)]
)
def test_a_person_who_acts_while_the_tick_looks_has_the_last_word(
    deployment: Services, action: Action, then: CampaignStatus
) -> None:
    """RESUME is followed by the person's own pause, which a late wake-up must not undo."""
    limited = capped(deployment)
    campaign_id = running(limited, PEOPLE)
    batch(limited, campaign_id)
    limited.clock.jump(limited.campaigns.get(campaign_id).resume_at)
    late = process(limited)
    control = late.campaigns.control

    def act_first(*args: Any, **kwargs: Any) -> bool:
        act(limited, campaign_id, action)
        if action is Action.RESUME:
            act(limited, campaign_id, Action.PAUSE)
        return control(*args, **kwargs)

    late.campaigns.control = act_first
    result = tick_now(late)

    assert (result.resumed, result.enqueued, result.troubled) == (0, 0, 0)
    assert limited.campaigns.get(campaign_id).status is then


@pytest.mark.parametrize("cause", [c for c in PauseCause if c is not PauseCause.DAILY_LIMIT])
def test_no_pause_but_the_caps_ends_by_itself(deployment: Services, cause: PauseCause) -> None:
    campaign_id = running(deployment, PEOPLE)
    if cause is PauseCause.PERSON:
        act(deployment, campaign_id, Action.PAUSE)
    else:
        event = Event(campaign_id, deployment.clock.now(), "PAUSED", "system", "a reason")
        assert deployment.campaigns.pause(cause, event)

    deployment.clock.advance(timedelta(days=2))
    result = tick_now(deployment)

    assert (result.resumed, result.enqueued) == (0, 0)
    assert deployment.campaigns.get(campaign_id).pause_cause is cause


# The handler.


def test_a_batch_asked_for_by_name_answers_with_its_result(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE)

    answer = executor.handler({"action": "execute-batch", "campaignId": campaign_id}, Context())

    assert answer == {
        "processed": 12,
        "sent": 12,
        "held": 0,
        "failed": 0,
        "retried": 0,
        "unconfirmed": 0,
        "skipped": 0,
        "paused": False,
        "completed": True,
    }


def test_a_batch_that_pauses_at_the_cap_answers_with_the_reason(
    deployment: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited = capped(deployment)
    monkeypatch.setattr(executor, "services", lambda: limited)
    campaign_id = running(limited, PEOPLE)

    answer = executor.handler({"action": "execute-batch", "campaignId": campaign_id}, Context())

    assert (answer["sent"], answer["paused"], answer["completed"]) == (5, True, False)
    assert answer["pauseReason"] == "Daily limit reached: 5/5 conversations"


@pytest.mark.parametrize(
    ("exists", "error"), [(False, CampaignNotFoundError), (True, CampaignNotRunningError)]
)
def test_who_asks_by_name_for_a_batch_that_can_not_be_is_told(
    deployment: Services, exists: bool, error: type[Exception]
) -> None:
    campaign_id = new_campaign(deployment, PEOPLE) if exists else "cmp_none"

    with pytest.raises(error):
        executor.handler({"action": "execute-batch", "campaignId": campaign_id}, Context())


@pytest.mark.parametrize(
    "body", ["", "no JSON", "[]", "null", '"text"', "7", "{}", '{"campaign": "cmp_1"}']
)
def test_a_message_that_is_not_ours_is_dropped_and_the_others_are_handled(
    deployment: Services, body: str, caplog: pytest.LogCaptureFixture
) -> None:
    campaign_id = running(deployment, PEOPLE)

    answer = executor.handler({"Records": [record(body), asks_for(campaign_id, "m2")]}, Context())

    assert answer == {"batchItemFailures": []}
    assert deployment.campaigns.get(campaign_id).status is C.COMPLETED
    assert "not ours" in caplog.text


def test_messages_about_campaigns_that_are_gone_or_paused_are_dropped(
    deployment: Services,
) -> None:
    paused = running(deployment, PEOPLE)
    act(deployment, paused, Action.PAUSE)
    records = [asks_for("cmp_none", "m1"), asks_for(paused, "m2")]

    assert executor.handler({"Records": records}, Context()) == {"batchItemFailures": []}

    assert not deployment.channel.calls


def test_only_the_message_whose_batch_met_a_broken_store_goes_back_to_the_queue(
    deployment: Services, caplog: pytest.LogCaptureFixture
) -> None:
    good, bad = running(deployment, PEOPLE[:2]), running(deployment, PEOPLE[2:4])
    write = deployment.boundaries.write

    def write_but_for_one(boundary: Any, give_up_at: Any) -> Any:
        if boundary.campaign_id == bad:
            raise StoreUnavailableError
        return write(boundary, give_up_at)

    deployment.boundaries.write = write_but_for_one
    records = [asks_for(bad, "m1"), asks_for(good, "m2")]

    answer = executor.handler({"Records": records}, Context())

    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert deployment.campaigns.get(good).status is C.COMPLETED
    assert states(deployment, bad) == {S.PENDING: 2}
    (complaint,) = [r for r in caplog.records if getattr(r, "event", "") == "store_unavailable"]
    assert complaint.campaignId == bad


def test_the_same_message_twice_writes_to_nobody_twice(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE)
    tick_now(deployment)
    tick_now(deployment)
    records = received(deployment)
    assert len(records) == 2

    executor.handler({"Records": [*records, *records]}, Context())

    assert sorted(deployment.channel.phones) == PEOPLE
    assert_adds_up(deployment, campaign_id, len(PEOPLE))


def test_everything_is_committed_before_lambda_stops_the_process(deployment: Services) -> None:
    deployment.channel = RecordingChannel(deployment.clock, takes=timedelta(seconds=4))
    campaign_id = running(deployment, PEOPLE)

    answer = executor.handler({"action": "execute-batch", "campaignId": campaign_id}, Context(32))

    assert deployment.clock.now() <= NOON + timedelta(seconds=30)
    assert answer["sent"] == len(deployment.channel.calls) > 0
    assert states(deployment, campaign_id)[S.SENDING] == 0
    assert_adds_up(deployment, campaign_id, len(PEOPLE))


def test_no_log_line_holds_a_whole_phone_number(
    deployment: Services, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="shared")
    caplog.set_level(logging.DEBUG, logger="functions")
    campaign_id = running(deployment, PEOPLE)
    die_in_call(deployment, campaign_id, 2)
    deployment.clock.advance(timedelta(minutes=2))

    executor.handler({}, Context())
    executor.handler({"Records": [asks_for(campaign_id)]}, Context())

    lines = [f"{r.getMessage()} {vars(r)}" for r in caplog.records if "botocore" not in r.name]
    assert any("batch" in line for line in lines)
    assert not [line for line in lines for phone in PEOPLE if phone in line]


# What it costs.


@dataclass
class Bill:
    """Calls of DynamoDB, items that its queries looked at, and bytes to it and back."""

    calls: int = 0
    looked_at: int = 0  # a filter hides the others from the answer, not from the bill
    sent: int = 0
    received: int = 0


@contextmanager
def billed(services: Services) -> Iterator[Bill]:
    """Counts what goes over the wire."""
    bill = Bill()

    def before(request: Any, **_: Any) -> None:
        bill.calls += 1
        bill.sent += len(request.body or b"")

    def after(http_response: Any, parsed: dict[str, Any], **_: Any) -> None:
        bill.received += len(http_response.content)
        bill.looked_at += parsed.get("ScannedCount", 0)

    events = services._dynamodb.meta.events
    handlers: list[tuple[str, Callable[..., None]]] = [
        ("before-send.dynamodb", before),
        ("after-call.dynamodb", after),
    ]
    for name, handler in handlers:
        events.register(name, handler)
    try:
        yield bill
    finally:
        for name, handler in handlers:
            events.unregister(name, handler)


def test_a_batch_costs_the_same_near_the_end_of_a_thousand_as_at_their_beginning(
    deployment: Services,
) -> None:
    roomy = capped(deployment, limit=100_000)
    fast = process(roomy, WHATSAPP_DAILY_LIMIT="100000", BATCH_SIZE="900", GROUP_SIZE="30")
    campaign_id = running(roomy, phones(1000))
    batch(roomy, campaign_id)  # the first one opens connections and counters

    with billed(roomy) as early:
        assert batch(roomy, campaign_id).tally.sent == 25
    assert batch(fast, campaign_id).tally.sent == 900
    with billed(roomy) as late:
        assert batch(roomy, campaign_id).tally.sent == 25

    assert states(roomy, campaign_id) == {S.SENT: 975, S.PENDING: 25}
    assert early.calls == late.calls <= 12
    assert early.looked_at == late.looked_at == 25 + 1, "those who are due, and the counters"
    assert late.sent == pytest.approx(early.sent, rel=0.05)
    assert late.received == pytest.approx(early.received, rel=0.05)
