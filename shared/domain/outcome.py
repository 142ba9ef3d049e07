"""What became of one provider call, as a value. Adapters return it; nothing is raised."""

from dataclasses import dataclass
from enum import StrEnum


class OutcomeKind(StrEnum):
    """The only distinctions that the send protocol makes."""

    ACCEPTED = "accepted"  # Meta took it
    HELD = "held"  # Meta took it and holds it for a quality check
    RETRY = "retry"  # surely not taken; later it may be
    DEFER = "defer"  # surely not taken; not before a day has passed
    REJECTED = "rejected"  # surely not taken, and never will be: this recipient
    THROTTLED = "throttled"  # surely not taken; the sender must wait: too fast, or no way through
    CAMPAIGN_ERROR = "campaign_error"  # surely not taken; nobody of this campaign will be
    SENDER_ERROR = "sender_error"  # surely not taken; nothing from this sender will be
    UNKNOWN = "unknown"  # the reply was lost: it may have been taken
    NOT_CALLED = "not_called"  # the provider was never asked


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one send; `code` is the provider's or ours (capitals), `message` for people."""

    kind: OutcomeKind
    message_id: str | None = None
    code: str | None = None
    message: str | None = None
    delay_seconds: float | None = (
        None  # the earliest useful retry, where the provider's rule says one
    )
    shared_fault: bool = (
        False  # looks like one row's fault, but alike for many rows it is the campaign's
    )
    suppress: bool = False  # this person must not be written to again


NOT_CALLED = Outcome(OutcomeKind.NOT_CALLED)
