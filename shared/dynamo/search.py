"""Looks for recipients, a partition's megabyte after the other.

There is no index on what is looked for (see docs/data-model.md): a filter costs the reading of
everybody before it. Only the beginning of a phone is part of the key.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from shared.domain.errors import InvalidCursorError
from shared.domain.instants import from_text
from shared.domain.recipient import Recipient
from shared.domain.search import Search, Waiting
from shared.dynamo.client import store_errors
from shared.dynamo.cursors import recipient_cursor, recipient_start
from shared.dynamo.items import recipient_of
from shared.dynamo.keys import RECIPIENT_PREFIX, Keys
from shared.dynamo.schema import PENDING
from shared.ports import Page

_FILTER_READS = 4  # of at most 1 MB each that one filtered page may cost


class RecipientSearch:
    """See `shared.usecases.search_ports.RecipientSearch`."""

    def __init__(self, keys: Keys, client: Any, table: str) -> None:
        self._keys = keys
        self._client = client
        self._table = table

    def list(
        self, campaign_id: str, search: Search, limit: int, cursor: str | None
    ) -> Page[Recipient]:
        """One page."""
        request = self._request(campaign_id, search, cursor)
        if not search.filters:
            request["Limit"] = limit + 1
        found: list[Recipient] = []
        for _ in range(_FILTER_READS):
            answer = self._read(request)
            found += (recipient_of(item, campaign_id) for item in answer["Items"])
            last = answer.get("LastEvaluatedKey")
            if len(found) > limit:
                return Page(found[:limit], recipient_cursor(found[limit - 1].phone))
            if last is None:
                return Page(found)
            request["ExclusiveStartKey"] = last
        return Page(found, _after(last))

    def pages(
        self, campaign_id: str, search: Search, cursor: str | None
    ) -> Iterator[Page[Recipient]]:
        """All pages; the next is read when it is asked for."""
        return self._pages(campaign_id, self._request(campaign_id, search, cursor))

    def after(self, recipient: Recipient) -> str:
        """The cursor of those behind this one."""
        return recipient_cursor(recipient.phone)

    def due(self, campaign_id: str) -> Waiting | None:
        """Both ends of the campaign's part of the `pending` index."""
        ends = [self._end(campaign_id, forward) for forward in (True, False)]
        return Waiting(ends[0], ends[1]) if ends[0] and ends[1] else None

    def _end(self, campaign_id: str, forward: bool) -> datetime | None:
        partition = self._keys.recipient_partition(campaign_id, 0)
        answer = self._read(
            {
                "TableName": self._table,
                "IndexName": PENDING.name,
                "KeyConditionExpression": "pendingShard = :shard",
                "ExpressionAttributeValues": {":shard": {"S": partition}},
                "ScanIndexForward": forward,
                "Limit": 1,
            }
        )
        return next((from_text(item["dueAt"]["S"]) for item in answer["Items"]), None)

    def _pages(self, campaign_id: str, request: dict[str, Any]) -> Iterator[Page[Recipient]]:
        while True:
            answer = self._read(request)
            found = [recipient_of(item, campaign_id) for item in answer["Items"]]
            last = answer.get("LastEvaluatedKey")
            yield Page(found, _after(last) if last else None)
            if last is None:
                return
            request["ExclusiveStartKey"] = last

    def _read(self, request: dict[str, Any]) -> dict[str, Any]:
        with store_errors():
            answer: dict[str, Any] = self._client.query(**request)
        return answer

    def _request(self, campaign_id: str, search: Search, cursor: str | None) -> dict[str, Any]:
        """Raises InvalidCursorError, also for a cursor that is not among the phones asked for."""
        values = {
            ":pk": {"S": self._keys.recipient_partition(campaign_id, 0)},
            ":prefix": {"S": RECIPIENT_PREFIX + search.phone},
        }
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "PK = :pk AND begins_with(SK, :prefix)",
            "ExpressionAttributeValues": values,
            "ConsistentRead": True,
        }
        conditions = []
        if search.status:
            conditions.append("#status = :status")
            request["ExpressionAttributeNames"] = {"#status": "status"}
            values[":status"] = {"S": search.status.value}
        if search.code is not None:
            conditions.append("errorCode = :code")
            values[":code"] = {"S": search.code}
        if search.replied is not None:
            there = "attribute_exists" if search.replied else "attribute_not_exists"
            conditions.append(f"{there}(repliedAt)")
        if conditions:
            request["FilterExpression"] = " AND ".join(conditions)
        if cursor:
            start = recipient_start(self._keys, cursor, campaign_id)
            if not start["SK"]["S"].startswith(RECIPIENT_PREFIX + search.phone):
                raise InvalidCursorError
            request["ExclusiveStartKey"] = start
        return request


def _after(last: Any) -> str:
    return recipient_cursor(last["SK"]["S"].removeprefix(RECIPIENT_PREFIX))
