"""The expressions of a request, compiled: parsed once for each text, then plain calls."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn

from tests.simulation.conditions import Check, Condition, Operand, Test, kind_check, operand
from tests.simulation.dynamo_values import Invalid, Item, Value, normal_values, total
from tests.simulation.expression_trees import IfNotExists, Placeholder, Sum, Update
from tests.simulation.expressions import Parser

_NUMBER = frozenset({"N"})


@dataclass(frozen=True, slots=True)
class Statement:
    """What a request's expressions do, and which of its values they use."""

    values: frozenset[str]
    checks: tuple[Check, ...]
    test: Test | None  # of the condition, or the filter
    tested: frozenset[str]  # the attributes that it looks at
    changes: tuple[tuple[str, Operand | None], ...]  # attribute → its new value; None: it goes
    key_condition: Any  # a tree; what it may say depends on the index
    projection: tuple[str, ...] | None

    def bound(self, given: Mapping[str, Value] | None) -> Item:
        """The request's values, checked: all that the expressions use, and nothing else."""
        if given is None:
            given = {}
        elif not given:
            raise Invalid("ExpressionAttributeValues must not be empty")
        if given.keys() != self.values:
            _mismatch("ExpressionAttributeValues", given.keys(), self.values)
        values = normal_values(given)
        for check in self.checks:
            check(values)
        return values

    def updated(self, old: Item, values: Item) -> Item:
        """The item after the changes, all of which see it as it was before. Raises Invalid."""
        new = old.copy()
        for name, value in self.changes:
            if value is None:
                new.pop(name, None)
            elif (made := value(old, values)) is not None:
                new[name] = made
            else:
                raise Invalid("The provided expression refers to an attribute that does not exist")
        return new


def statement(names: Mapping[str, str] | None, **expressions: str | None) -> Statement:
    """Compile the expressions that a request has; those of `_compiled`, by name.

    Raises Invalid, NotImplementedError.
    """
    if names is None:
        return _compiled((), **expressions)
    if not names:
        raise Invalid("ExpressionAttributeNames must not be empty")
    return _compiled(tuple(names.items()), **expressions)


@lru_cache(maxsize=4096)
def _compiled(
    names: tuple[tuple[str, str], ...],
    condition: str | None = None,
    filtering: str | None = None,
    update: str | None = None,
    key_condition: str | None = None,
    projection: str | None = None,
) -> Statement:
    known = dict(names)
    parsers: list[Parser] = []

    def parser(kind: str, text: str) -> Parser:
        parsers.append(Parser(kind, text, known))
        return parsers[-1]

    tested: Condition | None = None
    if condition is not None:
        tested = Condition(parser("ConditionExpression", condition).condition())
    elif filtering is not None:
        tested = Condition(parser("FilterExpression", filtering).condition())
    checks: list[Check] = tested.checks if tested else []
    changes: list[tuple[str, Operand | None]] = []
    if update is not None:
        changes = _changes(parser("UpdateExpression", update).update(), checks)
    keys = paths = None
    if key_condition is not None:
        keys = parser("KeyConditionExpression", key_condition).condition()
    if projection is not None:
        paths = [path.name for path in parser("ProjectionExpression", projection).paths()]
        _distinct("ProjectionExpression", paths)
    used = _union([parser.names for parser in parsers])
    if used != known.keys():
        _mismatch("ExpressionAttributeNames", known.keys(), used)
    return Statement(
        values=_union([parser.values for parser in parsers]),
        checks=tuple(checks),
        test=tested.test if tested else None,
        tested=frozenset(tested.paths) if tested else frozenset(),
        changes=tuple(changes),
        key_condition=keys,
        projection=None if paths is None else tuple(paths),
    )


def _mismatch(what: str, given: Set[str], used: Set[str]) -> NoReturn:
    if missing := used - given:
        raise Invalid(f"Used in an expression, and not defined in {what}: {sorted(missing)}")
    unused = sorted(given - used)
    raise Invalid(f"Value provided in {what} unused in expressions: keys: {unused}")


def _distinct(kind: str, attributes: Sequence[str]) -> None:
    if len(set(attributes)) != len(attributes):
        raise Invalid(f"Invalid {kind}: Two document paths overlap with each other")


def _union(sets: Sequence[set[str]]) -> frozenset[str]:
    return frozenset[str]().union(*sets)


def _changes(update: Update, checks: list[Check]) -> list[tuple[str, Operand | None]]:
    changes: list[tuple[str, Operand | None]] = []
    changes += ((path.name, _value(tree, checks)) for path, tree in update.sets)
    changes += ((path.name, None) for path in update.removes)
    for path, amount in update.adds:
        checks.append(kind_check(amount, _NUMBER, "ADD"))
        changes.append((path.name, _sum(operand(path), 1, operand(amount), {"N": "0"})))
    _distinct("UpdateExpression", [name for name, _ in changes])
    return changes


def _value(tree: Any, checks: list[Check]) -> Operand:
    """The right side of a SET; None if it needs an attribute that is not there."""
    if isinstance(tree, Sum):
        checks += [
            kind_check(side, _NUMBER, "+ or -")
            for side in (tree.left, tree.right)
            if isinstance(side, Placeholder)
        ]
        return _sum(_value(tree.left, checks), tree.sign, _value(tree.right, checks), None)
    if isinstance(tree, IfNotExists):
        current, default = operand(tree.path), _value(tree.default, checks)
        return lambda item, values: current(item, values) or default(item, values)
    return operand(tree)


def _sum(left: Operand, sign: int, right: Operand, absent: Value | None) -> Operand:
    """`left + sign · right`, where an absent left side counts as `absent`."""

    def compute(item: Item, values: Item) -> Value | None:
        a, b = left(item, values) or absent, right(item, values)
        return None if a is None or b is None else total(a, b, sign)

    return compute
