"""Every kind of outcome: what it costs, and when it is tried again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from functions.wiring import Services
from shared.domain.campaign import CampaignStatus, Retry
from shared.domain.outcome import Outcome, OutcomeKind
from shared.domain.recipient import RecipientStatus
from tests.support.answers import always, answers, only, refusal, used
from tests.support.campaigns import assert_adds_up, batch, everybody, phones, running, states
from tests.support.processes import FixedChance, finish, process

PEOPLE = phones(12)
ONE = PEOPLE[0]

ALMOST_ONE = 0.999999

S, K, C = RecipientStatus, OutcomeKind, CampaignStatus


@dataclass(frozen=True)
class Consequence:
    """What one outcome does to its recipient, the cap and the campaign."""

    status: RecipientStatus
    campaign: CampaignStatus
    attempts: int = 1
    units: int = 0
    due_after: tuple[float, float] | None = None  # seconds, at the least and at the most
    reason: bool = True


CONSEQUENCES = {
    K.ACCEPTED: Consequence(S.SENT, C.COMPLETED, units=1, reason=False),
    K.HELD: Consequence(S.HELD, C.COMPLETED, units=1),
    K.RETRY: Consequence(S.PENDING, C.RUNNING, due_after=(15, 30)),
    K.DEFER: Consequence(S.PENDING, C.RUNNING, due_after=(24 * 3600, 25 * 3600)),
    K.REJECTED: Consequence(S.FAILED, C.COMPLETED),
    K.THROTTLED: Consequence(S.PENDING, C.RUNNING, attempts=0, due_after=(0, 0)),
    K.CAMPAIGN_ERROR: Consequence(S.PENDING, C.PAUSED, attempts=0, due_after=(0, 0)),
    K.SENDER_ERROR: Consequence(S.PENDING, C.PAUSED, attempts=0, due_after=(0, 0)),
    K.UNKNOWN: Consequence(S.UNCONFIRMED, C.COMPLETED, units=1),
    K.NOT_CALLED: Consequence(S.PENDING, C.RUNNING, attempts=0, due_after=(0, 0)),
}


@pytest.mark.parametrize("kind", list(OutcomeKind))
def test_an_outcome_leaves_recipient_cap_and_campaign_as_the_table_says(
    deployment: Services, kind: OutcomeKind
) -> None:
    campaign_id = running(deployment, [ONE])
    deployment.channel.answer = answers(
        Outcome(kind, message_id="wamid.1") if kind is K.ACCEPTED else refusal(kind)
    )
    now = deployment.clock.now()

    batch(deployment, campaign_id)

    expected, recipient = CONSEQUENCES[kind], only(deployment, campaign_id)
    assert recipient.status is expected.status
    assert recipient.attempts == expected.attempts
    assert used(deployment) == expected.units
    assert deployment.campaigns.get(campaign_id).status is expected.campaign
    if expected.due_after is None:
        assert recipient.due_at is None
    else:
        assert recipient.due_at is not None
        waits = (recipient.due_at - now).total_seconds()
        assert expected.due_after[0] <= waits <= expected.due_after[1]
    reason = (recipient.error_code, recipient.error_message)
    assert reason == (("4711", "That did not work.") if expected.reason else (None, None))
    assert_adds_up(deployment, campaign_id, 1)


@pytest.mark.parametrize(
    ("dice", "retry", "waits"),
    [
        (0.0, Retry(), [15, 30]),
        (ALMOST_ONE, Retry(), [30, 60]),
        (
            0.0,
            Retry(max_attempts=5, base_delay_seconds=10, max_delay_seconds=25),
            [5, 10, 12.5, 12.5],
        ),
        (
            ALMOST_ONE,
            Retry(max_attempts=4, base_delay_seconds=100, max_delay_seconds=150),
            [100, 150, 150],
        ),
        (0.5, Retry(max_attempts=1), []),
    ],
)
def test_a_retry_backs_off_in_doubling_steps_until_the_attempts_are_used_up(
    deployment: Services, dice: float, retry: Retry, waits: list[float]
) -> None:
    deployment.chance = FixedChance(dice)
    campaign_id = running(deployment, [ONE], retry=retry)
    refusals = [refusal(K.RETRY, code=str(n)) for n in range(len(waits) + 1)]
    deployment.channel.answer = answers(*refusals)

    for n, wait in enumerate(waits):
        began = deployment.clock.now()
        batch(deployment, campaign_id)
        recipient = only(deployment, campaign_id)
        assert (recipient.status, recipient.attempts) == (S.PENDING, n + 1)
        assert (recipient.due_at - began).total_seconds() == pytest.approx(wait, abs=0.01)
        deployment.clock.jump(recipient.due_at - timedelta(seconds=1))
        assert batch(deployment, campaign_id).tally.processed == 0, "that was too early"
        deployment.clock.jump(recipient.due_at)

    result = batch(deployment, campaign_id)

    recipient = only(deployment, campaign_id)
    assert (recipient.status, recipient.attempts) == (S.FAILED, len(waits) + 1)
    assert recipient.error_code == str(len(waits)), "the last reason counts"
    assert result.tally.failed == 1
    assert result.completed
    assert used(deployment) == 0, "nobody was reached, so no conversation was opened"
    assert len(deployment.channel.calls) == len(waits) + 1
    assert_adds_up(deployment, campaign_id, 1)


def test_the_hour_of_a_retry_is_kept_to_the_millisecond(deployment: Services) -> None:
    deployment.chance = FixedChance(1 / 3)
    campaign_id = running(deployment, [ONE])
    deployment.channel.answer = answers(refusal(K.RETRY))

    batch(deployment, campaign_id)

    assert only(deployment, campaign_id).due_at == datetime.fromisoformat(
        "2026-11-20T12:00:20.000+00:00"
    )


def test_the_deployments_attempts_hold_where_a_campaign_says_nothing(deployment: Services) -> None:
    two = process(deployment, MAX_ATTEMPTS="2")
    campaign_id = running(two, [ONE])
    two.channel.answer = always(refusal(K.RETRY))

    finish(two, campaign_id)

    assert only(two, campaign_id).status is S.FAILED
    assert len(two.channel.calls) == 2


def test_a_recipient_that_is_accepted_at_last_keeps_no_old_reason(deployment: Services) -> None:
    campaign_id = running(deployment, [ONE])
    deployment.channel.answer = answers(refusal(K.RETRY), refusal(K.RETRY))

    finish(deployment, campaign_id)

    recipient = only(deployment, campaign_id)
    assert (recipient.status, recipient.attempts) == (S.SENT, 3)
    assert (recipient.error_code, recipient.error_message) == (None, None)
    assert used(deployment) == 1


def test_a_longer_wait_that_the_provider_asks_for_is_kept_and_still_spread(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, PEOPLE)
    deployment.channel.answer = always(refusal(K.RETRY, delay_seconds=600.0))
    now = deployment.clock.now()

    batch(deployment, campaign_id)

    due = [r.due_at for r in everybody(deployment, campaign_id).values()]
    assert min(due) >= now + timedelta(seconds=600)
    assert max(due) <= now + timedelta(seconds=1200)
    assert len(set(due)) > 1, "they must not all come back at once"


def test_who_had_enough_marketing_today_is_not_tried_within_a_day(deployment: Services) -> None:
    campaign_id = running(deployment, [ONE])
    deployment.channel.answer = answers(refusal(K.DEFER, code="131049"))
    start = deployment.clock.now()
    batch(deployment, campaign_id)

    deployment.clock.jump(start + timedelta(hours=24, seconds=-1))
    assert batch(deployment, campaign_id).tally.processed == 0
    deployment.clock.jump(start + timedelta(hours=25))
    assert batch(deployment, campaign_id).completed

    assert only(deployment, campaign_id).status is S.SENT


def test_everybody_who_was_not_delivered_has_a_code_and_a_reason_in_words(
    deployment: Services,
) -> None:
    outcomes = {
        K.ACCEPTED: None,
        K.HELD: refusal(K.HELD),
        K.RETRY: refusal(K.RETRY),
        K.DEFER: refusal(K.DEFER),
        K.REJECTED: refusal(K.REJECTED),
        K.UNKNOWN: refusal(K.UNKNOWN),
    }
    optout = phones(1, first=500)
    deployment.channel.answer = answers(refusal(K.REJECTED, suppress=True))
    batch(deployment, running(deployment, optout))
    kinds = dict(zip(PEOPLE, outcomes, strict=False))
    people = [*kinds, *optout]
    campaign_id = running(deployment, people)
    deployment.channel.answer = lambda message: outcomes[kinds[message.to]]

    finish(deployment, campaign_id)

    assert_adds_up(deployment, campaign_id, len(people))
    assert states(deployment, campaign_id) == {
        S.SENT: 1,
        S.HELD: 1,
        S.FAILED: 3,
        S.UNCONFIRMED: 1,
        S.SKIPPED: 1,
    }
    for recipient in everybody(deployment, campaign_id).values():
        if recipient.status is S.SENT:
            assert recipient.error_code is recipient.error_message is None
        else:
            assert recipient.error_code
            assert " " in (recipient.error_message or ""), f"no words for {recipient.status}"
