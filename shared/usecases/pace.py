"""When a worker may make its calls: at its campaign's pace, inside its sender's.

A sender has one pace, whatever campaigns and workers use it. It is reserved for a group at least,
and for a third of a second where that is more: a batch of 25 needs one write for it, and nobody
waits long for somebody else's reservation.
"""

from datetime import datetime, timedelta
from typing import Protocol

from shared.domain.campaign import Campaign, Mode
from shared.domain.sender import Sender
from shared.ports import Clock

AHEAD = timedelta(seconds=1)
"""How far ahead a worker reserves: whoever comes later shall not wait for long."""


_BLOCK_SECONDS = 1 / 3


class PaceStore(Protocol):
    """The pace of each sender, shared by all that send from it."""

    def reserve(
        self, sender_id: str, takes: timedelta, now: datetime, before: datetime
    ) -> tuple[bool, datetime]:
        """Reserve so much time of a sender: True and when it begins, at `now` or later.

        False and when to ask again, if it would not begin before `before`. Raises
        StoreUnavailableError.
        """
        ...


class Pace:
    """The pace of one worker."""

    def __init__(
        self,
        store: PaceStore,
        clock: Clock,
        campaign: Campaign,
        sender: Sender,
        default_delay_ms: int,
        group_size: int,
    ) -> None:
        self._store = store
        self._clock = clock
        self._sender = sender
        self._interval = _interval(campaign, sender, default_delay_ms, clock.now())
        self._catch_up = group_size if campaign.throttle.mode is Mode.CONTINUOUS else 0
        self._next_at = clock.now()
        self._left = 0  # messages that are reserved and not used yet

    @property
    def turn(self) -> datetime:
        """The earliest instant of the next call."""
        return max(self._clock.now(), self._next_at)

    def wait(self) -> None:
        """Until the turn has come."""
        seconds = (self._next_at - self._clock.now()).total_seconds()
        if seconds > 0:
            self._clock.sleep(seconds)

    def take(self) -> None:
        """A call begins. Turns that were missed while a group was committed are made up for."""
        late = self._clock.now() - self._interval * self._catch_up
        self._next_at = max(self._next_at, late) + self._interval

    def room(self, wanted: int, waiting: int, until: datetime) -> int:
        """For how many of `wanted` calls there is room, of `waiting` in all; waits for some.

        0 if there is none before `until`.
        """
        while self._left < wanted:
            rate = self._sender.rate(self._clock.now())
            block = max(wanted, min(waiting, int(rate * _BLOCK_SECONDS)))
            takes = timedelta(seconds=block / rate)
            now = self._clock.now()
            granted, at = self._store.reserve(self._sender.sender_id, takes, now, now + AHEAD)
            if at >= until:
                return 0
            if granted:
                self._left += block
                self._next_at = max(self._next_at, at)
            else:
                self._clock.sleep(max(0.001, (at - AHEAD - now).total_seconds()))
        return wanted

    def use(self, count: int) -> None:
        """So many of the reserved messages are claimed."""
        self._left -= count


def _interval(
    campaign: Campaign, sender: Sender, default_delay_ms: int, now: datetime
) -> timedelta:
    """Between two calls of one worker. Without a wish, a continuous campaign takes all there is."""
    wanted = campaign.throttle.messages_per_second or sender.messages_per_second
    if wanted:
        wanted /= campaign.shards  # each has a worker
    if campaign.throttle.mode is Mode.CONTINUOUS:
        most = sender.rate(now)
        return timedelta(seconds=1 / min(wanted or most, most))
    return timedelta(seconds=1 / wanted) if wanted else timedelta(milliseconds=default_delay_ms)
