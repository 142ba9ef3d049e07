"""The tick, over the emulator's real queue: who is handed out, who wakes, who sleeps on."""

import json
from datetime import timedelta
from typing import Any

import pytest

from functions.executor import handler as executor
from functions.wiring import Services
from shared.domain.access import SYSTEM
from shared.domain.campaign import Action, CampaignStatus, Event, PauseCause, Throttle
from shared.domain.errors import StoreUnavailableError
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
from tests.support.executor import Context, capped, received, without_queue
from tests.support.processes import die_in_call, finish, history, looked_at, process, tick_now

PEOPLE = phones(12)
ONE_MINUTE = timedelta(minutes=1)
S, C = RecipientStatus, CampaignStatus


@pytest.fixture
def deployment(deployment: Services, monkeypatch: pytest.MonkeyPatch) -> Services:
    """The deployment behind the handler."""
    monkeypatch.setattr(executor, "services", lambda _tenant: deployment)
    return deployment


def test_a_tick_sends_one_message_for_each_campaign_that_is_due_and_for_no_other(
    deployment: Services,
) -> None:
    due = [running(deployment, PEOPLE[:1]) for _ in range(23)]  # more than one call to SQS takes
    new_campaign(deployment, PEOPLE[:1])
    for action in (Action.PAUSE, Action.CANCEL):
        act(deployment, running(deployment, PEOPLE[:1]), action)
    batch(deployment, running(deployment, PEOPLE[:1]))

    result = executor.handler({}, Context())

    assert result == {
        "enqueued": 23,
        "resumed": 0,
        "in_doubt": 0,
        "erased": 0,
        "importing": 0,
        "troubled": 0,
    }
    bodies = [json.loads(message["body"]) for message in received(deployment)]
    assert sorted(body["campaignId"] for body in bodies) == sorted(due)
    assert {body["action"] for body in bodies} == {"execute-batch"}


def test_the_schedules_own_event_is_a_tick(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE)
    event = {"version": "0", "detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}

    assert executor.handler(event, Context())["enqueued"] == 1

    (message,) = received(deployment)
    assert json.loads(message["body"])["campaignId"] == campaign_id


def test_a_tick_without_its_queue_says_so_and_the_next_one_makes_up_for_it(
    deployment: Services, caplog: pytest.LogCaptureFixture
) -> None:
    running(deployment, PEOPLE)

    with pytest.MonkeyPatch.context() as patch:
        without_queue(deployment, patch)
        with pytest.raises(StoreUnavailableError):
            executor.handler({}, Context())

    assert "store_unavailable" in {getattr(r, "event", "") for r in caplog.records}
    assert executor.handler({}, Context())["enqueued"] == len(received(deployment)) == 1


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


def test_a_campaign_may_wait_longer_from_batch_to_batch(deployment: Services) -> None:
    clock = deployment.clock
    throttle = Throttle(batch_size=5, batch_delay_seconds=180)
    campaign_id = running(deployment, PEOPLE, throttle=throttle)

    batches = []
    for _ in range(7):
        batches.append(tick(deployment, clock.now() + ONE_MINUTE).enqueued)
        batches.append(tick(deployment, clock.now() + ONE_MINUTE).enqueued)
        clock.advance(ONE_MINUTE)

    assert batches == [1, 0, 0, 0, 0, 0] * 2 + [1, 0]
    stored = deployment.campaigns.get(campaign_id)
    assert stored.tick_at is not None
    assert ONE_MINUTE < stored.tick_at - clock.now() <= 2 * ONE_MINUTE


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
        event = Event(campaign_id, deployment.clock.now(), "PAUSED", SYSTEM, "a reason")
        assert deployment.campaigns.pause(cause, event)

    deployment.clock.advance(timedelta(days=2))
    result = tick_now(deployment)

    assert (result.resumed, result.enqueued) == (0, 0)
    assert deployment.campaigns.get(campaign_id).pause_cause is cause


def test_only_a_campaign_at_its_cap_is_looked_at_again_later(deployment: Services) -> None:
    campaign_id = running(deployment, phones(1))
    act(deployment, campaign_id, Action.PAUSE)

    until = deployment.clock.now() + timedelta(hours=1)
    deployment.campaigns.postpone(campaign_id, PauseCause.DAILY_LIMIT, until)

    assert deployment.campaigns.get(campaign_id).resume_at is None
