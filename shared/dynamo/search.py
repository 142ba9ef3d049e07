"""Looks for recipients, a partition's megabyte after the other.

There is no index on what is looked for (see docs/data-model.md): a filter costs the reading of
everybody before it. Only the beginning of a phone is part of the key.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from shared.domain.errors import InvalidCursorError
from shared.domain.instants import from_text
from shared.domain.recipient import Recipient
from shared.domain.search import Search, Waiting
from shared.domain.shards import shard_of
from shared.dynamo.client import Attributes, key, store_errors
from shared.dynamo.cursors import recipient_cursor, recipient_position
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
        self, campaign_id: str, search: Search, limit: int, cursor: str | None, shards: int = 1
    ) -> Page[Recipient]:
        """One page."""
        found: list[Recipient] = []
        behind: str | None = None
        begin = self._begin(campaign_id, search, cursor, shards)
        most = None if search.filters else limit + 1
        parts = self._from(campaign_id, search, begin, shards, most)
        for recipients, behind in islice(parts, _FILTER_READS if search.filters else None):  # noqa: B007
            found += recipients
            if len(found) > limit:
                return Page(found[:limit], recipient_cursor(found[limit - 1].phone))
        return Page(found, behind)

    def pages(
        self, campaign_id: str, search: Search, cursor: str | None, shards: int = 1
    ) -> Iterator[Page[Recipient]]:
        """All pages; the next is read when it is asked for."""
        begin = self._begin(campaign_id, search, cursor, shards)  # a wrong cursor is told at once
        return (Page(*read) for read in self._from(campaign_id, search, begin, shards, None))

    def after(self, recipient: Recipient) -> str:
        """The cursor of those behind this one."""
        return recipient_cursor(recipient.phone)

    def due(self, campaign_id: str, shards: int = 1) -> Waiting | None:
        """Both ends of each of the campaign's parts of the `pending` index."""
        ends = [
            end
            for shard in range(shards)
            for forward in (True, False)
            if (end := self._end(campaign_id, shard, forward))
        ]
        return Waiting(min(ends), max(ends)) if ends else None

    def _end(self, campaign_id: str, shard: int, forward: bool) -> datetime | None:
        partition = self._keys.recipient_partition(campaign_id, shard)
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

    def _begin(
        self, campaign_id: str, search: Search, cursor: str | None, shards: int
    ) -> tuple[int, Attributes | None]:
        """The shard, and the key behind which a list begins. Raises InvalidCursorError."""
        if not cursor:
            return 0, None
        phone = recipient_position(cursor)
        if not phone.startswith(search.phone):
            raise InvalidCursorError
        shard = shard_of(phone, shards)
        return shard, key(self._keys.recipient(campaign_id, phone, shard))

    def _from(
        self,
        campaign_id: str,
        search: Search,
        begin: tuple[int, Attributes | None],
        shards: int,
        limit: int | None,
    ) -> Iterator[tuple[Sequence[Recipient], str | None]]:
        """Read after read, shard after shard: who was found, and the cursor behind them.

        Ends of shards are passed over, so only the very last part has no cursor.
        """
        first, start = begin
        found: Sequence[Recipient] = ()
        for shard in range(first, shards):
            request = self._request(campaign_id, search, shard)
            if limit is not None:
                request["Limit"] = limit
            while True:
                if start:
                    request["ExclusiveStartKey"] = start
                answer = self._read(request)
                there = (recipient_of(item, campaign_id, shard) for item in answer["Items"])
                found = (*found, *there)
                start = answer.get("LastEvaluatedKey")
                if start is None:
                    break
                yield found, _after(start)
                found = ()
        yield found, None

    def _read(self, request: dict[str, Any]) -> dict[str, Any]:
        with store_errors():
            answer: dict[str, Any] = self._client.query(**request)
        return answer

    def _request(self, campaign_id: str, search: Search, shard: int) -> dict[str, Any]:
        values = {
            ":pk": {"S": self._keys.recipient_partition(campaign_id, shard)},
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
        return request


def _after(last: Any) -> str:
    return recipient_cursor(last["SK"]["S"].removeprefix(RECIPIENT_PREFIX))
