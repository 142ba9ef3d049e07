"""Deliberate bugs of how people's decisions are carried out; see `tests.simulation.bugs`."""

from collections.abc import Iterator
from typing import Any
from unittest import mock

from shared.dynamo import orders
from shared.dynamo.orders import OrderStore
from shared.dynamo.transaction import Part
from tests.simulation.patches import unconditional

_changed = orders.changed
_parts = OrderStore._parts


def order_without_condition() -> Any:
    """A person's order overwrites what a webhook or a worker has shown since it was read."""
    return mock.patch.object(orders, "changed", lambda *given: unconditional(_changed(*given)))


def retry_without_reopening() -> Any:
    """Failed recipients go back into the queue of a campaign that nobody looks at any more."""

    def parts(self: Any, *given: Any) -> Iterator[Part]:
        yield from (part for part in _parts(self, *given) if part.name not in ("campaign", "event"))

    return mock.patch.object(OrderStore, "_parts", parts)


ORDER_BUGS = (order_without_condition, retry_without_reopening)
