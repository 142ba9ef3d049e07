"""Counts DynamoDB calls and capacity units by the documented rules, from requests and answers.

The emulator's own figures are not used: they are flat for reads. The rules (DynamoDB developer
guide, "read and write operations"): a write takes one unit per started KB, two in a transaction; an
index takes one unit per started KB for an entry that is put, removed or changed; a read takes a
unit per started 4 KB if consistent, half if not; in BatchGetItem per item, also if it is absent.
A condition check in a transaction costs what a write would.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Params = dict[str, Any]

PENDING, BY_MESSAGE, TICK = "pending", "byMessage", "tick"
"""The indexes."""


@dataclass(frozen=True, slots=True)
class Partition:
    """What shares one limit of DynamoDB's. `index` is empty for the table itself."""

    table: str
    index: str
    key: str


class Meter:
    """Attached to a client, it adds up what passes.

    `written` has the write units of each partition.
    """

    def __init__(self, client: Any, item_bytes: int = 400) -> None:
        self.calls: Counter[str] = Counter()
        self.written: Counter[Partition] = Counter()
        self.read_units = 0.0
        self._item_bytes = item_bytes  # of an update, whose item the request does not show
        self._last: Params = {}
        self._events = client.meta.events
        self._events.register("provide-client-params.dynamodb", self._asked)
        self._events.register("after-call.dynamodb", self._answered)

    def detach(self) -> None:
        """Count no further."""
        self._events.unregister("provide-client-params.dynamodb", self._asked)
        self._events.unregister("after-call.dynamodb", self._answered)

    def reset(self) -> None:
        """Start counting from zero."""
        self.calls.clear()
        self.written.clear()
        self.read_units = 0.0

    @property
    def write_units(self) -> int:
        """Of all partitions."""
        return self.written.total()

    def _asked(self, params: Params, model: Any, **_: Any) -> None:
        self._last = params
        self.calls[model.name] += 1
        if model.name == "TransactWriteItems":
            for item in params["TransactItems"]:
                ((kind, request),) = item.items()
                self._write(kind, request, 2)
        elif model.name in ("PutItem", "UpdateItem", "DeleteItem"):
            self._write(model.name.removesuffix("Item"), params, 1)

    def _write(self, kind: str, request: Params, factor: int) -> None:
        key = (request["Item"] if kind == "Put" else request["Key"])["PK"]["S"]
        table = request["TableName"]
        self.written[Partition(table, "", key)] += factor * self._size(kind, request)
        for index, entry in _index_entries(kind, request, key):
            self.written[Partition(table, index, entry)] += 1

    def _answered(self, parsed: Params, model: Any, **_: Any) -> None:
        consistent = 1.0 if self._last.get("ConsistentRead") else 0.5
        if model.name == "GetItem":
            self.read_units += consistent * _blocks(parsed.get("Item", {}), 4096)
        elif model.name == "Query":
            self.read_units += consistent * max(1, math.ceil(self._scanned(parsed) / 4096))
        elif model.name == "BatchGetItem":
            for request in self._last["RequestItems"].values():
                factor = 1.0 if request.get("ConsistentRead") else 0.5
                self.read_units += factor * len(request["Keys"])

    def _scanned(self, parsed: Params) -> float:
        """A query pays for what it reads, a filter only takes away from what it returns."""
        returned, scanned = len(parsed["Items"]), parsed.get("ScannedCount", 0)
        mean = sum(map(_bytes, parsed["Items"])) / returned if returned else self._item_bytes
        return float(mean * max(scanned, returned))

    def _size(self, kind: str, request: Params) -> int:
        return _blocks(request["Item"], 1024) if kind == "Put" else _kilobytes(self._item_bytes)


def _index_entries(kind: str, request: Params, key: str) -> Iterator[tuple[str, str]]:
    """Index and partition of those that come, go or change; the keys that they carry tell."""
    if kind == "Update":
        yield from _updated_entries(request, key)
    elif kind == "Put" and "pendingShard" in request["Item"]:
        yield PENDING, key
    elif kind in ("Put", "Delete") and _comes_or_goes(request):
        yield TICK, ""


def _updated_entries(request: Params, key: str) -> Iterator[tuple[str, str]]:
    expression = request["UpdateExpression"]
    if "claimedAt" in expression or ":pendingShard" in expression:
        yield PENDING, key
    elif request["Key"]["SK"]["S"] == "METADATA" and "CAMPAIGN#" in key:
        yield TICK, ""
    if "#messageId = :messageId" in expression:
        yield BY_MESSAGE, request["ExpressionAttributeValues"][":messageId"]["S"]


def _comes_or_goes(request: Params) -> bool:
    """A worker's first journal entry, or its end: between them the index keys stay as they are."""
    put = "Item" in request
    journal = request["Item" if put else "Key"]["SK"]["S"].startswith("RUN#")
    first = "attribute_not_exists" in request.get("ConditionExpression", "")
    return bool(journal and (first or not put))


def _blocks(item: Params, size: int) -> int:
    return max(1, math.ceil(_bytes(item) / size))


def _bytes(item: Params) -> int:
    """Names and values in UTF-8; a number takes about a byte for two digits and one more."""
    return sum(
        len(name)
        + sum(len(v.encode()) if kind == "S" else len(str(v)) // 2 + 1 for kind, v in value.items())
        for name, value in item.items()
    )


def _kilobytes(size: int) -> int:
    return max(1, math.ceil(size / 1024))
