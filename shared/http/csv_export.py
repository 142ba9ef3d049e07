"""Lists as CSV (RFC 4180), a piece of the list at a time, so that memory stays flat.

A cell that a spreadsheet would take for a formula (it begins with `=`, `+`, `-`, `@`, a tab or a
line break) gets an apostrophe before it. Phones are shown as everywhere, without a plus sign, and
so are none. Lines end in CR LF; the text is UTF-8.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from shared.domain.campaign import CampaignStatus
from shared.domain.csv_text import safe_cell
from shared.domain.recipient import Recipient
from shared.domain.suppression import Suppression
from shared.http.present import reason, text
from shared.ports import Page

ROWS_AT_ONCE = 20_000
"""Rows of one piece, about; a read of the table is never cut."""

BYTES_AT_ONCE = 3 * 1024 * 1024
"""Of one piece, about: a Lambda answers 6 MB at most, and in JSON every quote takes two bytes."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows as text; `cursor` is None if they are the last."""

    content: str
    cursor: str | None


def piece(
    pages: Iterable[Page[T]],
    row: Callable[[T], Mapping[str, str | None]],
    columns: Sequence[str],
    *,
    header: bool,
    goes_on: Callable[[], bool],
) -> Piece:
    """As many rows as a piece may have, or as there is time for. `row`: the cells by column."""
    content = io.StringIO()
    writer = csv.writer(content)
    if header:
        writer.writerow(columns)
    rows, cursor = 0, None
    for page in pages:
        for cells in map(row, page.items):
            writer.writerow([_safe(cells[column]) for column in columns])
        rows, cursor = rows + len(page.items), page.cursor
        if rows >= ROWS_AT_ONCE or content.tell() >= BYTES_AT_ONCE or not goes_on():
            break
    return Piece(content.getvalue(), cursor)


RECIPIENT = (
    "phone", "status", "attempts", "messageId", "errorCode", "errorMessage", "createdAt",
    "claimedAt", "sentAt", "deliveredAt", "readAt", "failedAt", "repliedAt", "updatedAt",
)  # fmt: skip


def recipient_row(recipient: Recipient, status: CampaignStatus) -> dict[str, str | None]:
    """A recipient of a campaign in this status."""
    code, words = reason(recipient, status)
    return {
        "phone": recipient.phone,
        "status": recipient.status.value,
        "attempts": str(recipient.attempts),
        "messageId": recipient.message_id,
        "errorCode": code,
        "errorMessage": words,
        "createdAt": text(recipient.created_at),
        "claimedAt": text(recipient.claimed_at),
        "sentAt": text(recipient.sent_at),
        "deliveredAt": text(recipient.delivered_at),
        "readAt": text(recipient.read_at),
        "failedAt": text(recipient.failed_at),
        "repliedAt": text(recipient.replied_at),
        "updatedAt": text(recipient.updated_at),
    }


SUPPRESSION = ("phone", "since", "source", "reason", "campaignId", "actor", "actorRole")


def suppression_row(suppression: Suppression) -> dict[str, str | None]:
    """Somebody on the suppression list."""
    return {
        "phone": suppression.phone,
        "since": text(suppression.since),
        "source": suppression.source and suppression.source.value,
        "reason": suppression.reason,
        "campaignId": suppression.campaign_id,
        "actor": suppression.actor.subject,
        "actorRole": suppression.actor.role,
    }


def _safe(cell: str | None) -> str:
    """The cell, or what shows the same and is surely no formula."""
    return safe_cell(cell) if cell else ""
