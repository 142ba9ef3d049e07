"""Which function may do what with which table: the whole of it, in one place.

A transaction needs the permission of every operation inside it (DynamoDB has none of its own for
TransactWriteItems), a condition on an item that is not written needs ConditionCheckItem.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam


@dataclass(frozen=True, slots=True)
class Access:
    """DynamoDB actions on a table's items, and the indexes that may be queried."""

    actions: tuple[str, ...]
    indexes: tuple[str, ...] = ()

    def and_actions(self, *names: str) -> "Access":
        return Access((*self.actions, *names), self.indexes)

    def and_indexes(self, *names: str) -> "Access":
        return Access(self.actions, (*self.indexes, *names))


_SEND: Mapping[str, Access] = {
    "campaigns": Access(
        ("GetItem", "Query", "UpdateItem", "PutItem", "DeleteItem", "ConditionCheckItem"),
        indexes=("tick",),
    ),
    "recipients": Access(("UpdateItem",), indexes=("pending",)),
    "whatsapp": Access(("GetItem", "BatchGetItem", "UpdateItem", "ConditionCheckItem")),
}
"""What a batch does; the API's manual batch does it too."""

_ERASE: Mapping[str, tuple[str, ...]] = {
    "recipients": ("Query", "BatchGetItem", "DeleteItem"),
    "whatsapp": ("Query", "DeleteItem"),
}
"""What erasing needs besides; the API begins with it, the executor goes on."""

SENDER_SECRETS = ("CreateSecret", "PutSecretValue", "DeleteSecret")
"""What the API does with tokens of registered senders, besides reading them."""

API: Mapping[str, Access] = {
    "campaigns": _SEND["campaigns"].and_indexes("byTenant"),
    "recipients": Access(
        ("UpdateItem", "PutItem", "ConditionCheckItem", *_ERASE["recipients"]),
        indexes=("pending",),
    ),
    "whatsapp": Access((*_SEND["whatsapp"].actions, "PutItem", *_ERASE["whatsapp"])),
}

EXECUTOR: Mapping[str, Access] = {
    "campaigns": _SEND["campaigns"].and_indexes("byTenant"),
    "recipients": _SEND["recipients"].and_actions(*_ERASE["recipients"]),
    "whatsapp": _SEND["whatsapp"].and_actions(*_ERASE["whatsapp"]),
}

UPDATES: Mapping[str, Access] = {
    "campaigns": Access(
        ("GetItem", "Query", "UpdateItem", "PutItem", "ConditionCheckItem"), indexes=("byTenant",)
    ),
    "recipients": Access(("BatchGetItem", "UpdateItem"), indexes=("byMessage",)),
    "whatsapp": Access(("GetItem", "BatchGetItem", "Query", "UpdateItem", "PutItem", "DeleteItem")),
}
"""What following Meta's updates does: statuses, replies, wishes, news of templates and numbers."""

IMPORTER: Mapping[str, Access] = {
    "campaigns": Access(("GetItem", "Query", "UpdateItem", "PutItem", "ConditionCheckItem")),
    "recipients": Access(("BatchGetItem", "PutItem", "ConditionCheckItem")),
    "whatsapp": Access(("BatchGetItem",)),
}
"""Besides the bucket and the queue, which come with `infra/lists.py`."""

LIVE: Mapping[str, Access] = {
    "campaigns": Access(("GetItem", "Query"), indexes=("byTenant",)),
    "whatsapp": Access(("GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem")),
}
"""Besides the streams of campaigns and recipients, which come with their event sources."""

OUTGOING: Mapping[str, Access] = {"whatsapp": Access(("GetItem", "UpdateItem"))}
"""Which endpoints there are, and how deliveries went."""


def table_statements(
    access: Mapping[str, Access], tables: Mapping[str, dynamodb.TableV2]
) -> list[iam.PolicyStatement]:
    """The policy statements that grant it, by exact table and index."""
    statements = []
    for name, granted in access.items():
        arn = tables[name].table_arn
        statements.append(_allow([f"dynamodb:{a}" for a in granted.actions], [arn]))
        if granted.indexes:
            indexes = [f"{arn}/index/{index}" for index in granted.indexes]
            statements.append(_allow(["dynamodb:Query"], indexes))
    return statements


def _allow(actions: list[str], resources: list[str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=actions, resources=resources)
