"""Promise 2: never over the cap, in every UTC day and every moving 24 hours, and fail closed."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from functions.wiring import Services
from shared.domain.access import DEFAULT_TENANT
from shared.domain.campaign import CampaignStatus, PauseCause
from shared.domain.errors import StoreUnavailableError
from shared.domain.outcome import Outcome, OutcomeKind
from shared.domain.quota import LimitWindow
from shared.domain.recipient import RecipientStatus
from shared.dynamo.client import key
from shared.dynamo.keys import Keys
from shared.ports import Message
from shared.usecases.tick import tick
from tests.support.campaigns import (
    MINUTE,
    assert_adds_up,
    batch,
    everybody,
    phones,
    running,
    states,
)
from tests.support.caps import (
    CountingChannel,
    HandedOut,
    counted,
    fullest_day,
    fullest_window,
    openings,
)
from tests.support.edges import NOON, ManualClock
from tests.support.faults import Fault, Wire, without_waiting

CAP = 20
FULL = f"Daily limit reached: {CAP}/{CAP} conversations"
PENDING, SENT = RecipientStatus.PENDING, RecipientStatus.SENT


@pytest.fixture
def deployment(services: Services) -> Services:
    """Real stores and a cap of 20; the clock and the provider are in the test's hand."""
    services.clock = ManualClock(NOON)
    services.channel = CountingChannel(services.clock)
    services.queue = HandedOut()
    limit_to(services, CAP)
    bound(services, transactions=2000)
    return services


def bound(services: Services, transactions: int) -> None:
    """A worker that asks for ever fails the test instead of hanging it."""
    left = iter(range(transactions))

    def plan() -> None:
        if next(left, None) is None:
            pytest.fail("it never ends")

    Wire(services._dynamodb, "TransactWriteItems", plan)


def limit_to(services: Services, cap: int, window: LimitWindow = LimitWindow.ROLLING) -> None:
    services.settings = replace(services.settings, daily_limit=cap, limit_window=window)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=UTC)


def minute(services: Services) -> None:
    """What happens every minute: the tick, and the batches that it hands out."""
    tick(services, services.clock.now() + MINUTE)
    for campaign_id in services.queue.take():
        batch(services, campaign_id)


def slowly(services: Services, seconds: float) -> Callable[[Message], None]:
    """A provider that takes its time."""
    return lambda message: services.clock.sleep(seconds)


def answering(*kinds: OutcomeKind) -> Callable[[Message], Outcome | None]:
    """The first calls meet these, the others are accepted."""
    left = list(kinds)
    return lambda message: Outcome(left.pop(0), code="X", message="Told to.") if left else None


# --- exactly the cap --------------------------------------------------------------------------


def test_exactly_the_cap_is_sent_and_the_campaign_pauses_with_the_reason(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, phones(30))

    result = batch(deployment, campaign_id)

    assert result.tally.sent == CAP
    assert (result.paused, result.pause_reason) == (True, FULL)
    campaign = deployment.campaigns.get(campaign_id)
    assert campaign.status is CampaignStatus.PAUSED
    assert campaign.pause_cause is PauseCause.DAILY_LIMIT
    assert campaign.paused_reason == FULL
    assert campaign.resume_at == at("21T13:05")  # noon's hour and the tolerance, a day later
    assert states(deployment, campaign_id) == {SENT: CAP, PENDING: 10}
    assert len(deployment.channel.calls) == CAP
    assert_adds_up(deployment, campaign_id, 30)


def test_a_campaign_that_fits_exactly_completes(deployment: Services) -> None:
    campaign_id = running(deployment, phones(CAP))

    assert batch(deployment, campaign_id).completed
    assert_adds_up(deployment, campaign_id, CAP)


def test_all_campaigns_of_a_sender_share_its_cap(deployment: Services) -> None:
    campaigns = [running(deployment, phones(8, first=100 * n)) for n in range(4)]

    results = [batch(deployment, campaign_id) for campaign_id in campaigns]

    assert [r.tally.sent for r in results] == [8, 8, 4, 0]
    assert [r.completed for r in results] == [True, True, False, False]
    assert [r.pause_reason for r in results] == [None, None, FULL, FULL]
    assert counted(deployment, NOON.date()) == {12: CAP}


def test_room_for_three_of_a_group_of_five_claims_exactly_three(deployment: Services) -> None:
    limit_to(deployment, 3)
    campaign_id = running(deployment, phones(5))

    batch(deployment, campaign_id)

    everyone = everybody(deployment, campaign_id).values()
    assert Counter((r.status, r.attempts) for r in everyone) == {(SENT, 1): 3, (PENDING, 0): 2}
    assert counted(deployment, NOON.date()) == {12: 3}


def test_a_lowered_cap_lets_nothing_more_through(deployment: Services) -> None:
    batch(deployment, running(deployment, phones(10)))
    limit_to(deployment, 4)
    campaign_id = running(deployment, phones(5, first=100))

    result = batch(deployment, campaign_id)

    assert result.tally.processed == 0
    assert result.pause_reason == "Daily limit reached: 10/4 conversations"


# --- the window ---------------------------------------------------------------------------------


def test_two_bursts_around_midnight_stay_together_below_the_cap(deployment: Services) -> None:
    campaign_id = running(deployment, phones(60))
    deployment.settings = replace(deployment.settings, batch_size=12)
    deployment.clock.jump(at("20T23:50"))
    batch(deployment, campaign_id)
    deployment.clock.jump(at("21T00:10"))

    before_midnight = len(deployment.channel.calls)
    for _ in range(3):
        minute(deployment)

    assert before_midnight == 12
    assert len(deployment.channel.calls) == CAP
    assert deployment.campaigns.get(campaign_id).paused_reason == FULL
    deployment.clock.jump(at("22T00:06"))  # the hour before midnight is a day ago, no more
    for _ in range(3):
        minute(deployment)
    assert len(deployment.channel.calls) == CAP + 12
    assert fullest_window(openings(deployment.channel.taken)) == CAP


def test_a_campaign_at_the_cap_goes_on_by_itself_when_there_is_room(deployment: Services) -> None:
    campaign_id = running(deployment, phones(30))
    batch(deployment, campaign_id)

    deployment.clock.jump(at("21T13:04:59"))
    minute(deployment)
    assert len(deployment.channel.calls) == CAP
    deployment.clock.jump(at("21T13:05"))
    minute(deployment)

    assert deployment.campaigns.get(campaign_id).status is CampaignStatus.COMPLETED
    assert_adds_up(deployment, campaign_id, 30)


def test_a_calendar_cap_begins_anew_at_midnight(deployment: Services) -> None:
    limit_to(deployment, CAP, LimitWindow.CALENDAR)
    campaign_id = running(deployment, phones(70))
    deployment.clock.jump(at("20T23:50"))
    minute(deployment)

    for quiet in ("20T23:59:59", "21T00:00", "21T00:00:14"):
        deployment.clock.jump(at(quiet))
        minute(deployment)
        assert len(deployment.channel.calls) == CAP
    deployment.clock.jump(at("21T00:00:15"))
    minute(deployment)

    assert deployment.campaigns.get(campaign_id).paused_reason == FULL
    assert fullest_day(openings(deployment.channel.taken)) == CAP
    assert len(deployment.channel.calls) == 2 * CAP


@pytest.mark.parametrize("seed", range(2))
def test_no_schedule_of_bursts_jumps_and_refusals_passes_the_cap_in_any_window(
    deployment: Services, seed: int
) -> None:
    dice = random.Random(seed)
    campaigns: dict[str, int] = {}
    deployment.channel.answer = lambda message: whims(deployment, dice)
    deployment.clock.jump(at("15T00:00") + timedelta(minutes=dice.randrange(1440)))

    for _ in range(45):
        if dice.random() < 0.5:
            people = phones(dice.randrange(3, 25), first=dice.randrange(300))  # some come again
            campaigns[running(deployment, people)] = len(people)
        minute(deployment)
        now = deployment.clock.now()
        leap = dice.choice([1, 1, 5, 20, 60, 60 * dice.random() * 8])
        deployment.clock.advance(timedelta(minutes=leap))
        if dice.random() < 0.2:
            tonight = now.replace(hour=23, minute=59, second=dice.randrange(30, 60))
            deployment.clock.jump(max(tonight, deployment.clock.now()))

    opened = openings(deployment.channel.taken)
    assert opened[-1] - opened[0] > timedelta(days=3), "the schedule must span several days"
    assert len(opened) > 3 * CAP, "the cap must have mattered"
    assert fullest_window(opened) == CAP
    assert fullest_day(opened) <= CAP
    for campaign_id, population in campaigns.items():
        assert_adds_up(deployment, campaign_id, population)


def whims(services: Services, dice: random.Random) -> Outcome | None:
    """Takes a while, rarely hours (the machine slept), and refuses now and then."""
    services.clock.sleep(3600 * 5 * dice.random() if dice.random() < 0.01 else 8 * dice.random())
    kind = dice.choices(
        [None, OutcomeKind.RETRY, OutcomeKind.REJECTED, OutcomeKind.UNKNOWN], [80, 8, 8, 4]
    )[0]
    return Outcome(kind, code="X", message="A whim.") if kind else None


def test_in_calm_days_the_cap_is_really_used(deployment: Services) -> None:
    deployment.clock.jump(at("16T09:00"))
    running(deployment, phones(150))
    days = 5

    for _ in range(days * 48):
        minute(deployment)
        deployment.clock.advance(timedelta(minutes=30))

    opened = openings(deployment.channel.taken)
    assert fullest_window(opened) == CAP
    assert len(opened) >= 0.9 * CAP * days


@pytest.mark.parametrize(
    "moment", ["20T23:59:45", "20T23:59:59.999", "21T00:00", "21T00:00:14.999"]
)
def test_nothing_is_claimed_around_midnight(deployment: Services, moment: str) -> None:
    """Clocks that differ a little must agree which day a unit belongs to."""
    campaign_id = running(deployment, phones(5))
    deployment.clock.jump(at(moment))

    assert batch(deployment, campaign_id).tally.processed == 0

    assert counted(deployment, deployment.clock.now().date()) == {}
    deployment.clock.advance(timedelta(seconds=31))
    assert batch(deployment, campaign_id).completed


# --- hours and midnights in the middle of a group -----------------------------------------------


def test_an_hour_that_ends_in_the_middle_of_a_group_stops_the_rest_of_it(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, phones(5))
    deployment.clock.jump(at("20T12:59:50"))
    deployment.channel.answer = slowly(deployment, 4)

    batch(deployment, campaign_id)

    assert [t.hour for t, _ in deployment.channel.calls] == [12, 12, 12]
    unharmed = [r for r in everybody(deployment, campaign_id).values() if r.status is PENDING]
    assert [(r.attempts, r.error_code) for r in unharmed] == [(0, None)] * 2
    assert counted(deployment, NOON.date()) == {12: 3}
    assert batch(deployment, campaign_id).completed
    assert counted(deployment, NOON.date()) == {12: 3, 13: 2}
    assert_adds_up(deployment, campaign_id, 5)


def test_midnight_in_the_middle_of_a_group_returns_units_to_the_day_they_came_from(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, phones(10))
    deployment.clock.jump(at("20T23:59:35"))
    deployment.channel.answer = slowly(deployment, 4)

    batch(deployment, campaign_id)
    deployment.clock.jump(at("21T00:00:15"))
    assert batch(deployment, campaign_id).completed

    assert counted(deployment, at("20T00:00").date()) == {23: 3}
    assert counted(deployment, at("21T00:00").date()) == {0: 7}
    assert [t.hour for t, _ in deployment.channel.calls] == [23] * 3 + [0] * 7
    assert_adds_up(deployment, campaign_id, 10)


@pytest.mark.parametrize("own_cap", [None, 5])
def test_units_returned_over_midnight_are_no_room_of_the_new_day(
    deployment: Services, own_cap: int | None
) -> None:
    limit_to(deployment, 5)
    campaign_id = running(deployment, phones(15), daily_cap=own_cap)
    deployment.clock.jump(at("20T23:59:43"))
    refuse = answering(OutcomeKind.REJECTED)

    def refuse_then_strike_midnight(message: Message) -> Outcome | None:
        outcome = refuse(message)
        if len(deployment.channel.calls) == 5:
            deployment.clock.sleep(33)
        return outcome

    deployment.channel.answer = refuse_then_strike_midnight

    batch(deployment, campaign_id)
    minute(deployment)

    assert fullest_window(openings(deployment.channel.taken)) == 5
    assert_adds_up(deployment, campaign_id, 15)


def test_a_days_counter_is_kept_for_a_week_from_its_first_unit(deployment: Services) -> None:
    batch(deployment, running(deployment, phones(2)))
    deployment.clock.advance(timedelta(hours=2))
    batch(deployment, running(deployment, phones(2, first=100)))

    counter = key(Keys(DEFAULT_TENANT).day_counter("default", NOON.date()))
    table = deployment.settings.whatsapp_table
    stored = deployment._dynamodb.get_item(TableName=table, Key=counter)["Item"]

    assert stored["count"] == {"N": "4"}
    assert stored["expiresAt"] == {"N": str(int((NOON + timedelta(days=7)).timestamp()))}


def test_counters_by_hour_are_the_calls_by_hour(deployment: Services) -> None:
    limit_to(deployment, 1000)
    people = phones(40)
    campaign_id = running(deployment, people)
    dice = random.Random(5)
    deployment.channel.answer = lambda message: deployment.clock.sleep(700 * dice.random())

    while deployment.campaigns.get(campaign_id).status is CampaignStatus.RUNNING:
        batch(deployment, campaign_id)

    calls = Counter((t.date(), t.hour) for t, _ in deployment.channel.calls)
    days = {t.date() for t, _ in deployment.channel.calls}
    counters = {(day, hour): n for day in days for hour, n in counted(deployment, day).items()}
    assert counters == calls
    assert len(calls) > 4
    assert calls.total() == len(people)


# --- what costs a unit ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "cost"),
    [
        (OutcomeKind.ACCEPTED, 1),
        (OutcomeKind.HELD, 1),
        (OutcomeKind.UNKNOWN, 1),
        (OutcomeKind.RETRY, 0),
        (OutcomeKind.DEFER, 0),
        (OutcomeKind.REJECTED, 0),
        (OutcomeKind.THROTTLED, 0),
        (OutcomeKind.CAMPAIGN_ERROR, 0),
        (OutcomeKind.SENDER_ERROR, 0),
    ],
)
def test_only_what_may_have_opened_a_conversation_costs_a_unit(
    deployment: Services, kind: OutcomeKind, cost: int
) -> None:
    campaign_id = running(deployment, phones(1))
    deployment.channel.answer = answering(kind)

    batch(deployment, campaign_id)

    assert counted(deployment, NOON.date()) == ({12: cost} if cost else {})


def test_those_behind_a_throttled_one_are_not_called_and_cost_nothing(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, phones(10))
    deployment.channel.answer = answering(OutcomeKind.ACCEPTED, OutcomeKind.THROTTLED)

    batch(deployment, campaign_id)

    assert len(deployment.channel.calls) == 2
    assert counted(deployment, NOON.date()) == {12: 1}
    everyone = everybody(deployment, campaign_id).values()
    assert Counter((r.status, r.attempts) for r in everyone) == {(SENT, 1): 1, (PENDING, 0): 9}


def test_a_unit_given_back_can_be_used_at_once(deployment: Services) -> None:
    limit_to(deployment, 5)
    campaign_id = running(deployment, phones(8))
    deployment.channel.answer = answering(*[OutcomeKind.REJECTED] * 3)

    result = batch(deployment, campaign_id)

    assert (result.tally.failed, result.tally.sent) == (3, 5)
    assert result.completed
    assert counted(deployment, NOON.date()) == {12: 5}


def test_a_send_in_doubt_keeps_its_unit_against_everybody_else(deployment: Services) -> None:
    limit_to(deployment, 5)
    campaign_id = running(deployment, phones(8))
    deployment.channel.answer = answering(*[OutcomeKind.UNKNOWN] * 3)

    result = batch(deployment, campaign_id)

    assert (result.tally.unconfirmed, result.tally.sent) == (3, 2)
    assert result.pause_reason == "Daily limit reached: 5/5 conversations"


def test_an_open_conversation_costs_nothing(deployment: Services) -> None:
    batch(deployment, running(deployment, phones(10)))
    deployment.clock.advance(timedelta(hours=23, minutes=54))

    assert batch(deployment, running(deployment, phones(10))).tally.sent == 10

    assert counted(deployment, at("20T00:00").date()) == {12: 10}
    assert counted(deployment, at("21T00:00").date()) == {}


def test_a_conversation_is_not_relied_on_in_its_last_minutes(deployment: Services) -> None:
    batch(deployment, running(deployment, phones(10)))
    deployment.clock.advance(timedelta(hours=23, minutes=55))

    assert batch(deployment, running(deployment, phones(10))).tally.sent == 10

    assert counted(deployment, at("21T00:00").date()) == {11: 10}


def test_a_conversation_ends_24_hours_after_its_first_message_not_its_last(
    deployment: Services,
) -> None:
    limit_to(deployment, 100)
    people = phones(4)
    for hours in (0, 10, 23):
        deployment.clock.jump(NOON + timedelta(hours=hours))
        batch(deployment, running(deployment, people))
    deployment.clock.jump(NOON + timedelta(hours=25))

    batch(deployment, running(deployment, people))

    assert counted(deployment, at("20T00:00").date()) == {12: 4}
    assert counted(deployment, at("21T00:00").date()) == {13: 4}


def test_who_is_in_a_conversation_is_still_written_to_when_the_cap_is_full(
    deployment: Services,
) -> None:
    limit_to(deployment, 5)
    friends = phones(5, first=10)
    batch(deployment, running(deployment, friends))
    campaign_id = running(deployment, phones(15))  # ten strangers, and behind them the five

    result = batch(deployment, campaign_id)

    assert result.tally.sent == 5
    assert result.pause_reason == "Daily limit reached: 5/5 conversations"
    assert Counter(deployment.channel.phones) == dict.fromkeys(friends, 2)
    assert_adds_up(deployment, campaign_id, 15)


# --- the campaign's own cap -----------------------------------------------------------------------


def test_a_campaigns_own_cap_holds_within_the_senders(deployment: Services) -> None:
    campaign_id = running(deployment, phones(20), daily_cap=7)
    other = running(deployment, phones(5, first=100))

    result = batch(deployment, campaign_id)

    assert result.tally.sent == 7
    assert result.pause_reason == "The campaign's own daily cap is reached: 7/7"
    assert deployment.campaigns.get(campaign_id).resume_at == at("21T00:00")
    assert batch(deployment, other).completed, "it is nobody else's cap"


@pytest.mark.parametrize("own_cap", [1, 7])
def test_a_campaigns_own_cap_begins_anew_at_midnight_and_wakes_it(
    deployment: Services, own_cap: int
) -> None:
    campaign_id = running(deployment, phones(20), daily_cap=own_cap)
    minute(deployment)

    deployment.clock.jump(at("20T23:59:59"))
    minute(deployment)
    assert len(deployment.channel.calls) == own_cap
    deployment.clock.jump(at("21T00:00:15"))
    minute(deployment)

    assert len(deployment.channel.calls) == 2 * own_cap
    assert deployment.campaigns.get(campaign_id).status is CampaignStatus.PAUSED


def test_a_campaigns_own_cap_counts_open_conversations_and_takes_back_refusals(
    deployment: Services,
) -> None:
    batch(deployment, running(deployment, phones(10)))
    campaign_id = running(deployment, phones(10), daily_cap=4)
    deployment.channel.answer = answering(*[OutcomeKind.REJECTED] * 2)

    result = batch(deployment, campaign_id)

    assert (result.tally.failed, result.tally.sent) == (2, 4)
    assert result.pause_reason == "The campaign's own daily cap is reached: 4/4"
    assert counted(deployment, NOON.date()) == {12: 10}


@pytest.mark.parametrize("free", [False, True])
def test_a_group_over_midnight_does_not_pass_the_campaigns_own_cap(
    deployment: Services, free: bool
) -> None:
    people = phones(30)
    if free:
        limit_to(deployment, 100)
        batch(deployment, running(deployment, people[:25]))
        batch(deployment, running(deployment, people[25:]))
        deployment.clock.advance(timedelta(minutes=1))
    campaign_id = running(deployment, people, daily_cap=5)
    deployment.channel.calls.clear()
    deployment.clock.jump(at("20T23:59:35"))
    deployment.channel.answer = slowly(deployment, 4)

    batch(deployment, campaign_id)
    assert len(deployment.channel.calls) == 3
    deployment.clock.jump(at("21T00:01"))
    for _ in range(3):
        minute(deployment)

    assert fullest_day(t for t, _ in deployment.channel.calls) == 5


def test_refusals_of_the_last_group_come_back_to_the_campaigns_own_cap(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, phones(3), daily_cap=5)
    deployment.channel.answer = answering(*[OutcomeKind.REJECTED] * 2)

    assert batch(deployment, campaign_id).completed

    assert deployment.quota.campaign_day(campaign_id, NOON.date()) == 1


def test_claims_given_back_over_midnight_are_no_room_in_the_campaigns_own_cap_of_the_new_day(
    deployment: Services,
) -> None:
    campaign_id = running(deployment, phones(30), daily_cap=5)
    deployment.clock.jump(at("20T23:59:40"))

    def until_tomorrow(message: Message) -> None:
        deployment.clock.jump(max(deployment.clock.now(), at("21T00:00:20")))

    deployment.channel.answer = until_tomorrow
    for _ in range(3):
        minute(deployment)

    days = Counter(t.date() for t, _ in deployment.channel.calls)
    assert days == {NOON.date(): 1, at("21T00:00").date(): 5}
    assert deployment.quota.campaign_day(campaign_id, at("21T00:00").date()) == 5


# --- fail closed ----------------------------------------------------------------------------------


def test_without_the_guard_nothing_is_sent_and_the_campaign_goes_on_by_itself_afterwards(
    deployment: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_waiting(monkeypatch)
    campaign_id = running(deployment, phones(10))
    wire = Wire(deployment._dynamodb, "TransactWriteItems", lambda: Fault.UNREACHABLE)

    with pytest.raises(StoreUnavailableError):
        batch(deployment, campaign_id)

    assert deployment.channel.calls == []
    wire.heal()
    assert deployment.campaigns.get(campaign_id).status is CampaignStatus.RUNNING
    assert states(deployment, campaign_id) == {PENDING: 10}
    assert counted(deployment, NOON.date()) == {}
    minute(deployment)
    assert deployment.campaigns.get(campaign_id).status is CampaignStatus.COMPLETED
    assert_adds_up(deployment, campaign_id, 10)


def test_a_guard_that_fails_in_the_middle_stops_the_batch_after_the_group(
    deployment: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_waiting(monkeypatch)
    campaign_id = running(deployment, phones(15))
    wires = []

    def cut_the_wire(message: Message) -> None:
        if len(deployment.channel.calls) == 7:
            wires.append(
                Wire(deployment._dynamodb, "TransactWriteItems", lambda: Fault.UNREACHABLE)
            )

    deployment.channel.answer = cut_the_wire
    with pytest.raises(StoreUnavailableError):
        batch(deployment, campaign_id)

    assert len(deployment.channel.calls) == 10
    wires[0].heal()
    deployment.clock.advance(timedelta(minutes=2))
    minute(deployment)  # sweeps: five were sent and nobody could write it down
    after = states(deployment, campaign_id)
    assert after == {SENT: 10, RecipientStatus.UNCONFIRMED: 5}
    assert len(set(deployment.channel.phones)) == len(deployment.channel.phones) == 15
    assert_adds_up(deployment, campaign_id, 15)


@pytest.mark.parametrize("operation", ["GetItem", "Query", "BatchGetItem"])
def test_without_any_of_the_readings_nothing_is_sent(
    deployment: Services, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    without_waiting(monkeypatch)
    campaign_id = running(deployment, phones(10))
    wire = Wire(deployment._dynamodb, operation, lambda: Fault.UNREACHABLE)

    with pytest.raises(StoreUnavailableError):
        batch(deployment, campaign_id)

    assert deployment.channel.calls == []
    wire.heal()
    minute(deployment)
    assert deployment.campaigns.get(campaign_id).status is CampaignStatus.COMPLETED


def test_yesterdays_counter_unreadable_means_nothing_is_sent(
    deployment: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_waiting(monkeypatch)
    campaign_id = running(deployment, phones(10))
    reads = iter([None, None])  # the campaign and the sender can be read, the counter can't
    wire = Wire(deployment._dynamodb, "GetItem", lambda: next(reads, Fault.ERROR_BEFORE))

    with pytest.raises(StoreUnavailableError):
        batch(deployment, campaign_id)

    assert wire.met
    assert deployment.channel.calls == []
