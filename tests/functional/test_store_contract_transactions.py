"""Transactions: the emulator and the simulation's database answer alike."""

import uuid
from typing import Any

import pytest

from tests.support.databases import Database, number, text

NONE = {"Code": "None"}
FAILED = {"Code": "ConditionalCheckFailed"}
INVALID = "ValidationException"
CANCELED = "TransactionCanceledException"


def put(database: Database, sort: str, **more: Any) -> tuple[str, dict[str, Any]]:
    return "Put", {"Item": database.key(sort), **more}


def add(database: Database, sort: str, amount: int = 1, **more: Any) -> tuple[str, dict[str, Any]]:
    update = {"Key": database.key(sort), "UpdateExpression": "ADD n :one"}
    return "Update", update | {"ExpressionAttributeValues": {":one": number(amount)}, **more}


def check(
    database: Database, sort: str, condition: str = "attribute_exists(PK)", **more: Any
) -> tuple[str, dict[str, Any]]:
    return "ConditionCheck", {
        "Key": database.key(sort),
        "ConditionExpression": condition,
        **more,
    }


def delete(database: Database, sort: str, **more: Any) -> tuple[str, dict[str, Any]]:
    return "Delete", {"Key": database.key(sort), **more}


def test_a_transaction_writes_all_of_it(database: Database) -> None:
    for sort in ("there", "gone"):
        database.put(sort, n=number(1))
    answer = database.transact(
        put(database, "new", ConditionExpression="attribute_not_exists(PK)"),
        add(database, "there", 2),
        delete(database, "gone"),
        delete(database, "nobody"),
        check(database, "other", "attribute_not_exists(PK)"),
    )
    assert answer == ("ok", {})
    assert [item["SK"]["S"] for item in database.everything()] == ["new", "there"]
    assert database.item("there") == {"n": number(3)}


def test_a_transaction_that_fails_writes_nothing_and_says_why_item_by_item(
    database: Database,
) -> None:
    database.put("there", n=number(1))
    tell = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    code, reasons = database.transact(
        put(database, "new"),
        add(database, "there", ConditionExpression="attribute_not_exists(PK)", **tell),
        check(database, "nobody", **tell),
        delete(database, "gone", ConditionExpression="attribute_exists(PK)"),
        add(database, "fresh"),
    )
    there = database.key("there") | {"n": number(1)}
    assert code == CANCELED
    assert reasons == [NONE, FAILED | {"Item": there}, FAILED, FAILED, NONE]
    assert database.everything() == [there]


@pytest.mark.parametrize(
    "update",
    [
        {"UpdateExpression": "SET s = absent"},
        {
            "UpdateExpression": "SET #g = :one",
            "ExpressionAttributeNames": {"#g": "group"},
            "ExpressionAttributeValues": {":one": number(1)},
        },
        {
            "UpdateExpression": "ADD s :one",
            "ExpressionAttributeValues": {":one": number(1)},
        },
    ],
)
def test_an_item_that_can_not_become_what_is_asked_cancels_the_transaction(
    database: Database, update: dict[str, Any]
) -> None:
    database.put("there", s=text("m"))
    code, reasons = database.transact(
        put(database, "new"), ("Update", {"Key": database.key("there"), **update})
    )
    assert (code, reasons) == (CANCELED, [NONE, {"Code": "ValidationError"}])
    assert database.item("new") is None


def test_one_item_may_stand_in_a_transaction_once(database: Database) -> None:
    assert database.transact(put(database, "a"), add(database, "a"))[0] == INVALID
    twice = (check(database, "a", "attribute_not_exists(PK)"), put(database, "a"))
    assert database.transact(*twice)[0] == INVALID
    assert database.everything() == []


@pytest.mark.parametrize(("count", "code"), [(0, INVALID), (100, "ok"), (101, INVALID)])
def test_a_transaction_has_at_most_a_hundred_items(
    database: Database, count: int, code: str
) -> None:
    assert database.transact(*(put(database, f"{n}") for n in range(count)))[0] == code
    assert len(database.everything()) == (count if code == "ok" else 0)


def test_a_transaction_has_at_most_four_megabytes(database: Database) -> None:
    def big(count: int) -> list[tuple[str, dict[str, Any]]]:
        items = [database.key(f"{n}") | {"s": text("x" * 390_000)} for n in range(count)]
        return [("Put", {"Item": item}) for item in items]

    assert database.transact(*big(11))[0] == INVALID
    assert database.item("0") is None
    assert database.transact(*big(10)) == ("ok", {})


@pytest.mark.parametrize(
    "wrong",
    [
        {"ConditionExpression": "status = :one", "ExpressionAttributeValues": {":one": number(1)}},
        {"ConditionExpression": "n = :one"},
        {"ConditionExpression": "#n = n"},
        {"ConditionExpression": "n ="},
    ],
)
def test_a_wrong_expression_in_a_transaction_is_no_reason_but_an_error(
    database: Database, wrong: dict[str, Any]
) -> None:
    request = {"Key": database.key("a"), **wrong}
    assert database.transact(put(database, "new"), ("ConditionCheck", request))[0] == INVALID
    assert database.everything() == []


def test_a_transaction_is_written_once_under_its_token(database: Database) -> None:
    token = str(uuid.uuid4())
    assert database.transact(add(database, "n"), token=token) == ("ok", {})
    assert database.transact(add(database, "n"), token=token) == ("ok", {})
    assert database.item("n") == {"n": number(1)}
    other = database.transact(add(database, "n", 2), token=token)
    assert other == ("IdempotentParameterMismatchException", None)
    assert database.item("n") == {"n": number(1)}


def test_a_transaction_that_was_refused_may_come_again_under_its_token(database: Database) -> None:
    token = str(uuid.uuid4())
    parts = (check(database, "there"), add(database, "n"))
    assert database.transact(*parts, token=token)[0] == CANCELED
    database.put("there")
    assert database.transact(*parts, token=token) == ("ok", {})
    assert database.item("n") == {"n": number(1)}
