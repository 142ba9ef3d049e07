"""The counters of a campaign: what they are called, how a change moves them, what they tell.

They are changed by the very write that changes a recipient, so they always equal a recount.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from shared.domain.recipient import OPEN, SUCCESS, Recipient, RecipientStatus

REPLIED = "REPLIED"
"""How many recipients have answered."""

RETRY_SCHEDULED, RETRY_STARTED = "RETRY_SCHEDULED", "RETRY_STARTED"
RETRY_SUCCEEDED, RETRY_FAILED = "RETRY_SUCCEEDED", "RETRY_FAILED"
"""Further attempts: put into the queue, claimed, taken by Meta, failed for good. They only grow."""

CODED = frozenset(
    {
        RecipientStatus.FAILED,
        RecipientStatus.SKIPPED,
        RecipientStatus.HELD,
        RecipientStatus.UNCONFIRMED,
    }
)
"""States that need an explanation, and so are counted by code too."""

WAITING = "WAITING"
"""How many are PENDING for a further attempt."""

_SEPARATOR = "#"

Coded = tuple[RecipientStatus, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """What the counters see of a recipient. `attempts` are those that counted so far."""

    status: RecipientStatus
    code: str | None = None
    attempts: int = 0
    replied: bool = False

    @classmethod
    def of(cls, recipient: Recipient) -> "Standing":
        """As it is stored."""
        replied = recipient.replied_at is not None
        return cls(recipient.status, recipient.error_code, recipient.attempts, replied)

    def counters(self) -> Iterator[str]:
        """The counters that one recipient with this standing is part of."""
        yield self.status.value
        if self.code and self.status in CODED:
            yield f"{self.status.value}{_SEPARATOR}{self.code}"
        if self.status is RecipientStatus.PENDING and self.attempts:
            yield WAITING
        if self.replied:
            yield REPLIED


def moved(change: Counter[str], before: Standing, after: Standing) -> None:
    """Add one recipient's move from one standing to another to `change`."""
    change.subtract(before.counters())
    change.update(after.counters())


@dataclass(frozen=True, slots=True)
class Retries:
    """Further attempts so far, and how many people wait for one; see the names of the counters."""

    waiting: int = 0
    scheduled: int = 0
    started: int = 0
    succeeded: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Stats:
    """How many recipients are in each state, from the campaign's counters."""

    counts: Mapping[RecipientStatus, int] = field(default_factory=dict)
    replied: int = 0
    by_code: Mapping[Coded, int] = field(default_factory=dict)
    retries: Retries = Retries()

    @classmethod
    def of(cls, counters: Mapping[str, int]) -> "Stats":
        """From the sums of the stored counters; names that are not ours are left out."""
        codes: dict[Coded, int] = {}
        for name, number in counters.items():
            status, found, code = name.partition(_SEPARATOR)
            if found and number and status in CODED:
                codes[RecipientStatus(status), code] = number
        return cls(
            {status: counters[status] for status in RecipientStatus if counters.get(status)},
            counters.get(REPLIED, 0),
            codes,
            Retries(
                counters.get(WAITING, 0),
                counters.get(RETRY_SCHEDULED, 0),
                counters.get(RETRY_STARTED, 0),
                counters.get(RETRY_SUCCEEDED, 0),
                counters.get(RETRY_FAILED, 0),
            ),
        )

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
        """Accepted by Meta and not failed since: SENT and everything above it."""
        return sum(self[status] for status in SUCCESS)

    @property
    def delivered(self) -> int:
        """On the phone: a message that was read was delivered too."""
        return self[RecipientStatus.DELIVERED] + self[RecipientStatus.READ]

    @property
    def progress(self) -> float:
        """Share of recipients that are settled, 0 to 100, rounded down to one decimal."""
        if not self.total:
            return 0.0
        return (self.total - self.open) * 1000 // self.total / 10
