"""DynamoDB in this process: what the stores use of it, as AWS documents it, and fast.

`MemoryDynamo` stands where boto3's client stands. It is not for threads: the simulation runs one
step at a time. Two hooks make it an instrument: `index_lag` lets eventually consistent reads miss
the latest writes, `on_commit` shows every write to whoever judges.
"""

import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from botocore.exceptions import ClientError

from tests.simulation.dynamo_queries import page, visible
from tests.simulation.dynamo_tables import Change, Key, Table
from tests.simulation.dynamo_values import (
    Invalid,
    Item,
    Rejected,
    copied,
    normal_values,
    size,
)
from tests.simulation.dynamo_writes import ConditionFailed, Write, prepared
from tests.simulation.statements import statement

TOKEN_LIFE = timedelta(minutes=10)
"""How long a ClientRequestToken is remembered (DynamoDB, TransactWriteItems)."""

ITEMS_OF_A_REQUEST = 100
"""The most of one TransactWriteItems or BatchGetItem (DynamoDB quota)."""

LONGEST_LAG = 1000
"""How many writes the indexes can be behind at most."""

_BATCH_BYTES = 16 * 1024 * 1024  # the most that one BatchGetItem returns
_TRANSACTION_BYTES = 4 * 1024 * 1024  # the most that one TransactWriteItems writes

_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Commit:
    """One atomic write that took effect: all the items that it changed, in its own order."""

    at: datetime
    changes: tuple[Change, ...]


def _operation(
    method: Callable[Concatenate["MemoryDynamo", _P], _T],
) -> Callable[Concatenate["MemoryDynamo", _P], _T]:
    """Answer refusals as boto3 does."""
    name = method.__name__.title().replace("_", "")

    @wraps(method)
    def answer(self: "MemoryDynamo", /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return method(self, *args, **kwargs)
        except Rejected as refusal:
            response: dict[str, Any] = {
                "Error": {"Code": refusal.code, "Message": refusal.message},
                "ResponseMetadata": {"HTTPStatusCode": 400, "RetryAttempts": 0},
                "message": refusal.message,
                **refusal.more,
            }
            raise ClientError(response, name) from None  # type: ignore[arg-type]

    return answer


class MemoryDynamo:
    """A client and the database behind it. Raises botocore's ClientError like boto3's."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.on_commit: list[Callable[[Commit], None]] = []
        self.index_lag: Callable[[], int] = lambda: 0
        """How many of the latest item writes an eventually consistent read does not see yet.

        Asked at every such read. A transaction counts as so many writes as it changed items: its
        items arrive in an index one by one.
        """
        self._now = now
        self._tables: dict[str, Table] = {}
        self._latest: deque[Change] = deque(maxlen=LONGEST_LAG)
        self._tokens: dict[str, tuple[datetime, str]] = {}

    @_operation
    def create_table(self, **request: Any) -> dict[str, Any]:
        """A table with string keys, ready at once."""
        name = request["TableName"]
        if name in self._tables:
            raise Rejected("ResourceInUseException", f"Table already exists: {name}")
        self._tables[name] = Table(request)
        return {"TableDescription": {"TableName": name, "TableStatus": "ACTIVE"}}

    @_operation
    def list_tables(self) -> dict[str, Any]:
        """All names."""
        return {"TableNames": sorted(self._tables)}

    @_operation
    def update_time_to_live(
        self, *, TableName: str, TimeToLiveSpecification: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Accepted, and nothing expires: DynamoDB promises no moment at which an item is gone."""
        self._table(TableName)
        return {"TimeToLiveSpecification": dict(TimeToLiveSpecification)}

    @_operation
    def get_item(
        self,
        *,
        TableName: str,
        Key: Item,
        ConsistentRead: bool = False,
        ProjectionExpression: str | None = None,
        ExpressionAttributeNames: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """One item, or an answer without one."""
        request = {"Keys": [Key], "ConsistentRead": ConsistentRead}
        if ProjectionExpression is not None:
            request["ProjectionExpression"] = ProjectionExpression
        if ExpressionAttributeNames is not None:
            request["ExpressionAttributeNames"] = ExpressionAttributeNames
        found, _ = self._read(self._table(TableName), **request)
        return {"Item": found[0]} if found else {}

    @_operation
    def batch_get_item(self, *, RequestItems: Mapping[str, Any]) -> dict[str, Any]:
        """Up to 100 items; those that don't fit into 16 MB come back as unprocessed."""
        if not 1 <= sum(len(r["Keys"]) for r in RequestItems.values()) <= ITEMS_OF_A_REQUEST:
            raise Invalid("Too many items requested for the BatchGetItem call, or none")
        answer: dict[str, Any] = {"Responses": {}, "UnprocessedKeys": {}}
        for name, request in RequestItems.items():
            found, left = self._read(self._table(name), **request)
            answer["Responses"][name] = found[::-1]  # in no promised order
            if left:
                answer["UnprocessedKeys"][name] = {**request, "Keys": left}
        return answer

    @_operation
    def query(
        self,
        *,
        TableName: str,
        IndexName: str | None = None,
        ConsistentRead: bool = False,
        **request: Any,
    ) -> dict[str, Any]:
        """One page of a partition, of the table or of an index."""
        table = self._table(TableName)
        if IndexName is None:
            return page(table, table.primary, self._past(table, ConsistentRead), **request)
        if IndexName not in table.indexes:
            raise Invalid(f"The table does not have the specified index: {IndexName}")
        if ConsistentRead:
            raise Invalid("Consistent reads are not supported on global secondary indexes")
        return page(table, table.indexes[IndexName], self._past(table, False), **request)

    @_operation
    def put_item(self, *, ReturnValues: str = "NONE", **request: Any) -> dict[str, Any]:
        """Replace one item."""
        return self._write_one("Put", request, ReturnValues)

    @_operation
    def update_item(self, *, ReturnValues: str = "NONE", **request: Any) -> dict[str, Any]:
        """Change one item, or make it."""
        return self._write_one("Update", request, ReturnValues)

    @_operation
    def delete_item(self, *, ReturnValues: str = "NONE", **request: Any) -> dict[str, Any]:
        """Delete one item, if there is one."""
        return self._write_one("Delete", request, ReturnValues)

    @_operation
    def transact_write_items(
        self, *, TransactItems: Sequence[Mapping[str, Any]], ClientRequestToken: str | None = None
    ) -> dict[str, Any]:
        """All of it or nothing, and if nothing, one reason for each item in order."""
        if not 1 <= len(TransactItems) <= ITEMS_OF_A_REQUEST:
            raise Invalid("TransactItems must have 1 to 100 members")
        writes = [self._prepared(item) for item in TransactItems]
        if len({(write.table.name, write.key) for write in writes}) != len(writes):
            raise Invalid("Transaction request cannot include multiple operations on one item")
        payload = json.dumps(TransactItems, sort_keys=True) if ClientRequestToken else ""
        if ClientRequestToken and self._done(ClientRequestToken, payload):
            return {}
        reasons: list[dict[str, Any]] = []
        results = []
        for write in writes:
            reason: dict[str, Any] = {"Code": "None"}
            try:
                results.append(write.attempt())
            except ConditionFailed as failure:
                reason = {
                    "Code": "ConditionalCheckFailed",
                    "Message": "The conditional request failed",
                } | ({"Item": failure.item} if failure.item else {})
            except Invalid as failure:
                reason = {"Code": "ValidationError", "Message": failure.message}
            reasons.append(reason)
        if len(results) != len(writes):
            codes = ", ".join(reason["Code"] for reason in reasons)
            raise Rejected(
                "TransactionCanceledException",
                f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
                CancellationReasons=reasons,
            )
        if sum(taken for _, taken in results) > _TRANSACTION_BYTES:
            raise Invalid("Transaction request cannot be larger than 4 MB")
        if ClientRequestToken:
            self._tokens[ClientRequestToken] = (self._now(), payload)
        self._commit(writes, results)
        return {}

    def close(self) -> None:
        """Nothing is open."""

    def dump(self, table: str) -> dict[Key, Item]:
        """All items of a table, for a test to look at."""
        return {key: copied(item) for key, item in sorted(self._table(table).items.items())}

    def _table(self, name: str) -> Table:
        if name not in self._tables:
            raise Rejected("ResourceNotFoundException", "Requested resource not found")
        return self._tables[name]

    def _prepared(self, item: Mapping[str, Any]) -> Write:
        if len(item) != 1:
            raise Invalid("TransactItems can only contain one of Check, Put, Update or Delete")
        ((kind, request),) = item.items()
        return prepared(kind, self._table(request["TableName"]), request)

    def _write_one(self, kind: str, request: dict[str, Any], returns: str) -> dict[str, Any]:
        allowed = ("NONE", "ALL_OLD", "ALL_NEW") if kind == "Update" else ("NONE", "ALL_OLD")
        if returns not in allowed:
            raise NotImplementedError(f"{kind} with ReturnValues={returns}")
        write = prepared(kind, self._table(request["TableName"]), request)
        try:
            result = write.attempt()
        except ConditionFailed as failure:
            more = {"Item": failure.item} if failure.item else {}
            raise Rejected(
                "ConditionalCheckFailedException", "The conditional request failed", **more
            ) from None
        old = write.table.items.get(write.key)
        self._commit([write], [result])
        shown = result[0] if returns == "ALL_NEW" else old if returns == "ALL_OLD" else None
        return {"Attributes": copied(shown)} if shown else {}

    def _commit(self, writes: Sequence[Write], results: Sequence[tuple[Item | None, int]]) -> None:
        changes = tuple(
            write.table.write(write.key, new, taken)
            for write, (new, taken) in zip(writes, results, strict=True)
            if write.kind != "ConditionCheck"
            and (new is not None or write.key in write.table.items)
        )
        self._latest.extend(changes)
        if changes and self.on_commit:
            commit = Commit(self._now(), changes)
            for listener in self.on_commit:
                listener(commit)

    def _done(self, token: str, payload: str) -> bool:
        """Whether this very transaction has been written already, not long ago."""
        if token not in self._tokens:
            return False
        at, known = self._tokens[token]
        if self._now() - at >= TOKEN_LIFE:
            del self._tokens[token]
            return False
        if known != payload:
            raise Rejected(
                "IdempotentParameterMismatchException",
                "The token was already used with different parameters",
            )
        return True

    def _past(self, table: Table, consistent: bool) -> dict[Key, Item | None]:
        """The items of a table that a read does not see as they are, as they were before."""
        lag = 0 if consistent else min(self.index_lag(), len(self._latest))
        past: dict[Key, Item | None] = {}
        for n in range(1, lag + 1):
            change = self._latest[-n]
            if change.table == table.name:
                past[change.key] = change.old
        return past

    def _read(
        self,
        table: Table,
        *,
        Keys: Sequence[Item],
        ConsistentRead: bool = False,
        ProjectionExpression: str | None = None,
        ExpressionAttributeNames: Mapping[str, str] | None = None,
    ) -> tuple[list[Item], list[Item]]:
        found = statement(projection=ProjectionExpression)
        found.bind(ExpressionAttributeNames, None)
        attributes = visible(table.primary, found.projection, ExpressionAttributeNames or {})
        wanted = [table.key_of(normal_values(key)) for key in Keys]
        if len(set(wanted)) != len(wanted):
            raise Invalid("Provided list of item keys contains duplicates")
        past = self._past(table, ConsistentRead)
        items: list[Item] = []
        read = 0
        for n, key in enumerate(wanted):
            item = past[key] if key in past else table.items.get(key)
            if item is None:
                continue
            read += size(item)
            if read > _BATCH_BYTES:
                return items, list(Keys[n:])
            items.append(copied(item, attributes))
        return items, []
