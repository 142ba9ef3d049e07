"""Conditions, updates, numbers: the emulator and the simulation's database answer alike."""

from typing import Any

import pytest

from tests.support.databases import Database, number, text

FAILED = ("ConditionalCheckFailedException", None)
INVALID = "ValidationException"

HOLDS = [
    "s = :m",
    "s <> :other",
    "s < :z AND s <= :m AND s >= :m AND s > :a",
    "n = :five",
    "n < :ten AND n > :minus",
    "flag = :true",
    "s IN (:a, :m)",
    "n BETWEEN :five AND :ten",
    "begins_with(s, :m)",
    "attribute_exists(s) AND attribute_not_exists(absent)",
    "NOT absent = :m",
    "NOT absent IN (:m)",
    "absent <> :m",
    "NOT s = :other AND n = :five",
    "s = :m OR s = :m AND absent = :m",
    "NOT (s = :other OR absent = :m)",
    "#n = n",
    "s = :m and not (n = :ten or absent = :m)",
]
FAILS = [
    "s = :other",
    "s <> :m",
    "s = :five",
    "s < :five",
    "n > :m",
    "n >= :ten",
    "flag = :one",
    "absent = :m",
    "absent < :m",
    "absent >= :m",
    "absent IN (:m, :a)",
    "absent BETWEEN :five AND :ten",
    "begins_with(absent, :m)",
    "begins_with(s, :other)",
    "attribute_not_exists(PK)",
    "(s = :m OR s = :m) AND absent = :m",
    "NOT (s = :m)",
]
CONSTANTS = {
    ":m": text("m"),
    ":a": text("a"),
    ":z": text("z"),
    ":other": text("other"),
    ":one": number(1),
    ":five": number("5.0"),
    ":ten": number(10),
    ":minus": number("-0.5"),
    ":true": {"BOOL": True},
}


def used(expression: str) -> dict[str, Any]:
    """The names and values that an expression needs."""
    words = expression.replace("(", " ").replace(")", " ").replace(",", " ").split()
    values = {word: CONSTANTS[word] for word in words if word in CONSTANTS}
    request: dict[str, Any] = {"ExpressionAttributeValues": values} if values else {}
    if "#n" in words:
        request["ExpressionAttributeNames"] = {"#n": "n"}
    return request


@pytest.mark.parametrize(
    ("expression", "holds"), [(e, True) for e in HOLDS] + [(e, False) for e in FAILS]
)
def test_a_condition_holds_or_not(database: Database, expression: str, holds: bool) -> None:
    database.put(s=text("m"), n=number(5), flag={"BOOL": True})
    request = {"Key": database.key(), "ConditionExpression": expression} | used(expression)

    assert database.call("delete_item", **request) == (("ok", {}) if holds else FAILED)

    assert (database.item() is None) is holds


@pytest.mark.parametrize(
    ("expression", "changed"),
    [
        ("SET t = :m", {"t": text("m")}),
        ("SET t = s", {"t": text("m")}),
        ("SET t = if_not_exists(absent, :m)", {"t": text("m")}),
        ("SET s = if_not_exists(s, :other)", {}),
        ("SET n = n + :minus", {"n": number("4.5")}),
        ("SET n = :ten - n", {"n": number(5)}),
        ("SET n = if_not_exists(absent, :five) + :one", {"n": number(6)}),
        ("ADD n :ten, fresh :minus", {"n": number(15), "fresh": number("-0.5")}),
        ("REMOVE s, absent", {"s": None}),
        ("set s = :z remove n add fresh :one", {"s": text("z"), "n": None, "fresh": number(1)}),
    ],
)
def test_an_update_changes_what_it_says(
    database: Database, expression: str, changed: dict[str, Any]
) -> None:
    before = {"s": text("m"), "n": number(5)}
    database.put(**before)

    request = {"Key": database.key(), "UpdateExpression": expression} | used(expression)
    code, body = database.call("update_item", ReturnValues="ALL_NEW", **request)

    after = {name: value for name, value in (before | changed).items() if value is not None}
    assert (code, body) == ("ok", {"Attributes": database.key() | after})
    assert database.item() == after


def test_an_update_makes_the_item_that_is_not_there(database: Database) -> None:
    database.call(
        "update_item",
        Key=database.key("new"),
        UpdateExpression="ADD n :one",
        ConditionExpression="attribute_not_exists(PK)",
        ExpressionAttributeValues={":one": number(1)},
    )
    database.call("update_item", Key=database.key("bare"), UpdateExpression="REMOVE n")
    assert database.item("new") == {"n": number(1)}
    assert database.item("bare") == {}


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("007", "7"),
        ("-0", "0"),
        ("1.50", "1.5"),
        ("+5", "5"),
        ("1e2", "100"),
        ("-1.20e1", "-12"),
        (".5", "0.5"),
        ("1e-3", "0.001"),
        ("9" * 38, "9" * 38),
        ("9" * 39, None),
        ("1e126", None),
        ("1e-131", None),
        ("NaN", None),
        ("1_0", None),
        ("", None),
    ],
)
def test_a_number_has_one_form_or_is_refused(
    database: Database, sent: str, stored: str | None
) -> None:
    found = database.call("put_item", Item=database.key() | {"n": number(sent)})
    assert found[0] == ("ok" if stored else INVALID)
    assert database.item() == ({"n": number(stored)} if stored else None)


@pytest.mark.parametrize(
    "expressions",
    [
        {"ConditionExpression": " "},
        {"ConditionExpression": "s = "},
        {"ConditionExpression": "s == :m", **used(":m")},
        {"ConditionExpression": "s = :m AND", **used(":m")},
        {"ConditionExpression": "s = :absent", **used(":m")},
        {"ConditionExpression": "s = :m", **used(":m :a")},
        {"ConditionExpression": "s = :m", "ExpressionAttributeNames": {"#s": "s"}, **used(":m")},
        {"ConditionExpression": "#s = :m", **used(":m")},
        {"ConditionExpression": "status = :m", **used(":m")},
        {"ConditionExpression": "begins_with(s, :one)", **used(":one")},
        {"ConditionExpression": "attribute_exists(:m)", **used(":m")},
        {"ConditionExpression": "n BETWEEN :ten AND :five", **used(":ten :five")},
        {"ConditionExpression": "((s = :m))", **used(":m")},
        {"UpdateExpression": "SET s = absent"},
        {"UpdateExpression": "SET n = absent + :one", **used(":one")},
        {"UpdateExpression": "ADD s :one", **used(":one")},
        {"UpdateExpression": "ADD n :m", **used(":m")},
        {"UpdateExpression": "SET PK = :m", **used(":m")},
        {"UpdateExpression": "REMOVE SK"},
        {"UpdateExpression": "SET name = :m", **used(":m")},
        {"UpdateExpression": "SET group = :m", "ExpressionAttributeNames": {}, **used(":m")},
        {"UpdateExpression": "SET s = :m", "ExpressionAttributeValues": {}},
        {"UpdateExpression": "SET #g = :m", "ExpressionAttributeNames": {"#g": "x y"}},
        {"UpdateExpression": ""},
    ],
)
def test_a_wrong_expression_is_refused_and_changes_nothing(
    database: Database, expressions: dict[str, Any]
) -> None:
    database.put(s=text("m"), n=number(5))
    assert database.call("update_item", Key=database.key(), **expressions)[0] == INVALID
    assert database.item() == {"s": text("m"), "n": number(5)}
