"""What people decide about recipients whose message failed or is in doubt. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.campaign import CampaignStatus
from shared.domain.reasons import Again, Meaning
from shared.domain.recipient import Recipient, RecipientStatus, as_attempt

SENDS_AGAIN = frozenset({CampaignStatus.RUNNING, CampaignStatus.PAUSED, CampaignStatus.COMPLETED})
"""States of a campaign in which people may go back into its queue; the last is reopened by that."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nothing is done about a recipient: the code of its failure, or a word of ours."""

    code: str


def retried(
    recipient: Recipient, meaning: Meaning, force: bool, now: datetime
) -> Recipient | Refused:
    """A failed one back in the queue.

    Refused for what would only fail again, unless it is forced; for who wants no messages, always.
    """
    code = recipient.error_code or ""
    if recipient.status is not RecipientStatus.FAILED:
        return Refused("NOT_FAILED")
    if not recipient.readable:
        return Refused("UNREADABLE")
    if meaning.again is Again.NEVER or (meaning.again is Again.FORCED and not force):
        return Refused(code)
    failed_at = recipient.failed_at or recipient.updated_at or now
    return _queued(recipient, max(now, failed_at + meaning.wait), now)


def resent(recipient: Recipient, now: datetime) -> Recipient | Refused:
    """One in doubt back in the queue: a second message is accepted."""
    if recipient.status is not RecipientStatus.UNCONFIRMED or not recipient.readable:
        return Refused("NOT_UNCONFIRMED")
    return _queued(recipient, now, now)


def accepted(recipient: Recipient, now: datetime) -> Recipient | Refused:
    """One in doubt taken as sent; evidence to the contrary still counts."""
    if recipient.status is not RecipientStatus.UNCONFIRMED or not recipient.readable:
        return Refused("NOT_UNCONFIRMED")
    return replace(
        recipient,
        status=RecipientStatus.SENT,
        sent_at=recipient.sent_at or recipient.claimed_at,
        error_code=None,
        error_message=None,
        updated_at=now,
    )


def _queued(recipient: Recipient, due_at: datetime, now: datetime) -> Recipient:
    """PENDING, with the attempt on record. Its claim stays: what comes to light of it counts."""
    attempt = as_attempt(recipient, now)
    return replace(
        recipient,
        status=RecipientStatus.PENDING,
        due_at=due_at,
        sent_at=None,
        failed_at=None,
        past=(*recipient.past, attempt) if attempt else recipient.past,
        updated_at=now,
    )
