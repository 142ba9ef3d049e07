"""What the tables' streams say was committed: lines, counters, recipients' states.

A record is as DynamoDB Streams hands it to a function: `eventName`, and under `dynamodb` the keys,
the item before and after (`OldImage`, `NewImage`), and `SequenceNumber`.
"""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from shared.domain.instants import from_text
from shared.domain.live import Change, Line, News
from shared.domain.recipient import RecipientStatus
from shared.dynamo.client import Attributes
from shared.dynamo.history import event_of
from shared.dynamo.items import DAMAGED
from shared.dynamo.keys import (
    EVENT_PREFIX,
    RECIPIENT_PREFIX,
    STATS_PREFIX,
    owner_of,
    owner_of_recipients,
)

log = logging.getLogger(__name__)

_PASSING = frozenset({RecipientStatus.SENDING.value})
"""A state of a second at most, that says nothing of what became of somebody."""


def news_of(records: Iterable[dict[str, Any]]) -> News:
    """What of it is worth telling. A record that can't be read is left out, and the log says so."""
    lines: list[Line] = []
    counted: dict[tuple[str, str], None] = {}
    changes: list[Change] = []
    for record in records:
        try:
            partition = record["dynamodb"]["Keys"]["PK"]["S"]
            sort = record["dynamodb"]["Keys"]["SK"]["S"]
            new: Attributes | None = record["dynamodb"].get("NewImage")
            if new is None:
                continue  # erased: nobody is told of what is gone
            if sort.startswith(EVENT_PREFIX) and record["eventName"] == "INSERT":
                tenant_id, campaign_id = owner_of(partition)
                lines.append(Line(tenant_id, event_of(new, campaign_id)))
            elif sort.startswith(STATS_PREFIX):
                counted[owner_of(partition)] = None
            elif sort.startswith(RECIPIENT_PREFIX):
                changes += _change(partition, record["dynamodb"])
        except DAMAGED:
            log.exception("a change can't be read", extra={"event": "live_unreadable"})
    return News(lines, tuple(counted), changes)


def _change(partition: str, image: dict[str, Any]) -> Iterable[Change]:
    """A recipient's new state; nobody who was only just added, or is only being sent to."""
    new, old = image["NewImage"], image.get("OldImage")
    if old is None or new["status"] == old["status"] or new["status"]["S"] in _PASSING:
        return
    tenant_id, campaign_id = owner_of_recipients(partition)
    texts = {name: value["S"] for name, value in new.items() if "S" in value}
    yield Change(
        tenant_id,
        campaign_id,
        str(image["SequenceNumber"]),
        from_text(texts["updatedAt"]) if "updatedAt" in texts else _committed(image),
        texts["phone"],
        texts["status"],
        texts.get("messageId"),
        texts.get("errorCode"),
        texts.get("errorMessage"),
    )


def _committed(image: dict[str, Any]) -> datetime:
    """When DynamoDB took it, to the second."""
    return datetime.fromtimestamp(float(image["ApproximateCreationDateTime"]), UTC)
