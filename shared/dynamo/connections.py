"""Who listens: tickets to come in with, and open connections with what they want to hear."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from shared.domain.instants import from_text, to_text
from shared.domain.live import MOST_SUBSCRIPTIONS, Connection, Ticket
from shared.dynamo import keys as names
from shared.dynamo.client import (
    Attributes,
    error_code,
    from_attributes,
    key,
    store_errors,
    to_attributes,
)
from shared.dynamo.keys import Keys
from shared.dynamo.transaction import Part, Transactor
from shared.ports import Clock

_PATIENCE = timedelta(seconds=5)
_REMEMBERED = timedelta(hours=1)  # how long DynamoDB keeps a turn
_REFUSED = "ConditionalCheckFailedException"


class Entrance:
    """See `shared.usecases.live_ports.Entrance`."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def issue(self, ticket_hash: str, ticket: Ticket) -> None:
        """DynamoDB deletes tickets that nobody uses, some time after they have ended."""
        item = {
            **names.ticket(ticket_hash),
            "tenantId": ticket.tenant_id,
            "subject": ticket.subject,
            "validUntil": to_text(ticket.expires_at),
            "expiresAt": int(ticket.expires_at.timestamp()),
        }
        with store_errors():
            self._client.put_item(TableName=self._table, Item=to_attributes(item))

    def redeem(self, ticket_hash: str, now: datetime) -> Ticket | None:
        """Deleted by whoever comes first. If the reply is lost, the ticket is lost too."""
        try:
            with store_errors():
                answer = self._client.delete_item(
                    TableName=self._table,
                    Key=key(names.ticket(ticket_hash)),
                    ConditionExpression="validUntil > :now",
                    ExpressionAttributeValues={":now": {"S": to_text(now)}},
                    ReturnValues="ALL_OLD",
                )
        except ClientError as error:
            if error_code(error) == _REFUSED:
                return None
            raise
        item = from_attributes(answer["Attributes"])
        return Ticket(item["tenantId"], item["subject"], from_text(item["validUntil"]))

    def owner(self, connection_id: str) -> str | None:
        """The tenant of an open connection (consistent)."""
        with store_errors():
            answer = self._client.get_item(
                TableName=self._table,
                Key=key(names.connection(connection_id)),
                ConsistentRead=True,
            )
        return str(answer["Item"]["tenantId"]["S"]) if "Item" in answer else None


class Connections:
    """See `shared.usecases.live_ports.Connections`."""

    def __init__(
        self, keys: Keys, client: Any, transactor: Transactor, clock: Clock, table: str
    ) -> None:
        self._keys = keys
        self._client = client
        self._transactor = transactor
        self._clock = clock
        self._table = table

    def open(self, connection_id: str, subject: str, until: datetime) -> None:
        """In the tenant's list, and beside it whose it is."""
        expires = int(until.timestamp())
        whose = {**names.connection(connection_id), "tenantId": self._keys.tenant_id}
        listed = {
            **self._keys.connections(connection_id),
            "subject": subject,
            "everything": False,
            "campaigns": {},
        }
        self._write(
            "Put", *({"Item": to_attributes(i | {"expiresAt": expires})} for i in (whose, listed))
        )

    def subscribe(self, connection_id: str, campaign_id: str | None, messages: bool) -> bool:
        """One conditional update; it adds to what the connection follows already."""
        if campaign_id is None:
            change: dict[str, Any] = {
                "UpdateExpression": "SET everything = :yes",
                "ConditionExpression": "attribute_exists(PK)",
                "ExpressionAttributeValues": {":yes": {"BOOL": True}},
            }
        else:
            change = {
                "UpdateExpression": "SET campaigns.#id = :messages",
                "ConditionExpression": (
                    "attribute_exists(PK) AND"
                    " (attribute_exists(campaigns.#id) OR size(campaigns) < :most)"
                ),
                "ExpressionAttributeNames": {"#id": campaign_id},
                "ExpressionAttributeValues": {
                    ":messages": {"BOOL": messages},
                    ":most": {"N": str(MOST_SUBSCRIPTIONS)},
                },
            }
        try:
            with store_errors():
                self._client.update_item(
                    TableName=self._table,
                    Key=key(self._keys.connections(connection_id)),
                    **change,
                )
        except ClientError as error:
            if error_code(error) == _REFUSED:
                return False
            raise
        return True

    def all(self) -> Sequence[Connection]:
        """The tenant's list (consistent)."""
        partition = self._keys.connections()["PK"]
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "PK = :pk",
            "ExpressionAttributeValues": {":pk": {"S": partition}},
            "ConsistentRead": True,
        }
        found: list[Connection] = []
        while True:
            with store_errors():
                answer = self._client.query(**request)
            found += map(_connection, answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return found
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def close(self, connection_id: str) -> None:
        """Both items."""
        whose, listed = names.connection(connection_id), self._keys.connections(connection_id)
        self._write("Delete", {"Key": key(whose)}, {"Key": key(listed)})

    def turn(self, campaign_id: str, now: datetime, every: timedelta) -> datetime | None:
        """One conditional write, so that two processes can't have the same second."""
        item = {
            **self._keys.progress(campaign_id),
            "toldAt": to_text(now),
            "expiresAt": int((now + _REMEMBERED).timestamp()),
        }
        try:
            with store_errors():
                self._client.put_item(
                    TableName=self._table,
                    Item=to_attributes(item),
                    ConditionExpression="attribute_not_exists(PK) OR toldAt <= :before",
                    ExpressionAttributeValues={":before": {"S": to_text(now - every)}},
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ClientError as error:
            if error_code(error) != _REFUSED:
                raise
            found: Attributes = error.response["Item"]  # type: ignore[typeddict-item]
            return from_text(found["toldAt"]["S"])
        return None

    def _write(self, kind: str, *requests: dict[str, Any]) -> None:
        parts = [
            Part(f"item {n}", {kind: {"TableName": self._table, **request}})
            for n, request in enumerate(requests)
        ]
        self._transactor.write(parts, self._clock.now() + _PATIENCE)


def _connection(item: Attributes) -> Connection:
    plain = from_attributes(item)
    return Connection(plain["SK"], plain["everything"], plain["campaigns"])
