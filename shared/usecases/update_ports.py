"""What working on Meta's updates needs besides the stores of campaigns."""

from collections.abc import Iterable
from typing import Protocol

from shared.domain.sender import Owner
from shared.domain.unused import Unused
from shared.ports import Page


class NumberStore(Protocol):
    """Whose the numbers of the deployment are. Raises StoreUnavailableError."""

    def owner(self, phone_number_id: str) -> Owner | None:
        """Who has registered it; None if nobody has (consistent)."""
        ...


class UnusedStore(Protocol):
    """What could not be used, of one tenant. Raises StoreUnavailableError."""

    def keep(self, unused: Iterable[Unused]) -> None:
        """Safe to repeat: the same is kept once."""
        ...

    def list(self, limit: int, cursor: str | None) -> Page[Unused]:
        """Newest first. Raises InvalidCursorError."""
        ...
