"""Who of a tenant's people is not written to. One partition: the list's version and its people."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from shared.domain.access import Actor
from shared.domain.errors import UnreadableError
from shared.domain.instants import from_text
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
from shared.dynamo.transaction import ITEM_LIMIT, Part, Transactor
from shared.ports import Clock, Page

_PATIENCE = timedelta(seconds=15)  # every boundary with claims checks the version
_AT_ONCE = ITEM_LIMIT - 1  # the version is in every transaction
_PHONE = r"[0-9]{10,15}"
_VERSION = "version"
_A_SETTING = f"#source IN ({', '.join(f':{source.value}' for source in sorted(SETTINGS))})"
_NAMED = {
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
            new = [each for each in chunk if all(map(each.outweighs, known[each.phone]))]
            there |= {each.phone for each in chunk} - {each.phone for each in new}
            overtaken = self._put(new) if new else set()
            left = [each for each in new if each.phone in overtaken] + left
        return there

    def remove(self, phone: str, only_settings: bool = False) -> bool:
        """Each spelling by itself: two removals of one person must not hinder each other."""
        gone = [self._delete(spelling, only_settings) for spelling in spellings(phone)]
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

    def _put(self, suppressions: Sequence[Suppression]) -> set[str]:
        """All of them, IF nobody has added any of them meanwhile; else whom somebody has."""
        raised = writes.raise_version(self._keys, self._table, len(suppressions))
        parts = [Part(_VERSION, {"Update": raised}), *map(self._new, suppressions)]
        failures = self._transactor.write(parts, self._clock.now() + _PATIENCE)
        return set(failures or ())

    def _new(self, suppression: Suppression) -> Part:
        put: dict[str, Any] = {
            "TableName": self._table,
            "Item": to_attributes(
                {**self._keys.suppression(suppression.phone), **writes.item_of(suppression)}
            ),
            "ConditionExpression": "attribute_not_exists(PK)",
        }
        if suppression.source not in SETTINGS:
            put["ConditionExpression"] += f" OR {_A_SETTING}"
            put |= _NAMED
        return Part(suppression.phone, {"Put": put})

    def _delete(self, phone: str, only_settings: bool) -> bool:
        delete: dict[str, Any] = {
            "TableName": self._table,
            "Key": key(self._keys.suppression(phone)),
            "ConditionExpression": "attribute_exists(PK)",
        }
        if only_settings:
            delete["ConditionExpression"] = _A_SETTING
            delete |= _NAMED
        part = Part(phone, {"Delete": delete})
        return self._transactor.write([part], self._clock.now() + _PATIENCE) is None


def _phone(item: Attributes) -> str:
    return str(item["SK"]["S"].removeprefix(RECIPIENT_PREFIX))


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
