"""Conditions compiled to tests of an item.

What is absent is equal to nothing, before nothing and after nothing. Hence only `<>` is true of it,
as DynamoDB itself answers.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tests.simulation.dynamo_values import Invalid, Item, Value, before, kind_of
from tests.simulation.expression_trees import (
    BeginsWith,
    Between,
    Both,
    Compare,
    Either,
    Exists,
    Not,
    OneOf,
    Path,
    Placeholder,
)

Operand = Callable[[Item, Item], Value | None]
"""From the item and the values of the request to one value; None if it is not there."""

Test = Callable[[Item, Item], bool]
"""Of the item, with the values of the request."""

Check = Callable[[Item], None]
"""Of the values of a request, whatever the item is. Raises Invalid."""

_ORDERED = frozenset({"S", "N"})


def operand(tree: Any) -> Operand:
    """Reads an attribute of the item or a value of the request."""
    if isinstance(tree, Placeholder):
        token = tree.token
        return lambda item, values: values[token]
    name = tree.name
    return lambda item, values: item.get(name)


def kind_check(tree: Any, kinds: frozenset[str], name: str) -> Check:
    """A value must be of one of these types; an attribute may be of any."""

    def check(values: Item) -> None:
        if isinstance(tree, Placeholder) and kind_of(values[tree.token]) not in kinds:
            raise Invalid(f"Incorrect operand type for operator or function: {name}")

    return check


class Condition:
    """One compiled condition: `test`, the `checks` of its values, and the `paths` it looks at."""

    def __init__(self, tree: Any) -> None:
        self.checks: list[Check] = []
        self.paths: set[str] = set()
        self.test = self._compiled(tree)

    def _compiled(self, tree: Any) -> Test:
        """The methods that compile are named after the trees."""
        compiled: Test = getattr(self, f"_{type(tree).__name__.lower()}")(tree)
        return compiled

    def _operand(self, tree: Any) -> Operand:
        if isinstance(tree, Path):
            self.paths.add(tree.name)
        return operand(tree)

    def _both(self, tree: Both) -> Test:
        one, two = self._compiled(tree.left), self._compiled(tree.right)
        return lambda item, values: one(item, values) and two(item, values)

    def _either(self, tree: Either) -> Test:
        one, two = self._compiled(tree.left), self._compiled(tree.right)
        return lambda item, values: one(item, values) or two(item, values)

    def _not(self, tree: Not) -> Test:
        inner = self._compiled(tree.condition)
        return lambda item, values: not inner(item, values)

    def _exists(self, tree: Exists) -> Test:
        attribute, wanted = self._operand(tree.path), tree.wanted
        return lambda item, values: (attribute(item, values) is not None) is wanted

    def _compare(self, tree: Compare) -> Test:
        compare = _COMPARISONS[tree.operator]
        left, right = self._operand(tree.left), self._operand(tree.right)
        if tree.operator not in ("=", "<>"):
            self.checks += [kind_check(t, _ORDERED, tree.operator) for t in (tree.left, tree.right)]
        return lambda item, values: compare(left(item, values), right(item, values))

    def _oneof(self, tree: OneOf) -> Test:
        wanted = self._operand(tree.operand)
        options = [self._operand(option) for option in tree.options]
        return lambda item, values: any(
            _equal(wanted(item, values), option(item, values)) for option in options
        )

    def _between(self, tree: Between) -> Test:
        middle, low, high = map(self._operand, tree)
        self.checks += [kind_check(part, _ORDERED, "BETWEEN") for part in tree]
        self.checks.append(_bounds_check(tree))
        return lambda item, values: (
            _at_most(low(item, values), middle(item, values))
            and _at_most(middle(item, values), high(item, values))
        )

    def _beginswith(self, tree: BeginsWith) -> Test:
        text, prefix = self._operand(tree.path), self._operand(tree.prefix)
        self.checks.append(kind_check(tree.prefix, frozenset({"S"}), "begins_with"))
        return lambda item, values: _begins(text(item, values), prefix(item, values))


def _equal(left: Value | None, right: Value | None) -> bool:
    return left is not None and left == right  # numbers are in their one form on both sides


def _less(left: Value | None, right: Value | None) -> bool:
    return left is not None and right is not None and before(left, right)


def _at_most(left: Value | None, right: Value | None) -> bool:
    if left is None or right is None or kind_of(left) not in _ORDERED:
        return False
    return left == right or before(left, right)


_COMPARISONS: Mapping[str, Callable[[Value | None, Value | None], bool]] = {
    "=": _equal,
    "<>": lambda left, right: not _equal(left, right),
    "<": _less,
    "<=": _at_most,
    ">": lambda left, right: _less(right, left),
    ">=": lambda left, right: _at_most(right, left),
}


def _begins(text: Value | None, prefix: Value | None) -> bool:
    if text is None or prefix is None or "S" not in text or "S" not in prefix:
        return False
    return bool(text["S"].startswith(prefix["S"]))


def _bounds_check(tree: Between) -> Check:
    def check(values: Item) -> None:
        if isinstance(tree.low, Placeholder) and isinstance(tree.high, Placeholder):
            low, high = values[tree.low.token], values[tree.high.token]
            if kind_of(low) != kind_of(high) or before(high, low):
                raise Invalid("The BETWEEN operator requires upper bound >= lower bound")

    return check
