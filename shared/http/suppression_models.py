"""What the API takes and answers about the suppression list."""

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.domain.suppression import Source, Suppression
from shared.http.answers import Answer, Instant, RejectedRow, Success
from shared.http.models import ONE_LINE
from shared.http.phones import Phone
from shared.http.present import text
from shared.http.request_model import Request

MOST_PHONES = 1000

Phones = Annotated[list[Phone], Field(min_length=1, max_length=MOST_PHONES)]


class AddSuppressions(Request):
    """Who must not be written to, and why, for those who ask later."""

    phones: Phones
    reason: Annotated[str, StringConstraints(strip_whitespace=True)] | None = Field(
        default=None, min_length=1, max_length=500, pattern=ONE_LINE
    )


class RemoveSuppressions(Request):
    """Who may be written to again."""

    phones: Phones


class SuppressionAnswer(Answer):
    """Somebody who is not written to, by no sender and no campaign.

    `source`: REPLY (a word such as STOP), BUTTON (the same by a button), PREFERENCE and META_131050
    (a setting in WhatsApp), PERSON, IMPORT. `actor` is the subject of a token, or `system`. `since`
    and `source` are null only if the record is damaged; it holds all the same.
    """

    phone: str
    since: Instant | None
    source: Source | None
    reason: str | None
    campaign_id: str | None
    actor: str
    actor_role: str


class SuppressionList(Success):
    """One page, in order of phone; `nextCursor` is null on the last."""

    suppressions: list[SuppressionAnswer]
    next_cursor: str | None


class SuppressionsAdded(Success):
    """How many people were put on the list, and how many were on it."""

    added: int
    already: int


class SuppressionsRemoved(Success):
    """How many people were taken off the list, and how many were not on it."""

    removed: int
    unknown: int


class SuppressionsImported(Success):
    """What became of the file. `rejected` holds the first rows that were not taken."""

    inserted: int
    skipped: dict[str, int]
    rejected: list[RejectedRow]
    more: bool = Field(description="Time was up: the same file again adds the rest")


def suppression_answer(one: Suppression) -> SuppressionAnswer:
    """An entry as shown."""
    return SuppressionAnswer(
        phone=one.phone,
        since=text(one.since),
        source=one.source,
        reason=one.reason,
        campaign_id=one.campaign_id,
        actor=one.actor.subject,
        actor_role=one.actor.role,
    )
