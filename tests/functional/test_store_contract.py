"""What the stores ask of DynamoDB: the emulator and the simulation's database answer alike."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.databases import BY_GROUP, Database, number, text

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


def test_nested_values_come_back_as_they_were_sent(database: Database) -> None:
    value = {"L": [number(1), {"M": {"a": text(""), "b": {"NULL": True}}}, {"BOOL": False}]}
    database.put(value=value)
    assert database.item() == {"value": value}


NO_REQUESTS: list[tuple[str, dict[str, Any]]] = [
    ("put_item", {"Item": {"PK": text("p")}}),
    ("put_item", {"Item": {"PK": text("p"), "SK": number(1)}}),
    ("put_item", {"Item": {"PK": text("p"), "SK": text("")}}),
    ("put_item", {"Item": {"PK": text("p"), "SK": text("s"), "group": number(1)}}),
    ("put_item", {"Item": {"PK": text("p"), "SK": text("s"), "rank": text("")}}),
    ("put_item", {"Item": {"PK": text("p"), "SK": text("s"), "s": {}}}),
    ("put_item", {"Item": {"PK": text("p"), "SK": text("s"), "s": {"S": "a", "N": "1"}}}),
    ("put_item", {"Item": {"PK": text("p"), "SK": text("s"), "s": text("x" * 410_000)}}),
    ("get_item", {"Key": {"PK": text("p")}}),
    ("get_item", {"Key": {"PK": text("p"), "SK": text("")}}),
    ("get_item", {"Key": {"PK": text("p"), "SK": text("s"), "s": text("x")}}),
    ("query", {"KeyConditionExpression": "SK = :m", **used(":m")}),
    ("query", {"KeyConditionExpression": "PK > :m", **used(":m")}),
    ("query", {"KeyConditionExpression": "PK = :m AND s = :a", **used(":m :a")}),
    ("query", {"KeyConditionExpression": "PK = :m AND SK IN (:a)", **used(":m :a")}),
    ("query", {"KeyConditionExpression": "PK = :five", **used(":five")}),
    ("query", {"KeyConditionExpression": "PK = :m", "Limit": 0, **used(":m")}),
    ("query", {"KeyConditionExpression": "PK = :m", "IndexName": "none", **used(":m")}),
]


@pytest.mark.parametrize(("operation", "request_"), NO_REQUESTS)
def test_a_request_that_breaks_a_rule_is_refused(
    database: Database, operation: str, request_: dict[str, Any]
) -> None:
    assert database.call(operation, **request_)[0] == INVALID


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


def test_the_old_item_comes_back_where_it_is_asked_for(database: Database) -> None:
    database.put(s=text("m"))
    old = database.key() | {"s": text("m")}
    request = {
        "Item": database.key(),
        "ConditionExpression": "attribute_not_exists(PK)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    assert database.call("put_item", **request) == ("ConditionalCheckFailedException", old)
    taken = database.call("delete_item", Key=database.key(), ReturnValues="ALL_OLD")
    assert taken == ("ok", {"Attributes": old})
    again = database.call("delete_item", Key=database.key(), ReturnValues="ALL_OLD")
    assert again == ("ok", {})


def test_a_batch_read_finds_who_is_there_and_refuses_what_is_no_batch(database: Database) -> None:
    for sort in "abc":
        database.put(sort, n=number(1))

    def read(sorts: list[str], **more: Any) -> Any:
        keys = [database.key(sort) for sort in sorts]
        request = {database.table: {"Keys": keys, "ConsistentRead": True, **more}}
        return database.client.batch_get_item(RequestItems=request)

    found = read(["b", "a", "nobody"], ProjectionExpression="SK")["Responses"][database.table]
    assert sorted(item["SK"]["S"] for item in found) == ["a", "b"]
    assert all(item.keys() == {"SK"} for item in found)
    assert read(["nobody"])["Responses"][database.table] == []
    for wrong in (["a", "a"], [f"{n}" for n in range(101)], []):
        with pytest.raises(ClientError, match=INVALID):
            read(wrong)


def test_there_is_no_table_twice_and_none_that_nobody_made(database: Database) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        database.client.get_item(TableName="nowhere", Key=database.key())
    with pytest.raises(ClientError, match="ResourceInUseException"):
        Database(database.client, database.table)
    assert database.table in database.client.list_tables()["TableNames"]


def test_an_index_holds_only_those_who_have_its_keys(database: Database) -> None:
    group = database.partition
    database.put("in", group=text(group), rank=text("1"), n=number(1), s=text("hidden"))
    database.put("half", group=text(group), n=number(2))
    shown = {**database.key("in"), "group": text(group), "rank": text("1"), "n": number(1)}

    def indexed() -> list[dict[str, Any]]:
        answer = database.query(
            "#g = :g", {":g": group}, IndexName=BY_GROUP, ExpressionAttributeNames={"#g": "group"}
        )
        return answer[1]["Items"]

    assert indexed() == [shown]
    database.put("half", group=text(group), rank=text("0"))
    assert [item["SK"]["S"] for item in indexed()] == ["half", "in"]
    leave = {"Key": database.key("in"), "UpdateExpression": "REMOVE #r"}
    database.call("update_item", **leave, ExpressionAttributeNames={"#r": "rank"})
    database.call("delete_item", Key=database.key("half"))
    assert indexed() == []
