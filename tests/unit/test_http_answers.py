"""What is shown of campaigns, recipients and the cap."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import BaseModel

from shared.config import Settings
from shared.domain.campaign import Campaign, CampaignStatus, PauseCause, Retry, Throttle
from shared.domain.quota import LimitWindow, QuotaView
from shared.domain.recipient import Recipient, RecipientStatus
from shared.domain.stats import Stats
from shared.domain.template import ButtonParam, TemplateParams
from shared.http.present import campaign_answer, quota_answer, recipient_answer

NOW = datetime(2026, 11, 20, 9, 5, tzinfo=UTC)
SHOWN = "2026-11-20T09:05:00.000Z"
SETTINGS = Settings("campaigns", "recipients", "whatsapp")
CAMPAIGN = Campaign("cmp_1", "Spring", "spring_sale", "en_US", created_at=NOW)
PENDING = Recipient("cmp_1", "491711111111", due_at=NOW, created_at=NOW)
ONE_OF_EACH = Stats(dict.fromkeys(RecipientStatus, 1))


def shown(answer: BaseModel) -> dict[str, Any]:
    """An answer as it leaves."""
    return answer.model_dump(mode="json", by_alias=True)


def test_sent_counts_everybody_whose_message_was_taken() -> None:
    answer = shown(campaign_answer(CAMPAIGN, ONE_OF_EACH, SETTINGS))

    assert answer["totalRecipients"] == 9
    assert answer["sentCount"] == 3
    assert (answer["deliveredCount"], answer["readCount"]) == (2, 1)
    assert answer["progress"] == 77.7
    rest = ("pending", "sending", "failed", "held", "skipped", "unconfirmed")
    assert answer["sentCount"] + sum(answer[f"{name}Count"] for name in rest) == 9


def test_a_campaign_without_settings_shows_those_in_force() -> None:
    answer = shown(campaign_answer(CAMPAIGN, Stats(), SETTINGS))

    assert answer["throttle"] == {
        "mode": "batch",
        "workers": 1,
        "messagesPerSecond": 20.0,
        "batchSize": 25,
        "batchDelaySeconds": 60,
    }
    assert answer["retry"] == {
        "maxAttempts": 3,
        "baseDelaySeconds": 30.0,
        "maxDelaySeconds": 3600.0,
    }
    assert answer["onUnconfirmed"] == "hold"
    assert answer["dailyCap"] is None
    assert answer["progress"] == 0.0


def test_a_campaigns_own_settings_go_before_the_defaults() -> None:
    own = replace(CAMPAIGN, throttle=Throttle(5, 10), retry=Retry(7, 1, 2), daily_cap=40)

    answer = shown(campaign_answer(own, Stats(), SETTINGS))

    assert answer["throttle"] == {
        "mode": "batch",
        "workers": 1,
        "messagesPerSecond": 5.0,
        "batchSize": 10,
        "batchDelaySeconds": 60,
    }
    assert answer["retry"] == {"maxAttempts": 7, "baseDelaySeconds": 1.0, "maxDelaySeconds": 2.0}
    assert answer["dailyCap"] == 40


def test_without_a_delay_there_is_no_pace_to_show() -> None:
    answer = shown(campaign_answer(CAMPAIGN, Stats(), replace(SETTINGS, send_delay_ms=0)))

    assert answer["throttle"]["messagesPerSecond"] is None


def test_a_paused_campaign_shows_why_and_until_when() -> None:
    reason = "Daily limit reached: 200/200 conversations"
    paused = replace(
        CAMPAIGN,
        status=CampaignStatus.PAUSED,
        started_at=NOW,
        paused_at=NOW,
        pause_cause=PauseCause.DAILY_LIMIT,
        paused_reason=reason,
        resume_at=NOW,
    )

    answer = shown(campaign_answer(paused, Stats(), SETTINGS))

    assert (answer["status"], answer["pausedReason"]) == ("PAUSED", reason)
    assert answer["pauseCause"] == "DAILY_LIMIT"
    assert answer["createdAt"] == answer["startedAt"] == answer["pausedAt"] == SHOWN
    assert answer["resumesAt"] == SHOWN
    assert answer["completedAt"] is None


def test_a_recipient_shows_what_was_sent_and_what_became_of_it() -> None:
    sent = Recipient(
        "cmp_1",
        "491711111111",
        status=RecipientStatus.FAILED,
        attempts=2,
        parameters=TemplateParams("Hi", ("Ana",), buttons=(ButtonParam(0, "url", "x"),)),
        message_id="wamid.1",
        error_code="131026",
        error_message="Message undeliverable",
        sent_at=NOW,
    )

    answer = shown(recipient_answer(sent, CampaignStatus.RUNNING))

    assert (answer["phone"], answer["status"], answer["attempts"]) == ("491711111111", "FAILED", 2)
    assert answer["parameters"] == {
        "header": "Hi",
        "body": ["Ana"],
        "buttons": [{"index": 0, "subType": "url", "text": "x"}],
    }
    assert (answer["messageId"], answer["sentAt"]) == ("wamid.1", SHOWN)
    assert (answer["errorCode"], answer["errorMessage"]) == ("131026", "Message undeliverable")


def test_named_parameters_are_shown_by_name() -> None:
    named = replace(PENDING, parameters=TemplateParams(named_body={"first_name": "Ana"}))

    answer = shown(recipient_answer(named, CampaignStatus.DRAFT))

    assert answer["parameters"]["body"] == {"first_name": "Ana"}


def test_whoever_waited_when_the_campaign_was_cancelled_is_told_so() -> None:
    answer = shown(recipient_answer(PENDING, CampaignStatus.CANCELLED))

    assert answer["status"] == "PENDING"
    assert answer["errorCode"] == "CAMPAIGN_CANCELLED"
    assert answer["errorMessage"] == "never sent: the campaign was cancelled"
    assert answer["dueAt"] is None


@pytest.mark.parametrize("status", sorted(set(RecipientStatus) - {RecipientStatus.PENDING}))
def test_whoever_was_reached_keeps_the_outcome_in_a_cancelled_campaign(
    status: RecipientStatus,
) -> None:
    reached = replace(PENDING, status=status, error_code="131026", error_message="undeliverable")

    answer = shown(recipient_answer(reached, CampaignStatus.CANCELLED))

    assert (answer["status"], answer["errorCode"]) == (status.value, "131026")


def test_whoever_waits_for_a_retry_shows_when_and_why() -> None:
    waiting = replace(PENDING, attempts=1, error_code="131000", error_message="went wrong")

    answer = shown(recipient_answer(waiting, CampaignStatus.RUNNING))

    assert (answer["dueAt"], answer["errorCode"]) == (SHOWN, "131000")


def test_the_cap_shows_what_is_left_and_never_less_than_nothing() -> None:
    hours = [(NOW, 203)]
    view = QuotaView(203, 200, LimitWindow.ROLLING, resets_at=NOW, hours=hours)

    assert shown(quota_answer(view)) == {
        "success": True,
        "used": 203,
        "limit": 200,
        "remaining": 0,
        "window": "rolling",
        "resetsAt": SHOWN,
        "hours": [{"hour": SHOWN, "opened": 203}],
    }
