"""Puts events on the queue of deliveries, for each endpoint that wants them."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from shared.domain.endpoints import Endpoint, bundles
from shared.domain.instants import to_text
from shared.domain.live import LiveEvent
from shared.ports import Chance, Clock
from shared.usecases.endpoint_ports import EndpointStore, Queue

REMEMBERED_FOR = timedelta(seconds=60)
"""How long a process goes on believing which endpoints a tenant has."""


class Outbox:
    """See `shared.usecases.live_ports.Outbox`.

    The queue's messages are JSON in ASCII: `{"v": 1, "tenantId", "endpointId", "id", "at", "tries",
    "events": […]}`, at most 200 KB. `id` stays the same in all tries of a delivery.
    """

    def __init__(
        self, stores: Callable[[str], EndpointStore], queue: Queue, clock: Clock, chance: Chance
    ) -> None:
        """`stores`: gives the store of a tenant."""
        self._stores = stores
        self._queue = queue
        self._clock = clock
        self._chance = chance
        self._known: dict[str, tuple[datetime, Sequence[Endpoint]]] = {}

    def wants(self, tenant_id: str, kind: str) -> bool:
        """Whether any endpoint wants such events."""
        return any(endpoint.wants(kind) for endpoint in self._endpoints(tenant_id))

    def put(self, events: Sequence[LiveEvent]) -> None:
        """Each to the endpoints of its tenant that want it."""
        messages: list[str] = []
        for tenant_id in dict.fromkeys(event.tenant_id for event in events):
            own = [event for event in events if event.tenant_id == tenant_id]
            for endpoint in self._endpoints(tenant_id):
                texts = [json.dumps(event.body()) for event in own if endpoint.wants(event.kind)]
                messages += [self._message(tenant_id, endpoint, some) for some in bundles(texts)]
        if messages:
            self._queue.put(messages)

    def _endpoints(self, tenant_id: str) -> Sequence[Endpoint]:
        now = self._clock.now()
        known = self._known.get(tenant_id)
        if known is None or now - known[0] >= REMEMBERED_FOR:
            known = self._known[tenant_id] = now, self._stores(tenant_id).list()
        return known[1]

    def _message(self, tenant_id: str, endpoint: Endpoint, texts: Sequence[str]) -> str:
        head = {
            "v": 1,
            "tenantId": tenant_id,
            "endpointId": endpoint.endpoint_id,
            "id": f"dlv_{self._chance.token()}",
            "at": to_text(self._clock.now()),
            "tries": 0,
        }
        return f'{json.dumps(head)[:-1]}, "events": [{",".join(texts)}]}}'
