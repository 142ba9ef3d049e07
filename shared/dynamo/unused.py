"""Updates of Meta's that could not be used, by day, until they expire."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from shared.domain.errors import InvalidCursorError
from shared.domain.instants import from_text, to_text
from shared.domain.unused import EXCERPT_LIMIT, KEPT_FOR, Unused
from shared.dynamo.client import Attributes, from_attributes, key, store_errors, to_attributes
from shared.dynamo.cursors import bound_cursor, bound_position
from shared.dynamo.keys import Keys
from shared.ports import Clock, Page

_POSITION = r"[0-9TZ:.-]{24}#[0-9a-f]{16}"


class UnusedStore:
    """See `shared.usecases.update_ports.UnusedStore`. A partition for each day."""

    def __init__(self, keys: Keys, client: Any, clock: Clock, table: str) -> None:
        self._keys = keys
        self._client = client
        self._clock = clock
        self._table = table

    def keep(self, unused: Iterable[Unused]) -> None:
        """One write each: there are few, because those of one message and reason are one."""
        for one in unused:
            item = {
                **self._keys.unused(one.at.date(), f"{to_text(one.at)}#{one.key}"),
                "at": to_text(one.at),
                "reason": one.reason,
                "field": one.field,
                "excerpt": one.excerpt[:EXCERPT_LIMIT],
                "count": one.count,
                "expiresAt": int((one.at + KEPT_FOR).timestamp()),
            }
            with store_errors():
                self._client.put_item(TableName=self._table, Item=to_attributes(item))

    def _after(self, cursor: str) -> str:
        position = bound_position(self._keys.unused_partitions, cursor, _POSITION)
        try:
            _date(position)
        except ValueError:
            raise InvalidCursorError from None
        return position

    def _days(self, after: str | None) -> Iterator[date]:
        today = self._clock.now().date()
        first = min(today, _date(after)) if after else today
        for back in range((KEPT_FOR + timedelta(days=1)).days + 1):
            if (day := today - timedelta(days=back)) <= first:
                yield day

    def _page(self, day: date, limit: int, after: str | None) -> list[Attributes]:
        partition = self._keys.unused(day, "")["PK"]
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "PK = :pk",
            "ExpressionAttributeValues": {":pk": {"S": partition}},
            "ScanIndexForward": False,
            "Limit": limit,
        }
        if after and _date(after) == day:
            request["ExclusiveStartKey"] = key({"PK": partition, "SK": after})
        with store_errors():
            found: list[Attributes] = self._client.query(**request)["Items"]
        return found

    def list(self, limit: int, cursor: str | None) -> Page[Unused]:
        """From today back to the oldest day that is kept; empty days cost a read each."""
        after = self._after(cursor) if cursor else None
        items: list[Attributes] = []
        for day in self._days(after):
            items += self._page(day, limit + 1 - len(items), after)
            if len(items) > limit:
                last = items[limit - 1]["SK"]["S"]
                shown = [_unused(item) for item in items[:limit]]
                return Page(shown, bound_cursor(self._keys.unused_partitions, last))
        return Page([_unused(item) for item in items])


def _date(position: str) -> date:
    """The day of a position. Raises ValueError."""
    return from_text(position.partition("#")[0]).date()


def _unused(attributes: Attributes) -> Unused:
    item = from_attributes(attributes)
    return Unused(
        from_text(item["at"]),
        item["SK"].partition("#")[2],
        item["reason"],
        item["field"],
        item["excerpt"],
        item["count"],
    )
