"""One conditional write: prepared from the request, then tried on the item as it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.simulation.dynamo_tables import Key, Table
from tests.simulation.dynamo_values import Invalid, Item, copied, normal_values
from tests.simulation.statements import Names, Statement, resolved, statement

_EXPRESSIONS = {"ConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues"}
_COMMON = _EXPRESSIONS | {"TableName", "ReturnValuesOnConditionCheckFailure"}
_MEMBERS = {
    "Put": _COMMON | {"Item"},
    "Update": _COMMON | {"Key", "UpdateExpression"},
    "Delete": _COMMON | {"Key"},
    "ConditionCheck": _COMMON | {"Key"},
}


class ConditionFailed(Exception):
    """The condition does not hold; `item` is what the request wants to be told."""

    def __init__(self, item: Item | None) -> None:
        super().__init__()
        self.item = item


@dataclass(frozen=True, slots=True)
class Write:
    """A valid request of one kind: Put, Update, Delete or ConditionCheck."""

    kind: str
    table: Table
    key: Key
    item: Item  # of a Put the whole, else the key attributes
    statement: Statement
    names: Names
    values: Item
    tells: bool  # the item, if the condition does not hold

    def attempt(self) -> tuple[Item | None, int]:
        """The item that this would leave, and its size. Raises ConditionFailed, Invalid."""
        old = self.table.items.get(self.key)
        test = self.statement.test
        if test and not test(old or {}, self.names, self.values):
            raise ConditionFailed(copied(old) if old and self.tells else None)
        if self.kind == "ConditionCheck":
            return old, self.table.sizes.get(self.key, 0)
        if self.kind == "Delete":
            return None, 0
        new = self.item if self.kind == "Put" else self._updated(old or self.item)
        return new, self.table.check(new)

    def _updated(self, old: Item) -> Item:
        new = old.copy()
        for token, value in self.statement.changes:
            name = resolved(token, self.names)
            if value is None:
                new.pop(name, None)
            else:
                new[name] = value(old, self.names, self.values)  # type: ignore[assignment]
        return new


def prepared(kind: str, table: Table, request: Mapping[str, Any]) -> Write:
    """Check what does not depend on the stored item. Raises Invalid."""
    if not request.keys() <= _MEMBERS[kind]:
        raise NotImplementedError(f"{kind} with {sorted(request.keys() - _MEMBERS[kind])}")
    condition = request.get("ConditionExpression")
    if kind == "ConditionCheck" and condition is None:
        raise Invalid("ConditionCheck needs a ConditionExpression")
    found = statement(condition=condition, update=request.get("UpdateExpression"))
    names = request.get("ExpressionAttributeNames")
    given = request.get("ExpressionAttributeValues")
    found.bind(names, given)
    names = names or {}
    values = normal_values(given) if given else {}
    found.check(values)
    if kind == "Put":
        item = normal_values(request["Item"])
        key = table.key_in(item)
    else:
        item = normal_values(request["Key"])
        key = table.key_of(item)
    if found.changes:
        _check_targets(table, [resolved(token, names) for token, _ in found.changes])
    tells = request.get("ReturnValuesOnConditionCheckFailure", "NONE")
    if tells not in ("NONE", "ALL_OLD"):
        raise Invalid("ReturnValuesOnConditionCheckFailure must be NONE or ALL_OLD")
    return Write(kind, table, key, item, found, names, values, tells == "ALL_OLD")


def _check_targets(table: Table, targets: list[str]) -> None:
    if len(set(targets)) != len(targets):
        raise Invalid("Invalid UpdateExpression: Two document paths overlap with each other")
    if table.partition in targets or table.sort in targets:
        raise Invalid("Cannot update attribute. This attribute is part of the key")
