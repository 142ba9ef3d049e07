"""Continuous campaigns: sent without pause, by one worker, at one pace for each sender."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from functions.wiring import Services
from shared.domain.campaign import Action, CampaignStatus, Mode, Throttle
from shared.domain.outcome import Outcome, OutcomeKind
from shared.domain.recipient import RecipientStatus
from shared.domain.sender import RECOVERY, NumberFacts, Sender
from shared.ports import Message
from shared.system import SystemClock
from shared.usecases.drain import WORKER, serve
from shared.usecases.execute_batch import BatchResult
from tests.support.campaigns import MINUTE, act, assert_adds_up, phones, running, states
from tests.support.edges import ManualClock
from tests.support.executor import capped
from tests.support.processes import die_in_call, process, tick_now

S = RecipientStatus
CONTINUOUS = Throttle(mode=Mode.CONTINUOUS)


def drain(services: Services, campaign_id: str, seconds: int = 118) -> BatchResult:
    return serve(services, campaign_id, services.clock.now() + timedelta(seconds=seconds))


def test_all_are_sent_to_in_one_go(deployment: Services) -> None:
    roomy = capped(deployment, limit=100_000)
    campaign_id = running(roomy, phones(250), throttle=CONTINUOUS)

    result = drain(roomy, campaign_id)

    assert (result.tally.sent, result.completed, result.more) == (250, True, False)
    assert max(Counter(roomy.channel.phones).values()) == 1
    assert_adds_up(roomy, campaign_id, 250)


def test_who_runs_out_of_time_says_that_there_is_more(deployment: Services) -> None:
    roomy = capped(deployment, limit=100_000)
    slow = Throttle(messages_per_second=2, mode=Mode.CONTINUOUS)
    campaign_id = running(roomy, phones(700), throttle=slow)

    first = drain(roomy, campaign_id)

    assert first.more
    assert 100 < first.tally.sent < 2 * 118
    assert states(roomy, campaign_id)[S.SENDING] == 0, "all is committed"


def test_a_second_worker_leaves_at_once_and_a_dead_one_is_swept_first(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, phones(12), throttle=CONTINUOUS)
    die_in_call(deployment, campaign_id, call=3, serve=serve)
    in_hand = states(deployment, campaign_id)[S.SENDING]

    assert drain(deployment, campaign_id).tally.processed == 0
    assert deployment.boundaries.journal(campaign_id, WORKER) is not None
    deployment.clock.advance(timedelta(minutes=5))
    assert tick_now(deployment).in_doubt == in_hand
    drain(deployment, campaign_id)

    assert max(Counter(deployment.channel.phones).values()) == 1
    assert_adds_up(deployment, campaign_id, 12)


def test_it_pauses_at_the_cap_and_for_a_person(deployment: Services) -> None:
    capped_one = capped(deployment, limit=40)
    campaign_id = running(capped_one, phones(60), throttle=CONTINUOUS)

    result = drain(capped_one, campaign_id)

    assert (result.tally.sent, result.paused, result.more) == (40, True, False)
    assert "Daily limit reached: 40/40" in (result.pause_reason or "")


def test_a_pause_lets_out_no_further_group(deployment: Services) -> None:
    roomy = process(capped(deployment, limit=1000), CONTINUOUS_GROUP_SIZE="10")
    campaign_id = running(roomy, phones(60), throttle=CONTINUOUS)

    def pause_in_the_middle(message: Message) -> Outcome | None:
        if len(roomy.channel.calls) == 15:
            act(roomy, campaign_id, Action.PAUSE)
        return None

    roomy.channel.answer = pause_in_the_middle
    result = drain(roomy, campaign_id)

    assert result.paused
    assert len(roomy.channel.calls) == 20, "the group in flight, and no other"
    assert states(roomy, campaign_id) == {S.SENT: 20, S.PENDING: 40}


def test_two_campaigns_share_the_pace_of_their_sender(deployment: Services) -> None:
    """On a real clock: in no second more than the sender may, and one group of each."""
    pair = [process(capped(deployment, limit=10_000), CONTINUOUS_GROUP_SIZE="5") for _ in range(2)]
    times: list[float] = []
    lock = threading.Lock()
    for services in pair:
        services.clock = SystemClock()

        def note(message: Message, clock: SystemClock = services.clock) -> Outcome | None:
            with lock:
                times.append(clock.now().timestamp())
            return None

        services.channel.answer = note
    ids = [running(pair[0], phones(80, first=100 * n), throttle=CONTINUOUS) for n in range(2)]

    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(drain, pair, ids))

    assert [result.tally.sent for result in done] == [80, 80]
    times.sort()
    most = max(sum(1 for t in times if start <= t < start + 1) for start in times)
    assert most <= 80 + 2 * 5
    assert times[-1] - times[0] > 1.7, "160 messages at 80 a second"


def test_a_number_that_was_too_fast_comes_back_slowly() -> None:
    now = ManualClock().now()
    sender = Sender("s", facts=NumberFacts(throughput="STANDARD"), stopped_until=now)

    assert Sender("s").rate(now) == 80
    assert sender.rate(now - MINUTE) == 40
    assert sender.rate(now) == 40
    assert sender.rate(now + RECOVERY / 2) == 60
    assert sender.rate(now + RECOVERY) == 80
    assert Sender("s", facts=NumberFacts(throughput="HIGH")).rate(now) == 1000


def test_a_throttle_stops_the_drain_and_costs_nobody_an_attempt(deployment: Services) -> None:
    campaign_id = running(deployment, phones(40), throttle=CONTINUOUS)
    too_fast = Outcome(OutcomeKind.THROTTLED, code="130429", message="too fast")
    deployment.channel.answer = lambda m: too_fast if len(deployment.channel.calls) == 7 else None

    result = drain(deployment, campaign_id)

    assert result.wait_until is not None
    assert not result.more
    assert deployment.campaigns.get(campaign_id).status is CampaignStatus.RUNNING
    waiting = states(deployment, campaign_id)
    assert waiting[S.PENDING] + waiting[S.SENT] == 40


@pytest.mark.parametrize("wrong", [timedelta(hours=3), timedelta(days=400)])
def test_a_clock_that_was_far_ahead_does_not_hold_up_a_sender(
    deployment: Services, wrong: timedelta
) -> None:
    now = deployment.clock.now()
    second = timedelta(seconds=1)
    assert deployment.pace.reserve("default", second, now + wrong, now + wrong + second)[0]

    granted, at = deployment.pace.reserve("default", second, now, now + second)

    assert (granted, at) == (True, now)


def test_reservations_follow_each_other_and_nobody_reserves_far_ahead(
    deployment: Services,
) -> None:
    now, step = deployment.clock.now(), timedelta(milliseconds=400)
    ahead = now + timedelta(seconds=1)

    answers = [deployment.pace.reserve("default", step, now, ahead) for _ in range(4)]

    assert answers == [
        (True, now),
        (True, now + step),
        (True, now + 2 * step),
        (False, now + 3 * step),
    ]
