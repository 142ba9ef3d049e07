"""Many refused alike are the campaign's fault, and its list must not be burnt for it."""

import pytest

from functions.wiring import Services
from shared.domain.campaign import PauseCause, Throttle
from shared.domain.outcome import Outcome, OutcomeKind
from shared.domain.recipient import RecipientStatus
from tests.support.answers import always, answers, refusal
from tests.support.campaigns import assert_adds_up, batch, phones, running, states
from tests.support.processes import finish

MANY = phones(20)
S, K = RecipientStatus, OutcomeKind


def alike(code: str = "132000") -> Outcome:
    """A refusal that looks like one row's fault."""
    return refusal(K.REJECTED, code=code, shared_fault=True)


def test_ten_refused_alike_in_a_row_and_nobody_accepted_pause_the_campaign(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, MANY)
    deployment.channel.answer = always(alike())

    result = batch(deployment, campaign_id)

    assert len(deployment.channel.calls) == 10
    assert result.pause_reason == (
        "10 recipients in a row were refused alike: That did not work. (code 132000)"
    )
    assert deployment.campaigns.get(campaign_id).pause_cause is PauseCause.CAMPAIGN_ERROR
    assert states(deployment, campaign_id) == {S.FAILED: 10, S.PENDING: 10}
    assert_adds_up(deployment, campaign_id, len(MANY))


@pytest.mark.parametrize(
    "first_ones",
    [
        pytest.param([alike()] * 9, id="nine are too few"),
        pytest.param([alike("132000"), alike("132012")] * 9, id="for two reasons"),
        pytest.param([None] + [alike()] * 19, id="somebody was accepted"),
        pytest.param([alike()] * 9 + [None] + [alike()] * 10, id="somebody was accepted meanwhile"),
        pytest.param([refusal(K.REJECTED)] * 20, id="each for its own fault"),
        pytest.param([alike()] * 9 + [refusal(K.REJECTED)] + [alike()] * 9, id="not in a row"),
    ],
)
def test_less_than_that_is_the_recipients_own_fault(
    deployment: Services, first_ones: list[Outcome | None]
) -> None:
    campaign_id = running(deployment, MANY)
    deployment.channel.answer = answers(*first_ones)

    result = batch(deployment, campaign_id)

    assert result.completed
    assert len(deployment.channel.calls) == len(MANY)
    refused = sum(outcome is not None for outcome in first_ones)
    assert states(deployment, campaign_id)[S.FAILED] == refused
    assert_adds_up(deployment, campaign_id, len(MANY))


def test_refusals_alike_are_counted_over_small_batches_too(deployment: Services) -> None:
    campaign_id = running(deployment, MANY, throttle=Throttle(batch_size=4))
    deployment.channel.answer = always(alike())

    for _ in range(2):
        assert not batch(deployment, campaign_id).paused
    result = batch(deployment, campaign_id)

    assert result.pause_reason == (
        "12 recipients were refused and nobody accepted. At last: That did not work. (code 132000)"
    )
    assert deployment.campaigns.get(campaign_id).pause_cause is PauseCause.CAMPAIGN_ERROR
    assert states(deployment, campaign_id) == {S.FAILED: 12, S.PENDING: 8}


@pytest.mark.parametrize(
    "first_ones",
    [
        pytest.param([None] + [alike()] * 19, id="somebody was accepted"),
        pytest.param([refusal(K.HELD)] + [alike()] * 19, id="somebody was accepted and is held"),
        pytest.param([alike("132000"), alike("132012")] * 10, id="for two reasons"),
    ],
)
def test_small_batches_of_recipients_at_fault_themselves_go_on(
    deployment: Services, first_ones: list[Outcome | None]
) -> None:
    campaign_id = running(deployment, MANY, throttle=Throttle(batch_size=4))
    deployment.channel.answer = answers(*first_ones)

    finish(deployment, campaign_id)

    assert len(deployment.channel.calls) == len(MANY)
    assert_adds_up(deployment, campaign_id, len(MANY))
