"""Conversations: 24 hours from the first message to a phone, in which further ones cost no unit.

A message of the person opens a window of the same length: whatever is sent inside it opens no
conversation, and costs none.

Meta does not tell which conversations are open, so it is known from our own sends, and only as well
as these are known: a send in doubt may have opened one, and a message around the end of one belongs
to it or to the next. Such a message takes a unit, and nothing is built on it: the error is on the
safe side.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

LENGTH = timedelta(hours=24)
"""How long a conversation is open (Meta's messaging limits, May 2026)."""

MARGIN = timedelta(minutes=5)
"""Around its end nobody knows: the call comes after the look, and clocks differ."""


@dataclass(frozen=True, slots=True)
class Contact:
    """What is known of one phone towards one sender.

    `opened_at`: a conversation surely began then. `maybe_opened_at`: one may have begun then.
    `last_inbound_at`: the person wrote then. The last campaign that wrote, and when it was noted.
    """

    phone: str
    opened_at: datetime | None = None
    maybe_opened_at: datetime | None = None
    last_inbound_at: datetime | None = None
    last_campaign_id: str | None = None
    last_sent_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """A message now is surely inside the conversation or the window, and costs no unit."""
        starts = (self.opened_at, self.last_inbound_at)
        return any(start is not None and now < start + LENGTH - MARGIN for start in starts)

    def is_over(self, now: datetime) -> bool:
        """Every conversation that was or may have been opened has ended, and the window too."""
        starts = (self.opened_at, self.maybe_opened_at, self.last_inbound_at)
        return all(start is None or now >= start + LENGTH + MARGIN for start in starts)

    def heard(self, at: datetime) -> "Contact":
        """After the person wrote at `at`; the same in whatever order messages become known.

        A message of ours inside the window that this opened has opened no conversation: so nothing
        is built on it any more.
        """
        known = self.last_inbound_at
        contact = replace(self, last_inbound_at=at) if known is None or known < at else self
        opened = contact.opened_at
        if opened is None or not at <= opened < at + LENGTH + MARGIN:
            return contact
        maybe = max(opened, contact.maybe_opened_at or opened)
        return replace(contact, opened_at=None, maybe_opened_at=maybe)
