"""Expressions compiled: parsed once for each text, then plain function calls.

A condition becomes a test of an item, an update a function from the old item to the new, a key
condition the range of sort keys that it selects.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tests.simulation.dynamo_values import Invalid, Item, Value, before, kind_of, total
from tests.simulation.expression_trees import (
    BeginsWith,
    Between,
    Both,
    Compare,
    Either,
    Exists,
    IfNotExists,
    Not,
    OneOf,
    Path,
    Placeholder,
    Sum,
    Update,
)
from tests.simulation.expressions import Parser

Names = Mapping[str, str]
Operand = Callable[[Item, Names, Item], Value | None]
Test = Callable[[Item, Names, Item], bool]
Check = Callable[[Item], None]

_ORDERED = frozenset({"S", "N"})


@dataclass(frozen=True, slots=True)
class Statement:
    """The expressions of one request, and what they use of its names and values."""

    names: frozenset[str]
    values: frozenset[str]
    checks: tuple[Check, ...]  # of the types of values, whatever the item is
    test: Test | None = None
    test_paths: tuple[str, ...] = ()
    key_condition: Any = None
    changes: tuple[tuple[str, Operand | None], ...] = ()  # attribute → its value; None: gone
    projection: tuple[str, ...] | None = None

    def bind(self, names: Names | None, values: Mapping[str, Value] | None) -> None:
        """Check that the request defines what its expressions use, and nothing else."""
        for given, used, what in (
            (names, self.names, "ExpressionAttributeNames"),
            (values, self.values, "ExpressionAttributeValues"),
        ):
            if given is None and not used:
                continue
            if given is not None and not given:
                raise Invalid(f"{what} must not be empty")
            if (given or {}).keys() != used:
                raise Invalid(_mismatch(what, set(given or ()), used))

    def check(self, values: Item) -> None:
        """Check the types of the values."""
        for check in self.checks:
            check(values)


def _mismatch(what: str, given: set[str], used: frozenset[str]) -> str:
    if missing := used - given:
        return f"Invalid expression: not defined in {what}: {', '.join(sorted(missing))}"
    return f"Value provided in {what} unused in expressions: keys: {sorted(given - used)}"


@lru_cache(maxsize=4096)
def statement(
    *,
    condition: str | None = None,
    where: str | None = None,
    update: str | None = None,
    key_condition: str | None = None,
    projection: str | None = None,
) -> Statement:
    """Compile what one request has; `where` is a filter. Raises Invalid, NotImplementedError."""
    parsers: list[Parser] = []
    checks: list[Check] = []

    def parser(kind: str, text: str) -> Parser:
        parsers.append(Parser(kind, text))
        return parsers[-1]

    test: Test | None = None
    test_paths: set[str] = set()
    if text := condition if condition is not None else where:
        kind = "ConditionExpression" if condition is not None else "FilterExpression"
        test = _test(parser(kind, text).condition(), checks, test_paths)
    elif text is not None:
        parser("ConditionExpression", text)
    keys = projected = None
    if key_condition is not None:
        keys = parser("KeyConditionExpression", key_condition).condition()
    if projection is not None:
        paths = parser("ProjectionExpression", projection).paths()
        projected = tuple(path.token for path in paths)
    changes: tuple[tuple[str, Operand | None], ...] = ()
    if update is not None:
        changes = _changes(parser("UpdateExpression", update).update(), checks)
    return Statement(
        names=frozenset[str]().union(*(p.names for p in parsers)),
        values=frozenset[str]().union(*(p.values for p in parsers)),
        checks=tuple(checks),
        test=test,
        test_paths=tuple(test_paths),
        key_condition=keys,
        changes=changes,
        projection=projected,
    )


def resolved(token: str, names: Names) -> str:
    """The attribute that a path means."""
    return names[token] if token[0] == "#" else token


def _operand(tree: Any) -> Operand:
    match tree:
        case Placeholder(token):
            return lambda item, names, values: values[token]
        case Path(token) if token[0] == "#":
            return lambda item, names, values: item.get(names[token])
        case Path(token):
            return lambda item, names, values: item.get(token)
    raise AssertionError(tree)


def _test(tree: Any, checks: list[Check], paths: set[str]) -> Test:
    """The test of a condition. An absent attribute compares false with everything, even itself."""

    def part(tree: Any) -> Test:
        return _test(tree, checks, paths)

    def operand(tree: Any, name: str = "", kinds: frozenset[str] | None = None) -> Operand:
        if isinstance(tree, Path):
            paths.add(tree.token)
        elif kinds:
            checks.append(_kind_check(tree.token, kinds, name))
        return _operand(tree)

    match tree:
        case Both(left, right):
            one, two = part(left), part(right)
            return lambda item, names, values: one(item, names, values) and two(item, names, values)
        case Either(left, right):
            one, two = part(left), part(right)
            return lambda item, names, values: one(item, names, values) or two(item, names, values)
        case Not(condition):
            inner = part(condition)
            return lambda item, names, values: not inner(item, names, values)
        case Exists(path, wanted):
            of = operand(path)
            return lambda item, names, values: (of(item, names, values) is not None) is wanted
        case Compare(operator, left, right):
            kinds = None if operator in ("=", "<>") else _ORDERED
            compare = _COMPARISONS[operator]
            a, b = operand(left, operator, kinds), operand(right, operator, kinds)
            return lambda item, names, values: compare(
                a(item, names, values), b(item, names, values)
            )
        case OneOf(of_tree, options):
            of, some = operand(of_tree), tuple(operand(option) for option in options)
            return lambda item, names, values: any(
                _equal(of(item, names, values), option(item, names, values)) for option in some
            )
        case Between(of_tree, low_tree, high_tree):
            of, low, high = (
                operand(t, "BETWEEN", _ORDERED) for t in (of_tree, low_tree, high_tree)
            )
            checks.append(_bounds_check(low_tree, high_tree))
            return lambda item, names, values: (
                _at_most(low(item, names, values), of(item, names, values))
                and _at_most(of(item, names, values), high(item, names, values))
            )
        case BeginsWith(path, prefix):
            text, start = operand(path), operand(prefix, "begins_with", frozenset({"S"}))
            return lambda item, names, values: _begins(
                text(item, names, values), start(item, names, values)
            )
    raise AssertionError(tree)


def _equal(left: Value | None, right: Value | None) -> bool:
    return left is not None and left == right  # numbers are in their one form on both sides


def _less(left: Value | None, right: Value | None) -> bool:
    return left is not None and right is not None and before(left, right)


def _at_most(left: Value | None, right: Value | None) -> bool:
    return _less(left, right) or (_equal(left, right) and kind_of(left or {"": 0}) in _ORDERED)


_COMPARISONS: Mapping[str, Callable[[Value | None, Value | None], bool]] = {
    "=": _equal,
    # DynamoDB itself: what is not there is not equal to anything, so this one is true.
    "<>": lambda left, right: not _equal(left, right),
    "<": _less,
    "<=": _at_most,
    ">": lambda left, right: _less(right, left),
    ">=": lambda left, right: _at_most(right, left),
}


def _begins(text: Value | None, start: Value | None) -> bool:
    if text is None or start is None or "S" not in text or "S" not in start:
        return False
    return bool(text["S"].startswith(start["S"]))


def _kind_check(token: str, kinds: frozenset[str], name: str) -> Check:
    def check(values: Item) -> None:
        if kind_of(values[token]) not in kinds:
            raise Invalid(f"Incorrect operand type for operator or function: {name}, {token}")

    return check


def _bounds_check(low: Any, high: Any) -> Check:
    def check(values: Item) -> None:
        if isinstance(low, Placeholder) and isinstance(high, Placeholder):
            bounds = values[low.token], values[high.token]
            if kind_of(bounds[0]) != kind_of(bounds[1]) or before(bounds[1], bounds[0]):
                raise Invalid("The BETWEEN operator requires upper bound >= lower bound")

    return check


def _changes(update: Update, checks: list[Check]) -> tuple[tuple[str, Operand | None], ...]:
    changes: list[tuple[str, Operand | None]] = []
    changes += ((path.token, _new_value(tree, checks)) for path, tree in update.sets)
    changes += ((path.token, None) for path in update.removes)
    for path, amount in update.adds:
        checks.append(_kind_check(amount.token, frozenset({"N"}), "ADD"))
        changes.append((path.token, _sum_with_zero(_operand(path), _operand(amount))))
    return tuple(changes)


def _sum_with_zero(attribute: Operand, amount: Operand) -> Operand:
    def add(item: Item, names: Names, values: Item) -> Value | None:
        step = amount(item, names, values)
        assert step is not None
        return total(attribute(item, names, values) or {"N": "0"}, step, 1)

    return add


def _new_value(tree: Any, checks: list[Check]) -> Operand:
    """The right side of a SET; it always has a value, or the write is refused."""
    match tree:
        case Sum(left_tree, sign, right_tree):
            for side in (left_tree, right_tree):
                if isinstance(side, Placeholder):
                    checks.append(_kind_check(side.token, frozenset({"N"}), "+-"[sign < 0]))
            left, right = _new_value(left_tree, checks), _new_value(right_tree, checks)
            return lambda item, names, values: total(
                left(item, names, values) or {}, right(item, names, values) or {}, sign
            )
        case IfNotExists(path, default_tree):
            current, default = _operand(path), _new_value(default_tree, checks)
            return lambda item, names, values: (
                current(item, names, values) or default(item, names, values)
            )
        case Placeholder():
            return _operand(tree)
    attribute = _operand(tree)

    def present(item: Item, names: Names, values: Item) -> Value:
        value = attribute(item, names, values)
        if value is None:
            raise Invalid("The provided expression refers to an attribute that does not exist")
        return value

    return present
