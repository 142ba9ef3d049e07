"""The tables on AWS are the tables of the schema, kept safe."""

from collections.abc import Callable
from typing import Any

from shared.dynamo.schema import STREAM_VIEW, TABLES

GLOBAL_TABLE = "AWS::DynamoDB::GlobalTable"
OfType = Callable[[str], dict[str, dict[str, Any]]]


def test_every_table_has_exactly_the_schemas_keys_indexes_and_expiry(of_type: OfType) -> None:
    declared = {
        table.name: (
            [("PK", "HASH"), ("SK", "RANGE")],
            {
                index.name: (
                    [(index.partition, "HASH"), (index.sort, "RANGE")],
                    index.projection if isinstance(index.projection, str) else "INCLUDE",
                    sorted(index.projection) if isinstance(index.projection, tuple) else [],
                )
                for index in table.indexes
            },
            table.ttl_attribute,
            STREAM_VIEW if table.stream else None,
        )
        for table in TABLES
    }

    deployed = {
        _schema_name(logical_id): (
            _keys(table),
            {
                index["IndexName"]: (
                    _keys(index),
                    index["Projection"]["ProjectionType"],
                    sorted(index["Projection"].get("NonKeyAttributes", [])),
                )
                for index in table.get("GlobalSecondaryIndexes", [])
            },
            table.get("TimeToLiveSpecification", {}).get("AttributeName"),
            table.get("StreamSpecification", {}).get("StreamViewType"),
        )
        for logical_id, table in of_type(GLOBAL_TABLE).items()
    }

    assert deployed == declared


def test_all_keys_are_text(of_type: OfType) -> None:
    for table in of_type(GLOBAL_TABLE).values():
        assert {attribute["AttributeType"] for attribute in table["AttributeDefinitions"]} == {"S"}


def test_every_table_is_encrypted_and_can_be_restored_to_any_second(of_type: OfType) -> None:
    for table in of_type(GLOBAL_TABLE).values():
        assert table["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}
        for replica in table["Replicas"]:
            recovery = replica["PointInTimeRecoverySpecification"]
            assert recovery["PointInTimeRecoveryEnabled"] is True


def test_no_table_costs_anything_while_nothing_is_sent(of_type: OfType) -> None:
    for table in of_type(GLOBAL_TABLE).values():
        assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_prod_tables_and_users_cannot_be_deleted_by_a_deployment(prod: dict[str, Any]) -> None:
    for resource in prod["Resources"].values():
        if resource["Type"] == GLOBAL_TABLE:
            assert resource["DeletionPolicy"] == "Retain"
            for replica in resource["Properties"]["Replicas"]:
                assert replica["DeletionProtectionEnabled"] is True
        if resource["Type"] == "AWS::Cognito::UserPool":
            assert resource["DeletionPolicy"] == "Retain"
            assert resource["Properties"]["DeletionProtection"] == "ACTIVE"
        if resource["Type"] == "AWS::SecretsManager::Secret":
            assert resource["DeletionPolicy"] == "Retain"


def _schema_name(logical_id: str) -> str:
    (name,) = [t.name for t in TABLES if t.name in logical_id.lower()]
    return name


def _keys(resource: dict[str, Any]) -> list[tuple[str, str]]:
    return [(key["AttributeName"], key["KeyType"]) for key in resource["KeySchema"]]
