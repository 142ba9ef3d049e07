"""When a campaign will be through."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.forecast import Allowed, expected_end, per_minute
from shared.domain.quota import DayCount, LimitWindow

NINE = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ROLLING, CALENDAR = LimitWindow.ROLLING, LimitWindow.CALENDAR
NOTHING = DayCount()


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}:00+00:00")


def allowed(limit: int, window: LimitWindow = ROLLING, **more: object) -> Allowed:
    counts = {"today": NOTHING, "yesterday": NOTHING} | more
    return Allowed(limit, window, **counts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("batch_size", "seconds", "pace", "expected"),
    [
        (25, 60, 20, 25),
        (25, 60, None, 25),
        (25, 60, 0.1, 6),
        (1000, 60, 5, 300),
        (1, 60, 80, 1),
        (25, 300, None, 5),
    ],
)
def test_a_minute_has_one_batch_and_no_more_than_the_pace(
    batch_size: int, seconds: int, pace: float | None, expected: float
) -> None:
    assert per_minute(batch_size, seconds, pace) == expected


@pytest.mark.parametrize(
    ("left", "pace", "caps", "expected"),
    [
        (0, 25, allowed(200), "20T09:00"),
        (25, 25, allowed(200), "20T09:01"),
        (200, 25, allowed(200), "20T09:08"),
        (10_000, 25, allowed(10_000), "20T15:40"),
        # The others wait until the units of nine o'clock are free: ten, and five minutes.
        (225, 25, allowed(200), "21T10:06"),
        (1000, 25, allowed(200), "24T13:13"),  # each day an hour later
        (1000, 25, allowed(200, CALENDAR), "24T00:08"),
        # What was used before counts too.
        (200, 25, allowed(200, today=DayCount(200, {8: 200})), "21T09:13"),
        (200, 25, allowed(200, yesterday=DayCount(200, {23: 200})), "21T00:13"),
        (200, 25, allowed(200, yesterday=DayCount(200, {8: 200})), "20T09:08"),
        (200, 25, allowed(200, yesterday=DayCount(200, {9: 200})), "20T10:13"),
        (200, 25, allowed(200, CALENDAR, yesterday=DayCount(200, {23: 200})), "20T09:08"),
        (250, 25, allowed(200, today=DayCount(100, {8: 100})), "21T10:07"),
        # The campaign's own cap is a matter of UTC days.
        (100, 25, allowed(200, own_limit=50), "21T00:02"),
        (100, 25, allowed(200, own_limit=50, own_used=50), "22T00:02"),
    ],
)
def test_the_end_is_where_pace_and_caps_put_it(
    left: int, pace: float, caps: Allowed, expected: str
) -> None:
    assert expected_end(left, pace, caps, NINE) == at(expected)


def test_in_the_middle_of_an_hour_its_rest_counts() -> None:
    half_past = NINE + timedelta(minutes=30)

    assert expected_end(3000, 25, allowed(100_000), half_past) == half_past + timedelta(hours=2)


@pytest.mark.parametrize(
    ("left", "not_before", "expected"),
    [
        (50, "20T08:00", "20T09:02"),
        (50, "20T09:30", "20T09:32"),
        (50, "22T10:00", "22T10:02"),  # all that was used before is free by then
        (225, "20T12:10", "21T13:06"),
    ],
)
def test_nothing_is_sent_before_it_may(left: int, not_before: str, expected: str) -> None:
    caps = allowed(200, yesterday=DayCount(100, {22: 100}) if left == 50 else NOTHING)

    assert expected_end(left, 25, caps, NINE, at(not_before)) == at(expected)


@pytest.mark.parametrize(
    ("window", "days"), [(ROLLING, 1_000_000 / 200 * 25 / 24), (CALENDAR, 1_000_000 / 200)]
)
def test_years_are_estimated_without_going_through_them(window: LimitWindow, days: float) -> None:
    end = expected_end(1_000_000, 25, allowed(200, window), NINE)

    assert end is not None
    assert (end - NINE) / timedelta(days=1) == pytest.approx(days, rel=0.001)


def test_more_than_a_century_is_no_estimate() -> None:
    assert expected_end(10_000_000, 25, allowed(1), NINE) is None
    assert expected_end(10, 25, allowed(0), NINE) is None


@pytest.mark.parametrize("window", [ROLLING, CALENDAR])
@pytest.mark.parametrize("limit", [1, 7, 200, 3000])
@pytest.mark.parametrize("pace", [1, 6, 25, 1000])
def test_more_people_never_end_earlier(window: LimitWindow, limit: int, pace: float) -> None:
    caps = allowed(limit, window, own_limit=limit * 2 // 3 + 1)
    ends = [expected_end(left, pace, caps, NINE) for left in range(0, 2000, 37)]

    known = [end for end in ends if end is not None]
    assert len(known) == len(ends)
    assert known == sorted(known)
