"""What keeping the suppression list needs."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from shared.domain.suppression import Suppression
from shared.ports import Page


class SuppressionStore(Protocol):
    """Who of a tenant's people is not written to.

    Guarantee: whatever adds somebody raises `version` in the same write, so whoever reads the
    version first and the list afterwards knows that nobody is missing while the version stands.
    """

    def version(self) -> int:
        """As of now (consistent); 0 if nobody was ever added. Raises UnreadableError."""
        ...

    def among(self, phones: Sequence[str]) -> Collection[str]:
        """Those of the phones that are on the list, under whatever spelling (consistent)."""
        ...

    def add(self, suppressions: Sequence[Suppression]) -> Collection[str]:
        """Add those who are not on the list for at least as good a reason.

        Returns the phones of the others, among them those whose setting is older than its end. If
        it dies half-way, whole hundreds are stored; the same again adds the rest. Raises
        StoreUnavailableError.
        """
        ...

    def remove(self, phone: str) -> bool:
        """Take a person off the list, under every spelling; False if nobody was there."""
        ...

    def resume(self, phone: str, at: datetime) -> bool:
        """At `at` a person took back what was set in WhatsApp before; False if nothing was.

        What somebody said in words stays, and so does what was set later.
        """
        ...

    def list(self, prefix: str, limit: int, cursor: str | None) -> Page[Suppression]:
        """In order of phone, those that begin with `prefix`. Raises InvalidCursorError."""
        ...
