"""What Meta's servers told that no campaign could use: counted, and kept for a look."""

from dataclasses import dataclass
from datetime import datetime, timedelta

KEPT_FOR = timedelta(days=14)
"""Then DynamoDB deletes it: it can hold phones and what people wrote."""

EXCERPT_LIMIT = 4_000
"""Characters kept of the first one."""

OF_NO_CAMPAIGN = "of no campaign"
"""A status of a message that this system did not send, or whose recipient was erased."""

NO_NEWS = "no news for campaigns"
"""An account's event that is known, and says nothing about sending."""

EXPECTED = frozenset({OF_NO_CAMPAIGN, NO_NEWS, "not a person's message", "an unknown wish"})
"""Reasons that say nothing about trouble: a number can be used by other software too."""


@dataclass(frozen=True, slots=True)
class Unused:
    """Some updates of one queue message with one reason; `excerpt` is the beginning of the first.

    `key` is the same whenever the same message is handled again.
    """

    at: datetime
    key: str
    reason: str
    field: str
    excerpt: str
    count: int = 1
