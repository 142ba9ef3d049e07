"""One pace for each sender: until when its messages are promised to workers.

The item has one instant, in microseconds since 1970. A reservation moves it on by the time that its
messages take at the sender's rate, and begins where it stood:

    idle     SET it to now and the time they take      IF it is over, or not there
    busy     ADD the time they take                    IF it is ahead, but not by too much
    absurd   as idle                                   IF it is as it was read, and far ahead

So workers never read before they write, and none of two that write at once is lost.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from shared.dynamo.client import error_code, key, store_errors
from shared.dynamo.keys import Keys

ABSURD = timedelta(minutes=1)
"""Nobody reserves that far ahead: a clock was wrong, and must not hold up the sender for hours."""

_TRIES = 4
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class PaceStore:
    """See `shared.usecases.pace.PaceStore`."""

    def __init__(self, keys: Keys, client: Any, table: str) -> None:
        self._keys = keys
        self._client = client
        self._table = table

    def reserve(
        self, sender_id: str, takes: timedelta, now: datetime, before: datetime
    ) -> tuple[bool, datetime]:
        """One conditional write if the sender is idle, two if it is busy."""
        stands = now
        for _ in range(_TRIES):
            refused = self._write(sender_id, _idle(now, takes))
            if refused is None:
                return True, now
            stands = _instant(refused)
            if stands > now + ABSURD:
                if self._write(sender_id, _instead(stands, now, takes)) is None:
                    return True, now
            elif stands >= before:
                return False, stands
            elif (moved := self._moved(sender_id, now, before, takes)) is not None:
                return True, moved - takes
        return False, stands

    def _moved(
        self, sender_id: str, now: datetime, before: datetime, takes: timedelta
    ) -> datetime | None:
        request = _busy(now, before, takes)
        answer: dict[str, Any] = {}
        if self._write(sender_id, request, answer) is not None:
            return None
        return _instant(answer["Attributes"])

    def _write(
        self, sender_id: str, request: dict[str, Any], answer: dict[str, Any] | None = None
    ) -> dict[str, Any] | None:
        """None if it is written, else the item as it is."""
        try:
            with store_errors():
                given = self._client.update_item(
                    TableName=self._table,
                    Key=key(self._keys.pace(sender_id)),
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    ReturnValues="ALL_NEW",
                    **request,
                )
        except ClientError as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise
            item: dict[str, Any] = error.response.get("Item", {})  # type: ignore[assignment]
            return item
        if answer is not None:
            answer.update(given)
        return None


def _idle(now: datetime, takes: timedelta) -> dict[str, Any]:
    return {
        "UpdateExpression": "SET nextAt = :next",
        "ConditionExpression": "attribute_not_exists(nextAt) OR nextAt <= :now",
        "ExpressionAttributeValues": {":next": _number(now + takes), ":now": _number(now)},
    }


def _busy(now: datetime, before: datetime, takes: timedelta) -> dict[str, Any]:
    return {
        "UpdateExpression": "ADD nextAt :takes",
        "ConditionExpression": "nextAt > :now AND nextAt < :before",
        "ExpressionAttributeValues": {
            ":takes": {"N": str(takes // timedelta(microseconds=1))},
            ":now": _number(now),
            ":before": _number(before),
        },
    }


def _instead(stands: datetime, now: datetime, takes: timedelta) -> dict[str, Any]:
    return {
        "UpdateExpression": "SET nextAt = :next",
        "ConditionExpression": "nextAt = :seen",
        "ExpressionAttributeValues": {":next": _number(now + takes), ":seen": _number(stands)},
    }


def _number(instant: datetime) -> dict[str, str]:
    return {"N": str((instant - _EPOCH) // timedelta(microseconds=1))}


def _instant(item: dict[str, Any]) -> datetime:
    return _EPOCH + timedelta(microseconds=int(item["nextAt"]["N"]))
