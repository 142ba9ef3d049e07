"""Senders as items, and back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.domain.instants import from_text, to_text
from shared.domain.sender import NumberFacts, Sender
from shared.dynamo.client import Attributes, from_attributes, key
from shared.dynamo.keys import Keys


def described(sender: Sender) -> dict[str, Any]:
    """What people and Meta say of a sender, as attributes."""
    return {
        "phoneNumberId": sender.phone_number_id,
        "businessAccountId": sender.business_account_id,
        "name": sender.name,
        **said(sender.facts),
        "dailyLimit": sender.daily_limit,
        "messagesPerSecond": sender.messages_per_second,
        "createdAt": sender.created_at and to_text(sender.created_at),
        "checkedAt": sender.checked_at and to_text(sender.checked_at),
    }


def said(facts: NumberFacts) -> dict[str, str | None]:
    """What Meta says of a number, as attributes."""
    return {
        "displayNumber": facts.display_number,
        "verifiedName": facts.verified_name,
        "quality": facts.quality,
        "messagingLimit": facts.messaging_limit,
        "throughput": facts.throughput,
        "canSend": facts.can_send,
    }


def sender_of(sender_id: str, attributes: Attributes) -> Sender:
    """A sender's item as a sender; one without an item was never stopped."""
    item = from_attributes(attributes)
    return Sender(
        sender_id,
        name=item.get("name"),
        phone_number_id=item.get("phoneNumberId"),
        business_account_id=item.get("businessAccountId"),
        facts=NumberFacts(
            display_number=item.get("displayNumber"),
            verified_name=item.get("verifiedName"),
            quality=item.get("quality"),
            messaging_limit=item.get("messagingLimit"),
            throughput=item.get("throughput"),
            can_send=item.get("canSend"),
        ),
        daily_limit=item.get("dailyLimit"),
        messages_per_second=item.get("messagesPerSecond"),
        created_at=_instant(item, "createdAt"),
        checked_at=_instant(item, "checkedAt"),
        stopped_until=_instant(item, "stoppedUntil"),
        stop_reason=item.get("stopReason"),
        halted="haltedAt" in item,
        halt_code=item.get("haltCode"),
        halted_until=_instant(item, "haltedUntil"),
    )


def may_send(keys: Keys, table: str, sender_id: str, now: datetime) -> dict[str, Any]:
    """A check that a sender is not halted, and not stopped now."""
    return {
        "TableName": table,
        "Key": key(keys.sender(sender_id)),
        "ConditionExpression": (
            "attribute_not_exists(haltedAt)"
            " AND (attribute_not_exists(stoppedUntil) OR stoppedUntil <= :now)"
        ),
        "ExpressionAttributeValues": {":now": {"S": to_text(now)}},
    }


def _instant(item: Mapping[str, Any], name: str) -> datetime | None:
    return from_text(item[name]) if name in item else None
