"""The daily counters: the guard of the cap as a conditional write, and what they stand at."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

from shared.domain.boundary import Boundary
from shared.domain.quota import RETENTION, DayCount, Reservation
from shared.dynamo.client import key, store_errors
from shared.dynamo.keys import Key, Keys


class QuotaStore:
    """Reads the counters (consistent: a cap must not be judged by yesterday's news)."""

    def __init__(self, keys: Keys, client: Any, whatsapp: str, campaigns: str) -> None:
        self._keys = keys
        self._client = client
        self._whatsapp = whatsapp
        self._campaigns = campaigns

    def day(self, sender_id: str, day: date) -> DayCount:
        """A sender's conversations of one UTC day."""
        item = self._read(self._whatsapp, self._keys.day_counter(sender_id, day))
        hours = {
            int(name[1:]): int(value["N"])
            for name, value in item.items()
            if name[1:].isdigit()  # h00 to h23
        }
        return DayCount(int(item.get("count", {"N": "0"})["N"]), hours)

    def campaign_day(self, campaign_id: str, day: date) -> int:
        """What a campaign has used of its own daily cap."""
        item = self._read(self._campaigns, self._keys.campaign_day(campaign_id, day))
        return int(item.get("count", {"N": "0"})["N"])

    def _read(self, table: str, item_key: Key) -> dict[str, Any]:
        with store_errors():
            answer = self._client.get_item(TableName=table, Key=key(item_key), ConsistentRead=True)
        item: dict[str, Any] = answer.get("Item", {})
        return item


def sender_changes(keys: Keys, table: str, boundary: Boundary) -> Iterator[dict[str, Any]]:
    """Take units from today's counter, and return units to the counter they were taken from.

    Both may be one item, and a transaction may touch an item once, so changes are first added up
    by day. A returned unit is room at once: it opened no conversation.
    """
    changes: dict[date, Counter[int]] = {}
    wanted, spent = boundary.reservation, boundary.spent
    if wanted and wanted.units:
        changes.setdefault(wanted.day, Counter())[wanted.hour] += wanted.units
    if spent and boundary.returned_units:
        changes.setdefault(spent.day, Counter())[spent.hour] -= boundary.returned_units
    for day, hours in changes.items():
        guarding = wanted if wanted and wanted.units and wanted.day == day else None
        update = _add_by_hour(hours, guarding)
        update["TableName"] = table
        update["Key"] = key(keys.day_counter(boundary.sender_id, day))
        update["ExpressionAttributeValues"][":expires"] = {
            "N": str(int((boundary.now + RETENTION).timestamp()))
        }
        yield update


def _add_by_hour(hours: Counter[int], guarding: Reservation | None) -> dict[str, Any]:
    """ADD to the day's total and hours; with `guarding`, only IF the cap leaves room for all."""
    net = sum(hours.values())
    values = {":net": {"N": str(net)}} | {f":h{h}": {"N": str(n)} for h, n in hours.items()}
    adds = ", ".join(f"#h{h} :h{h}" for h in hours)
    update: dict[str, Any] = {
        "UpdateExpression": (
            f"SET expiresAt = if_not_exists(expiresAt, :expires) ADD #count :net, {adds}"
        ),
        "ExpressionAttributeNames": {"#count": "count"} | {f"#h{h}": f"h{h:02d}" for h in hours},
        "ExpressionAttributeValues": values,
    }
    if guarding:
        update |= _if_room(net, guarding.room, values)
    return update


def campaign_change(keys: Keys, table: str, boundary: Boundary) -> dict[str, Any] | None:
    """The campaign's own ceiling for a UTC day: counts claims, whatever they cost the sender."""
    if boundary.own_cap is None:
        return None
    today = boundary.now.date()
    returned = boundary.returned_claims if boundary.spent and boundary.spent.day == today else 0
    net = len(boundary.claims) - returned
    if not boundary.claims and not returned:
        return None
    values = {":net": {"N": str(net)}}
    update: dict[str, Any] = {
        "TableName": table,
        "Key": key(keys.campaign_day(boundary.campaign_id, today)),
        "UpdateExpression": "ADD #count :net",
        "ExpressionAttributeNames": {"#count": "count"},
        "ExpressionAttributeValues": values,
    }
    if boundary.claims:
        update |= _if_room(net, boundary.own_cap, values)
    return update


def _if_room(net: int, room: int, values: dict[str, Any]) -> dict[str, Any]:
    """The condition `count + net <= room`; a counter that does not exist yet stands at zero."""
    values[":most"] = {"N": str(room - net)}
    fresh = "attribute_not_exists(#count) OR " if net <= room else ""
    return {
        "ConditionExpression": f"{fresh}#count <= :most",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
