"""The pace: calls are that far apart, over groups too, and waiting never outlasts the process."""

from datetime import timedelta
from itertools import pairwise

import pytest

from functions.wiring import Services
from shared.domain.campaign import Throttle
from shared.domain.recipient import RecipientStatus
from shared.usecases.execute_batch import execute_batch
from tests.support.campaigns import assert_adds_up, batch, phones, running, states
from tests.support.edges import RecordingChannel
from tests.support.processes import process

PEOPLE = phones(12)


@pytest.mark.parametrize(
    ("throttle", "apart"),
    [
        (Throttle(), timedelta(milliseconds=50)),
        (Throttle(messages_per_second=4), timedelta(milliseconds=250)),
        (Throttle(messages_per_second=80), timedelta(milliseconds=12.5)),
    ],
)
def test_calls_are_as_far_apart_as_the_campaign_or_the_deployment_says(
    deployment: Services, throttle: Throttle, apart: timedelta
) -> None:
    paced = process(deployment, SEND_DELAY_MS="50")
    campaign_id = running(paced, PEOPLE, throttle=throttle)

    assert batch(paced, campaign_id).completed

    times = [at for at, _ in paced.channel.calls]
    assert [later - earlier for earlier, later in pairwise(times)] == [apart] * 11


def test_the_time_that_a_call_takes_counts_into_the_pace(deployment: Services) -> None:
    slow = process(deployment, SEND_DELAY_MS="50")
    slow.channel = RecordingChannel(slow.clock, takes=timedelta(milliseconds=80))
    start = slow.clock.now()

    batch(slow, running(slow, PEOPLE))

    assert slow.clock.now() - start == 12 * timedelta(milliseconds=80)


@pytest.mark.parametrize("delay", [7_000, 10_000, 29_000, 60_000])
@pytest.mark.parametrize("seconds", [25, 60, 118])
def test_no_worker_waits_for_its_turn_beyond_its_own_end(
    deployment: Services, delay: int, seconds: int
) -> None:
    """The process would be stopped in its sleep, and everybody it had written to be in doubt."""
    slow = process(deployment, SEND_DELAY_MS=str(delay))
    campaign_id = running(slow, PEOPLE)
    deadline = slow.clock.now() + timedelta(seconds=seconds)

    result = execute_batch(slow, campaign_id, deadline)

    assert slow.clock.now() <= deadline
    assert result.tally.sent == len(slow.channel.calls) >= 1
    after = states(slow, campaign_id)
    assert after[RecipientStatus.SENT] == result.tally.sent
    assert after[RecipientStatus.PENDING] == len(PEOPLE) - result.tally.sent
    assert_adds_up(slow, campaign_id, len(PEOPLE))


def test_a_batch_with_no_time_for_a_call_claims_nobody(deployment: Services) -> None:
    campaign_id = running(deployment, PEOPLE)

    result = execute_batch(
        deployment, campaign_id, deployment.clock.now() + timedelta(seconds=17.9)
    )

    assert result.tally.processed == 0
    assert states(deployment, campaign_id) == {RecipientStatus.PENDING: len(PEOPLE)}
    assert not deployment.channel.calls
