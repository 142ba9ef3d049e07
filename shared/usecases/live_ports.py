"""What telling people and programs of what happens needs from outside."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from shared.domain.live import Connection, LiveEvent, Ticket
from shared.ports import CampaignStore, Chance, Clock
from shared.usecases.audit_ports import HistoryStore


class Entrance(Protocol):
    """Tickets, and whose a connection is: what must be known before the tenant is."""

    def issue(self, ticket_hash: str, ticket: Ticket) -> None: ...

    def redeem(self, ticket_hash: str, now: datetime) -> Ticket | None:
        """The ticket, once; None if it was never given, is used, or is too old."""
        ...

    def owner(self, connection_id: str) -> str | None:
        """The tenant of an open connection."""
        ...


class Connections(Protocol):
    """The open connections of one tenant."""

    def open(self, connection_id: str, subject: str, until: datetime) -> None: ...

    def subscribe(self, connection_id: str, campaign_id: str | None, messages: bool) -> bool:
        """Follow a campaign, or without an id all; False if the connection is not there any more
        or follows as many as it can."""
        ...

    def all(self) -> Sequence[Connection]:
        """Consistent."""
        ...

    def close(self, connection_id: str) -> None:
        """Safe to repeat."""
        ...

    def turn(self, campaign_id: str, now: datetime, every: timedelta) -> datetime | None:
        """Take the turn to tell of a campaign's progress: None if it is ours, else the instant of
        the last turn, which is less than `every` ago."""
        ...


class Sockets(Protocol):
    """The clients' ends."""

    def post(self, connection_id: str, texts: Sequence[str]) -> bool:
        """Send in this order; False if the client is gone. Other failures are logged."""
        ...


class Bus(Protocol):
    """The tenants' other systems."""

    def put(self, events: Sequence[dict[str, Any]]) -> None:
        """Publish all, or raise StoreUnavailableError: then some of them may be there."""
        ...


class Outbox(Protocol):
    """The way to the tenants' endpoints. Raises StoreUnavailableError: then put all again."""

    def wants(self, tenant_id: str, kind: str) -> bool:
        """Whether any endpoint of the tenant wants events of this type."""
        ...

    def put(self, events: Sequence[LiveEvent]) -> None: ...


class TenantPorts(Protocol):
    """What is one tenant's."""

    @property
    def tenant_id(self) -> str: ...

    @property
    def campaigns(self) -> CampaignStore: ...

    @property
    def history(self) -> HistoryStore: ...

    @property
    def connections(self) -> Connections: ...


class LivePorts(Protocol):
    """Everything that the function `live` needs."""

    @property
    def clock(self) -> Clock: ...

    @property
    def chance(self) -> Chance: ...

    @property
    def entrance(self) -> Entrance: ...

    @property
    def sockets(self) -> Sockets: ...

    @property
    def bus(self) -> Bus | None:
        """None: there is none (on a laptop)."""
        ...

    @property
    def outbox(self) -> Outbox | None:
        """None: events are not handed to endpoints."""
        ...

    def tenant(self, tenant_id: str) -> TenantPorts: ...
