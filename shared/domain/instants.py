"""Instants as text: one format everywhere, so that times sort as strings.

`2026-11-20T09:05:00.000Z`: ISO 8601, UTC, milliseconds, fixed width.
"""

from datetime import UTC, datetime


def to_text(instant: datetime) -> str:
    """Format an aware datetime; a naive one is a programming error and raises ValueError."""
    if instant.tzinfo is None:
        raise ValueError("a naive datetime has no place in this system")
    if instant.tzinfo is not UTC:
        instant = instant.astimezone(UTC)
    return instant.isoformat(timespec="milliseconds")[:23] + "Z"


def from_text(text: str) -> datetime:
    """Parse what `to_text` wrote. Raises ValueError for anything that is no aware instant."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("a naive datetime has no place in this system")
    return instant
