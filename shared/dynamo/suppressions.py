"""Who of a tenant's people is not written to. One partition: the list's version and its people."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from shared.domain.access import Actor
from shared.domain.errors import UnreadableError
from shared.domain.instants import from_text, to_text
from shared.domain.suppression import SETTINGS, Source, Suppression, spellings
from shared.dynamo import suppression_writes as writes
from shared.dynamo.client import (
    Attributes,
    batch_get,
    from_attributes,
    key,
    store_errors,
    to_attributes,
)
from shared.dynamo.cursors import bound_cursor, bound_position
from shared.dynamo.items import DAMAGED
from shared.dynamo.keys import RECIPIENT_PREFIX, Keys
from shared.dynamo.transaction import ITEM_LIMIT, Failures, Part, Transactor
from shared.ports import Clock, Page

_PATIENCE = timedelta(seconds=15)  # every boundary with claims checks the version
_REMEMBERED = timedelta(days=30)  # Meta repeats a webhook for seven days
_AT_ONCE = ITEM_LIMIT - 1  # the version is in every transaction
_PHONE = r"[0-9]{10,15}"
_VERSION = "version"
_A_SETTING = f"#source IN ({', '.join(f':{source.value}' for source in sorted(SETTINGS))})"
_NAMED: Mapping[str, dict[str, Any]] = {
    "ExpressionAttributeNames": {"#source": "source"},
    "ExpressionAttributeValues": {f":{s.value}": {"S": s.value} for s in sorted(SETTINGS)},
}


class SuppressionStore:
    """See `shared.usecases.suppression_ports.SuppressionStore`."""

    def __init__(
        self, keys: Keys, client: Any, transactor: Transactor, clock: Clock, table: str
    ) -> None:
        self._keys = keys
        self._client = client
        self._transactor = transactor
        self._clock = clock
        self._table = table

    def version(self) -> int:
        """One consistent read."""
        with store_errors():
            answer = self._client.get_item(
                TableName=self._table, Key=key(self._keys.suppressions), ConsistentRead=True
            )
        try:
            return int(answer["Item"]["version"]["N"]) if "Item" in answer else 0
        except DAMAGED as error:
            raise UnreadableError("the suppression list's version") from error

    def among(self, phones: Sequence[str]) -> set[str]:
        """One consistent read for each hundred spellings."""
        return {phone for phone, known in self._known(phones).items() if known}

    def add(self, suppressions: Sequence[Suppression]) -> set[str]:
        """Chunk by chunk, each in one transaction with the version."""
        there: set[str] = set()
        left = list({each.phone: each for each in suppressions}.values())
        while left:
            chunk, left = left[:_AT_ONCE], left[_AT_ONCE:]
            known = self._known([each.phone for each in chunk])
            ended = self._ended([each for each in chunk if each.source in SETTINGS])
            new = [
                each
                for each in chunk
                if each.phone not in ended and all(map(each.outweighs, known[each.phone]))
            ]
            there |= {each.phone for each in chunk} - {each.phone for each in new}
            if new and not self._put(new):
                left = new + left
        return there

    def remove(self, phone: str) -> bool:
        """Each spelling by itself: two removals of one person must not hinder each other."""
        gone = [self._delete(spelling, "attribute_exists(PK)") for spelling in spellings(phone)]
        return any(gone)

    def resume(self, phone: str, at: datetime) -> bool:
        """Keeps when that was, too: a setting that becomes known later may be an older one."""
        instant = {"S": to_text(at)}
        put = {
            "TableName": self._table,
            "Item": {
                **key(self._keys.resumption(phone)),
                "at": instant,
                "expiresAt": {"N": str(int((at + _REMEMBERED).timestamp()))},
            },
            "ConditionExpression": "attribute_not_exists(PK) OR #at < :at",
            "ExpressionAttributeNames": {"#at": "at"},
            "ExpressionAttributeValues": {":at": instant},
        }
        self._write(Part(phone, {"Put": put}))
        before: dict[str, Any] = {
            "ExpressionAttributeNames": {**_NAMED["ExpressionAttributeNames"]},
            "ExpressionAttributeValues": {**_NAMED["ExpressionAttributeValues"], ":at": instant},
        }
        condition = f"{_A_SETTING} AND since <= :at"
        gone = [self._delete(spelling, condition, before) for spelling in spellings(phone)]
        return any(gone)

    def list(self, prefix: str, limit: int, cursor: str | None) -> Page[Suppression]:
        """One query (consistent), and the next page's if this one was cut off at 1 MB."""
        partition = self._keys.suppressions["PK"]
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "PK = :pk AND begins_with(SK, :prefix)",
            "ExpressionAttributeValues": {
                ":pk": {"S": partition},
                ":prefix": {"S": RECIPIENT_PREFIX + prefix},
            },
            "ConsistentRead": True,
            "Limit": limit + 1,
        }
        bound = f"{partition} {prefix}"  # DynamoDB refuses to begin outside of the prefix
        if cursor:
            phone = bound_position(bound, cursor, prefix + r"[0-9]*")
            request["ExclusiveStartKey"] = key(self._keys.suppression(phone))
        found: list[Attributes] = []
        for page in self._pages(request):
            found += page
            if len(found) > limit:
                shown = [_suppression(item) for item in found[:limit]]
                return Page(shown, bound_cursor(bound, shown[-1].phone))
        return Page([_suppression(item) for item in found])

    def _pages(self, request: dict[str, Any]) -> Iterator[Sequence[Attributes]]:
        while True:
            with store_errors():
                answer = self._client.query(**request)
            yield answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _known(self, phones: Sequence[str]) -> Mapping[str, Sequence[Suppression]]:
        """What is stored of each person, under every spelling (consistent)."""
        asked = {spelling for phone in phones for spelling in spellings(phone)}
        wanted = [key(self._keys.suppression(spelling)) for spelling in sorted(asked)]
        items = batch_get(self._client, self._table, wanted)
        found = {each.phone: each for each in map(_suppression, items)}
        return {phone: [found[s] for s in spellings(phone) if s in found] for phone in phones}

    def _ended(self, settings: Sequence[Suppression]) -> set[str]:
        """Whose setting was taken back since, as far as is still known."""
        asked = {s: each for each in settings for s in spellings(each.phone)}
        wanted = [key(self._keys.resumption(spelling)) for spelling in asked]
        ended = set()
        for item in batch_get(self._client, self._table, wanted):
            setting = asked[_resumed_phone(item)]
            if setting.since is not None and to_text(setting.since) <= item["at"]["S"]:
                ended.add(setting.phone)
        return ended

    def _put(self, suppressions: Sequence[Suppression]) -> bool:
        """All of them, IF nobody has added any of them meanwhile; else nobody."""
        raised = writes.raise_version(self._keys, self._table, len(suppressions))
        failures = self._write(Part(_VERSION, {"Update": raised}), *map(self._new, suppressions))
        return failures is None

    def _new(self, suppression: Suppression) -> Part:
        item = {**self._keys.suppression(suppression.phone), **writes.item_of(suppression)}
        values = dict(_NAMED["ExpressionAttributeValues"])
        lesser = _A_SETTING
        if suppression.source in SETTINGS:
            lesser += " AND since < :since"
            values[":since"] = {"S": item["since"]}
        put = {
            "TableName": self._table,
            "Item": to_attributes(item),
            "ConditionExpression": f"attribute_not_exists(PK) OR ({lesser})",
            "ExpressionAttributeNames": _NAMED["ExpressionAttributeNames"],
            "ExpressionAttributeValues": values,
        }
        return Part(suppression.phone, {"Put": put})

    def _delete(
        self, phone: str, condition: str, expressions: Mapping[str, Any] = MappingProxyType({})
    ) -> bool:
        delete = {
            "TableName": self._table,
            "Key": key(self._keys.suppression(phone)),
            "ConditionExpression": condition,
            **expressions,
        }
        return self._write(Part(phone, {"Delete": delete})) is None

    def _write(self, *parts: Part) -> Failures | None:
        return self._transactor.write(parts, self._clock.now() + _PATIENCE)


def _phone(item: Attributes) -> str:
    return str(item["SK"]["S"].removeprefix(RECIPIENT_PREFIX))


def _resumed_phone(item: Attributes) -> str:
    return str(item["SK"]["S"].rpartition("#")[2])


def _suppression(attributes: Attributes) -> Suppression:
    """What can't be read of it is left out; that it is there is what counts."""
    phone = _phone(attributes)
    try:
        item = from_attributes(attributes)
        return Suppression(
            phone,
            from_text(item["since"]),
            Source(item["source"]),
            Actor(item["actor"], item["actorRole"]),
            item.get("reason"),
            item.get("campaignId"),
        )
    except DAMAGED:
        return Suppression(phone, None, None)
