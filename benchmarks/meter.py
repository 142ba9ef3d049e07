"""Counts DynamoDB calls and capacity units by the documented rules, from requests and answers.

The emulator's own figures are not used: they are flat for reads. The rules (DynamoDB developer
guide, "read and write operations"): a write takes one unit per started KB, two in a transaction; an
index takes one unit per started KB for an entry that is put, removed or changed; a read takes a
unit per started 4 KB if consistent, half if not; in BatchGetItem per item, also if it is absent.
A condition check in a transaction costs what a write would.
"""

import math
from collections import Counter
from typing import Any

Params = dict[str, Any]


class Meter:
    """Attached to a client, it adds up what passes."""

    def __init__(self, client: Any, item_bytes: int = 400) -> None:
        self.calls: Counter[str] = Counter()
        self.write_units = 0.0
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
        self.write_units = self.read_units = 0.0

    def _asked(self, params: Params, model: Any, **_: Any) -> None:
        self._last = params
        self.calls[model.name] += 1
        if model.name == "TransactWriteItems":
            for item in params["TransactItems"]:
                ((kind, request),) = item.items()
                self.write_units += 2 * self._size(kind, request) + _index_units(kind, request)
        elif model.name in ("PutItem", "UpdateItem", "DeleteItem"):
            kind = model.name.removesuffix("Item")
            self.write_units += self._size(kind, params) + _index_units(kind, params)

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


def _index_units(kind: str, request: Params) -> int:
    """One per entry that comes, goes or changes; which do is known from the keys they carry."""
    if kind == "Put":
        return 1 if "pendingShard" in request["Item"] or _first_journal(request) else 0
    if kind == "Delete":
        return 1 if request["Key"]["SK"]["S"].startswith("RUN#") else 0
    if kind == "Update":
        expression = request["UpdateExpression"]
        claimed = "claimedAt" in expression
        again = ":pendingShard" in expression
        named = "#messageId = :messageId" in expression
        listed = (
            request["Key"]["SK"]["S"] == "METADATA" and "CAMPAIGN#" in request["Key"]["PK"]["S"]
        )
        return int(claimed or again or listed) + int(named)
    return 0


def _first_journal(request: Params) -> bool:
    """Later entries of one worker keep their index keys, so the index is not written."""
    entry = request["Item"]["SK"]["S"].startswith("RUN#")
    return entry and "attribute_not_exists" in request.get("ConditionExpression", "")


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
