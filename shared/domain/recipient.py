"""The recipient: one phone in one campaign, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shared.domain.template import TemplateParams


class RecipientStatus(StrEnum):
    """PENDING → SENDING → SENT → DELIVERED → READ, or one of the other ends."""

    PENDING = "PENDING"
    SENDING = "SENDING"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    READ = "READ"
    HELD = "HELD"  # Meta holds it for a quality check; a webhook says how it ends
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    UNCONFIRMED = "UNCONFIRMED"  # the reply was lost: it may have gone out


OPEN = frozenset({RecipientStatus.PENDING, RecipientStatus.SENDING})
"""The executor still has work with these; a campaign is COMPLETED when nobody is in them."""

SUCCESS = frozenset({RecipientStatus.SENT, RecipientStatus.DELIVERED, RecipientStatus.READ})
"""Accepted by Meta and, as far as known, not failed since."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient as stored. `phone` is E.164 without the plus sign, and the identity.

    `readable` is False if the record is damaged: then only `phone` and `status` can be relied on.
    """

    campaign_id: str
    phone: str
    status: RecipientStatus = RecipientStatus.PENDING
    attempts: int = 0
    parameters: TemplateParams = field(default_factory=TemplateParams)
    shard: int = 0
    claim: str | None = None
    due_at: datetime | None = None
    message_id: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    created_at: datetime | None = None
    claimed_at: datetime | None = None
    sent_at: datetime | None = None
    updated_at: datetime | None = None
    readable: bool = True


@dataclass(frozen=True, slots=True)
class Stats:
    """How many recipients are in each state, from the campaign's counters."""

    counts: Mapping[RecipientStatus, int] = field(default_factory=dict)

    def __getitem__(self, status: RecipientStatus) -> int:
        return self.counts.get(status, 0)

    @property
    def total(self) -> int:
        """Everybody in the campaign."""
        return sum(self.counts.values())

    @property
    def open(self) -> int:
        """Those with whom the executor still has work."""
        return sum(self[status] for status in OPEN)

    @property
    def sent(self) -> int:
        """Accepted by Meta: SENT and everything above it."""
        return sum(self[status] for status in SUCCESS)

    @property
    def progress(self) -> float:
        """Share of recipients that are settled, 0 to 100, rounded down to one decimal."""
        if not self.total:
            return 0.0
        return (self.total - self.open) * 1000 // self.total / 10
