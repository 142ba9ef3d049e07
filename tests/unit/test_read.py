"""The view of the cap: the same arithmetic as the guard."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest

from shared.domain.quota import DayCount, LimitWindow, QuotaView
from shared.usecases.read import quota

TODAY = date(2026, 11, 20)
YESTERDAY = TODAY - timedelta(days=1)


class Counters:
    """Counters as given, by day."""

    def __init__(self, days: Mapping[date, DayCount]) -> None:
        self._days = days

    def day(self, sender_id: str, day: date) -> DayCount:
        assert sender_id == "default"
        return self._days.get(day, DayCount())

    def campaign_day(self, campaign_id: str, day: date) -> int:
        raise NotImplementedError


class NoonClock:
    """It is noon."""

    def now(self) -> datetime:
        return datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

    def sleep(self, seconds: float) -> None:
        raise NotImplementedError


def view(days: Mapping[date, DayCount], window: LimitWindow) -> QuotaView:
    """The cap of 200 at noon."""
    return quota(counters=Counters(days), clock=NoonClock(), limit=200, window=window)


BUSY = {
    TODAY: DayCount(30, {9: 10, 11: 20}),
    YESTERDAY: DayCount(100, {8: 40, 11: 25, 15: 35}),
}


@pytest.mark.parametrize(
    ("window", "used", "resets_at"),
    [
        # Yesterday from 11 on still counts: five minutes of tolerance reach back into that hour.
        (LimitWindow.ROLLING, 30 + 25 + 35, datetime(2026, 11, 20, 12, 5, tzinfo=UTC)),
        (LimitWindow.CALENDAR, 30, datetime(2026, 11, 21, tzinfo=UTC)),
    ],
)
def test_the_cap_counts_today_and_what_the_window_still_touches_of_yesterday(
    window: LimitWindow, used: int, resets_at: datetime
) -> None:
    seen = view(BUSY, window)

    assert (seen.used, seen.remaining) == (used, 200 - used)
    assert (seen.limit, seen.window, seen.resets_at) == (200, window, resets_at)


@pytest.mark.parametrize("window", LimitWindow)
def test_the_hours_in_which_it_was_opened_add_up_to_what_is_used(window: LimitWindow) -> None:
    seen = view(BUSY, window)

    today = [(9, 10), (11, 20)]
    before = [(11, 25), (15, 35)] if window is LimitWindow.ROLLING else []
    assert list(seen.hours) == [
        (datetime(day.year, day.month, day.day, hour, tzinfo=UTC), count)
        for day, counts in ((YESTERDAY, before), (TODAY, today))
        for hour, count in counts
    ]
    assert sum(count for _, count in seen.hours) == seen.used


def test_nothing_is_used_before_the_first_conversation() -> None:
    seen = view({}, LimitWindow.ROLLING)

    assert (seen.used, seen.remaining) == (0, 200)
