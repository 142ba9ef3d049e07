"""What goes into a batch and what comes out of it."""

from dataclasses import dataclass, fields

from shared.domain.recipient import Recipient, RecipientStatus


@dataclass(frozen=True, slots=True)
class Candidate:
    """A recipient that may be claimed.

    `charged`: that takes a unit of the cap. `opens`: its message surely opens a new conversation.
    """

    recipient: Recipient
    charged: bool
    opens: bool


@dataclass(slots=True)
class Tally:
    """What became of those for whom the provider was called, and of the skipped."""

    processed: int = 0
    sent: int = 0
    held: int = 0
    failed: int = 0
    retried: int = 0
    unconfirmed: int = 0
    skipped: int = 0

    def add(self, other: "Tally") -> None:
        """Add another worker's."""
        for field in fields(self):
            sum_ = getattr(self, field.name) + getattr(other, field.name)
            setattr(self, field.name, sum_)

    def count(self, status: RecipientStatus) -> None:
        """Add one recipient that ended in `status` after a call."""
        self.processed += 1
        match status:
            case RecipientStatus.SENT:
                self.sent += 1
            case RecipientStatus.HELD:
                self.held += 1
            case RecipientStatus.FAILED:
                self.failed += 1
            case RecipientStatus.UNCONFIRMED:
                self.unconfirmed += 1
            case _:
                self.retried += 1
