"""One table behind either DynamoDB, and its answers in a form that can be compared."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.simulation.dynamo import MemoryDynamo

Answer = tuple[Any, ...]
"""("ok", body), or (error code, ...) with what the error says beyond words."""

BY_GROUP = "byGroup"
"""The table's index: by `group` and `rank`, with `n` besides the keys."""


class Database:
    """A client with one table of the stores' kind. Every test works in a partition of its own."""

    def __init__(self, client: Any, table: str | None = None) -> None:
        self.client = client
        self.table = table or f"things-{uuid.uuid4().hex[:8]}"
        self.partition = ""
        client.create_table(
            TableName=self.table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"}
                for name in ("PK", "SK", "group", "rank")
            ],
            KeySchema=_keys("PK", "SK"),
            GlobalSecondaryIndexes=[
                {
                    "IndexName": BY_GROUP,
                    "KeySchema": _keys("group", "rank"),
                    "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["n"]},
                }
            ],
        )

    def key(self, sort: str = "a") -> dict[str, Any]:
        """A key in this test's partition."""
        return {"PK": text(self.partition), "SK": text(sort)}

    def call(self, operation: str, **request: Any) -> Answer:
        """One operation on the table."""
        return answer(getattr(self.client, operation), TableName=self.table, **request)

    def transact(self, *items: tuple[str, dict[str, Any]], token: str | None = None) -> Answer:
        """One transaction; every item is a kind and its request without the table's name."""
        request: dict[str, Any] = {
            "TransactItems": [{kind: {"TableName": self.table, **one}} for kind, one in items]
        }
        if token:
            request["ClientRequestToken"] = token
        return answer(self.client.transact_write_items, **request)

    def put(self, sort: str = "a", **attributes: Any) -> None:
        """Store an item."""
        self.client.put_item(TableName=self.table, Item=self.key(sort) | attributes)

    def item(self, sort: str = "a") -> dict[str, Any] | None:
        """A stored item without its key (consistent)."""
        found = self.client.get_item(TableName=self.table, Key=self.key(sort), ConsistentRead=True)
        if "Item" not in found:
            return None
        return {name: v for name, v in found["Item"].items() if name not in ("PK", "SK")}

    def query(self, condition: str, values: dict[str, str], **request: Any) -> Answer:
        """One page; the values are texts."""
        return self.call(
            "query",
            KeyConditionExpression=condition,
            ExpressionAttributeValues={name: text(value) for name, value in values.items()},
            **request,
        )

    def everything(self) -> list[dict[str, Any]]:
        """All items of the partition, in order, page by page."""
        request: dict[str, Any] = {"Limit": 7, "ConsistentRead": True}
        items: list[dict[str, Any]] = []
        while True:
            _, body = self.query("PK = :pk", {":pk": self.partition}, **request)
            items += body["Items"]
            if "LastEvaluatedKey" not in body:
                return items
            request["ExclusiveStartKey"] = body["LastEvaluatedKey"]


@contextmanager
def emulated(url: str, session: boto3.Session) -> Iterator[Database]:
    """On ministack. Nothing is checked or repeated on the way: the server's own answers."""
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    client = session.client("dynamodb", endpoint_url=url, config=config)
    try:
        yield Database(client)
    finally:
        client.close()


def in_memory() -> Database:
    """In this process."""
    return Database(MemoryDynamo(lambda: datetime.now(UTC)))


def answer(operation: Any, **request: Any) -> Answer:
    """Call, and keep of what comes back what can be compared: no words, no request ids."""
    try:
        body = operation(**request)
    except ClientError as error:
        told = dict(error.response)
        reasons = [
            {name: value for name, value in reason.items() if name != "Message"}
            for reason in told.get("CancellationReasons", [])
        ]
        return (told["Error"]["Code"], reasons or told.get("Item"))
    return ("ok", {name: v for name, v in body.items() if name != "ResponseMetadata"})


def by_value(found: Any) -> Any:
    """The same with every number in one form: in transactions the emulator keeps others (5.0)."""
    if isinstance(found, dict) and found.keys() == {"N"}:
        return {"N": Decimal(found["N"]).normalize()}
    if isinstance(found, dict):
        return {name: by_value(value) for name, value in found.items()}
    if isinstance(found, (list, tuple)):
        return [by_value(element) for element in found]
    return found


def text(value: str) -> dict[str, str]:
    """A string as DynamoDB speaks it."""
    return {"S": value}


def number(value: object) -> dict[str, str]:
    """A number as DynamoDB speaks it."""
    return {"N": str(value)}


def _keys(partition: str, sort: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]
