"""Queries and their pages: the emulator and the simulation's database answer alike."""

from typing import Any

import pytest

from tests.support.databases import BY_GROUP, Answer, Database, number, text

INVALID = "ValidationException"


def sorts(answer: Answer) -> list[str]:
    assert answer[0] == "ok", answer
    return [item["SK"]["S"] for item in answer[1]["Items"]]


RANGES = {
    "SK = :c": "c",
    "SK < :c": "ab",
    "SK <= :c": "abc",
    "SK > :c": ["ca", "d", "e", "\U0010ffff"],
    "SK >= :c": ["c", "ca", "d", "e", "\U0010ffff"],
    "SK BETWEEN :c AND :d": ["c", "ca", "d"],
    "begins_with(SK, :c)": ["c", "ca"],
    "begins_with(SK, :last)": ["\U0010ffff"],
}


@pytest.mark.parametrize(("condition", "found"), RANGES.items())
def test_a_query_reads_a_range_of_sort_keys(
    database: Database, condition: str, found: list[str] | str
) -> None:
    for sort in ["d", "a", "ca", "e", "\U0010ffff", "b", "c"]:
        database.put(sort, group=text(database.partition), rank=text(sort))
    bounds = {":c": "c", ":d": "d", ":last": "\U0010ffff"}
    values = {name: bound for name, bound in bounds.items() if name in condition}

    mine = values | {":pk": database.partition}
    assert sorts(database.query(f"PK = :pk AND {condition}", mine)) == list(found)
    backwards = database.query(f"{condition} AND PK = :pk", mine, ScanIndexForward=False)
    assert sorts(backwards) == list(found)[::-1]
    indexed = database.query(
        f"#g = :pk AND {condition.replace('SK', '#r')}",
        mine,
        IndexName=BY_GROUP,
        ExpressionAttributeNames={"#g": "group", "#r": "rank"},
    )
    assert sorts(indexed) == list(found)


@pytest.mark.parametrize("index", [None, BY_GROUP])
@pytest.mark.parametrize("forward", [True, False])
def test_pages_follow_each_other_without_a_gap(
    database: Database, index: str | None, forward: bool
) -> None:
    for number_ in range(10):
        database.put(
            f"s{number_}",
            group=text(database.partition),
            rank=text(f"{number_ // 3}"),
            n=number(number_),
        )
    request: dict[str, Any] = {"Limit": 4, "ScanIndexForward": forward}
    condition = "PK = :pk"
    if index:
        request |= {"IndexName": index, "ExpressionAttributeNames": {"#g": "group"}}
        condition = "#g = :pk"
    seen: list[str] = []
    pages = []
    while True:
        answer = database.query(condition, {":pk": database.partition}, **request)
        seen += sorts(answer)
        pages.append((answer[1]["Count"], answer[1]["ScannedCount"]))
        if "LastEvaluatedKey" not in answer[1]:
            break
        last = answer[1]["LastEvaluatedKey"]
        assert last.keys() == {"PK", "SK"} | ({"group", "rank"} if index else set())
        request["ExclusiveStartKey"] = last
    assert pages == [(4, 4), (4, 4), (2, 2)]
    ranks = [int(sort[1]) // (3 if index else 1) for sort in seen]
    assert len(set(seen)) == 10
    assert ranks == sorted(ranks, reverse=not forward)


def test_a_page_may_begin_where_nobody_stands(database: Database) -> None:
    for sort in "abde":
        database.put(sort)
    start = {"ExclusiveStartKey": database.key("c")}
    mine = {":pk": database.partition}
    assert sorts(database.query("PK = :pk", mine, **start)) == ["d", "e"]
    assert sorts(database.query("PK = :pk", mine, ScanIndexForward=False, **start)) == ["b", "a"]


def test_a_filter_comes_after_the_limit_and_a_projection_shows_a_part(database: Database) -> None:
    for n in range(6):
        database.put(f"{n}", n=number(n % 2), s=text("m"))
    answer = database.call(
        "query",
        KeyConditionExpression="PK = :pk",
        FilterExpression="n = :one",
        ProjectionExpression="SK, #n",
        ExpressionAttributeNames={"#n": "n"},
        ExpressionAttributeValues={":pk": text(database.partition), ":one": number("1.0")},
        Limit=4,
    )
    body = answer[1]
    assert (body["Count"], body["ScannedCount"]) == (2, 4)
    assert body["Items"] == [{"SK": text(s), "n": number(1)} for s in ("1", "3")]
    assert body["LastEvaluatedKey"] == database.key("3")


def test_a_page_holds_a_megabyte_at_most(database: Database) -> None:
    for n in range(4):
        database.put(f"{n}", s=text("x" * 390_000))
    answer = database.query("PK = :pk", {":pk": database.partition})
    first = sorts(answer)
    assert 2 <= len(first) <= 3
    rest = database.query(
        "PK = :pk",
        {":pk": database.partition},
        ExclusiveStartKey=answer[1]["LastEvaluatedKey"],
    )
    assert first + sorts(rest) == ["0", "1", "2", "3"]


def test_an_index_can_not_be_read_consistently(database: Database) -> None:
    request = {"IndexName": BY_GROUP, "ExpressionAttributeNames": {"#g": "group"}}
    answer = database.query("#g = :g", {":g": "g"}, ConsistentRead=True, **request)
    assert answer[0] == INVALID
