"""Deletes: campaigns page by page, and everything of one phone.

Every deletion is a transaction with the order to erase: it holds only as long as the order is in
these hands, and the order counts what it deletes. So a death anywhere leaves an exact count, and
somebody who was thought dead and wakes up deletes nothing any more.

    part        condition                       if it does not hold
    ----------  ------------------------------  -------------------------------------------
    order       still in our hands              NotHeldError
    campaign    it is there (one phone only)    its own deletion takes the recipient along
    recipient   in the state that we have seen  it has moved: look again
    counters    none                            -
    event       none                            -
"""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from shared.domain.campaign import CampaignStatus, Event, What
from shared.domain.erasure import Found, Held, Listed, NotHeldError
from shared.domain.shards import counter_shard, shard_of
from shared.domain.stats import Standing
from shared.dynamo.client import Attributes, batch_get, key, store_errors
from shared.dynamo.counters import counting
from shared.dynamo.history import HistoryStore
from shared.dynamo.items import recipient_of
from shared.dynamo.keys import METADATA, RECIPIENT_PREFIX, RUN_PREFIX, Keys, place_of
from shared.dynamo.schema import BY_TENANT
from shared.dynamo.transaction import ITEM_LIMIT, Failures, Part, Transactor
from shared.ports import Clock

_PATIENCE = timedelta(seconds=5)
_AT_ONCE = ITEM_LIMIT - 1  # the order is in every transaction
_MOST_SENDERS = 1000  # of a tenant; one conversation with each
_ORDER = "order"
_IN_PROGRESS = frozenset({CampaignStatus.RUNNING, CampaignStatus.PAUSED})


class Eraser:
    """See `shared.usecases.erasure_ports.Eraser`."""

    def __init__(
        self,
        keys: Keys,
        client: Any,
        transactor: Transactor,
        clock: Clock,
        history: HistoryStore,
        campaigns: str,
        recipients: str,
        whatsapp: str,
    ) -> None:
        self._keys = keys
        self._client = client
        self._transactor = transactor
        self._clock = clock
        self._history = history
        self._campaigns = campaigns
        self._recipients = recipients
        self._whatsapp = whatsapp

    def workers(self, campaign_id: str) -> bool:
        """A journal entry is there as long as its worker, or what is left of it."""
        partition = self._keys.campaign_partition(campaign_id)
        return bool(self._page(self._campaigns, partition, RUN_PREFIX, limit=1))

    def some_recipients(self, held: Held) -> bool:
        """Nobody can be added any more, so an empty page means that nobody is left in a shard."""
        for shard in range(held.erasure.shards):
            partition = self._keys.recipient_partition(held.erasure.campaign_id or "", shard)
            items = self._page(self._recipients, partition, RECIPIENT_PREFIX)
            if items:
                self._delete(held, self._recipients, items, recipients=len(items))
                return True
        return False

    def some_remains(self, held: Held) -> bool:
        """Counters, journal, history, days. Nothing adds to them when the recipients are gone."""
        partition = self._keys.campaign_partition(held.erasure.campaign_id or "")
        items = self._page(self._campaigns, partition)
        if items:
            self._delete(held, self._campaigns, items)
        return bool(items)

    def campaigns(self, after: str | None, limit: int) -> Sequence[Listed]:
        """From the index by creation: what is created meanwhile comes last."""
        condition, values = "tenantId = :tenant", {":tenant": {"S": self._keys.tenant_id}}
        if after:
            condition += " AND campaignId > :after"
            values[":after"] = {"S": after}
        with store_errors():
            answer = self._client.query(
                TableName=self._campaigns,
                IndexName=BY_TENANT.name,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=values,
                Limit=limit,
            )
        return [
            Listed(
                item["campaignId"]["S"],
                item.get("status", {}).get("S") in _IN_PROGRESS,
                int(item.get("shards", {"N": "1"})["N"]),
            )
            for item in answer["Items"]
        ]

    def find(self, campaigns: Sequence[Listed], phones: Sequence[str]) -> Sequence[Found]:
        """One consistent read for all of them."""
        wanted = [
            key(self._keys.recipient(each.campaign_id, phone, shard_of(phone, each.shards)))
            for each in campaigns
            for phone in phones
        ]
        return [_found(item) for item in batch_get(self._client, self._recipients, wanted)]

    def recipient(self, held: Held, found: Found) -> bool:
        """The states still add up to the population: all of it is one write."""
        failures = self._write(
            self._counted(held, recipients=1),
            self._population(found),
            self._counters(found),
            self._gone(found),
            self._history.part(
                Event(
                    found.campaign_id,
                    self._clock.now(),
                    What.RECIPIENT_ERASED,
                    held.erasure.requested_by,
                    details={"erasureId": held.erasure.erasure_id},
                )
            ),
        )
        return failures is None

    def conversations(self, held: Held, phone: str) -> None:
        """Towards every sender."""
        partition = self._keys.conversation(METADATA, phone)["PK"]
        for item in self._page(self._whatsapp, partition, limit=_MOST_SENDERS):
            delete = {
                "TableName": self._whatsapp,
                "Key": _key_of(item),
                "ConditionExpression": "attribute_exists(PK)",
            }
            self._write(
                self._counted(held, conversations=1), Part("conversation", {"Delete": delete})
            )

    def opt_out(self, held: Held, phone: str) -> bool:
        """What was said with it goes; that it was said, when and how must be known."""
        taken_back = {"TableName": self._whatsapp, "Key": key(self._keys.resumption(phone))}
        self._write(self._counted(held), Part("resumption", {"Delete": taken_back}))
        trim = {
            "TableName": self._whatsapp,
            "Key": key(self._keys.suppression(phone)),
            "UpdateExpression": "REMOVE reason, campaignId",
            "ConditionExpression": "attribute_exists(PK)",
        }
        failures = self._write(self._counted(held), Part("opt-out", {"Update": trim}))
        return failures is None

    def _population(self, found: Found) -> Part:
        update = {
            "TableName": self._campaigns,
            "Key": key(self._keys.campaign(found.campaign_id)),
            "UpdateExpression": "ADD totalRecipients :minus",
            "ConditionExpression": "attribute_exists(PK)",
            "ExpressionAttributeValues": {":minus": {"N": "-1"}},
        }
        return Part("campaign", {"Update": update})

    def _counters(self, found: Found) -> Part:
        update = {
            "TableName": self._campaigns,
            "Key": key(self._keys.stats(found.campaign_id, counter_shard(found.shard))),
            **counting(dict.fromkeys(found.counters, -1)),
        }
        return Part("counters", {"Update": update})

    def _gone(self, found: Found) -> Part:
        delete: dict[str, Any] = {
            "TableName": self._recipients,
            "Key": key(self._keys.recipient(found.campaign_id, found.phone, found.shard)),
            "ConditionExpression": "attribute_exists(PK)",
            "ExpressionAttributeNames": {"#status": "status", "#updatedAt": "updatedAt"},
        }
        for name, seen in (("status", found.status), ("updatedAt", found.updated_at)):
            if seen is None:
                delete["ConditionExpression"] += f" AND attribute_not_exists(#{name})"
                continue
            delete["ConditionExpression"] += f" AND #{name} = :{name}"
            delete.setdefault("ExpressionAttributeValues", {})[f":{name}"] = {"S": seen}
        return Part("recipient", {"Delete": delete})

    def _counted(self, held: Held, **deleted: int) -> Part:
        """The order with what this write deletes, IF it is still in these hands."""
        counts = Counter(deleted)
        request: dict[str, Any] = {
            "TableName": self._campaigns,
            "Key": key(self._keys.erasure(held.erasure.erasure_id)),
            "ConditionExpression": "holder = :me",
            "ExpressionAttributeValues": {":me": {"S": held.holder}},
        }
        if not counts.total():
            return Part(_ORDER, {"ConditionCheck": request})
        request["UpdateExpression"] = "ADD " + ", ".join(f"{name} :{name}" for name in counts)
        request["ExpressionAttributeValues"] |= {f":{n}": {"N": str(c)} for n, c in counts.items()}
        return Part(_ORDER, {"Update": request})

    def _delete(self, held: Held, table: str, items: Sequence[Attributes], **deleted: int) -> None:
        deletes = [
            Part("item", {"Delete": {"TableName": table, "Key": _key_of(item)}}) for item in items
        ]
        self._write(self._counted(held, **deleted), *deletes)

    def _write(self, *parts: Part) -> Failures | None:
        failures = self._transactor.write(parts, self._clock.now() + _PATIENCE)
        if failures is not None and _ORDER in failures:
            raise NotHeldError
        return failures

    def _page(
        self, table: str, partition: str, prefix: str = "", limit: int = _AT_ONCE
    ) -> Sequence[Attributes]:
        """The keys of the first items of a partition (consistent)."""
        condition, values = "PK = :pk", {":pk": {"S": partition}}
        if prefix:
            condition += " AND begins_with(SK, :prefix)"
            values[":prefix"] = {"S": prefix}
        with store_errors():
            answer = self._client.query(
                TableName=table,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=values,
                ProjectionExpression="PK, SK",
                ConsistentRead=True,
                Limit=limit,
            )
        items: Sequence[Attributes] = answer["Items"]
        return items


def _found(item: Attributes) -> Found:
    """A damaged record without a state counts as PENDING, as it does everywhere."""
    _, campaign_id, shard = place_of(item["PK"]["S"])
    recipient = recipient_of(item, campaign_id, shard)
    return Found(
        campaign_id,
        recipient.phone,
        item.get("status", {}).get("S"),
        tuple(Standing.of(recipient).counters()),
        item.get("updatedAt", {}).get("S"),
        shard,
    )


def _key_of(item: Attributes) -> Attributes:
    return {"PK": item["PK"], "SK": item["SK"]}
