"""The history of campaigns: lines are added, and nothing here changes or deletes one."""

import hashlib
import logging
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from shared.domain.access import Actor
from shared.domain.campaign import Event
from shared.domain.instants import from_text, to_text
from shared.dynamo.client import Attributes, from_attributes, key, store_errors, to_attributes
from shared.dynamo.cursors import bound_cursor, bound_position
from shared.dynamo.items import DAMAGED
from shared.dynamo.keys import EVENT_PREFIX, Keys
from shared.dynamo.transaction import Part, Transactor
from shared.ports import Chance, Clock, Page

log = logging.getLogger(__name__)

_PATIENCE = timedelta(seconds=10)  # how long a note tries to get past conflicts
_LINE = r"[0-9TZ:.-]{24}#[0-9a-f]{8}"


class HistoryStore:
    """See `shared.usecases.audit_ports.HistoryStore`."""

    def __init__(
        self,
        keys: Keys,
        client: Any,
        transactor: Transactor,
        clock: Clock,
        chance: Chance,
        table: str,
    ) -> None:
        self._keys = keys
        self._client = client
        self._transactor = transactor
        self._clock = clock
        self._chance = chance
        self._table = table

    def part(self, event: Event, nonce: str | None = None) -> Part:
        """One line, for the transaction that makes it true."""
        nonce = nonce or self._chance.token()[:8]
        item = {
            **self._keys.event(event.campaign_id, to_text(event.at), nonce),
            "at": to_text(event.at),
            "what": str(event.what),
            "actor": event.actor.subject,
            "actorRole": event.actor.role,
            "reason": event.reason,
            "details": dict(event.details) or None,
        }
        return Part("event", {"Put": {"TableName": self._table, "Item": to_attributes(item)}})

    def note(self, event: Event, mark: str | None = None) -> bool:
        """One line by itself; False if the campaign is gone, because then nothing may come back."""
        nonce = hashlib.sha256(mark.encode()).hexdigest()[:8] if mark else None
        there = {
            "TableName": self._table,
            "Key": key(self._keys.campaign(event.campaign_id)),
            "ConditionExpression": "attribute_exists(PK)",
        }
        parts = [Part("campaign", {"ConditionCheck": there}), self.part(event, nonce)]
        return self._transactor.write(parts, self._clock.now() + _PATIENCE) is None

    def list(self, campaign_id: str, limit: int, cursor: str | None) -> Page[Event]:
        """Newest first (consistent). Raises InvalidCursorError."""
        partition = self._keys.campaign_partition(campaign_id)
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "PK = :pk AND begins_with(SK, :event)",
            "ExpressionAttributeValues": {":pk": {"S": partition}, ":event": {"S": EVENT_PREFIX}},
            "ConsistentRead": True,
            "ScanIndexForward": False,
            "Limit": limit + 1,
        }
        if cursor:
            line = bound_position(partition, cursor, _LINE)
            request["ExclusiveStartKey"] = key({"PK": partition, "SK": EVENT_PREFIX + line})
        with store_errors():
            answer = self._client.query(**request)
        items = answer["Items"]
        events = list(_readable(items[:limit], campaign_id))
        if len(items) <= limit:
            return Page(events)
        line = items[limit - 1]["SK"]["S"].removeprefix(EVENT_PREFIX)
        return Page(events, bound_cursor(partition, line))


def _readable(items: Iterable[Attributes], campaign_id: str) -> Iterator[Event]:
    """One damaged line must not hide the others; the log says where it is."""
    for item in items:
        try:
            yield event_of(item, campaign_id)
        except DAMAGED:
            log.exception(
                "a line of the history can't be read",
                extra={"event": "unreadable", "campaignId": campaign_id},
            )


def event_of(attributes: Attributes, campaign_id: str) -> Event:
    """A line's item. Raises one of `DAMAGED`."""
    item = from_attributes(attributes)
    return Event(
        campaign_id,
        from_text(item["at"]),
        item["what"],
        Actor(item["actor"], item["actorRole"]),
        item.get("reason"),
        item.get("details", {}),
        item["SK"].removeprefix(EVENT_PREFIX),
    )
