"""The daily cap in a moving 24-hour window, from counters by UTC day and hour.

The counter of a day holds the conversations opened in it, in total and by hour. What may still be
opened now is `cap - today's total - yesterday's hours that the moving window still touches`. The
second part can't change any more, so the check stays one conditional ADD on today's counter.

The window is rounded up to whole hours, which only ever counts too much: the error is on the safe
side. A unit is valid in the hour that it was counted in; who did not get to send by then gives it
back, because its place in the window would be wrong.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far the clocks of two workers may differ before the window could be cut too short."""

QUIET = timedelta(seconds=15)
"""Nothing is claimed or called so shortly before and after midnight UTC.

There one counter takes over from another. Half a minute of silence lets workers whose clocks differ
by up to `QUIET` agree which day a unit belongs to, and makes yesterday's counter final for all.
"""

RETENTION = timedelta(days=7)
"""How long a day's counter is kept."""


class LimitWindow(StrEnum):
    """`rolling`: every moving 24 hours, as Meta counts. `calendar`: each UTC day by itself."""

    ROLLING = "rolling"
    CALENDAR = "calendar"


@dataclass(frozen=True, slots=True)
class DayCount:
    """One day's counter: the total and the hours that have any."""

    total: int = 0
    hours: Mapping[int, int] = field(default_factory=dict)

    def from_hour(self, hour: int) -> int:
        """Conversations opened in `hour` or later that day."""
        return sum(count for h, count in self.hours.items() if h >= hour)


@dataclass(frozen=True, slots=True)
class Reservation:
    """A request for `units` of the cap, to be counted in one hour of one day.

    `room` is the largest total that the day may reach: the cap less what yesterday still holds.
    """

    day: date
    hour: int
    units: int
    room: int

    @property
    def valid_until(self) -> datetime:
        """The end of the hour; a send after it would be counted in the wrong place."""
        return datetime.combine(self.day, time(self.hour), UTC) + timedelta(hours=1)


def is_quiet(now: datetime) -> bool:
    """Whether it is too close to midnight UTC to open conversations."""
    midnight = datetime.combine(now.date(), time(), UTC)
    return not QUIET <= now - midnight < timedelta(days=1) - QUIET


def carried(yesterday: DayCount, now: datetime, window: LimitWindow) -> int:
    """What yesterday still takes off today's cap."""
    if window is LimitWindow.CALENDAR:
        return 0
    edge = now - CLOCK_TOLERANCE
    if edge.date() < now.date():  # in the first minutes of a day all of yesterday is held back
        return yesterday.from_hour(0)
    return yesterday.from_hour(edge.hour)


def counted_hours(
    today: DayCount, yesterday: DayCount, now: datetime, window: LimitWindow
) -> list[tuple[datetime, int]]:
    """What counts now, by the hour in which it was opened, oldest first: together what is used."""
    edge = now - CLOCK_TOLERANCE
    first = edge.hour if edge.date() == now.date() else 0
    midnight = datetime.combine(now.date(), time(), UTC)
    earlier = [] if window is LimitWindow.CALENDAR else sorted(yesterday.hours.items())
    counted = [(hour - 24, count) for hour, count in earlier if hour >= first]
    counted += sorted(today.hours.items())
    return [(midnight + timedelta(hours=hour), count) for hour, count in counted if count]


def frees_at(today: DayCount, yesterday: DayCount, now: datetime, window: LimitWindow) -> datetime:
    """When the next unit of a full cap becomes free."""
    midnight = datetime.combine(now.date(), time(), UTC) + timedelta(days=1)
    if window is LimitWindow.CALENDAR:
        return midnight
    edge = now - CLOCK_TOLERANCE
    first = edge.hour if edge.date() == now.date() else 0
    waiting = [h for h, count in yesterday.hours.items() if h >= first and count]
    if waiting:
        start = datetime.combine(now.date(), time(), UTC)
        return start + timedelta(hours=min(waiting) + 1) + CLOCK_TOLERANCE
    held = [h for h, count in today.hours.items() if count]
    return (
        midnight
        + timedelta(hours=min(held, default=-1) + 1)
        + (CLOCK_TOLERANCE if held else timedelta())
    )


@dataclass(frozen=True, slots=True)
class QuotaView:
    """What a person wants to know of the cap: in conversations, and when there is room again.

    `hours`: what is used by the hour in which it was opened, where that was asked for.
    """

    used: int
    limit: int
    window: LimitWindow
    resets_at: datetime
    hours: Sequence[tuple[datetime, int]] = ()

    @property
    def remaining(self) -> int:
        """Conversations that may still be opened now; never negative."""
        return max(0, self.limit - self.used)
