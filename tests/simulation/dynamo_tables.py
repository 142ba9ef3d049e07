"""Tables and their global secondary indexes, in memory.

Every index, the table's own order included, maps a partition to the sorted positions in it. Hence
a query takes a search and the items that it reads, however many there are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from tests.simulation.dynamo_values import Invalid, Item, Value, size
from tests.simulation.sorted_positions import Position, SortedPositions

Key = tuple[str, str]
"""The partition and sort key of an item in its table."""

LARGEST_ITEM = 400 * 1024
"""Bytes (DynamoDB quota)."""

_EMPTY = "One or more parameter values are not valid. A key attribute cannot be an empty string. "


class Change(NamedTuple):
    """One item as it was and as it became; None where there was or is none. Not to be modified."""

    table: str
    key: Key
    old: Item | None
    new: Item | None


@dataclass(frozen=True, slots=True)
class Index:
    """A table's own order, or a global secondary index: an item without its keys is not in it.

    `places` has for each partition where items are: the sort key here, then the item's own sort
    and partition key.
    DynamoDB promises no order among items of a global index with the same sort key.
    """

    name: str | None
    partition: str
    sort: str
    attributes: frozenset[str] | None  # None: all
    places: dict[str, SortedPositions]

    def place(self, key: Key, item: Item | None) -> tuple[str, Position] | None:
        """The partition and the position of an item."""
        if item is None or self.partition not in item or self.sort not in item:
            return None
        return item[self.partition]["S"], (item[self.sort]["S"], key[1], key[0])

    def move(self, key: Key, old: Item | None, new: Item | None) -> None:
        """Follow a write."""
        before, after = self.place(key, old), self.place(key, new)
        if before == after:
            return
        if before:
            positions = self.places[before[0]]
            positions.remove(before[1])
            if not positions:
                del self.places[before[0]]
        if after:
            if after[0] not in self.places:
                self.places[after[0]] = SortedPositions()
            self.places[after[0]].add(after[1])


class Table:
    """One table. Stored items are never changed in place, so that old ones can be kept."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self.name: str = request["TableName"]
        kinds = {a["AttributeName"]: a["AttributeType"] for a in request["AttributeDefinitions"]}
        if set(kinds.values()) != {"S"}:
            raise NotImplementedError("keys that are no strings")
        self.partition, self.sort = _key_names(request["KeySchema"])
        self.items: dict[Key, Item] = {}
        self.primary = Index(None, self.partition, self.sort, None, {})
        self.indexes = {
            index["IndexName"]: self._index(index)
            for index in request.get("GlobalSecondaryIndexes", ())
        }
        self._secondary = tuple(self.indexes.values())

    def _index(self, request: Mapping[str, Any]) -> Index:
        partition, sort = _key_names(request["KeySchema"])
        projection = request["Projection"]
        attributes = {self.partition, self.sort, partition, sort}
        attributes.update(projection.get("NonKeyAttributes", ()))
        everything = projection["ProjectionType"] == "ALL"
        fixed = None if everything else frozenset(attributes)
        return Index(request["IndexName"], partition, sort, fixed, {})

    def key_of(self, key: Mapping[str, Value]) -> Key:
        """A key as a request gives it. Raises Invalid unless it is the key and nothing else."""
        if len(key) != 2 or self.partition not in key or self.sort not in key:
            raise Invalid("The provided key element does not match the schema")
        return self.key_in(key, "The provided key element does not match the schema")

    def key_in(self, item: Mapping[str, Value], complaint: str | None = None) -> Key:
        """The key of a whole item. Raises Invalid."""
        texts = []
        for name in (self.partition, self.sort):
            if name not in item:
                raise Invalid(f"One or more parameter values were invalid: Missing the key {name}")
            text = item[name].get("S")
            if text is None:
                raise Invalid(complaint or f"Type mismatch for key {name} expected: S")
            if not text:
                raise Invalid(f"{_EMPTY}Key: {name}")
            texts.append(text)
        return texts[0], texts[1]

    def check(self, item: Item) -> int:
        """The size of an item that is to be stored. Raises Invalid if it can't be."""
        for index in self._secondary:
            for name in (index.partition, index.sort):
                value = item.get(name)
                if value is not None and not value.get("S"):
                    kind = _EMPTY if "S" in value else "Type mismatch for Index Key, expected: S "
                    raise Invalid(f"{kind}IndexName: {index.name}, IndexKey: {name}")
        bytes_taken = size(item)
        if bytes_taken > LARGEST_ITEM:
            raise Invalid("Item size has exceeded the maximum allowed size")
        return bytes_taken

    def write(self, key: Key, item: Item | None) -> Change | None:
        """Store, or with None delete, one item. None if there was nothing to delete."""
        old = self.items.get(key)
        if item is not None:
            self.items[key] = item
        elif old is None:
            return None
        else:
            del self.items[key]
        if old is None or item is None:
            self.primary.move(key, old, item)
        for index in self._secondary:
            index.move(key, old, item)
        return Change(self.name, key, old, item)


def _key_names(schema: Any) -> tuple[str, str]:
    names = {part["KeyType"]: part["AttributeName"] for part in schema}
    if names.keys() != {"HASH", "RANGE"}:
        raise NotImplementedError("keys without a sort key")
    return names["HASH"], names["RANGE"]
