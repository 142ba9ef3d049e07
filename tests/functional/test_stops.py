"""What stops more than one recipient: a throttled sender, an error of campaign or account."""

from datetime import timedelta

import pytest

from functions.wiring import Services
from shared.domain.campaign import Action, CampaignStatus, PauseCause
from shared.domain.outcome import OutcomeKind
from shared.domain.recipient import RecipientStatus
from shared.ports import Message
from tests.support.answers import always, answers, refusal, used
from tests.support.campaigns import act, assert_adds_up, batch, everybody, phones, running, states
from tests.support.edges import RecordingChannel
from tests.support.processes import history, looked_at, process, tick_now

PEOPLE = phones(12)
ONE = PEOPLE[0]

S, K, C = RecipientStatus, OutcomeKind, CampaignStatus


def test_a_throttled_sender_rests_for_a_minute_in_all_its_campaigns_at_nobodys_expense(
    deployment: Services,
) -> None:
    first = running(deployment, PEOPLE[:6])
    other = running(deployment, PEOPLE[6:])
    deployment.channel.answer = answers(None, None, refusal(K.THROTTLED))
    start = deployment.clock.now()

    result = batch(deployment, first)

    assert result.wait_until == start + timedelta(seconds=60)
    assert not result.paused
    assert len(deployment.channel.calls) == 3, "nothing more after the provider said stop"
    assert used(deployment) == 2
    assert all(
        r.attempts == 0 for r in everybody(deployment, first).values() if r.status is S.PENDING
    )
    deployment.clock.advance(timedelta(seconds=59))
    for campaign_id in (first, other):
        assert batch(deployment, campaign_id).wait_until == result.wait_until
    assert len(deployment.channel.calls) == 3
    deployment.clock.advance(timedelta(seconds=1))
    for campaign_id in (first, other):
        assert batch(deployment, campaign_id).completed
        assert {r.attempts for r in everybody(deployment, campaign_id).values()} == {1}
        assert_adds_up(deployment, campaign_id, 6)


def test_a_throttle_stops_a_worker_of_another_campaign_at_its_next_group(
    deployment: Services,
) -> None:
    first = running(deployment, PEOPLE[:1])
    other = running(deployment, PEOPLE[1:])
    throttled = process(deployment)
    throttled.channel = RecordingChannel(deployment.clock, always(refusal(K.THROTTLED)))

    def meanwhile(message: Message) -> None:
        if len(deployment.channel.calls) == 2:
            batch(throttled, first)

    deployment.channel.answer = meanwhile
    batch(deployment, other)

    assert len(deployment.channel.calls) == 5, "the group in flight goes out, the next does not"
    assert states(deployment, other) == {S.SENT: 5, S.PENDING: 6}
    assert deployment.campaigns.get(other).status is C.RUNNING


def test_a_longer_rest_that_the_provider_asks_for_is_kept(deployment: Services) -> None:
    campaign_id = running(deployment, [ONE])
    deployment.channel.answer = answers(refusal(K.THROTTLED, delay_seconds=300.0))

    result = batch(deployment, campaign_id)

    assert result.wait_until == deployment.clock.now() + timedelta(seconds=300)
    assert deployment.senders.get("default").stopped_until == result.wait_until


def test_an_error_of_the_campaign_pauses_it_with_the_reason_and_harms_nobody(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, PEOPLE)
    other = running(deployment, phones(3, first=100))
    deployment.channel.answer = answers(None, refusal(K.CAMPAIGN_ERROR, code="132001"))

    result = batch(deployment, campaign_id)

    reason = "That did not work. (code 132001)"
    assert (result.paused, result.pause_reason) == (True, reason)
    campaign = deployment.campaigns.get(campaign_id)
    assert (campaign.status, campaign.pause_cause) == (C.PAUSED, PauseCause.CAMPAIGN_ERROR)
    assert campaign.paused_reason == reason
    assert ("PAUSED", "system", reason) in [
        (line.what, line.actor, line.reason) for line in history(deployment, campaign_id)
    ]
    everyone = everybody(deployment, campaign_id).values()
    assert sorted((r.status, r.attempts) for r in everyone) == [(S.PENDING, 0)] * 11 + [(S.SENT, 1)]
    assert used(deployment) == 1
    assert not looked_at(deployment, campaign_id), "only a person knows when it is mended"
    assert batch(deployment, other).completed, "the other campaigns of the sender go on"
    act(deployment, campaign_id, Action.RESUME)
    assert batch(deployment, campaign_id).completed
    assert_adds_up(deployment, campaign_id, len(PEOPLE))


def test_an_error_of_the_account_stops_all_campaigns_of_the_sender_until_a_person_resumes(
    deployment: Services,
) -> None:
    first, other = running(deployment, PEOPLE[:6]), running(deployment, PEOPLE[6:])
    deployment.channel.answer = answers(refusal(K.SENDER_ERROR, code="190"))

    result = batch(deployment, first)

    reason = "That did not work. (code 190)"
    assert (result.paused, result.pause_reason) == (True, reason)
    assert deployment.senders.get("default").halted
    stopped = batch(deployment, other)
    assert (stopped.paused, stopped.pause_reason) == (True, reason)
    for campaign_id in (first, other):
        campaign = deployment.campaigns.get(campaign_id)
        assert (campaign.status, campaign.pause_cause) == (C.PAUSED, PauseCause.SENDER_STOPPED)
        assert {r.attempts for r in everybody(deployment, campaign_id).values()} == {0}
    deployment.clock.advance(timedelta(days=3))
    assert tick_now(deployment).resumed == 0, "time mends no token"
    assert len(deployment.channel.calls) == 1
    assert used(deployment) == 0

    for campaign_id in (first, other):
        act(deployment, campaign_id, Action.RESUME)
        assert batch(deployment, campaign_id).completed
        assert_adds_up(deployment, campaign_id, 6)


@pytest.mark.parametrize("kind", [K.CAMPAIGN_ERROR, K.SENDER_ERROR, K.THROTTLED])
def test_recipients_that_always_stop_everybody_do_not_bar_the_way_of_the_others(
    deployment: Services, kind: OutcomeKind
) -> None:
    """Somebody's own picture can't be used, say, and Meta's answer blames the template."""
    stubborn = PEOPLE[:3]
    campaign_id = running(deployment, PEOPLE)
    deployment.channel.answer = lambda message: refusal(kind) if message.to in stubborn else None

    for _ in range(9):
        batch(deployment, campaign_id)
        deployment.clock.advance(timedelta(minutes=1))
        if deployment.campaigns.get(campaign_id).status is C.PAUSED:
            act(deployment, campaign_id, Action.RESUME)

    assert states(deployment, campaign_id) == {S.SENT: len(PEOPLE) - 3, S.PENDING: 3}
    everyone = everybody(deployment, campaign_id)
    assert {(everyone[p].attempts, everyone[p].error_code) for p in stubborn} == {(0, "4711")}


def test_an_error_of_the_account_that_is_still_there_stops_the_sender_again(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, PEOPLE)
    deployment.channel.answer = always(refusal(K.SENDER_ERROR, code="190"))
    batch(deployment, campaign_id)

    act(deployment, campaign_id, Action.RESUME)
    assert not deployment.senders.get("default").halted
    assert batch(deployment, campaign_id).paused

    assert deployment.senders.get("default").halted
    assert len(deployment.channel.calls) == 2
    assert states(deployment, campaign_id) == {S.PENDING: len(PEOPLE)}
    assert used(deployment) == 0
