"""The tables, as the one schema declares them."""

from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.settings import StageSettings
from shared.dynamo.schema import STREAM_VIEW, TABLES, IndexSchema, TableSchema


class Storage(Construct):
    """On-demand tables that cost nothing at rest but their bytes.

    Point-in-time recovery reaches back 35 days, to the second. In prod neither `cdk destroy` nor a
    change of the stack can delete a table.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: StageSettings) -> None:
        super().__init__(scope, construct_id)
        self.tables = {schema.name: self._table(schema, settings) for schema in TABLES}

    def _table(self, schema: TableSchema, settings: StageSettings) -> dynamodb.TableV2:
        return dynamodb.TableV2(
            self,
            schema.name.capitalize(),
            partition_key=_text("PK"),
            sort_key=_text("SK"),
            billing=dynamodb.Billing.on_demand(),
            encryption=dynamodb.TableEncryptionV2.aws_managed_key(),
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            time_to_live_attribute=schema.ttl_attribute,
            dynamo_stream=dynamodb.StreamViewType[STREAM_VIEW] if schema.stream else None,
            global_secondary_indexes=[_index(index) for index in schema.indexes],
            deletion_protection=settings.keep_data,
            removal_policy=settings.removal_policy,
        )


def _index(index: IndexSchema) -> dynamodb.GlobalSecondaryIndexPropsV2:
    included = None if isinstance(index.projection, str) else list(index.projection)
    return dynamodb.GlobalSecondaryIndexPropsV2(
        index_name=index.name,
        partition_key=_text(index.partition),
        sort_key=_text(index.sort),
        projection_type=dynamodb.ProjectionType[
            index.projection if isinstance(index.projection, str) else "INCLUDE"
        ],
        non_key_attributes=included,
    )


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
