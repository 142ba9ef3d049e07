"""One conditional write: prepared from the request, then tried on the item as it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from tests.simulation.dynamo_tables import Change, Key, Table
from tests.simulation.dynamo_values import Invalid, Item, copied, normal_values
from tests.simulation.statements import Statement, statement

_EXPRESSIONS = {"ConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues"}
_COMMON = _EXPRESSIONS | {"TableName", "ReturnValuesOnConditionCheckFailure"}
_MEMBERS = {
    "Put": _COMMON | {"Item"},
    "Update": _COMMON | {"Key", "UpdateExpression"},
    "Delete": _COMMON | {"Key"},
    "ConditionCheck": _COMMON | {"Key"},
}


class ConditionFailed(Exception):
    """The condition does not hold; `told` is what the request wants to be told of the item."""

    def __init__(self, told: dict[str, Item]) -> None:
        super().__init__()
        self.told = told


class Outcome(NamedTuple):
    """What a write leaves: the item, or None, and how many bytes it stores."""

    item: Item | None
    size: int


@dataclass(slots=True)
class Write:
    """A valid request of one kind: Put, Update, Delete or ConditionCheck."""

    kind: str
    table: Table
    key: Key
    item: Item  # of a Put the whole, else the key attributes
    statement: Statement
    values: Item
    tells: bool  # the item, if the condition does not hold

    def attempt(self) -> Outcome:
        """What this would leave; nothing is stored yet. Raises ConditionFailed, Invalid."""
        old = self.table.items.get(self.key)
        test = self.statement.test
        if test and not test(old or {}, self.values):
            raise ConditionFailed({"Item": copied(old)} if old and self.tells else {})
        match self.kind:
            case "ConditionCheck":
                return Outcome(old, 0)
            case "Delete":
                return Outcome(None, 0)
            case "Put":
                new = self.item
            case _:
                new = self.statement.updated(old or self.item, self.values)
        return Outcome(new, self.table.check(new))

    def store(self, outcome: Outcome) -> Change | None:
        """Make it so. None if there was nothing to change."""
        if self.kind == "ConditionCheck":
            return None
        return self.table.write(self.key, outcome.item)


def prepared(kind: str, table: Table, request: Mapping[str, Any]) -> Write:
    """Check what does not depend on the stored item. Raises Invalid."""
    if not request.keys() <= _MEMBERS[kind]:
        raise NotImplementedError(f"{kind} with {sorted(request.keys() - _MEMBERS[kind])}")
    condition = request.get("ConditionExpression")
    if kind == "ConditionCheck" and condition is None:
        raise Invalid("ConditionCheck needs a ConditionExpression")
    found = statement(
        request.get("ExpressionAttributeNames"),
        condition=condition,
        update=request.get("UpdateExpression"),
    )
    values = found.bound(request.get("ExpressionAttributeValues"))
    item = normal_values(request["Item" if kind == "Put" else "Key"])
    key = table.key_in(item) if kind == "Put" else table.key_of(item)
    for name, _ in found.changes:
        if name in (table.partition, table.sort):
            raise Invalid(f"Cannot update attribute {name}. This attribute is part of the key")
    tells = request.get("ReturnValuesOnConditionCheckFailure", "NONE")
    if tells not in ("NONE", "ALL_OLD"):
        raise Invalid("ReturnValuesOnConditionCheckFailure must be NONE or ALL_OLD")
    return Write(kind, table, key, item, found, values, tells == "ALL_OLD")
