"""What looking for recipients needs."""

from collections.abc import Iterator
from typing import Protocol

from shared.domain.recipient import Recipient
from shared.domain.search import Search, Waiting
from shared.ports import Page


class RecipientSearch(Protocol):
    """Recipients of a campaign as they are now, shard by shard, in order of phone."""

    def list(
        self, campaign_id: str, search: Search, limit: int, cursor: str | None, shards: int = 1
    ) -> Page[Recipient]:
        """At most `limit`; a page may be short and still have a next. Raises InvalidCursorError."""
        ...

    def pages(
        self, campaign_id: str, search: Search, cursor: str | None, shards: int = 1
    ) -> Iterator[Page[Recipient]]:
        """All of them, one read of at most 1 MB after the other; pages may be empty.

        Raises InvalidCursorError at once.
        """
        ...

    def after(self, recipient: Recipient) -> str:
        """The cursor of those behind this one."""
        ...

    def due(self, campaign_id: str, shards: int = 1) -> Waiting | None:
        """When those are due who wait; None if nobody does. From an index, so a moment behind."""
        ...
