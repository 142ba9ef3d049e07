"""What `functions/live` needs, put together from the services of the process."""

from functools import cached_property
from typing import Any

from functions.wiring import Services
from shared.config import load_live_settings
from shared.ports import Chance, Clock
from shared.usecases.live_ports import Bus, Entrance, Outbox, Sockets, TenantPorts


class Ports:
    """See `shared.usecases.live_ports.LivePorts`."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._settings = load_live_settings(services._environment)

    @property
    def clock(self) -> Clock:
        return self._services.clock

    @property
    def chance(self) -> Chance:
        return self._services.chance

    @property
    def entrance(self) -> Entrance:
        return self._services.entrance

    def tenant(self, tenant_id: str) -> TenantPorts:
        return self._services.tenant(tenant_id)

    @cached_property
    def sockets(self) -> Sockets:
        from shared.sockets import Sockets as Adapter

        return Adapter(self._client("apigatewaymanagementapi", self._settings.endpoint_url))

    @cached_property
    def bus(self) -> Bus | None:
        from shared.bus import EventBus

        if self._settings.bus_name is None:
            return None
        return EventBus(self._client("events"), self._settings.bus_name)

    @cached_property
    def outbox(self) -> Outbox | None:
        from shared.usecases.hand_out import Outbox as UseCase

        if not self._services.has_outgoing:
            return None
        return UseCase(
            lambda tenant_id: self._services.tenant(tenant_id).endpoints,
            self._services.outgoing,
            self.clock,
            self.chance,
        )

    def _client(self, service: str, endpoint_url: str | None = None) -> Any:
        """With short limits: a batch of news waits for the one before it."""
        from botocore.config import Config

        config = Config(
            connect_timeout=2,
            read_timeout=3,
            max_pool_connections=20,
            retries={"mode": "standard", "total_max_attempts": 2},
        )
        return self._services._session.client(service, endpoint_url=endpoint_url, config=config)
