"""What `functions/outgoing` needs, put together from the services of the process."""

import threading
from datetime import datetime, timedelta
from functools import cached_property

from functions.wiring import Services
from shared.ports import Clock
from shared.usecases.endpoint_ports import Post, Queue

SECRET_LIFETIME = timedelta(minutes=5)
"""How long a process uses a secret that it has read."""


class Ports:
    """See `shared.usecases.endpoint_ports.DeliveryPorts`. Many threads use it."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._secrets: dict[tuple[str, str], tuple[datetime, str]] = {}
        self._building = threading.Lock()

    @property
    def clock(self) -> Clock:
        return self._services.clock

    @property
    def queue(self) -> Queue:
        with self._building:
            return self._services.outgoing

    @cached_property
    def post(self) -> Post:
        from shared.post import Post as Adapter

        return Adapter(self._services.loopback)

    def tenant(self, tenant_id: str) -> Services:
        """Whatever is used of it is built here, one by one: boto3 makes no clients in threads."""
        with self._building:
            own = self._services.tenant(tenant_id)
            _ = own.endpoints, own.secrets
            return own

    def secret(self, tenant_id: str, endpoint_id: str) -> str | None:
        """One that is missing is looked for again."""
        place, now = (tenant_id, endpoint_id), self.clock.now()
        known = self._secrets.get(place)
        if known and now - known[0] < SECRET_LIFETIME:
            return known[1]
        found = self.tenant(tenant_id).secrets.get(endpoint_id)
        if found is not None:
            self._secrets[place] = now, found
        return found
