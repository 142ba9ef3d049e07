"""The Lambda behind the queue of deliveries: events, posted to other systems.

The event has up to ten queue messages (see `shared.usecases.hand_out`), of all tenants, and each is
delivered by a thread of its own, so that a slow system keeps no other one waiting. The answer names
those that the queue must give again (`batchItemFailures`).
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

from functions.outgoing.ports import Ports
from functions.wiring import services
from shared.domain.access import DEFAULT_TENANT
from shared.usecases.deliver import deliver
from shared.usecases.endpoint_ports import DeliveryPorts

logging.getLogger().setLevel(logging.INFO)
log = logging.getLogger(__name__)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Work on one batch of messages."""
    failed = take(_ports(), event["Records"])
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


def take(ports: DeliveryPorts, records: list[dict[str, Any]]) -> list[str]:
    """Work on the records of an event; the ids of those that must come again."""

    def work(record: dict[str, Any]) -> str | None:
        try:
            deliver(ports, record["body"])
        except Exception:  # one message's trouble is not its neighbours'
            log.exception("a delivery could not be handled", extra={"event": "outgoing_trouble"})
            return str(record["messageId"])
        return None

    with ThreadPoolExecutor(max(1, len(records))) as threads:
        return [each for each in threads.map(work, records) if each]


@lru_cache(maxsize=1)
def _ports() -> Ports:
    return Ports(services(DEFAULT_TENANT))
