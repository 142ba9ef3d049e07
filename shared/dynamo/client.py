"""The DynamoDB client, and its failures as the domain's one error."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from shared.domain.errors import StoreUnavailableError

Attributes = dict[str, Any]  # an item as DynamoDB speaks it: {"PK": {"S": "..."}}

TRANSIENT = frozenset(
    {
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
        "TransactionInProgressException",
        "500",
        "502",
        "503",
    }
)
"""Error codes after which the same request may be sent again."""

BATCH_GET_LIMIT = 100
"""The most items of one BatchGetItem (DynamoDB quota)."""

_serializer = TypeSerializer()
_deserializer = TypeDeserializer()


def dynamodb_client(session: boto3.Session | None = None) -> Any:
    """A client with short time limits: a worker has seconds, not botocore's default minute.

    Parameter validation is off: it is a third of the CPU of a transaction, and the server checks.
    """
    return (session or boto3.Session()).client(
        "dynamodb",
        config=Config(
            connect_timeout=2,
            read_timeout=5,
            parameter_validation=False,
            max_pool_connections=20,
            retries={"mode": "standard", "total_max_attempts": 3},
        ),
    )


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn an unreachable or refusing database into StoreUnavailableError; bugs stay bugs."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in TRANSIENT:
            raise StoreUnavailableError from error
        raise
    except BotoCoreError as error:
        raise StoreUnavailableError from error


def batch_get(
    client: Any, table: str, wanted: Sequence[Attributes], attributes: str | None = None
) -> Iterator[Attributes]:
    """The items with these keys, those that exist (consistent), in any order.

    `attributes` is a projection expression; all attributes without it.
    """
    left = list(wanted)
    while left:
        request: dict[str, Any] = {"Keys": left[:BATCH_GET_LIMIT], "ConsistentRead": True}
        if attributes:
            request["ProjectionExpression"] = attributes
        with store_errors():
            answer = client.batch_get_item(RequestItems={table: request})
        yield from answer["Responses"].get(table, [])
        unread = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
        left = [*unread, *left[BATCH_GET_LIMIT:]]


def error_code(error: ClientError) -> str:
    """The code of a refusal."""
    return str(error.response["Error"]["Code"])


def key(parts: dict[str, str]) -> Attributes:
    """A key in DynamoDB's own form."""
    return {name: {"S": value} for name, value in parts.items()}


def to_attributes(item: dict[str, Any]) -> Attributes:
    """Plain values to DynamoDB's form; None is left out, floats keep their decimal digits."""
    return {name: _serializer.serialize(_storable(v)) for name, v in item.items() if v is not None}


def from_attributes(attributes: Attributes) -> dict[str, Any]:
    """The inverse: whole numbers come back as int, others as float."""
    return {name: _plain(_deserializer.deserialize(value)) for name, value in attributes.items()}


def _storable(value: Any) -> Any:
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, dict):
        return {name: _storable(v) for name, v in value.items() if v is not None}
    if isinstance(value, (list, tuple)):
        return [_storable(v) for v in value]
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {name: _plain(v) for name, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value
