"""The recipient: one phone in one campaign, and what became of it."""

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
class Place:
    """Where a recipient is kept."""

    campaign_id: str
    phone: str
    shard: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """An earlier attempt that did not end the matter, and what is known of it.

    `status` is FAILED if it surely reached nobody, UNCONFIRMED if it may have.
    """

    number: int  # from 1
    claim: str
    at: datetime
    status: RecipientStatus
    message_id: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    sent_at: datetime | None = None
    failed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """The import that brought a recipient, and on which line of its file."""

    import_id: str
    line: int


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient as stored. `phone` is E.164 without the plus sign, and the identity.

    The instants are those of the present attempt: `sent_at` is when Meta's answer was committed,
    `delivered_at`, `read_at` and `failed_at` are Meta's own. A failure stays beside a delivery
    (a person can have two devices), with its code. `past` has the attempts before, in order.
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
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    failed_at: datetime | None = None
    replied_at: datetime | None = None
    updated_at: datetime | None = None
    past: tuple[Attempt, ...] = ()
    origin: Origin | None = None
    readable: bool = True


def as_attempt(recipient: Recipient, at: datetime) -> Attempt | None:
    """The present attempt, for the record; None if nobody tried. `at`: if it is not known when."""
    if recipient.claim is None or not recipient.attempts:
        return None
    return Attempt(
        number=recipient.attempts,
        claim=recipient.claim,
        at=recipient.claimed_at or at,
        status=recipient.status,
        message_id=recipient.message_id,
        error_code=recipient.error_code,
        error_message=recipient.error_message,
        sent_at=recipient.sent_at,
        failed_at=recipient.failed_at,
    )


def attempts_of(recipient: Recipient) -> tuple[Attempt, ...]:
    """All attempts that counted, the present one as the last."""
    tried = recipient.status not in (RecipientStatus.PENDING, RecipientStatus.SKIPPED)
    present = as_attempt(recipient, recipient.claimed_at) if recipient.claimed_at else None
    return (*recipient.past, present) if tried and present else recipient.past
