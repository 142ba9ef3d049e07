"""Conversations: 24 hours from the first message to a phone, in which further ones cost no unit.

Meta does not tell which conversations are open, so it is known from our own sends, and only as well
as these are known: a send in doubt may have opened one, and a message around the end of one belongs
to it or to the next. Such a message takes a unit, and nothing is built on it: the error is on the
safe side.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

LENGTH = timedelta(hours=24)
"""How long a conversation is open (Meta's messaging limits, May 2026)."""

MARGIN = timedelta(minutes=5)
"""Around its end nobody knows: the call comes after the look, and clocks differ."""


@dataclass(frozen=True, slots=True)
class Contact:
    """What is known of one phone towards one sender.

    `opened_at`: a conversation surely began then. `maybe_opened_at`: one may have begun then.
    """

    phone: str
    opened_at: datetime | None = None
    maybe_opened_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """A message now is surely inside the conversation, and costs no unit."""
        return self.opened_at is not None and now < self.opened_at + LENGTH - MARGIN

    def is_over(self, now: datetime) -> bool:
        """Every conversation that was or may have been opened has surely ended."""
        starts = (self.opened_at, self.maybe_opened_at)
        return all(start is None or now >= start + LENGTH + MARGIN for start in starts)
