"""Random conditions, updates and transactions: both databases answer alike and end up alike.

Left out is where the emulator is known to be laxer than DynamoDB; `tests/simulation/test_dynamo.py`
says where that is.
"""

import itertools
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.databases import (
    BY_GROUP,
    Answer,
    Database,
    by_value,
    emulated,
    in_memory,
    number,
    text,
)

FRESH = itertools.count()
QUICK = settings(
    deadline=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

Pair = tuple[Database, Database]


@pytest.fixture(scope="module")
def databases(ministack: str, aws: boto3.Session) -> Iterator[Pair]:
    with emulated(ministack, aws) as there:
        yield there, in_memory()


def fresh(databases: Pair) -> None:
    """A partition for this example alone."""
    partition = f"p{next(FRESH)}"
    for database in databases:
        database.partition = partition


TEXTS = st.sampled_from(["", "a", "ab", "b", "é", "z", "\U0001f600"])
NUMBERS = st.sampled_from(["0", "1", "-1", "2.5", "-0.25", "10", "100", "1e3", "007"])
STRINGS, COUNTS = ("s1", "s2"), ("n1", "n2")
ATTRIBUTES = (*STRINGS, *COUNTS, "flag")


def items() -> st.SearchStrategy[dict[str, Any]]:
    """Any of the attributes, each of its own type or absent."""
    return st.fixed_dictionaries(
        {},
        optional={name: TEXTS.map(text) for name in STRINGS}
        | {name: NUMBERS.map(number) for name in COUNTS}
        | {"flag": st.booleans().map(lambda flag: {"BOOL": flag})},
    )


class Expression:
    """Collects the values of an expression while it is drawn."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.values: dict[str, Any] = {}

    def value(self, value: Any) -> str:
        name = f":v{len(self.values)}"
        self.values[name] = value
        return name

    def any_value(self) -> str:
        return self.value(self.draw(st.one_of(TEXTS.map(text), NUMBERS.map(number))))

    def request(self, **expressions: str) -> dict[str, Any]:
        values = {"ExpressionAttributeValues": self.values} if self.values else {}
        return {**expressions, **values}

    def condition(self, depth: int = 3) -> str:
        kinds = ["compare", "in", "between", "begins", "exists"]
        kind = self.draw(st.sampled_from(kinds + ["and", "or", "not", "(not"] * (depth > 0)))
        match kind:
            case "and" | "or":
                return f"{self.condition(depth - 1)} {kind.upper()} {self.condition(depth - 1)}"
            case "not":
                return f"NOT {self.condition(depth - 1)}"
            case "(not":
                left, right = self.condition(depth - 1), self.condition(depth - 1)
                word = self.draw(st.sampled_from(["AND", "OR"]))
                return f"NOT ({left} {word} {right})"
        return self._simple(kind, self.draw(st.sampled_from(ATTRIBUTES)))

    def _simple(self, kind: str, name: str) -> str:
        match kind:
            case "compare":
                operator = self.draw(st.sampled_from(["=", "<>", "<", "<=", ">", ">="]))
                sides = [name, self.any_value()]
                return f" {operator} ".join(self.draw(st.permutations(sides)))
            case "in":
                options = [self.any_value() for _ in range(self.draw(st.integers(1, 3)))]
                return f"{name} IN ({', '.join(options)})"
            case "between":
                kind_of = self.draw(st.sampled_from([TEXTS, NUMBERS]))
                low, high = sorted([self.draw(kind_of), self.draw(kind_of)], key=_order)
                make = text if kind_of is TEXTS else number
                return f"{name} BETWEEN {self.value(make(low))} AND {self.value(make(high))}"
            case "begins":
                name = self.draw(st.sampled_from(STRINGS))
                return f"begins_with({name}, {self.value(text(self.draw(TEXTS)))})"
        exists = self.draw(st.sampled_from(["attribute_exists", "attribute_not_exists"]))
        return f"{exists}({name})"

    def update(self) -> str:
        """Sources are never targets: the emulator lets a SET see the one before it."""
        targets = self.draw(st.lists(st.sampled_from(ATTRIBUTES), min_size=1, unique=True))
        self._sources = [name for name in ATTRIBUTES if name not in targets]
        sections: dict[str, list[str]] = {"SET": [], "REMOVE": [], "ADD": []}
        for name in targets:
            # A string stays one: the emulator refuses begins_with on a number, DynamoDB says no.
            kinds = ["SET", "REMOVE"] if name in STRINGS else ["SET", "REMOVE", "ADD"]
            section = self.draw(st.sampled_from(kinds))
            sections[section].append(self._action(section, name))
        return " ".join(f"{s} {', '.join(actions)}" for s, actions in sections.items() if actions)

    def _action(self, section: str, name: str) -> str:
        if section == "REMOVE":
            return name
        if section == "ADD":
            return f"{name} {self.value(number(self.draw(NUMBERS)))}"
        if name in COUNTS:
            sign = self.draw(st.sampled_from([None, "+", "-"]))
            terms = [self._term(COUNTS, NUMBERS.map(number)) for _ in range(1 + bool(sign))]
            return f"{name} = " + f" {sign} ".join(terms)
        return f"{name} = {self._term(STRINGS, TEXTS.map(text))}"

    def _term(self, kin: tuple[str, ...], values: st.SearchStrategy[Any]) -> str:
        sources = [name for name in self._sources if name in kin]
        form = self.draw(st.sampled_from(["value", "path", "if"])) if sources else "value"
        value = self.value(self.draw(values)) if form != "path" else ""
        if form == "value":
            return value
        source = self.draw(st.sampled_from(sources))
        return source if form == "path" else f"if_not_exists({source}, {value})"


def _order(value: str) -> Any:
    return float(value) if value.strip("-").isascii() and value[-1:].isdigit() else value


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    expression = Expression(draw)
    return expression.request(ConditionExpression=expression.condition())


@st.composite
def updates(draw: st.DrawFn) -> dict[str, Any]:
    expression = Expression(draw)
    return expression.request(UpdateExpression=expression.update())


@QUICK
@given(item=items(), tests=st.lists(conditions(), min_size=8, max_size=8))
def test_a_random_condition_holds_on_both_or_on_none(
    databases: Pair, item: dict[str, Any], tests: list[dict[str, Any]]
) -> None:
    fresh(databases)
    seen = []
    for database in databases:
        answers: list[Answer] = []
        for n in range(len(tests)):
            database.put(f"{n}", **item)
        checks = [("ConditionCheck", {"Key": database.key(f"{n}"), **tests[n]}) for n in range(8)]
        answers.append(database.transact(*checks))
        seen.append(answers)
    assert seen[0] == seen[1]


@QUICK
@given(item=st.none() | items(), update=updates())
def test_a_random_update_leaves_the_same_item(
    databases: Pair, item: dict[str, Any] | None, update: dict[str, Any]
) -> None:
    fresh(databases)
    seen = []
    for database in databases:
        if item is not None:
            database.put(**item)
        answer = database.call("update_item", Key=database.key(), ReturnValues="ALL_NEW", **update)
        seen.append((answer, database.item()))
    assert seen[0] == seen[1]


SORTS = "abcd"


@st.composite
def operations(draw: st.DrawFn, sort: str) -> tuple[str, dict[str, Any]]:
    """One item of a transaction, mostly with a condition; some leave or enter the index."""
    kind = draw(st.sampled_from(["Put", "Update", "Delete", "ConditionCheck"]))
    expression = Expression(draw)
    request: dict[str, Any] = {}
    if kind == "Put":
        member = {"group": text("g"), "rank": text(draw(st.sampled_from("123")) + sort)}
        request["Item"] = draw(items()) | (member if draw(st.booleans()) else {})
    elif kind == "Update":
        expressions = {"UpdateExpression": expression.update()}
        request = expression.request(**expressions)
    if kind == "ConditionCheck" or draw(st.booleans()):
        request |= {"ConditionExpression": expression.condition(1)}
        request |= expression.request()
        request["ReturnValuesOnConditionCheckFailure"] = draw(st.sampled_from(["NONE", "ALL_OLD"]))
    return kind, request


@st.composite
def transactions(draw: st.DrawFn) -> list[tuple[str, str, dict[str, Any]]]:
    chosen = draw(st.lists(st.sampled_from(SORTS), min_size=1, unique=True))
    return [(sort, *draw(operations(sort))) for sort in chosen]


@settings(QUICK, max_examples=50)
@given(history=st.lists(transactions(), min_size=1, max_size=8))
def test_random_transactions_leave_the_same_tables(
    databases: Pair, history: list[list[tuple[str, str, dict[str, Any]]]]
) -> None:
    fresh(databases)
    seen = []
    for database in databases:
        answers = [database.transact(*_placed(database, part)) for part in history]
        seen.append(by_value((answers, database.everything(), _index(database))))
    assert seen[0] == seen[1]


def _placed(
    database: Database, transaction: list[tuple[str, str, dict[str, Any]]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The transaction in this example's partition, of the table and of the index."""
    for sort, kind, request in transaction:
        if kind != "Put":
            yield kind, {"Key": database.key(sort), **request}
            continue
        item = {**request["Item"], **database.key(sort)}
        if "group" in item:
            item["group"] = text(database.partition)
        yield kind, {**request, "Item": item}


def _index(database: Database) -> list[Answer]:
    """The index read forward and back, in pages of two."""
    pages = []
    for forward in (True, False):
        request: dict[str, Any] = {"Limit": 2, "ScanIndexForward": forward}
        while True:
            answer = database.query(
                "#g = :g",
                {":g": database.partition},
                IndexName=BY_GROUP,
                ExpressionAttributeNames={"#g": "group"},
                **request,
            )
            pages.append(answer[1]["Items"])
            if "LastEvaluatedKey" not in answer[1]:
                break
            request["ExclusiveStartKey"] = answer[1]["LastEvaluatedKey"]
    return pages
