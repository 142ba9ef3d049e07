"""Creates the tables on an emulator. On AWS the CDK stack does, from the same schema."""

from collections.abc import Mapping
from typing import Any

from shared.dynamo.schema import STREAM_VIEW, TABLES, IndexSchema, TableSchema


def create_tables(client: Any, names: Mapping[str, str]) -> None:
    """Create what is missing; `names` maps a table's schema name to its physical name."""
    existing = set(client.list_tables()["TableNames"])
    for table in TABLES:
        if names[table.name] not in existing:
            _create(client, table, names[table.name])


def enable_streams(client: Any, names: Mapping[str, str]) -> None:
    """Let the tables tell what changes; `names` as above. Not twice: a stream can't begin again."""
    for table in TABLES:
        if table.stream:
            client.update_table(
                TableName=names[table.name],
                StreamSpecification={"StreamEnabled": True, "StreamViewType": STREAM_VIEW},
            )


def _create(client: Any, table: TableSchema, name: str) -> None:
    attributes = {"PK", "SK"}.union(*({i.partition, i.sort} for i in table.indexes))
    request: dict[str, Any] = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": attribute, "AttributeType": "S"} for attribute in sorted(attributes)
        ],
        "KeySchema": _key_schema("PK", "SK"),
    }
    if table.indexes:
        request["GlobalSecondaryIndexes"] = [_index(index) for index in table.indexes]
    client.create_table(**request)
    if table.ttl_attribute:
        client.update_time_to_live(
            TableName=name,
            TimeToLiveSpecification={"AttributeName": table.ttl_attribute, "Enabled": True},
        )


def _index(index: IndexSchema) -> dict[str, Any]:
    projection: dict[str, Any] = (
        {"ProjectionType": index.projection}
        if isinstance(index.projection, str)
        else {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(index.projection)}
    )
    return {
        "IndexName": index.name,
        "KeySchema": _key_schema(index.partition, index.sort),
        "Projection": projection,
    }


def _key_schema(partition: str, sort: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]
