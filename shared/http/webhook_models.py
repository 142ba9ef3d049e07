"""What the API answers about webhooks."""

from shared.domain.instants import to_text
from shared.domain.unused import Unused
from shared.http.answers import Answer, Instant, Success


class UnusedAnswer(Answer):
    """Some updates of Meta's that could not be used, all for one reason.

    `field` is Meta's name of the webhook's field, `excerpt` the beginning of the first one as it
    came: it can hold a phone number and what a person wrote. Kept for 14 days.
    """

    at: Instant
    reason: str
    field: str
    count: int
    excerpt: str


class UnusedList(Success):
    """One page, newest first; `nextCursor` is null on the last."""

    unused: list[UnusedAnswer]
    next_cursor: str | None


def unused_answer(unused: Unused) -> UnusedAnswer:
    """As shown."""
    return UnusedAnswer(
        at=to_text(unused.at),
        reason=unused.reason,
        field=unused.field,
        count=unused.count,
        excerpt=unused.excerpt,
    )
