"""What keeping and reading the history of campaigns needs."""

from typing import Protocol

from shared.domain.campaign import Event
from shared.ports import Page


class HistoryStore(Protocol):
    """The history of campaigns. What changes a campaign writes its line with the change itself."""

    def note(self, event: Event, mark: str | None = None) -> bool:
        """Add a line that belongs to no change of state; False if the campaign is gone.

        With a `mark`, the same line of the same instant is there once, however often it is noted.
        """
        ...

    def list(self, campaign_id: str, limit: int, cursor: str | None) -> Page[Event]:
        """Newest first. Raises InvalidCursorError."""
        ...
