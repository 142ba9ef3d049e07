"""The conditional writes of one recipient. Each condition is one sentence of the promises.

claim   IF PENDING and nobody attempted since it was read     at most one claim per attempt
settle  IF the claim is still this one, in the known state    only its holder ends a claim, once
skip    IF PENDING, as it was read, or damaged                never over a claim
"""

from datetime import datetime
from typing import Any

from shared.domain.boundary import Claim, Settlement, Skip
from shared.domain.instants import to_text
from shared.domain.recipient import Recipient, RecipientStatus
from shared.dynamo.client import Attributes, key
from shared.dynamo.items import attempt_text, past_attribute
from shared.dynamo.keys import Keys

_PENDING = {"S": RecipientStatus.PENDING.value}
_TOOK_OFF = frozenset({RecipientStatus.SENT, RecipientStatus.HELD})


def claim(keys: Keys, table: str, claim: Claim) -> dict[str, Any]:
    """PENDING → SENDING. Leaves the `pending` index with the same write."""
    return {
        **_target(keys, table, claim.recipient),
        "UpdateExpression": (
            "SET #status = :sending, claim = :claim, claimedAt = :now"
            " REMOVE dueAt, pendingShard ADD attempts :one"
        ),
        "ConditionExpression": "#status = :pending AND attempts = :seen",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {
            ":sending": {"S": RecipientStatus.SENDING.value},
            ":pending": _PENDING,
            ":claim": {"S": claim.claim_id},
            ":now": {"S": to_text(claim.at)},
            ":one": {"N": "1"},
            ":seen": {"N": str(claim.recipient.attempts)},
        },
    }


def settle(keys: Keys, table: str, settlement: Settlement, now: datetime) -> dict[str, Any]:
    """SENDING → the end of the claim, or back to PENDING with the instant it is due again."""
    recipient = settlement.claim.recipient
    sets = _settled_attributes(keys, settlement, now)
    removes = [name for name in _stale(settlement) if name not in sets]
    if settlement.status not in (RecipientStatus.PENDING, RecipientStatus.SENDING):
        # What a sweep took for over is not, if its worker knows better.
        removes.append(past_attribute(settlement.claim.attempt))
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in sets)
    if removes:
        expression += " REMOVE " + ", ".join(removes)
    values = {f":{name}": value for name, value in sets.items()}
    if not settlement.costs_attempt:
        expression += " ADD attempts :minus"
        values[":minus"] = {"N": "-1"}
    return {
        **_target(keys, table, recipient),
        "UpdateExpression": expression,
        "ConditionExpression": "claim = :claim AND #status = :prior",
        "ExpressionAttributeNames": {f"#{name}": name for name in sets},
        "ExpressionAttributeValues": {
            **values,
            ":claim": {"S": settlement.claim.claim_id},
            ":prior": {"S": settlement.prior.value},
        },
    }


def _stale(settlement: Settlement) -> tuple[str, ...]:
    """What no longer holds. Who waits again without having been called keeps the last reason."""
    if settlement.status is RecipientStatus.PENDING:
        return ("dueAt", "pendingShard")
    # A message id that is still there is that of an earlier attempt.
    return ("dueAt", "pendingShard", "errorCode", "errorMessage", "messageId")


def _settled_attributes(keys: Keys, settlement: Settlement, now: datetime) -> Attributes:
    recipient = settlement.claim.recipient
    texts: dict[str, str | None] = {
        "status": settlement.status.value,
        "updatedAt": to_text(now),
        "messageId": settlement.message_id,
        "errorCode": settlement.error_code,
        "errorMessage": settlement.error_message,
        "sentAt": to_text(now) if settlement.status in _TOOK_OFF else None,
        "failedAt": to_text(now) if settlement.status is RecipientStatus.FAILED else None,
    }
    if settlement.due_at is not None:
        texts["dueAt"] = to_text(settlement.due_at)
        texts["pendingShard"] = keys.recipient_partition(recipient.campaign_id, recipient.shard)
    if past := settlement.past:
        texts[past_attribute(past.number)] = attempt_text(past)
    return {name: {"S": text} for name, text in texts.items() if text is not None}


def skip(keys: Keys, table: str, skip: Skip, now: datetime) -> dict[str, Any]:
    """PENDING → SKIPPED, with the reason; or FAILED, for a record that can't be read."""
    waits = "#status = :pending AND attempts = :seen"
    seen = {":seen": {"N": str(skip.recipient.attempts)}}
    if not skip.recipient.readable:
        waits = "attribute_exists(PK) AND (#status = :pending OR attribute_not_exists(#status))"
        seen = {}
    return {
        **_target(keys, table, skip.recipient),
        "UpdateExpression": (
            "SET #status = :skipped, updatedAt = :now, errorCode = :code, errorMessage = :words"
            " REMOVE dueAt, pendingShard"
        ),
        "ConditionExpression": waits,
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {
            ":skipped": {"S": skip.status.value},
            ":pending": _PENDING,
            ":now": {"S": to_text(now)},
            ":code": {"S": skip.code},
            ":words": {"S": skip.message},
            **seen,
        },
    }


def _target(keys: Keys, table: str, recipient: Recipient) -> dict[str, Any]:
    return {
        "TableName": table,
        "Key": key(keys.recipient(recipient.campaign_id, recipient.phone, recipient.shard)),
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
