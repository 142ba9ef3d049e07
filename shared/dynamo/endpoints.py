"""The endpoints of a tenant's other systems, and how deliveries to them went."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from shared.domain.endpoints import MOST_ENDPOINTS, Endpoint, pause_after
from shared.domain.errors import EndpointNotFoundError, TooManyEndpointsError
from shared.domain.instants import from_text, to_text
from shared.dynamo.client import (
    Attributes,
    error_code,
    from_attributes,
    key,
    store_errors,
    to_attributes,
)
from shared.dynamo.keys import METADATA, Keys
from shared.dynamo.transaction import Part, Transactor
from shared.ports import Clock

_PATIENCE = timedelta(seconds=5)
_FORGET = "REMOVE failures, failingSince, lastFailure, quietUntil, disabledReason"


class EndpointStore:
    """See `shared.usecases.endpoint_ports.EndpointStore`.

    One item for each endpoint, and one that counts them, so that two who add at once can't have
    more than a tenant may have.
    """

    def __init__(
        self, keys: Keys, client: Any, transactor: Transactor, clock: Clock, table: str
    ) -> None:
        self._keys = keys
        self._client = client
        self._transactor = transactor
        self._clock = clock
        self._table = table

    def list(self) -> Sequence[Endpoint]:
        """One query (consistent); ids sort by time."""
        with store_errors():
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="PK = :pk",
                ExpressionAttributeValues={":pk": {"S": self._keys.endpoint()["PK"]}},
                ConsistentRead=True,
            )
        return [_endpoint(item) for item in answer["Items"] if item["SK"]["S"] != METADATA]

    def get(self, endpoint_id: str) -> Endpoint:
        """Consistent."""
        with store_errors():
            answer = self._client.get_item(
                TableName=self._table,
                Key=key(self._keys.endpoint(endpoint_id)),
                ConsistentRead=True,
            )
        if "Item" not in answer:
            raise EndpointNotFoundError(endpoint_id)
        return _endpoint(answer["Item"])

    def add(self, endpoint: Endpoint) -> None:
        """The endpoint, and one more of them."""
        item = self._keys.endpoint(endpoint.endpoint_id) | {
            "url": endpoint.url,
            "events": list(endpoint.events),
            "enabled": endpoint.enabled,
            "createdAt": to_text(endpoint.created_at),
        }
        put = {"TableName": self._table, "Item": to_attributes(item)}
        count = self._count(1, "attribute_not_exists(#count) OR #count < :most")
        count["ExpressionAttributeValues"][":most"] = {"N": str(MOST_ENDPOINTS)}
        parts = [Part("endpoint", {"Put": put}), Part("count", {"Update": count})]
        if self._transactor.write(parts, self._clock.now() + _PATIENCE) is not None:
            raise TooManyEndpointsError(MOST_ENDPOINTS)

    def remove(self, endpoint_id: str) -> None:
        """The endpoint, and one less of them."""
        delete = {
            "TableName": self._table,
            "Key": key(self._keys.endpoint(endpoint_id)),
            "ConditionExpression": "attribute_exists(PK)",
        }
        parts = [Part("endpoint", {"Delete": delete}), Part("count", {"Update": self._count(-1)})]
        if self._transactor.write(parts, self._clock.now() + _PATIENCE) is not None:
            raise EndpointNotFoundError(endpoint_id)

    def change(self, endpoint: Endpoint) -> None:
        """See the port."""
        values = {":events": list(endpoint.events), ":enabled": endpoint.enabled}
        changed = self._update(
            endpoint.endpoint_id, f"SET events = :events, enabled = :enabled {_FORGET}", values
        )
        if changed is None:
            raise EndpointNotFoundError(endpoint.endpoint_id)

    def turn(self, endpoint_id: str, now: datetime, until: datetime) -> bool:
        """One conditional write: of many deliveries that wait for it, one goes ahead."""
        return bool(
            self._update(
                endpoint_id,
                "SET quietUntil = :until",
                {":until": to_text(until), ":now": to_text(now)},
                "attribute_not_exists(quietUntil) OR quietUntil <= :now",
            )
        )

    def works(self, endpoint_id: str) -> None:
        """One that is disabled stays so."""
        forget = _FORGET.replace(", disabledReason", "")
        self._update(endpoint_id, forget, {})

    def fails(self, endpoint: Endpoint, at: datetime, reason: str) -> Endpoint | None:
        """One conditional write."""
        count = endpoint.failures + 1
        values = {
            ":at": to_text(at),
            ":reason": reason,
            ":count": count,
            ":until": to_text(at + pause_after(count)),
        }
        condition = "attribute_not_exists(failures)"
        if endpoint.failures:
            condition, values[":before"] = "failures = :before", endpoint.failures
        item = self._update(
            endpoint.endpoint_id,
            "SET failingSince = if_not_exists(failingSince, :at), lastFailure = :reason,"
            " failures = :count, quietUntil = :until",
            values,
            condition,
        )
        return _endpoint(item) if item else None

    def disable(self, endpoint_id: str, reason: str) -> None:
        """See the port."""
        values = {":off": False, ":reason": reason}
        self._update(endpoint_id, "SET enabled = :off, disabledReason = :reason", values)

    def give_up(self, endpoint_id: str) -> None:
        """See the port."""
        self._update(endpoint_id, "ADD givenUp :one", {":one": 1})

    def _count(self, change: int, condition: str | None = None) -> dict[str, Any]:
        update: dict[str, Any] = {
            "TableName": self._table,
            "Key": key(self._keys.endpoint()),
            "UpdateExpression": "ADD #count :change",
            "ExpressionAttributeNames": {"#count": "count"},
            "ExpressionAttributeValues": {":change": {"N": str(change)}},
        }
        return update | ({"ConditionExpression": condition} if condition else {})

    def _update(
        self,
        endpoint_id: str,
        expression: str,
        values: Mapping[str, Any],
        condition: str | None = None,
    ) -> Attributes | None:
        """The item afterwards; None if it is gone or `condition` does not hold."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "Key": key(self._keys.endpoint(endpoint_id)),
            "UpdateExpression": expression,
            "ConditionExpression": "attribute_exists(PK)"
            + (f" AND ({condition})" if condition else ""),
            "ReturnValues": "ALL_NEW",
        }
        if values:
            request["ExpressionAttributeValues"] = to_attributes(dict(values))
        try:
            with store_errors():
                answer = self._client.update_item(**request)
        except ClientError as error:
            if error_code(error) == "ConditionalCheckFailedException":
                return None
            raise
        item: Attributes = answer["Attributes"]
        return item


def _endpoint(attributes: Attributes) -> Endpoint:
    item = from_attributes(attributes)

    def instant(name: str) -> datetime | None:
        return from_text(item[name]) if name in item else None

    return Endpoint(
        item["SK"],
        item["url"],
        tuple(item["events"]),
        from_text(item["createdAt"]),
        enabled=item["enabled"],
        disabled_reason=item.get("disabledReason"),
        failures=item.get("failures", 0),
        failing_since=instant("failingSince"),
        last_failure=item.get("lastFailure"),
        quiet_until=instant("quietUntil"),
        given_up=item.get("givenUp", 0),
    )
