"""DynamoDB in this process: what the stores use of it, as AWS documents it, and fast.

`MemoryDynamo` stands where boto3's client stands. It is not for threads: the simulation runs one
step at a time. Two hooks make it an instrument: `index_lag` lets eventually consistent reads miss
the latest writes, `on_commit` shows every write to whoever judges.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar, cast

from botocore.exceptions import ClientError

from tests.simulation.dynamo_queries import page
from tests.simulation.dynamo_tables import Change, Key, Table
from tests.simulation.dynamo_transactions import Tokens, tried
from tests.simulation.dynamo_values import Invalid, Item, Rejected, copied, normal_values, size
from tests.simulation.dynamo_writes import ConditionFailed, Outcome, Write, prepared
from tests.simulation.statements import statement

ITEMS_OF_A_REQUEST = 100
"""The most of one TransactWriteItems or BatchGetItem (DynamoDB quota)."""

LONGEST_LAG = 1000
"""How many writes the indexes can be behind at most."""

_BATCH_BYTES = 16 * 1024 * 1024  # the most that one BatchGetItem returns

_Method = TypeVar("_Method", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Commit:
    """One atomic write that took effect: all the items that it changed, in its own order."""

    at: datetime
    changes: tuple[Change, ...]


def _operation(method: _Method) -> _Method:
    """Answer refusals as boto3 does."""
    name = method.__name__.title().replace("_", "")

    @wraps(method)
    def answer(self: "MemoryDynamo", **request: Any) -> Any:
        try:
            return method(self, **request)
        except Rejected as refusal:
            response: Any = {
                "Error": {"Code": refusal.code, "Message": refusal.message},
                "ResponseMetadata": {"HTTPStatusCode": 400, "RetryAttempts": 0},
                "message": refusal.message,
                **refusal.more,
            }
            raise ClientError(response, name) from None

    return cast(_Method, answer)


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
        self._tokens = Tokens(now)

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
    def get_item(self, *, TableName: str, Key: Item, **request: Any) -> dict[str, Any]:
        """One item, or an answer without one."""
        found, _ = self._read(self._table(TableName), Keys=[Key], **request)
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
        if ClientRequestToken and self._tokens.recognise(ClientRequestToken, TransactItems):
            return {}
        outcomes = tried(writes)
        if ClientRequestToken:
            self._tokens.remember(ClientRequestToken, TransactItems)
        self._commit(writes, outcomes)
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
        old = write.table.items.get(write.key)
        try:
            outcome = write.attempt()
        except ConditionFailed as failure:
            code, words = "ConditionalCheckFailedException", "The conditional request failed"
            raise Rejected(code, words, **failure.told) from None
        self._commit([write], [outcome])
        shown = {"NONE": None, "ALL_OLD": old, "ALL_NEW": outcome.item}[returns]
        return {"Attributes": copied(shown)} if shown else {}

    def _commit(self, writes: Sequence[Write], outcomes: Sequence[Outcome]) -> None:
        stored = (write.store(outcome) for write, outcome in zip(writes, outcomes, strict=True))
        changes = tuple(change for change in stored if change)
        self._latest.extend(changes)
        if changes and self.on_commit:
            commit = Commit(self._now(), changes)
            for listener in self.on_commit:
                listener(commit)

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
        found = statement(ExpressionAttributeNames, projection=ProjectionExpression)
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
            items.append(copied(item, found.projection))
        return items, []
