"""The executor's handler: a batch by name, records of the queue, its time."""

import logging
from datetime import timedelta
from typing import Any

import pytest

from functions.executor import handler as executor
from functions.wiring import Services
from shared.domain.campaign import Action, CampaignStatus, Mode, Throttle
from shared.domain.errors import (
    CampaignNotFoundError,
    CampaignNotRunningError,
    StoreUnavailableError,
)
from shared.domain.recipient import RecipientStatus
from tests.support.campaigns import act, assert_adds_up, new_campaign, phones, running, states
from tests.support.edges import NOON, RecordingChannel
from tests.support.executor import Context, asks_for, capped, received, record, without_queue
from tests.support.processes import die_in_call, tick_now

PEOPLE = phones(12)
S, C = RecipientStatus, CampaignStatus


@pytest.fixture
def deployment(deployment: Services, monkeypatch: pytest.MonkeyPatch) -> Services:
    """The deployment behind the handler."""
    monkeypatch.setattr(executor, "services", lambda _tenant: deployment)
    return deployment


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
    monkeypatch.setattr(executor, "services", lambda _tenant: limited)
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


def test_a_batch_whose_next_one_can_not_be_asked_for_goes_back_to_the_queue(
    deployment: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    deployment.channel = RecordingChannel(deployment.clock, takes=timedelta(seconds=4))
    campaign_id = running(deployment, PEOPLE, throttle=Throttle(mode=Mode.CONTINUOUS))
    without_queue(deployment, monkeypatch)

    answer = executor.handler({"Records": [asks_for(campaign_id)]}, Context(32))

    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert 0 < len(deployment.channel.calls) < len(PEOPLE)
    assert states(deployment, campaign_id)[S.SENDING] == 0
    (complaint,) = [r for r in caplog.records if r.levelno >= logging.ERROR]
    assert getattr(complaint, "event", "") == "store_unavailable"


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


def test_a_healthy_batch_complains_of_nothing(
    deployment: Services, caplog: pytest.LogCaptureFixture
) -> None:
    campaign_id = running(deployment, phones(2))

    executor.handler({"action": "execute-batch", "campaignId": campaign_id}, Context())

    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
