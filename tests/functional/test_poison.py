"""Records that make the code raise, and events that should not be: nobody else suffers by them."""

import json
import logging
import re
from datetime import timedelta
from typing import Any

import pytest

from functions.executor import handler as executor
from functions.wiring import Services
from shared.channels.whatsapp import WhatsAppChannel
from shared.domain.campaign import Action, CampaignStatus, PauseCause
from shared.domain.errors import UnreadableError
from shared.domain.outcome import OutcomeKind
from shared.domain.recipient import RecipientStatus
from shared.domain.suppression import Source, Suppression
from shared.ports import Message
from shared.usecases import execute_batch, recover
from tests.support.campaigns import (
    act,
    assert_adds_up,
    batch,
    everybody,
    phones,
    running,
    states,
)
from tests.support.caps import HandedOut
from tests.support.edges import ManualClock, RecordingChannel
from tests.support.processes import die_in_call, history, process, tick_now

PEOPLE = phones(12)
VICTIM = PEOPLE[3]
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
S, C = RecipientStatus, CampaignStatus


class Context:
    """What Lambda tells a handler about its time."""

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


@pytest.fixture
def deployment(services: Services, monkeypatch: pytest.MonkeyPatch) -> Services:
    """Real stores behind the handler; clock, provider and queue are in the test's hand."""
    services.clock = ManualClock()
    services.channel = RecordingChannel(services.clock)
    services.queue = HandedOut()
    monkeypatch.setattr(executor, "services", lambda _tenant: services)
    return services


def damage(services: Services, table: str, pk: str, sk: str, change: str, *values: Any) -> None:
    """Somebody edits an item by hand; the values are :0, :1 ..., each as DynamoDB has it."""
    request: dict[str, Any] = {"UpdateExpression": change}
    if values:
        request["ExpressionAttributeValues"] = {f":{n}": v for n, v in enumerate(values)}
    if names := re.findall(r"#(\w+)", change):
        request["ExpressionAttributeNames"] = {f"#{name}": name for name in names}
    key = {"PK": {"S": pk}, "SK": {"S": sk}}
    services._dynamodb.update_item(TableName=table, Key=key, **request)


def damage_recipient(
    services: Services, campaign_id: str, phone: str, change: str, *values: Any
) -> None:
    table, pk = services.settings.recipients_table, f"CAMPAIGN#{campaign_id}"
    damage(services, table, pk, f"USER#{phone}", change, *values)


def damage_campaign(services: Services, campaign_id: str, sk: str, change: str, *v: Any) -> None:
    pk = f"CAMPAIGN#{campaign_id}"
    damage(services, services.settings.campaigns_table, pk, sk, change, *v)


def delete_campaign(services: Services, campaign_id: str) -> None:
    """Somebody deletes a campaign's item by hand; all else of it stays."""
    services._dynamodb.delete_item(
        TableName=services.settings.campaigns_table,
        Key={"PK": {"S": f"CAMPAIGN#{campaign_id}"}, "SK": {"S": "METADATA"}},
    )


def journal_keys(services: Services, campaign_id: str) -> list[str]:
    """The sort keys of the campaign's journal entries."""
    answer = services._dynamodb.query(
        TableName=services.settings.campaigns_table,
        KeyConditionExpression="PK = :pk AND begins_with(SK, :run)",
        ExpressionAttributeValues={
            ":pk": {"S": f"CAMPAIGN#{campaign_id}"},
            ":run": {"S": "RUN#"},
        },
        ConsistentRead=True,
    )
    return [item["SK"]["S"] for item in answer["Items"]]


def complaints(caplog: pytest.LogCaptureFixture, event: str) -> list[logging.LogRecord]:
    """The log lines with this event."""
    return [record for record in caplog.records if getattr(record, "event", "") == event]


def a_minute_later(services: Services) -> list[str]:
    """The next tick, and the campaigns that it hands out."""
    services.clock.advance(MINUTE)
    executor.handler({}, Context())
    return services.queue.take()


def records(*campaign_ids: str) -> dict[str, Any]:
    """An SQS event that asks for batches; the message ids are the campaigns'."""
    bodies = [json.dumps({"action": "execute-batch", "campaignId": each}) for each in campaign_ids]
    return {
        "Records": [
            {"messageId": each, "body": body}
            for each, body in zip(campaign_ids, bodies, strict=True)
        ]
    }


# A recipient.


@pytest.mark.parametrize(
    ("change", "values"),
    [
        ("SET #parameters = :0", [{"S": "{no JSON"}]),
        ("SET #parameters = :0", [{"S": "[]"}]),
        ("SET #parameters = :0", [{"S": "null"}]),
        ("SET #parameters = :0", [{"S": '{"body": 7}'}]),
        ("SET #parameters = :0", [{"S": '{"buttons": [["one"]]}'}]),
        ("SET #parameters = :0", [{"M": {}}]),
        ("REMOVE #parameters", []),
        ("REMOVE phone", []),
        ("SET phone = :0", [{"S": PEOPLE[4]}]),
        ("REMOVE attempts", []),
        ("SET attempts = :0", [{"S": "0"}]),
        ("SET attempts = :0", [{"N": "0.5"}]),
        ("SET dueAt = :0", [{"S": "2020"}]),
        ("REMOVE #parameters, #status", []),
    ],
)
def test_a_damaged_recipient_fails_with_words_and_the_others_are_sent(
    deployment: Services,
    change: str,
    values: list[Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    campaign_id = running(deployment, PEOPLE)
    damage_recipient(deployment, campaign_id, VICTIM, change, *values)

    assert batch(deployment, campaign_id).completed

    assert sorted(deployment.channel.phones) == [p for p in PEOPLE if p != VICTIM]
    victim = everybody(deployment, campaign_id)[VICTIM]
    assert (victim.status, victim.error_code) == (S.FAILED, "UNREADABLE")
    assert "damaged" in (victim.error_message or "")
    assert_adds_up(deployment, campaign_id, len(PEOPLE))
    (complaint,) = complaints(caplog, "unreadable")
    assert complaint.campaignId == campaign_id
    assert VICTIM not in caplog.text


def test_more_damaged_recipients_than_a_batch_holds_do_not_stop_it(deployment: Services) -> None:
    campaign_id = running(deployment, phones(40))
    for phone in phones(30):
        damage_recipient(deployment, campaign_id, phone, "REMOVE #parameters")

    for _ in range(2):
        batch(deployment, campaign_id)

    assert states(deployment, campaign_id) == {S.FAILED: 30, S.SENT: 10}
    assert_adds_up(deployment, campaign_id, 40)


def test_a_recipient_that_a_worker_holds_is_never_written_off_by_a_stale_index(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, PEOPLE)
    stale = deployment.recipients.pending(campaign_id, deployment.clock.now(), 25)
    die_in_call(deployment, campaign_id, 2)
    damage_recipient(deployment, campaign_id, PEOPLE[0], "REMOVE #parameters")
    damaged = deployment.recipients.get(campaign_id, PEOPLE[0])
    assert damaged
    assert not damaged.readable
    pending = deployment.recipients.pending
    deployment.recipients.pending = lambda *_: [damaged, *stale[1:]]

    batch(deployment, campaign_id)

    deployment.recipients.pending = pending
    assert everybody(deployment, campaign_id)[PEOPLE[0]].status is S.SENDING
    assert_counters(deployment, campaign_id)


def assert_counters(services: Services, campaign_id: str) -> None:
    """The counters equal a recount."""
    stats = services.campaigns.stats(campaign_id)
    assert dict(stats.counts) == dict(states(services, campaign_id))


def test_who_can_not_even_be_marked_as_failed_does_not_stop_the_others(
    deployment: Services, caplog: pytest.LogCaptureFixture
) -> None:
    campaign_id = running(deployment, PEOPLE)
    damage_recipient(deployment, campaign_id, VICTIM, "REMOVE #parameters")
    write = deployment.boundaries.write

    def write_but_no_failure(boundary: Any, give_up_at: Any) -> Any:
        if boundary.skipped:
            raise RuntimeError("the failure recorder fails")
        return write(boundary, give_up_at)

    deployment.boundaries.write = write_but_no_failure
    batch(deployment, campaign_id)

    assert states(deployment, campaign_id) == {S.SENT: 11, S.PENDING: 1}
    assert complaints(caplog, "unreadable")
    deployment.boundaries.write = write
    assert batch(deployment, campaign_id).completed
    assert states(deployment, campaign_id) == {S.SENT: 11, S.FAILED: 1}


def test_a_message_that_can_not_be_built_is_refused_and_not_in_doubt() -> None:
    channel = WhatsAppChannel("http://127.0.0.1:9", "v26.0", "1", "token")
    message = Message("15551000000", "hello", "en_US", parameters=None, opaque="1|c|p|x")  # type: ignore[arg-type]

    outcome = channel.send(message)

    assert (outcome.kind, outcome.code) == (OutcomeKind.REJECTED, "UNREADABLE")
    assert "nothing was sent" in (outcome.message or "")


@pytest.mark.parametrize("value", [{"S": "yesterday"}, {"S": "2026-11-20"}, {"N": "5"}])
def test_a_damaged_conversation_costs_a_unit_and_stops_nobody(
    deployment: Services, value: dict[str, str]
) -> None:
    table = deployment.settings.whatsapp_table
    damage(deployment, table, f"CONVERSATION#{VICTIM}", "METADATA", "SET openedAt = :0", value)
    campaign_id = running(deployment, PEOPLE)

    assert batch(deployment, campaign_id).completed

    assert states(deployment, campaign_id) == {S.SENT: 12}
    today = deployment.clock.now().date()
    assert deployment.quota.day("default", today).total == 12


def test_a_damaged_opt_out_is_still_one(deployment: Services) -> None:
    table = deployment.settings.whatsapp_table
    wish = Suppression(VICTIM, deployment.clock.now(), Source.REPLY)
    deployment.suppressions.add([wish])
    change = "SET since = :0, #source = :1 REMOVE actor"
    damage(deployment, table, "SUPPRESSIONS", f"USER#{VICTIM}", change, {"N": "7"}, {"S": "?"})
    campaign_id = running(deployment, PEOPLE)

    batch(deployment, campaign_id)

    assert states(deployment, campaign_id) == {S.SENT: 11, S.SKIPPED: 1}
    assert deployment.suppressions.list("", 9, None).items == [Suppression(VICTIM, None, None)]


def test_a_damaged_version_of_the_opt_outs_lets_nothing_leave(deployment: Services) -> None:
    """Whoever can't be sure that nobody asked for no more sends to nobody."""
    table = deployment.settings.whatsapp_table
    damage(deployment, table, "SUPPRESSIONS", "METADATA", "SET version = :0", {"S": "?"})
    campaign_id = running(deployment, PEOPLE)

    with pytest.raises(UnreadableError):
        batch(deployment, campaign_id)

    assert not deployment.channel.calls


# A campaign.


@pytest.mark.parametrize(
    ("change", "values"),
    [
        ("REMOVE templateName", []),
        ("SET templateParams = :0", [{"S": "{"}]),
        ("SET #status = :0", [{"S": "RUNING"}]),
        ("SET createdAt = :0", [{"N": "7"}]),
    ],
)
def test_a_damaged_campaign_is_complained_about_by_name_and_the_others_go_on(
    deployment: Services,
    change: str,
    values: list[Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    bad, good = running(deployment, PEOPLE[:6]), running(deployment, PEOPLE[6:])
    damage_campaign(deployment, bad, "METADATA", change, *values)

    assert a_minute_later(deployment) == [good]
    answer = executor.handler(records(bad, good), Context())

    assert answer == {"batchItemFailures": [{"itemIdentifier": bad}]}
    assert deployment.campaigns.get(good).status is C.COMPLETED
    assert sorted(deployment.channel.phones) == PEOPLE[6:]
    assert [c.campaignId for c in complaints(caplog, "tick_trouble")] == [bad]
    assert [c.campaignId for c in complaints(caplog, "batch_trouble")] == [bad]
    with pytest.raises(UnreadableError, match=bad):
        deployment.campaigns.get(bad)
    page = deployment.campaigns.list(None, 100, None)
    assert [campaign.campaign_id for campaign in page.items] == [good]


def test_a_damaged_campaign_that_is_repaired_goes_on_where_it_was(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE)
    damage_campaign(deployment, campaign_id, "METADATA", "REMOVE templateName")
    assert a_minute_later(deployment) == []

    damage_campaign(deployment, campaign_id, "METADATA", "SET templateName = :0", {"S": "hello"})

    assert a_minute_later(deployment) == [campaign_id]
    assert batch(deployment, campaign_id).completed
    assert sorted(deployment.channel.phones) == PEOPLE


# A worker's journal entry.


@pytest.mark.parametrize(
    ("change", "values"),
    [
        ("SET claims = :0", [{"S": "[["}]),
        ("SET claims = :0", [{"S": "7"}]),
        ("SET claims = :0", [{"S": "[[1]]"}]),
        ("REMOVE senderId", []),
        ("REMOVE since", []),
    ],
)
def test_a_damaged_journal_entry_is_kept_and_looked_at_once_an_hour(
    deployment: Services,
    change: str,
    values: list[Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    campaign_id = running(deployment, PEOPLE)
    die_in_call(deployment, campaign_id, 2)
    (entry,) = journal_keys(deployment, campaign_id)
    damage_campaign(deployment, campaign_id, entry, change, *values)
    deployment.clock.advance(2 * MINUTE)

    for _ in range(2 * 60):
        for each in a_minute_later(deployment):
            batch(deployment, each)

    reasons = [str(r.exc_info and r.exc_info[1]) for r in complaints(caplog, "tick_trouble")]
    assert len(reasons) == 2
    assert all(campaign_id in reason for reason in reasons)
    assert states(deployment, campaign_id) == {S.SENDING: 5, S.SENT: 7}
    assert journal_keys(deployment, campaign_id) == [entry]
    assert len(set(deployment.channel.phones)) == len(deployment.channel.phones)


def test_a_journal_entry_that_is_repaired_is_judged_within_the_hour(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE)
    die_in_call(deployment, campaign_id, 2)
    (entry,) = journal_keys(deployment, campaign_id)
    table = deployment.settings.campaigns_table
    key = {"PK": {"S": f"CAMPAIGN#{campaign_id}"}, "SK": {"S": entry}}
    sender = deployment._dynamodb.get_item(TableName=table, Key=key)["Item"]["senderId"]
    damage_campaign(deployment, campaign_id, entry, "REMOVE senderId")
    deployment.clock.advance(2 * MINUTE)
    a_minute_later(deployment)
    damage_campaign(deployment, campaign_id, entry, "SET senderId = :0", sender)

    deployment.clock.advance(recover.LOOK_AGAIN)
    assert tick_now(deployment).in_doubt == 5

    batch(deployment, campaign_id)
    assert states(deployment, campaign_id) == {S.UNCONFIRMED: 5, S.SENT: 7}
    assert_adds_up(deployment, campaign_id, len(PEOPLE))


def test_a_journal_entry_of_which_only_the_lease_is_damaged_is_judged_an_hour_later(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, PEOPLE)
    die_in_call(deployment, campaign_id, 2)
    (entry,) = journal_keys(deployment, campaign_id)
    damage_campaign(deployment, campaign_id, entry, "SET tickAt = :0", {"S": "2020"})

    assert tick_now(deployment).in_doubt == 0
    deployment.clock.advance(recover.LOOK_AGAIN)
    assert tick_now(deployment).in_doubt == 5


def test_a_held_recipient_whose_state_is_damaged_does_not_keep_its_group_from_being_judged(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, PEOPLE[:5])
    die_in_call(deployment, campaign_id, 2)
    damage_recipient(deployment, campaign_id, VICTIM, "SET #status = :0", {"S": "?"})
    deployment.clock.advance(2 * MINUTE)

    assert tick_now(deployment).in_doubt == 4

    everyone = everybody(deployment, campaign_id)
    assert [everyone[p].status for p in PEOPLE[:5] if p != VICTIM] == [S.UNCONFIRMED] * 4
    assert not journal_keys(deployment, campaign_id)


@pytest.mark.parametrize("damaged", [False, True])
def test_the_dead_of_a_campaign_that_is_gone_or_damaged_are_judged_once_and_for_all(
    deployment: Services, damaged: bool, caplog: pytest.LogCaptureFixture
) -> None:
    campaign_id = running(deployment, PEOPLE)
    die_in_call(deployment, campaign_id, 2)
    if damaged:
        damage_campaign(deployment, campaign_id, "METADATA", "REMOVE templateName")
    else:
        delete_campaign(deployment, campaign_id)
    deployment.clock.advance(2 * MINUTE)

    assert tick_now(deployment).in_doubt == 5

    assert not journal_keys(deployment, campaign_id)
    assert states(deployment, campaign_id) == {S.UNCONFIRMED: 5, S.PENDING: 7}
    caplog.clear()
    assert a_minute_later(deployment) == []
    assert bool(complaints(caplog, "tick_trouble")) == damaged
    assert len(deployment.channel.calls) == 2


# Events that should not be.


def test_messages_for_a_deleted_campaign_are_dropped_and_call_nobody(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE)
    delete_campaign(deployment, campaign_id)

    answer = executor.handler(records(campaign_id), Context())

    assert answer == {"batchItemFailures": []}
    assert not deployment.channel.calls
    assert a_minute_later(deployment) == []


def test_a_message_that_comes_again_after_its_worker_died_writes_to_nobody_twice(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, PEOPLE)
    die_in_call(deployment, campaign_id, 7)  # the second group

    executor.handler(records(campaign_id), Context())  # long before the sweep
    deployment.clock.advance(2 * MINUTE)
    executor.handler({}, Context())
    executor.handler(records(campaign_id), Context())

    assert len(set(deployment.channel.phones)) == len(deployment.channel.phones) == 9
    assert states(deployment, campaign_id) == {S.SENT: 7, S.UNCONFIRMED: 5}
    assert_adds_up(deployment, campaign_id, len(PEOPLE))


def test_a_schedule_that_fires_a_day_late_and_twice_finds_everything_in_order(
    deployment: Services,
) -> None:
    limited = process(deployment, WHATSAPP_DAILY_LIMIT="10")
    limited.queue = deployment.queue
    capped = running(limited, phones(12, first=500))
    assert batch(limited, capped).paused
    paused_by_hand = running(limited, phones(3, first=700))
    act(limited, paused_by_hand, Action.PAUSE)
    limited.clock.advance(timedelta(hours=26))  # the cap has room again
    dead = running(limited, PEOPLE[:6])
    die_in_call(limited, dead, 2)
    limited.clock.advance(timedelta(hours=25))

    results = [tick_now(limited), tick_now(limited)]

    assert [r.in_doubt for r in results] == [5, 0]
    assert [r.resumed for r in results] == [1, 0]
    assert [r.troubled for r in results] == [0, 0]
    for each in limited.queue.take():
        batch(limited, each)
    assert states(limited, dead) == {S.UNCONFIRMED: 5, S.SENT: 1}
    assert states(limited, capped) == {S.SENT: 12}
    assert limited.campaigns.get(paused_by_hand).pause_cause is PauseCause.PERSON
    woken = [event for event in history(limited, capped) if event.what == "RESUMED"]
    assert len(woken) == 1
    called = limited.channel.phones
    assert len(called) == len(set(called))


def test_the_words_for_a_damaged_record_say_that_nobody_was_written_to() -> None:
    code, words = execute_batch.UNREADABLE

    assert code == "UNREADABLE"
    assert "nobody was written to" in words
