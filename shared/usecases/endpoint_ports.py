"""What sending events to other systems needs from outside."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from shared.domain.endpoints import Attempt, Endpoint
from shared.ports import Clock
from shared.usecases.sender_ports import SecretStore


class EndpointStore(Protocol):
    """The endpoints of one tenant. Raises StoreUnavailableError."""

    def list(self) -> Sequence[Endpoint]:
        """In order of creation."""
        ...

    def get(self, endpoint_id: str) -> Endpoint:
        """Consistent. Raises EndpointNotFoundError."""
        ...

    def add(self, endpoint: Endpoint) -> None:
        """Raises TooManyEndpointsError."""
        ...

    def change(self, endpoint: Endpoint) -> None:
        """Its address, events, and whether it is enabled; then what went wrong is forgotten.
        Raises EndpointNotFoundError."""
        ...

    def remove(self, endpoint_id: str) -> None:
        """Raises EndpointNotFoundError."""
        ...

    def turn(self, endpoint_id: str, now: datetime, until: datetime) -> bool:
        """Take the turn to try a failing endpoint: nobody else has it before `until`."""
        ...

    def works(self, endpoint_id: str) -> None:
        """It took something: what went wrong is forgotten."""
        ...

    def fails(self, endpoint: Endpoint, at: datetime, reason: str) -> Endpoint | None:
        """Count a failure and leave it alone for a while; the endpoint as it is then.

        `endpoint` as it was before the attempt; None if another one was counted meanwhile, or it is
        gone: many deliveries that fail at once are one failure.
        """
        ...

    def disable(self, endpoint_id: str, reason: str) -> None: ...

    def give_up(self, endpoint_id: str) -> None:
        """Count a delivery that was given up."""
        ...


class Queue(Protocol):
    """Deliveries, until they are made."""

    def put(self, messages: Sequence[str], delay_seconds: int = 0) -> None:
        """`delay_seconds`: at most 900. Raises StoreUnavailableError; putting again is safe."""
        ...


class Post(Protocol):
    """The way out. Never raises for what the other side or the network does."""

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> Attempt: ...


class TenantDeliveryPorts(Protocol):
    """What is one tenant's."""

    @property
    def endpoints(self) -> EndpointStore: ...

    @property
    def secrets(self) -> SecretStore: ...


class DeliveryPorts(Protocol):
    """Everything that the function `outgoing` needs."""

    @property
    def clock(self) -> Clock: ...

    @property
    def queue(self) -> Queue: ...

    @property
    def post(self) -> Post: ...

    def tenant(self, tenant_id: str) -> TenantDeliveryPorts: ...

    def secret(self, tenant_id: str, endpoint_id: str) -> str | None:
        """What its deliveries are signed with; not older than a few minutes."""
        ...
