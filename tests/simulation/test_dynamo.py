"""The simulation's DynamoDB where the emulator can't be the judge: its hooks, time, strictness.

The contract suite holds it to the emulator. Here is what the emulator lets through although
DynamoDB refuses it, and what only an instrument has.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.simulation.dynamo import Commit, MemoryDynamo
from tests.simulation.dynamo_transactions import TOKEN_LIFE
from tests.support.databases import BY_GROUP, Database, number, text
from tests.support.edges import ManualClock

INVALID = "ValidationException"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def database(clock: ManualClock) -> Database:
    database = Database(MemoryDynamo(clock.now))
    database.partition = "p"
    return database


def increment(database: Database, token: str, by: int = 1, sort: str = "n") -> str:
    update = {
        "Key": database.key(sort),
        "UpdateExpression": "ADD n :by",
        "ExpressionAttributeValues": {":by": number(by)},
    }
    return str(database.transact(("Update", update), token=token)[0])


def test_a_token_is_forgotten_after_ten_minutes(database: Database, clock: ManualClock) -> None:
    increment(database, "token")
    clock.advance(TOKEN_LIFE - timedelta(milliseconds=1))
    assert increment(database, "token") == "ok"
    assert database.item("n") == {"n": number(1)}
    assert increment(database, "token", by=2) == "IdempotentParameterMismatchException"
    clock.advance(timedelta(milliseconds=1))
    assert increment(database, "token", by=2) == "ok"
    assert database.item("n") == {"n": number(3)}


def test_a_token_stands_for_what_was_asked_not_for_what_the_caller_made_of_it(
    database: Database,
) -> None:
    item = database.key()
    database.transact(("Put", {"Item": item}), token="token")
    item["s"] = text("changed later")
    code, _ = database.transact(("Put", {"Item": item}), token="token")
    assert code == "IdempotentParameterMismatchException"
    reordered = {"SK": text("a"), "PK": text("p")}
    assert database.transact(("Put", {"Item": reordered}), token="token") == ("ok", {})
    assert database.item() == {}


def indexed(database: Database, **request: Any) -> list[tuple[str, str]]:
    """Who the index shows, and with which `n`."""
    _, body = database.query(
        "#g = :g",
        {":g": "G"},
        IndexName=BY_GROUP,
        ExpressionAttributeNames={"#g": "group"},
        **request,
    )
    return [(item["SK"]["S"], item["n"]["N"]) for item in body["Items"]]


def rank(database: Database, sort: str, rank: str, n: int) -> None:
    database.put(sort, group=text("G"), rank=text(rank), n=number(n))


def test_an_index_is_as_late_as_it_is_told(database: Database) -> None:
    rank(database, "a", "1", 1)
    rank(database, "b", "2", 1)
    rank(database, "a", "3", 2)  # moves behind b
    database.put("b", n=number(2))  # leaves the index
    rank(database, "c", "0", 3)
    seen = {}
    for lag in range(7):
        database.client.index_lag = lambda lag=lag: lag
        seen[lag] = indexed(database)
        assert indexed(database, ScanIndexForward=False) == seen[lag][::-1]
        assert indexed(database, Limit=1) == seen[lag][:1]
    assert seen == {
        0: [("c", "3"), ("a", "2")],
        1: [("a", "2")],
        2: [("b", "1"), ("a", "2")],
        3: [("a", "1"), ("b", "1")],
        4: [("a", "1")],
        5: [],
        6: [],
    }


def test_a_late_index_may_show_half_of_a_transaction(database: Database) -> None:
    member = {"group": text("G"), "rank": text("1"), "n": number(1)}
    database.transact(*(("Put", {"Item": database.key(s) | member}) for s in "ab"))
    database.client.index_lag = lambda: 1
    assert indexed(database) == [("a", "1")]


def test_a_write_to_another_table_leaves_an_index_as_it_was(database: Database) -> None:
    other = Database(database.client)
    other.partition = database.partition
    rank(database, "a", "1", 1)
    rank(other, "a", "1", 2)
    database.client.index_lag = lambda: 1
    assert indexed(database) == [("a", "1")]
    assert indexed(other) == []


def test_a_consistent_read_is_never_late(database: Database) -> None:
    database.put("a", n=number(1))
    database.put("a", n=number(2))
    database.client.index_lag = lambda: 1
    key = {"Key": database.key("a")}
    assert database.call("get_item", **key)[1]["Item"]["n"] == number(1)
    assert database.call("get_item", ConsistentRead=True, **key)[1]["Item"]["n"] == number(2)
    assert [item["n"] for item in database.everything()] == [number(2)]
    _, late = database.query("PK = :pk", {":pk": "p"})
    assert [item["n"] for item in late["Items"]] == [number(1)]


def test_a_page_of_a_late_index_goes_on_where_the_last_one_ended(database: Database) -> None:
    for n in range(6):
        rank(database, f"{n}", f"{n}", 1)
    for n in (1, 4):
        database.client.delete_item(TableName=database.table, Key=database.key(f"{n}"))
    database.client.index_lag = lambda: 2
    start = {**database.key("0"), "group": text("G"), "rank": text("0")}
    assert [s for s, _ in indexed(database, ExclusiveStartKey=start, Limit=4)] == list("1234")
    start = {**database.key("4"), "group": text("G"), "rank": text("4")}
    back = indexed(database, ExclusiveStartKey=start, ScanIndexForward=False)
    assert [s for s, _ in back] == list("3210")


def test_every_write_is_shown_with_all_that_it_changed(
    database: Database, clock: ManualClock
) -> None:
    commits: list[Commit] = []
    database.client.on_commit.append(commits.append)
    database.put("a", n=number(1))
    database.transact(
        ("Put", {"Item": database.key("b")}),
        ("Delete", {"Key": database.key("a")}),
        ("Delete", {"Key": database.key("nobody")}),
        ("ConditionCheck", {"Key": database.key("c"), "ConditionExpression": "NOT n = n"}),
    )
    database.transact(
        ("Put", {"Item": database.key("d")}),
        ("ConditionCheck", {"Key": database.key("c"), "ConditionExpression": "n = n"}),
    )
    database.client.delete_item(TableName=database.table, Key=database.key("nobody"))

    a, b = database.key("a") | {"n": number(1)}, database.key("b")
    assert [commit.at for commit in commits] == [clock.now()] * 2
    assert [tuple(change) for change in commits[0].changes] == [
        (database.table, ("p", "a"), None, a)
    ]
    assert [tuple(change) for change in commits[1].changes] == [
        (database.table, ("p", "b"), None, b),
        (database.table, ("p", "a"), a, None),
    ]


def test_a_repeated_transaction_is_no_second_write(database: Database) -> None:
    increment(database, "token")
    commits: list[Commit] = []
    database.client.on_commit.append(commits.append)
    increment(database, "token")
    assert commits == []


def test_nobody_can_change_what_is_stored_through_what_was_handed_over(database: Database) -> None:
    item = database.key() | {"s": text("m"), "l": {"L": [text("x")]}}
    database.client.put_item(TableName=database.table, Item=item)
    item["s"]["S"] = "changed"
    for read in (lambda: database.item(), lambda: database.everything()[0]):
        found = read()
        assert found is not None
        found["s"]["S"] = "changed"
        found["l"]["L"].append(text("y"))
    stored = {"s": text("m"), "l": {"L": [text("x")]}}
    assert database.item() == stored
    assert database.client.dump(database.table) == {("p", "a"): database.key() | stored}


REFUSED = [
    # Both sides absent: equal to nothing, not even to each other.
    ({"ConditionExpression": "absent = gone"}, "ConditionalCheckFailedException"),
    ({"ConditionExpression": "flag < :true"}, INVALID),
    ({"ConditionExpression": "_s = :m"}, INVALID),
    ({"ConditionExpression": "begins_with(n, :m)"}, "ConditionalCheckFailedException"),
    ({"UpdateExpression": "SET n = s + :one"}, INVALID),
    ({"UpdateExpression": "SET n = n + :m"}, INVALID),
    ({"UpdateExpression": "SET t = :m, u = t"}, INVALID),
    ({"UpdateExpression": "SET t = :m, t = :m"}, INVALID),
    ({"UpdateExpression": "SET t = :m REMOVE t"}, INVALID),
    ({"UpdateExpression": "SET t = :m SET u = :m"}, INVALID),
    ({"UpdateExpression": "SET t = :m REMOVE"}, INVALID),
    ({"UpdateExpression": "SET t :m"}, INVALID),
    ({"UpdateExpression": "ADD n n"}, INVALID),
    ({"UpdateExpression": "SET " + "x" * 4096 + " = :m"}, INVALID),
]
CONSTANTS = {":m": text("m"), ":one": number(1), ":true": {"BOOL": True}}


@pytest.mark.parametrize(("expressions", "code"), REFUSED)
def test_what_the_emulator_lets_through_is_refused(
    database: Database, expressions: dict[str, Any], code: str
) -> None:
    before = {"s": text("m"), "n": number(5), "flag": {"BOOL": True}}
    database.put(**before)
    (expression,) = expressions.values()
    values = {name: value for name, value in CONSTANTS.items() if name in expression}
    request = expressions | ({"ExpressionAttributeValues": values} if values else {})
    assert database.call("update_item", Key=database.key(), **request)[0] == code
    assert database.item() == before


def test_a_swap_sees_both_as_they_were(database: Database) -> None:
    database.put(s=text("m"), n=number(5))
    update = {
        "Key": database.key(),
        "UpdateExpression": "SET s = n, n = s, t = if_not_exists(s, n)",
    }
    assert database.call("update_item", **update) == ("ok", {})
    assert database.item() == {"s": number(5), "n": text("m"), "t": text("m")}


def test_sums_keep_all_38_digits_and_refuse_more(database: Database) -> None:
    database.put("n", n=number("9" * 37 + "8"))
    assert increment(database, "a") == "ok"
    assert database.item("n") == {"n": number("9" * 38)}
    database.put("n", n=number("1e38"))
    code, reasons = database.transact(
        (
            "Update",
            {
                "Key": database.key("n"),
                "UpdateExpression": "ADD n :one",
                "ExpressionAttributeValues": {":one": number(1)},
            },
        )
    )
    assert (code, reasons) == ("TransactionCanceledException", [{"Code": "ValidationError"}])


@pytest.mark.parametrize(
    "item",
    [
        {"Put": {"Item": {"PK": text("p")}}},
        {"ConditionCheck": {"Key": {"PK": text("p"), "SK": text("s")}}},
        {"Update": {"Key": {"PK": text("p"), "SK": text("s")}, "UpdateExpression": "REMOVE PK"}},
        {"Delete": {"Key": {"PK": text("p"), "SK": text("s")}}, "Put": {"Item": {}}},
    ],
)
def test_a_transaction_with_an_item_that_makes_no_sense_is_refused(
    database: Database, item: dict[str, Any]
) -> None:
    request = [{kind: {"TableName": database.table, **one} for kind, one in item.items()}]
    with pytest.raises(ClientError, match=INVALID):
        database.client.transact_write_items(TransactItems=request)


@pytest.mark.parametrize(
    "request_",
    [
        {"KeyConditionExpression": "PK = :m OR SK = :m"},
        {"KeyConditionExpression": "PK = :m AND SK <> :m"},
        {"KeyConditionExpression": "NOT PK = :m"},
        {"KeyConditionExpression": "PK = :m", "FilterExpression": "SK = :m"},
        {"KeyConditionExpression": "PK = :m", "ExclusiveStartKey": {"PK": text("m")}},
        {
            "KeyConditionExpression": "PK = :m",
            "ExclusiveStartKey": {"PK": text("other"), "SK": text("s")},
        },
        {
            "KeyConditionExpression": "PK = :m AND SK > :m",
            "ExclusiveStartKey": {"PK": text("m"), "SK": text("a")},
        },
        {
            "IndexName": BY_GROUP,
            "KeyConditionExpression": "#g = :m",
            "ExpressionAttributeNames": {"#g": "group"},
            "ProjectionExpression": "s",
        },
    ],
)
def test_a_query_that_dynamodb_does_not_answer_is_refused(
    database: Database, request_: dict[str, Any]
) -> None:
    values = {":m": text("m")}
    assert database.call("query", ExpressionAttributeValues=values, **request_)[0] == INVALID


@pytest.mark.parametrize(
    "expression", ["contains(s, :m)", "size(s) = :m", "s.deep = :m", "l[0] = :m"]
)
def test_what_is_not_built_says_so_instead_of_guessing(database: Database, expression: str) -> None:
    request = {"ConditionExpression": expression, "ExpressionAttributeValues": {":m": text("m")}}
    with pytest.raises(NotImplementedError):
        database.call("delete_item", Key=database.key(), **request)


def test_time_is_the_worlds(database: Database, clock: ManualClock) -> None:
    times: list[datetime] = []
    database.client.on_commit.append(lambda commit: times.append(commit.at))
    start = clock.now()
    database.put("a")
    clock.advance(timedelta(hours=1))
    database.put("a")
    assert times == [start, start + timedelta(hours=1)]
