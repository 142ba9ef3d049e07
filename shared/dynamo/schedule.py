"""What the tick must look at, of all tenants: a few items, whatever the number of campaigns."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from shared.domain.erasure import DueErasure
from shared.domain.imports import DueImport
from shared.domain.instants import to_text
from shared.dynamo.client import store_errors
from shared.dynamo.keys import TICK_KIND, import_of, owner_of, tenant_of_erasures, worker_of
from shared.dynamo.schema import TICK
from shared.ports import Due


class Schedule:
    """See `shared.ports.Schedule`. The one reader of all tenants: it names, and shows nothing."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def due(self, now: datetime) -> Iterator[Due | DueErasure | DueImport]:
        """Campaigns to run or to wake, leases that have ended, erasures, stalled imports."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": TICK.name,
            "KeyConditionExpression": "tickKind = :kind AND tickAt <= :now",
            "ExpressionAttributeValues": {
                ":kind": {"S": TICK_KIND},
                ":now": {"S": to_text(now)},
            },
        }
        while True:
            with store_errors():
                answer = self._client.query(**request)
            for item in answer["Items"]:
                yield _due(item["PK"]["S"], item["SK"]["S"])
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _due(partition: str, sort: str) -> Due | DueErasure | DueImport:
    if erasing := tenant_of_erasures(partition):
        return DueErasure(erasing, sort)
    tenant_id, campaign_id = owner_of(partition)
    if importing := import_of(sort):
        return DueImport(tenant_id, campaign_id, importing)
    return Due(tenant_id, campaign_id, worker_of(sort))
