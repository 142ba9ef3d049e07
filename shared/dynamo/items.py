"""Recipients and journal entries as items, and back."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.domain.boundary import Claim
from shared.domain.instants import from_text, to_text
from shared.domain.recipient import Attempt, Origin, Recipient, RecipientStatus
from shared.domain.template import ButtonParam, TemplateParams
from shared.dynamo.client import Attributes
from shared.dynamo.keys import RECIPIENT_PREFIX, Keys

DAMAGED = (KeyError, ValueError, TypeError, AttributeError)
"""What reading an item raises that this system did not write."""


def parameters_text(parameters: TemplateParams) -> str:
    """Template parameters as one compact string: cheaper to store and to read than a nested map."""
    value: dict[str, Any] = {}
    if parameters.header is not None:
        value["header"] = parameters.header
    if parameters.body:
        value["body"] = list(parameters.body)
    if parameters.named_body:
        value["namedBody"] = dict(parameters.named_body)
    if parameters.buttons:
        value["buttons"] = [[b.index, b.sub_type, b.text] for b in parameters.buttons]
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def parameters_of(text: str) -> TemplateParams:
    """The inverse of `parameters_text`."""
    value = json.loads(text)
    return TemplateParams(
        header=value.get("header"),
        body=tuple(value.get("body", ())),
        named_body=value.get("namedBody", {}),
        buttons=tuple(ButtonParam(*button) for button in value.get("buttons", ())),
    )


def recipient_item(keys: Keys, recipient: Recipient, now: datetime) -> Attributes:
    """A new recipient: PENDING, due at once."""
    partition = keys.recipient_partition(recipient.campaign_id, recipient.shard)
    moment = {"S": to_text(now)}
    origin: Attributes = {}
    if recipient.origin:
        origin["importId"] = {"S": recipient.origin.import_id}
        origin["importLine"] = {"N": str(recipient.origin.line)}
    return {
        "PK": {"S": partition},
        "SK": {"S": keys.recipient(recipient.campaign_id, recipient.phone)["SK"]},
        "phone": {"S": recipient.phone},
        "status": {"S": RecipientStatus.PENDING.value},
        "attempts": {"N": "0"},
        "parameters": {"S": parameters_text(recipient.parameters)},
        "createdAt": moment,
        "pendingShard": {"S": partition},
        "dueAt": moment,
        **origin,
    }


def recipient_of(attributes: Attributes, campaign_id: str, shard: int = 0) -> Recipient:
    """A recipient's item, or its projection in the `pending` index.

    Never raises: one damaged record must neither stop a batch nor hide a page of others.
    """
    try:
        return _recipient(attributes, campaign_id, shard)
    except DAMAGED:
        return _damaged(attributes, campaign_id, shard)


def _recipient(attributes: Attributes, campaign_id: str, shard: int) -> Recipient:
    item = {n: v["S"] if "S" in v else v["N"] for n, v in attributes.items()}
    phone = item["phone"]
    if item["SK"] != RECIPIENT_PREFIX + phone:
        raise ValueError("the phone is not the one of the key")
    return Recipient(
        campaign_id=campaign_id,
        phone=phone,
        status=RecipientStatus(item.get("status", RecipientStatus.PENDING)),
        attempts=int(attributes["attempts"]["N"]),
        parameters=parameters_of(item["parameters"]),
        shard=shard,
        claim=item.get("claim"),
        due_at=instant(item, "dueAt"),
        message_id=item.get("messageId"),
        error_code=item.get("errorCode"),
        error_message=item.get("errorMessage"),
        created_at=instant(item, "createdAt"),
        claimed_at=instant(item, "claimedAt"),
        sent_at=instant(item, "sentAt"),
        delivered_at=instant(item, "deliveredAt"),
        read_at=instant(item, "readAt"),
        failed_at=instant(item, "failedAt"),
        replied_at=instant(item, "repliedAt"),
        updated_at=instant(item, "updatedAt"),
        past=_past(item),
        origin=origin_of(attributes),
    )


def origin_of(attributes: Attributes) -> Origin | None:
    """Which import brought a recipient, if one did."""
    if "importId" not in attributes:
        return None
    return Origin(attributes["importId"]["S"], int(attributes["importLine"]["N"]))


def attempt_text(attempt: Attempt) -> str:
    """An earlier attempt as the recipient keeps it."""
    value = {
        "claim": attempt.claim,
        "at": to_text(attempt.at),
        "status": attempt.status.value,
        "messageId": attempt.message_id,
        "code": attempt.error_code,
        "message": attempt.error_message,
        "sentAt": attempt.sent_at and to_text(attempt.sent_at),
        "failedAt": attempt.failed_at and to_text(attempt.failed_at),
    }
    known = {name: each for name, each in value.items() if each is not None}
    return json.dumps(known, ensure_ascii=False, separators=(",", ":"))


def past_attribute(number: int) -> str:
    """Where the attempt of this number is kept when it is over."""
    return f"past{number}"


def _past(item: Mapping[str, str]) -> tuple[Attempt, ...]:
    numbers = sorted(int(name[4:]) for name in item if name.startswith("past"))
    return tuple(_attempt(number, json.loads(item[past_attribute(number)])) for number in numbers)


def _attempt(number: int, value: Mapping[str, str]) -> Attempt:
    return Attempt(
        number,
        value["claim"],
        from_text(value["at"]),
        RecipientStatus(value["status"]),
        value.get("messageId"),
        value.get("code"),
        value.get("message"),
        instant(value, "sentAt"),
        instant(value, "failedAt"),
    )


def _damaged(attributes: Attributes, campaign_id: str, shard: int) -> Recipient:
    """What the key says, and of the rest what can be shown."""
    texts = {n: v["S"] for n, v in attributes.items() if isinstance(v.get("S"), str)}
    known = texts.get("status") in set(RecipientStatus)
    return Recipient(
        campaign_id=campaign_id,
        phone=texts["SK"].removeprefix(RECIPIENT_PREFIX),
        status=RecipientStatus(texts["status"]) if known else RecipientStatus.PENDING,
        shard=shard,
        message_id=texts.get("messageId"),
        error_code=texts.get("errorCode"),
        error_message=texts.get("errorMessage"),
        readable=False,
    )


def claims_text(claims: tuple[Claim, ...]) -> str:
    """A worker's group as the journal keeps it."""
    return json.dumps(
        [
            [c.recipient.phone, c.recipient.shard, c.recipient.attempts, c.claim_id, int(c.charged)]
            for c in claims
        ],
        separators=(",", ":"),
    )


def claims_of(text: str, campaign_id: str, at: datetime) -> tuple[Claim, ...]:
    """The inverse of `claims_text`, without what a settlement does not need.

    Raises one of `DAMAGED` for anything else.
    """
    return tuple(
        Claim(
            Recipient(campaign_id, phone, attempts=attempts, shard=shard),
            claim_id,
            bool(charged),
            at,
        )
        for phone, shard, attempts, claim_id, charged in json.loads(text)
    )


def instant(item: Mapping[str, Any], name: str) -> datetime | None:
    """An attribute that may be absent."""
    return from_text(item[name]) if name in item else None
