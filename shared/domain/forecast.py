"""When a campaign will be through: under its pace, its batch size, the sender's cap and its own.

An estimate by the guard's own arithmetic (see `shared.domain.quota`), an hour at a time. It takes
everybody for a new conversation, and nobody else to send from the number, so other campaigns make
it later and open conversations make it earlier.
"""

from collections import deque
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from shared.domain.quota import CLOCK_TOLERANCE, DayCount, LimitWindow

HOUR = timedelta(hours=1)
_WINDOW = 25
"""Hours whose counts hold back new conversations: the moving 24, rounded up."""

_EXACT = 60 * 24
"""Hours that are gone through one by one; beyond them it goes on as in the last of them."""

_PERIOD = 600
"""Hours after which days and windows repeat together: 24 and 25 both divide it."""

LONGEST = timedelta(days=36_525)
"""An estimate of more than a century is none."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may be sent when: the sender's cap with its counters, and the campaign's own.

    `limit` is in conversations per window, `own_limit` in recipients per UTC day.
    """

    limit: int
    window: LimitWindow
    today: DayCount
    yesterday: DayCount
    own_limit: int | None = None
    own_used: int = 0


def per_minute(batch_size: int, seconds: int, messages_per_second: float | None) -> float:
    """The most that leaves in a minute: a batch each so many `seconds`, no faster than the pace."""
    batches = batch_size * 60 / seconds
    return batches if messages_per_second is None else min(batches, messages_per_second * 60)


def expected_end(
    left: int, pace: float, allowed: Allowed, now: datetime, not_before: datetime | None = None
) -> datetime | None:
    """When `left` people will have been sent to at `pace` a minute; None: not within a century.

    The counters are as of `now`; nothing is sent before `not_before`.
    """
    if not left:
        return now
    wait = not_before or now
    caps = _Caps(allowed, now)
    sent: deque[int] = deque(maxlen=_PERIOD)
    begin = now
    for _ in range(_EXACT):
        room = caps.room(begin)
        start = max(wait, begin + CLOCK_TOLERANCE if caps.was_full else begin)
        end = _hour(begin) + HOUR
        possible = max(0.0, (end - start) / timedelta(minutes=1) * pace)
        if left <= min(room, possible):
            return start + timedelta(minutes=left / pace)
        count = min(room, int(possible))
        caps.take(count)
        sent.append(count)
        left -= count
        begin = end
    return _beyond(left, sum(sent) / len(sent), begin)


def _beyond(left: int, an_hour: float, begin: datetime) -> datetime | None:
    if not an_hour or left / an_hour > LONGEST / HOUR:
        return None
    return begin + left / an_hour * HOUR


class _Caps:
    """Both caps, hour by hour."""

    def __init__(self, allowed: Allowed, now: datetime) -> None:
        self.was_full = False  # a unit that is to come free does so some minutes into the hour
        self._allowed = allowed
        self._own_used = allowed.own_used
        self._room = 0
        self._day, self._day_used = now.date(), allowed.today.total
        first = _hour(now)
        hours = [first - HOUR * back for back in range(_WINDOW - 1, -1, -1)]
        self._hours = deque((self._counted(each, now.date()) for each in hours), _WINDOW)
        self._last = first

    def _counted(self, hour: datetime, today: date) -> int:
        counter = self._allowed.today if hour.date() == today else self._allowed.yesterday
        return counter.hours.get(hour.hour, 0)

    def room(self, at: datetime) -> int:
        """How many may begin in the hour of `at`; hours are asked for in order."""
        if _hour(at) != self._last:
            self._last = _hour(at)
            self._hours.append(0)
        if at.date() != self._day:
            self._day, self._day_used = at.date(), 0
            self._own_used = 0
        used = self._day_used
        if self._allowed.window is LimitWindow.ROLLING:
            used = sum(self._hours)
        self._room = max(0, self._allowed.limit - used)
        if self._allowed.own_limit is None:
            return self._room
        return max(0, min(self._room, self._allowed.own_limit - self._own_used))

    def take(self, count: int) -> None:
        """So many are sent in the hour that was asked for last."""
        self._hours[-1] += count
        self._day_used += count
        self._own_used += count
        self.was_full = count == self._room and self._allowed.window is LimitWindow.ROLLING


def _hour(at: datetime) -> datetime:
    return datetime.combine(at.date(), time(at.hour), UTC)
