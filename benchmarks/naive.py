"""The executor as it is usually written, to compare with: a filter, a guard, a send, two updates.

Every batch queries the campaign's partition and filters for PENDING, so it reads everybody that was
already sent to; every message takes a conditional counter update, a call and two updates.
"""

from dataclasses import replace
from typing import Any

from shared.domain.access import DEFAULT_TENANT
from shared.dynamo.client import key
from shared.dynamo.keys import Key, Keys
from shared.ports import Channel, Message

KEYS = Keys(DEFAULT_TENANT)
BATCH = 25


class NaiveExecutor:
    """Same tables, same provider, same pace; none of the promises."""

    def __init__(self, client: Any, recipients: str, campaigns: str, counters: str) -> None:
        self._client = client
        self._recipients = recipients
        self._campaigns = campaigns
        self._counters = counters

    def batch(self, campaign_id: str, channel: Channel, message: Message, size: int) -> int:
        """Send to the next `size` recipients and return how many there were."""
        people = self._pending(campaign_id, size)
        for item in people:
            self._update(
                self._counters,
                {"PK": "NAIVE", "SK": "METADATA"},
                "ADD sent :one",
                condition="attribute_not_exists(sent) OR sent < :most",
            )
            channel.send(replace(message, to=item["phone"]["S"]))
            self._update(
                self._recipients,
                {"PK": item["PK"]["S"], "SK": item["SK"]["S"]},
                "SET #status = :sent REMOVE pendingShard, dueAt",
            )
            self._update(self._campaigns, KEYS.stats(campaign_id, 0), "ADD naive :one")
        return len(people)

    def _pending(self, campaign_id: str, size: int) -> list[Any]:
        request: dict[str, Any] = {
            "TableName": self._recipients,
            "KeyConditionExpression": "PK = :pk",
            "FilterExpression": "#status = :pending",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": {
                ":pk": {"S": KEYS.recipient_partition(campaign_id, 0)},
                ":pending": {"S": "PENDING"},
            },
        }
        found: list[Any] = []
        while len(found) < size:
            answer = self._client.query(**request)
            found += answer["Items"]
            if "LastEvaluatedKey" not in answer:
                break
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return found[:size]

    def _update(self, table: str, item: Key, expression: str, condition: str | None = None) -> None:
        values = {
            ":one": {"N": "1"},
            ":most": {"N": "1000000000"},
            ":sent": {"S": "SENT"},
        }
        used = {n: v for n, v in values.items() if n in f"{expression} {condition}"}
        request: dict[str, Any] = {
            "TableName": table,
            "Key": key(item),
            "UpdateExpression": expression,
            "ExpressionAttributeValues": used,
        }
        if "#status" in expression:
            request["ExpressionAttributeNames"] = {"#status": "status"}
        if condition:
            request["ConditionExpression"] = condition
        self._client.update_item(**request)
