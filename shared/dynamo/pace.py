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
        self._busy: set[str] = set()  # senders; only a guess, for the order of two writes

    def reserve(
        self, sender_id: str, takes: timedelta, now: datetime, before: datetime
    ) -> tuple[bool, datetime]:
        """One conditional write if the sender is idle or busy as it was the last time, else two."""
        busy = sender_id in self._busy
        stands = now
        for _ in range(_TRIES):
            written, item = self._write(
                sender_id, _busy(now, before, takes) if busy else _idle(now, takes)
            )
            if written:
                self._remember(sender_id, busy)
                return True, _instant(item) - takes
            stands = _instant(item) if item else now
            if stands > now + ABSURD:
                if self._write(sender_id, _instead(stands, now, takes))[0]:
                    return True, now
            elif stands >= before:
                return False, stands
            busy = stands > now
        return False, stands

    def _remember(self, sender_id: str, busy: bool) -> None:
        if busy:
            self._busy.add(sender_id)
        else:
            self._busy.discard(sender_id)

    def _write(self, sender_id: str, request: dict[str, Any]) -> tuple[bool, dict[str, Any]]:
        """Whether it is written, and the item as it is now."""
        try:
            with store_errors():
                answer = self._client.update_item(
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
            return False, item
        return True, answer["Attributes"]


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
