"""The conditional writes of the suppression list.

screen     IF the version is the one by which the claims were screened
           nobody who asked for no more messages before the claim is written to
suppress   none; what is known already stays as it is
raise      with every addition, in the same transaction
"""

from collections.abc import Iterator
from typing import Any

from shared.domain.boundary import Boundary
from shared.domain.instants import to_text
from shared.domain.suppression import Source, Suppression
from shared.dynamo.client import key, to_attributes
from shared.dynamo.keys import Keys
from shared.dynamo.transaction import Part

SCREEN = "screen"
"""The part whose condition is that the list is as it was seen."""

_VERSION = "version"


def parts(keys: Keys, table: str, boundary: Boundary) -> Iterator[Part]:
    """Of a boundary: nobody is claimed who was put on the list since it was looked at.

    Whom the provider's answer puts there is written with that answer; commits never ask.
    """
    for settlement in boundary.opt_outs:
        wish = Suppression(
            settlement.claim.recipient.phone,
            boundary.now,
            Source.META_131050,
            reason=settlement.error_message,
            campaign_id=boundary.campaign_id,
        )
        yield Part("opt-out", {"Update": suppress(keys, table, wish)})
    added = len(boundary.opt_outs)
    if boundary.claims:
        yield Part(SCREEN, screened(keys, table, boundary.screened_at, added))
    elif added:
        yield Part("version", {"Update": raise_version(keys, table, added)})


def item_of(suppression: Suppression) -> dict[str, Any]:
    """What is stored of it besides the key."""
    return {
        "phone": suppression.phone,
        "since": suppression.since and to_text(suppression.since),
        "source": suppression.source and suppression.source.value,
        "reason": suppression.reason,
        "campaignId": suppression.campaign_id,
        "actor": suppression.actor.subject,
        "actorRole": suppression.actor.role,
    }


def suppress(keys: Keys, table: str, suppression: Suppression) -> dict[str, Any]:
    """Somebody asked for no more messages; an earlier wish of theirs is not overwritten."""
    values = to_attributes(item_of(suppression))
    sets = ", ".join(f"#{name} = if_not_exists(#{name}, :{name})" for name in values)
    return {
        "TableName": table,
        "Key": key(keys.suppression(suppression.phone)),
        "UpdateExpression": f"SET {sets}",
        "ExpressionAttributeNames": {f"#{name}": name for name in values},
        "ExpressionAttributeValues": {f":{name}": value for name, value in values.items()},
    }


def raise_version(keys: Keys, table: str, by: int) -> dict[str, Any]:
    """The list has `by` entries more, or better ones, than whoever read it before knows."""
    return {
        "TableName": table,
        "Key": key(keys.suppressions),
        "UpdateExpression": "ADD #version :by",
        "ExpressionAttributeNames": {"#version": _VERSION},
        "ExpressionAttributeValues": {":by": {"N": str(by)}},
    }


def screened(keys: Keys, table: str, seen: int, adding: int = 0) -> dict[str, Any]:
    """The list is as it was seen, as an item of a transaction.

    DynamoDB takes one operation on an item in a transaction, so a boundary that itself adds
    somebody checks and raises the version in one.
    """
    if not adding:
        request: dict[str, Any] = {"TableName": table, "Key": key(keys.suppressions)}
    else:
        request = raise_version(keys, table, adding)
    values = request.get("ExpressionAttributeValues", {})
    request["ExpressionAttributeNames"] = {"#version": _VERSION}
    request["ConditionExpression"] = "attribute_not_exists(#version)"
    if seen:
        request["ConditionExpression"] = "#version = :seen"
        values = values | {":seen": {"N": str(seen)}}
    if values:
        request["ExpressionAttributeValues"] = values
    return {"Update" if adding else "ConditionCheck": request}
