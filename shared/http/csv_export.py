"""Recipients as CSV (RFC 4180), a piece of the list at a time, so that memory stays flat.

A cell that a spreadsheet would take for a formula (it begins with `=`, `+`, `-`, `@`, a tab or a
line break) gets an apostrophe before it. Phones are shown as everywhere, without a plus sign, and
so are none. Lines end in CR LF; the text is UTF-8.
"""

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from shared.domain.campaign import CampaignStatus
from shared.domain.recipient import Recipient
from shared.http.present import reason, text
from shared.ports import Page

ROWS_AT_ONCE = 20_000
"""Rows of one piece, about; a read of the table is never cut."""

BYTES_AT_ONCE = 3 * 1024 * 1024
"""Of one piece, about: a Lambda answers 6 MB at most, and in JSON every quote takes two bytes."""

COLUMNS = (
    "phone", "status", "attempts", "messageId", "errorCode", "errorMessage", "createdAt",
    "claimedAt", "sentAt", "deliveredAt", "readAt", "failedAt", "repliedAt", "updatedAt",
)  # fmt: skip

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows as text; `cursor` is None if they are the last."""

    content: str
    cursor: str | None


def piece(
    pages: Iterable[Page[Recipient]],
    status: CampaignStatus,
    *,
    header: bool,
    goes_on: Callable[[], bool],
) -> Piece:
    """As many rows as a piece may have, or as there is time for."""
    content = io.StringIO()
    writer = csv.writer(content)
    if header:
        writer.writerow(COLUMNS)
    rows, cursor = 0, None
    for page in pages:
        writer.writerows(_row(recipient, status) for recipient in page.items)
        rows, cursor = rows + len(page.items), page.cursor
        if rows >= ROWS_AT_ONCE or content.tell() >= BYTES_AT_ONCE or not goes_on():
            break
    return Piece(content.getvalue(), cursor)


def _row(recipient: Recipient, status: CampaignStatus) -> list[str]:
    code, words = reason(recipient, status)
    return [
        recipient.phone,
        recipient.status.value,
        str(recipient.attempts),
        _safe(recipient.message_id),
        _safe(code),
        _safe(words),
        *(
            text(instant) or ""
            for instant in (
                recipient.created_at,
                recipient.claimed_at,
                recipient.sent_at,
                recipient.delivered_at,
                recipient.read_at,
                recipient.failed_at,
                recipient.replied_at,
                recipient.updated_at,
            )
        ),
    ]


def _safe(cell: str | None) -> str:
    """The cell, or what shows the same and is surely no formula."""
    if not cell:
        return ""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
