"""What the stores ask of DynamoDB: the emulator and the simulation's database answer alike."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.databases import BY_GROUP, Database, number, text

INVALID = "ValidationException"


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
    (
        "query",
        {"KeyConditionExpression": "SK = :m", "ExpressionAttributeValues": {":m": text("m")}},
    ),
    (
        "query",
        {"KeyConditionExpression": "PK > :m", "ExpressionAttributeValues": {":m": text("m")}},
    ),
    (
        "query",
        {
            "KeyConditionExpression": "PK = :m AND s = :a",
            "ExpressionAttributeValues": {":m": text("m"), ":a": text("a")},
        },
    ),
    (
        "query",
        {
            "KeyConditionExpression": "PK = :m AND SK IN (:a)",
            "ExpressionAttributeValues": {":m": text("m"), ":a": text("a")},
        },
    ),
    (
        "query",
        {"KeyConditionExpression": "PK = :five", "ExpressionAttributeValues": {":five": number(5)}},
    ),
    (
        "query",
        {
            "KeyConditionExpression": "PK = :m",
            "Limit": 0,
            "ExpressionAttributeValues": {":m": text("m")},
        },
    ),
    (
        "query",
        {
            "KeyConditionExpression": "PK = :m",
            "IndexName": "none",
            "ExpressionAttributeValues": {":m": text("m")},
        },
    ),
]


@pytest.mark.parametrize(("operation", "request_"), NO_REQUESTS)
def test_a_request_that_breaks_a_rule_is_refused(
    database: Database, operation: str, request_: dict[str, Any]
) -> None:
    assert database.call(operation, **request_)[0] == INVALID


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
    assert database.table in all_tables(database)


def all_tables(database: Database) -> list[str]:
    """Page by page: other tests have made more than one page holds."""
    answer = database.client.list_tables()
    names = list(answer["TableNames"])
    while last := answer.get("LastEvaluatedTableName"):
        answer = database.client.list_tables(ExclusiveStartTableName=last)
        names += answer["TableNames"]
    return names


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
