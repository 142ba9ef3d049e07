"""The arithmetic of the cap: nothing is forgotten, little is held too long, room comes back."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.domain.quota import (
    CLOCK_TOLERANCE,
    DayCount,
    LimitWindow,
    QuotaView,
    Reservation,
    carried,
    frees_at,
)

DAY = timedelta(hours=24)
START = datetime(2026, 11, 18, tzinfo=UTC)
ROLLING, CALENDAR = LimitWindow.ROLLING, LimitWindow.CALENDAR

instants = st.integers(0, 3 * 24 * 3600).map(lambda s: START + timedelta(seconds=s))
openings_of_three_days = st.lists(instants, max_size=60)
a_day_of_hours = st.dictionaries(st.integers(0, 23), st.integers(1, 9))


def counter(openings: list[datetime], day: date) -> DayCount:
    """What the counter of a day shows for conversations opened at these instants."""
    hours = Counter(at.hour for at in openings if at.date() == day)
    return DayCount(hours.total(), hours)


def used(openings: list[datetime], now: datetime, window: LimitWindow = ROLLING) -> int:
    """What the guard believes to be used at `now`."""
    today = counter(openings, now.date())
    yesterday = counter(openings, now.date() - timedelta(days=1))
    return today.total + carried(yesterday, now, window)


@given(openings_of_three_days, instants)
def test_no_conversation_of_the_last_24_hours_is_forgotten(
    everything: list[datetime], now: datetime
) -> None:
    openings = [at for at in everything if at <= now]

    in_the_window = sum(at > now - DAY for at in openings)

    assert used(openings, now) >= in_the_window


@given(openings_of_three_days, instants)
def test_no_conversation_is_held_for_more_than_an_hour_beyond_its_24(
    everything: list[datetime], now: datetime
) -> None:
    openings = [at for at in everything if at <= now]

    longest = DAY + timedelta(hours=1) + CLOCK_TOLERANCE

    assert used(openings, now) <= sum(at > now - longest for at in openings)


@given(
    st.lists(st.tuples(instants, st.integers(-300, 300)), max_size=60),
    instants,
)
def test_clocks_that_differ_by_the_tolerance_forget_nothing_either(
    everything: list[tuple[datetime, int]], now: datetime
) -> None:
    assume(now - datetime.combine(now.date(), time(), UTC) >= CLOCK_TOLERANCE)
    openings = [(at, at + timedelta(seconds=error)) for at, error in everything if at <= now]
    assume(all(counted.date() <= now.date() for _, counted in openings))

    in_the_window = sum(at > now - DAY for at, _ in openings)

    assert used([counted for _, counted in openings], now) >= in_the_window


@given(openings_of_three_days, instants)
def test_a_calendar_day_begins_empty_and_counts_itself_alone(
    everything: list[datetime], now: datetime
) -> None:
    openings = [at for at in everything if at <= now]

    assert used(openings, now, CALENDAR) == sum(at.date() == now.date() for at in openings)


def test_a_calendar_day_takes_over_nothing_from_yesterday() -> None:
    now = START + timedelta(hours=7)

    assert carried(DayCount(7, {6: 3, 23: 4}), now, CALENDAR) == 0


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        ("00:00", 7),  # the first minutes: all of yesterday
        ("00:04", 7),
        ("00:05", 7),
        ("01:04", 7),
        ("01:05", 6),  # the hour from 00:00 is over, and the tolerance too
        ("12:59", 6),
        ("13:04", 6),
        ("13:05", 4),
        ("23:59", 4),
    ],
)
def test_yesterday_is_let_go_hour_by_hour(clock: str, expected: int) -> None:
    yesterday = DayCount(7, {0: 1, 12: 2, 23: 4})
    now = datetime.fromisoformat(f"2026-11-20T{clock}:00+00:00")

    assert carried(yesterday, now, ROLLING) == expected


@given(a_day_of_hours, a_day_of_hours, st.integers(0, 24 * 3600 - 1))
def test_room_comes_back_when_it_was_promised_and_not_before(
    yesterday: dict[int, int], today: dict[int, int], second: int
) -> None:
    now = START + timedelta(days=1, seconds=second)
    openings = [START + timedelta(hours=hour) for hour, n in yesterday.items() for _ in range(n)]
    openings += [
        START + timedelta(days=1, hours=hour)
        for hour, n in today.items()
        for _ in range(n)
        if hour <= now.hour
    ]
    assume(used(openings, now))
    full = used(openings, now)

    freed = frees_at(counter(openings, now.date()), counter(openings, START.date()), now, ROLLING)

    assert freed > now
    assert used(openings, freed) < full
    every_quarter = (now + timedelta(minutes=15) * n for n in range(1, 4 * 26))
    for instant in every_quarter:
        # At midnight one counter is left behind whole, and with it the tolerance of its last hour.
        if instant < freed - CLOCK_TOLERANCE:
            assert used(openings, instant) == full


@given(a_day_of_hours, a_day_of_hours, instants)
def test_a_full_calendar_day_frees_at_midnight(
    yesterday: dict[int, int], today: dict[int, int], now: datetime
) -> None:
    freed = frees_at(DayCount(0, today), DayCount(0, yesterday), now, CALENDAR)

    assert freed == datetime(now.year, now.month, now.day, tzinfo=UTC) + DAY


def test_an_empty_rolling_counter_has_room_at_midnight_at_the_latest() -> None:
    now = START + timedelta(hours=7)

    assert frees_at(DayCount(), DayCount(), now, ROLLING) == START + DAY


@pytest.mark.parametrize(
    ("today", "yesterday", "frees_after"),
    [({}, {10: 0, 15: 2}, "16:05"), ({8: 0, 9: 2}, {10: 0}, "1 day, 10:05")],
)
def test_an_hour_whose_units_were_all_given_back_frees_nothing(
    today: dict[int, int], yesterday: dict[int, int], frees_after: str
) -> None:
    now = START + timedelta(hours=9)

    freed = frees_at(DayCount(2, today), DayCount(2, yesterday), now, ROLLING)

    assert str(freed - START) == f"{frees_after}:00"


def test_a_reservation_ends_with_the_hour_that_it_is_counted_in() -> None:
    assert Reservation(START.date(), 22, 5, 20).valid_until == START + timedelta(hours=23)
    assert Reservation(START.date(), 23, 5, 20).valid_until == START + DAY


@pytest.mark.parametrize(("used_up", "remaining"), [(0, 20), (19, 1), (20, 0), (27, 0)])
def test_what_remains_is_never_negative(used_up: int, remaining: int) -> None:
    assert QuotaView(used_up, 20, ROLLING, START).remaining == remaining
