"""People who ask for no more messages, in tests."""

from datetime import datetime
from typing import Any

from functions.wiring import Services
from shared.domain.access import Actor
from shared.domain.suppression import Source, Suppression

TESTER = Actor("test", "org_admin")


def opt_out(services: Services, *phones: str, source: Source = Source.REPLY) -> None:
    """They are on the list when this returns."""
    services.suppressions.add(
        [Suppression(phone, services.clock.now(), source, TESTER) for phone in phones]
    )


def listed(services: Services) -> dict[str, Source | None]:
    """Everybody on the list."""
    found: dict[str, Source | None] = {}
    cursor: str | None = None
    while True:
        page = services.suppressions.list("", 100, cursor)
        found |= {each.phone: each.source for each in page.items}
        if (cursor := page.cursor) is None:
            return found


class BeforeEachClaim:
    """A boundary store before whose claiming writes something else happens."""

    def __init__(self, boundaries: Any, happens: Any) -> None:
        self._boundaries = boundaries
        self._happens = happens

    def __getattr__(self, name: str) -> Any:
        return getattr(self._boundaries, name)

    def write(self, boundary: Any, give_up_at: datetime) -> Any:
        if boundary.claims:
            self._happens([claim.recipient.phone for claim in boundary.claims])
        return self._boundaries.write(boundary, give_up_at)
