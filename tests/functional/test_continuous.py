"""Continuous campaigns: sent without pause, by one worker, at one pace for each sender."""

import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.wiring import Services
from shared.domain import shards as sharding
from shared.domain.campaign import Action, Campaign, CampaignStatus, Mode, Throttle
from shared.domain.outcome import Outcome, OutcomeKind
from shared.domain.phone import equivalent
from shared.domain.recipient import RecipientStatus
from shared.domain.sender import RECOVERY, NumberFacts, Sender
from shared.domain.shards import shard_of, shards_for
from shared.ports import Due, Message
from shared.system import SystemClock
from shared.usecases.drain import serve, worker_of
from shared.usecases.execute_batch import BatchResult
from shared.usecases.populate import populate
from tests.support.campaigns import (
    MINUTE,
    TESTER,
    act,
    assert_adds_up,
    new_campaign,
    phones,
    running,
    states,
)
from tests.support.edges import ManualClock
from tests.support.executor import capped
from tests.support.processes import die_in_call, process, tick_now

S = RecipientStatus
CONTINUOUS = Throttle(mode=Mode.CONTINUOUS)


class Handed:
    """A queue that only shows what was put on it."""

    def __init__(self) -> None:
        self.taken: list[Due] = []

    def enqueue(self, batches: Sequence[Due]) -> None:
        self.taken += batches


def upload(services: Services, count: int, throttle: Throttle, into: str = "") -> Campaign:
    """A draft with a list, uploaded as a person does, or the list once more."""
    campaign_id = into or new_campaign(services, [], throttle=throttle)
    rows = "".join(f"+{phone}\n" for phone in phones(count))
    with mock.patch.object(sharding, "ROWS_A_SHARD", 50):
        populate(
            campaigns=services.campaigns,
            recipients=services.recipients,
            suppressions=services.suppressions,
            history=services.history,
            clock=services.clock,
            campaign_id=campaign_id,
            file=BytesIO(rows.encode()),
            actor=TESTER,
        )
    return services.campaigns.get(campaign_id)


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
    assert deployment.boundaries.journal(campaign_id, worker_of(0)) is not None
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


def test_workers_share_a_campaign_by_shards_and_each_person_has_one(
    deployment: Services,
) -> None:
    # given a list that is worth four workers
    roomy = capped(deployment, limit=100_000)
    spread = Throttle(mode=Mode.CONTINUOUS, workers=4)
    campaign = upload(roomy, 240, spread)
    assert campaign.shards == 4
    again = upload(roomy, 240, spread, campaign.campaign_id)
    assert again.total_recipients == 240, "the same list again"

    # when the tick hands out the shards and each is drained
    act(roomy, campaign.campaign_id, Action.START)
    roomy.__dict__["queue"] = handed = Handed()
    tick_now(roomy)
    mine = [due for due in handed.taken if due.campaign_id == campaign.campaign_id]
    assert [due.shard for due in mine] == [0, 1, 2, 3]
    soon = roomy.clock.now() + timedelta(seconds=118)
    results = [serve(roomy, due.campaign_id, soon, due.shard) for due in mine]

    # then
    sent = [result.tally.sent for result in results]
    assert sum(sent) == 240
    assert min(sent) > 30, "spread evenly"
    assert results[-1].completed
    assert max(Counter(roomy.channel.phones).values()) == 1
    listed, cursor = [], None
    while True:
        page = roomy.recipients.list(campaign.campaign_id, S.SENT, 70, cursor, campaign.shards)
        listed += [recipient.phone for recipient in page.items]
        if (cursor := page.cursor) is None:
            break
    assert sorted(listed) == sorted(phones(240))


@pytest.mark.parametrize(("workers", "rows", "shards"), [(8, 300, 1), (8, 1700, 4), (None, 9e5, 1)])
def test_a_short_list_gets_fewer_workers(workers: int | None, rows: float, shards: int) -> None:
    assert shards_for(workers, int(rows)) == shards


@given(st.from_regex(r"55119[0-9]{8}|1[2-9][0-9]{9}", fullmatch=True), st.integers(1, 100))
def test_both_spellings_of_a_number_are_in_one_shard(phone: str, shards: int) -> None:
    other = equivalent(phone) or phone

    assert shard_of(phone, shards) == shard_of(other, shards) < shards
