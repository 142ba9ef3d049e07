"""What became of the people of one campaign or of many: counts, and the rates that follow."""

from dataclasses import dataclass, fields

from shared.domain.recipient import RecipientStatus
from shared.domain.stats import Stats


@dataclass(frozen=True, slots=True)
class Funnel:
    """Counts of people. `sent`, `delivered` and `read` are cumulative: who has read it, has it.

    `pending`, `sending`, `held`, `sent`, `failed`, `skipped` and `unconfirmed` add up to `total`.
    Rates are in percent, to two decimals, 0 if there is nobody to be a share of.
    """

    total: int = 0
    pending: int = 0
    sending: int = 0
    held: int = 0
    sent: int = 0
    delivered: int = 0
    read: int = 0
    replied: int = 0
    failed: int = 0
    skipped: int = 0
    unconfirmed: int = 0

    @classmethod
    def of(cls, stats: Stats) -> "Funnel":
        """Of one campaign's counters."""
        return cls(
            total=stats.total,
            pending=stats[RecipientStatus.PENDING],
            sending=stats[RecipientStatus.SENDING],
            held=stats[RecipientStatus.HELD],
            sent=stats.sent,
            delivered=stats.delivered,
            read=stats[RecipientStatus.READ],
            replied=stats.replied,
            failed=stats[RecipientStatus.FAILED],
            skipped=stats[RecipientStatus.SKIPPED],
            unconfirmed=stats[RecipientStatus.UNCONFIRMED],
        )

    def __add__(self, other: "Funnel") -> "Funnel":
        return Funnel(
            *(getattr(self, each.name) + getattr(other, each.name) for each in fields(self))
        )

    @property
    def processed(self) -> int:
        """Those with whom the executor has no more work."""
        return self.total - self.pending - self.sending

    @property
    def delivery_rate(self) -> float:
        """Of the messages that Meta took, how many arrived."""
        return _percent(self.delivered, self.sent)

    @property
    def read_rate(self) -> float:
        """Of those that arrived, how many were opened. Who hides it counts as not."""
        return _percent(self.read, self.delivered)

    @property
    def reply_rate(self) -> float:
        """Of those that arrived, how many were answered."""
        return _percent(self.replied, self.delivered)

    @property
    def failure_rate(self) -> float:
        """Of everybody, how many it failed for."""
        return _percent(self.failed, self.total)


def _percent(part: int, whole: int) -> float:
    return round(part * 100 / whole, 2) if whole else 0.0
