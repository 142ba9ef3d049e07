"""Orders to erase, as items: written once, carried on under a hold, kept as receipts."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from shared.domain.access import Actor
from shared.domain.campaign import TERMINAL, CampaignStatus
from shared.domain.erasure import Erasure, ErasureStatus, Held, NotHeldError, Walk
from shared.domain.errors import CampaignNotFoundError, CampaignOpenError, ErasureNotFoundError
from shared.domain.instants import from_text, to_text
from shared.dynamo import campaign_writes
from shared.dynamo.campaign_items import campaign_of
from shared.dynamo.client import Attributes, from_attributes, key, store_errors, to_attributes
from shared.dynamo.cursors import bound_cursor, bound_position
from shared.dynamo.keys import TICK_KIND, Keys
from shared.dynamo.transaction import Part, Transactor
from shared.ports import Chance, Clock, Page

_PATIENCE = timedelta(seconds=5)
_DELETABLE = sorted(TERMINAL | {CampaignStatus.DRAFT})
_ID = r"era_[0-9a-f-]{36}"
_WORK = ("phone", "holder", "tickKind", "tickAt", "walk", "shards")  # what a receipt does not need


class ErasureStore:
    """See `shared.usecases.erasure_ports.ErasureStore`.

    Whoever works on an order holds it: `holder` is theirs, and `tickAt` is when the hold ends, so
    that no tick finds it before. Every write of theirs has the condition that they still hold it.
    """

    def __init__(
        self,
        keys: Keys,
        client: Any,
        transactor: Transactor,
        clock: Clock,
        chance: Chance,
        table: str,
    ) -> None:
        self._keys = keys
        self._client = client
        self._transactor = transactor
        self._clock = clock
        self._chance = chance
        self._table = table

    def order(self, erasure: Erasure) -> None:
        """A new order; its id is new by construction, so this never overwrites."""
        self._write(self._new(erasure))

    def order_campaign(self, erasure: Erasure) -> None:
        """The order, and the campaign's METADATA gone IF its status allows: both or neither.

        From then on no populate, claim, control or note of that campaign can be written: all have
        a condition on this item.
        """
        erasure = replace(erasure, shards=self._shards(erasure.campaign_id or ""))
        allowed = {f":s{n}": {"S": status.value} for n, status in enumerate(_DELETABLE)}
        alike, shards = campaign_writes.same_shards(erasure.shards)
        delete = {
            "TableName": self._table,
            "Key": key(self._keys.campaign(erasure.campaign_id or "")),
            "ConditionExpression": f"#status IN ({', '.join(allowed)}) AND {alike}",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": allowed | shards,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        parts = [self._new(erasure), Part("campaign", {"Delete": delete})]
        failures = self._transactor.write(parts, self._clock.now() + _PATIENCE)
        if failures is None:
            return None
        if not failures["campaign"]:
            raise CampaignNotFoundError(erasure.campaign_id or "")
        status = failures["campaign"].get("status", {}).get("S")
        if status in _DELETABLE:  # its first list came in between
            return self.order_campaign(erasure)
        raise CampaignOpenError(campaign_of(failures["campaign"]).status)

    def _shards(self, campaign_id: str) -> int:
        with store_errors():
            answer = self._client.get_item(
                TableName=self._table,
                Key=key(self._keys.campaign(campaign_id)),
                ProjectionExpression="shards",
                ConsistentRead=True,
            )
        return int(answer.get("Item", {}).get("shards", {"N": "1"})["N"])

    def get(self, erasure_id: str) -> Erasure:
        """As of now (consistent)."""
        with store_errors():
            answer = self._client.get_item(
                TableName=self._table,
                Key=key(self._keys.erasure(erasure_id)),
                ConsistentRead=True,
            )
        if "Item" not in answer:
            raise ErasureNotFoundError(erasure_id)
        return _erasure(answer["Item"])

    def list(self, limit: int, cursor: str | None) -> Page[Erasure]:
        """Newest first: ids are ordered by time."""
        partition = self._keys.erasure("")["PK"]
        request: dict[str, Any] = {"ScanIndexForward": False, "Limit": limit + 1}
        if cursor:
            erasure_id = bound_position(partition, cursor, _ID)
            request["ExclusiveStartKey"] = key(self._keys.erasure(erasure_id))
        items = self._query(partition, request)["Items"]
        page = [_erasure(item) for item in items[:limit]]
        if len(items) <= limit:
            return Page(page)
        return Page(page, bound_cursor(partition, page[-1].erasure_id))

    def deleting(self) -> bool:
        """Reads the tenant's receipts, a few hundred bytes each; they are few."""
        request: dict[str, Any] = {
            "FilterExpression": "attribute_exists(campaignId) AND attribute_exists(tickKind)"
        }
        while True:
            answer = self._query(self._keys.erasure("")["PK"], request)
            if answer["Items"] or "LastEvaluatedKey" not in answer:
                return bool(answer["Items"])
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def hold(self, erasure_id: str, until: datetime) -> Held | None:
        """Take it IF it is due: neither done nor in other hands."""
        holder = self._chance.token()
        update = {
            "TableName": self._table,
            "Key": key(self._keys.erasure(erasure_id)),
            "UpdateExpression": "SET holder = :me, tickAt = :until",
            "ConditionExpression": "tickAt <= :now",
            "ExpressionAttributeValues": {
                ":me": {"S": holder},
                ":until": {"S": to_text(until)},
                ":now": {"S": to_text(self._clock.now())},
            },
        }
        part = Part("order", {"Update": update})
        if self._transactor.write([part], self._clock.now() + _PATIENCE) is not None:
            return None
        return Held(self.get(erasure_id), holder)

    def keep(self, held: Held, walk: Walk) -> None:
        """Only how far it has come; the hold goes on."""
        self._change(held, "SET walk = :walk", {":walk": _walk_item(walk)})

    def put_down(self, held: Held, walk: Walk | None, again_at: datetime) -> None:
        """Into the `tick` index again."""
        sets: dict[str, Any] = {":again": to_text(again_at)}
        expression = "SET tickAt = :again"
        if walk:
            expression += ", walk = :walk"
            sets[":walk"] = _walk_item(walk)
        self._change(held, f"{expression} REMOVE holder", sets)

    def finish(self, held: Held, at: datetime, campaigns: int, opt_outs_kept: int) -> None:
        """Out of the index, for good."""
        self._change(
            held,
            "SET #status = :done, finishedAt = :at, campaigns = :campaigns, optOutsKept = :kept"
            f" REMOVE {', '.join(_WORK)}",
            {
                ":done": ErasureStatus.DONE.value,
                ":at": to_text(at),
                ":campaigns": campaigns,
                ":kept": opt_outs_kept,
            },
            {"#status": "status"},
        )

    def _change(
        self,
        held: Held,
        expression: str,
        values: Mapping[str, Any],
        names: Mapping[str, str] | None = None,
    ) -> None:
        update: dict[str, Any] = {
            "TableName": self._table,
            "Key": key(self._keys.erasure(held.erasure.erasure_id)),
            "UpdateExpression": expression,
            "ConditionExpression": "holder = :me",
            "ExpressionAttributeValues": to_attributes({**values, ":me": held.holder}),
        }
        if names:
            update["ExpressionAttributeNames"] = names
        self._write(Part("order", {"Update": update}))

    def _new(self, erasure: Erasure) -> Part:
        put = {
            "TableName": self._table,
            "Item": _item(self._keys, erasure),
            "ConditionExpression": "attribute_not_exists(PK)",
        }
        return Part("order", {"Put": put})

    def _write(self, part: Part) -> None:
        if self._transactor.write([part], self._clock.now() + _PATIENCE) is not None:
            raise NotHeldError

    def _query(self, partition: str, more: Mapping[str, Any]) -> Any:
        with store_errors():
            return self._client.query(
                TableName=self._table,
                KeyConditionExpression="PK = :pk",
                ExpressionAttributeValues={":pk": {"S": partition}},
                ConsistentRead=True,
                **more,
            )


def _item(keys: Keys, erasure: Erasure) -> Attributes:
    return to_attributes(
        {
            **keys.erasure(erasure.erasure_id),
            "campaignId": erasure.campaign_id,
            "phone": erasure.phone,
            "maskedPhone": erasure.masked_phone,
            "requestedBy": erasure.requested_by.subject,
            "requestedByRole": erasure.requested_by.role,
            "requestedAt": to_text(erasure.requested_at),
            "shards": erasure.shards if erasure.shards > 1 else None,
            "status": erasure.status.value,
            "recipients": erasure.recipients,
            "conversations": erasure.conversations,
            "walk": _walk_item(erasure.walk) if erasure.walk else None,
            "tickKind": TICK_KIND,
            "tickAt": to_text(erasure.requested_at),
        }
    )


def _erasure(attributes: Attributes) -> Erasure:
    item = from_attributes(attributes)
    return Erasure(
        erasure_id=item["SK"],
        requested_at=from_text(item["requestedAt"]),
        requested_by=Actor(item["requestedBy"], item["requestedByRole"]),
        campaign_id=item.get("campaignId"),
        phone=item.get("phone"),
        masked_phone=item.get("maskedPhone"),
        status=ErasureStatus(item["status"]),
        finished_at=from_text(item["finishedAt"]) if "finishedAt" in item else None,
        recipients=item["recipients"],
        conversations=item["conversations"],
        campaigns=item.get("campaigns", 0),
        opt_outs_kept=item.get("optOutsKept", 0),
        walk=_walk(item["walk"]) if "walk" in item else None,
        shards=item.get("shards", 1),
    )


def _walk_item(walk: Walk) -> dict[str, Any]:
    return {
        "beganAt": to_text(walk.began_at),
        "after": walk.after,
        "campaigns": walk.campaigns,
        "found": walk.found,
    }


def _walk(item: Mapping[str, Any]) -> Walk:
    began_at = from_text(item["beganAt"])
    return Walk(began_at, item.get("after"), item["campaigns"], item["found"])
