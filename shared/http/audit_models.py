"""What the API takes and answers about histories and erasing."""

from shared.domain.campaign import Event
from shared.domain.erasure import Erasure, ErasureStatus
from shared.domain.instants import to_text
from shared.http.answers import Answer, Instant, Success
from shared.http.phones import Phone
from shared.http.present import text
from shared.http.request_model import Request


class ErasePhone(Request):
    """Whose data shall go; any spelling that an upload takes."""

    phone: Phone


class EventAnswer(Answer):
    """One line of a campaign's history; live events of it have the same `id`.

    `actor` is the subject of a token, or `system`; `actorRole` tells machines (`service`) from
    people. `details` are counts, instants and ids, never a phone.
    """

    id: str
    at: Instant
    what: str
    actor: str
    actor_role: str
    reason: str | None
    details: dict[str, str | int]


class EventList(Success):
    """One page of a history, newest first; `nextCursor` is null on the last."""

    events: list[EventAnswer]
    next_cursor: str | None


class ErasureAnswer(Answer):
    """An order to erase, and its receipt when it is DONE.

    Either `campaignId` or `phone` says what was erased; of the phone only the last four digits are
    shown and kept. `campaigns`: how many were looked at. `optOutsKept`: the wish not to be written
    to is not forgotten; nothing else is kept with it.
    """

    erasure_id: str
    status: ErasureStatus
    campaign_id: str | None
    phone: str | None
    requested_by: str
    requested_by_role: str
    requested_at: Instant
    finished_at: Instant | None
    recipients: int
    conversations: int
    campaigns: int
    opt_outs_kept: int


class ErasureFound(Success):
    """One order to erase."""

    erasure: ErasureAnswer


class ErasureList(Success):
    """One page of orders to erase, newest first; `nextCursor` is null on the last."""

    erasures: list[ErasureAnswer]
    next_cursor: str | None


def event_answer(event: Event) -> EventAnswer:
    """A line as shown."""
    return EventAnswer(
        id=event.line,
        at=to_text(event.at),
        what=event.what,
        actor=event.actor.subject,
        actor_role=event.actor.role,
        reason=event.reason,
        details=dict(event.details),
    )


def erasure_answer(erasure: Erasure) -> ErasureAnswer:
    """An order as shown: never with the phone, also while it is still known."""
    return ErasureAnswer(
        erasure_id=erasure.erasure_id,
        status=erasure.status,
        campaign_id=erasure.campaign_id,
        phone=erasure.masked_phone,
        requested_by=erasure.requested_by.subject,
        requested_by_role=erasure.requested_by.role,
        requested_at=to_text(erasure.requested_at),
        finished_at=text(erasure.finished_at),
        recipients=erasure.recipients,
        conversations=erasure.conversations,
        campaigns=erasure.campaigns,
        opt_outs_kept=erasure.opt_outs_kept,
    )
