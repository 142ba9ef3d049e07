"""Campaigns, their counters and their history. Every change of state is one conditional write."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from shared.domain.campaign import (
    TERMINAL,
    TRANSITIONS,
    Action,
    Campaign,
    CampaignStatus,
    Event,
    PauseCause,
)
from shared.domain.errors import (
    CampaignNotFoundError,
    InvalidTransitionError,
    NoRecipientsError,
    UnreadableError,
)
from shared.domain.shards import counter_shards
from shared.domain.stats import Stats
from shared.dynamo import campaign_writes
from shared.dynamo.campaign_items import campaign_item, campaign_of
from shared.dynamo.client import Attributes, key, store_errors
from shared.dynamo.cursors import campaign_cursor, campaign_start
from shared.dynamo.history import HistoryStore
from shared.dynamo.keys import STATS_PREFIX, Keys
from shared.dynamo.schema import BY_TENANT
from shared.dynamo.transaction import Failures, Part, Transactor
from shared.ports import Clock, Page

log = logging.getLogger(__name__)

_PATIENCE = timedelta(seconds=10)  # how long a control call tries to get past conflicts
_FILTER_PAGES = 4  # reads of at most 1 MB each that one filtered page may cost


class CampaignStore:
    """See `shared.ports.CampaignStore`."""

    def __init__(
        self,
        keys: Keys,
        client: Any,
        transactor: Transactor,
        clock: Clock,
        history: HistoryStore,
        table: str,
    ) -> None:
        self._keys = keys
        self._client = client
        self._transactor = transactor
        self._clock = clock
        self._history = history
        self._table = table

    def create(self, campaign: Campaign, event: Event) -> None:
        """Store a new campaign; its id is new by construction, so this never overwrites."""
        put = {
            "TableName": self._table,
            "Item": campaign_item(self._keys, campaign),
            "ConditionExpression": "attribute_not_exists(PK)",
        }
        self._transact(Part("campaign", {"Put": put}), self._history.part(event))

    def get(self, campaign_id: str) -> Campaign:
        """The campaign as of now (consistent). Raises CampaignNotFoundError, UnreadableError."""
        with store_errors():
            answer = self._client.get_item(
                TableName=self._table,
                Key=key(self._keys.campaign(campaign_id)),
                ConsistentRead=True,
            )
        if "Item" not in answer:
            raise CampaignNotFoundError(campaign_id)
        return campaign_of(answer["Item"])

    def stats(self, campaign_id: str) -> Stats:
        """The counters, summed over their shards (consistent)."""
        partition = self._keys.campaign_partition(campaign_id)
        sums: Counter[str] = Counter()
        for item in self._beginning_with(partition, STATS_PREFIX, consistent=True):
            sums.update({name: int(value["N"]) for name, value in item.items() if "N" in value})
        return Stats.of(sums)

    def minutes(self, campaign_id: str, hour: datetime) -> Mapping[int, int]:
        """One small item of each shard for each hour in which something was sent."""
        wanted = self._keys.minutes(campaign_id, hour)
        sums: Counter[int] = Counter()
        for item in self._beginning_with(wanted["PK"], wanted["SK"], consistent=False):
            sums.update({int(n[1:]): int(value["N"]) for n, value in item.items() if "N" in value})
        return dict(sums)

    def _beginning_with(
        self, partition: str, prefix: str, consistent: bool
    ) -> Sequence[Attributes]:
        with store_errors():
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="PK = :pk AND begins_with(SK, :prefix)",
                ExpressionAttributeValues={":pk": {"S": partition}, ":prefix": {"S": prefix}},
                ConsistentRead=consistent,
            )
        items: Sequence[Attributes] = answer["Items"]
        return items

    def list(self, status: CampaignStatus | None, limit: int, cursor: str | None) -> Page[Campaign]:
        """Newest first. A page filtered by status may be short and still have a next one."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": BY_TENANT.name,
            "KeyConditionExpression": "tenantId = :tenant",
            "ExpressionAttributeValues": {":tenant": {"S": self._keys.tenant_id}},
            "ScanIndexForward": False,
            "Limit": limit + 1,
        }
        if status:
            request["FilterExpression"] = "#status = :status"
            request["ExpressionAttributeNames"] = {"#status": "status"}
            request["ExpressionAttributeValues"][":status"] = {"S": status.value}
            request["Limit"] = 1000
        if cursor:
            request["ExclusiveStartKey"] = campaign_start(self._keys, cursor)
        found: list[Campaign] = []
        for _ in range(_FILTER_PAGES):
            with store_errors():
                answer = self._client.query(**request)
            found += _readable(answer["Items"])
            last = answer.get("LastEvaluatedKey")
            if len(found) > limit:
                return Page(found[:limit], campaign_cursor(found[limit - 1].campaign_id))
            if last is None:
                return Page(found)
            request["ExclusiveStartKey"] = last
        return Page(found, campaign_cursor(last["campaignId"]["S"]))

    def open_of(self, sender_id: str) -> Sequence[str]:
        """See `shared.ports.CampaignStore`; from the index, so a moment behind."""
        ended = {f":ended{n}": {"S": status.value} for n, status in enumerate(sorted(TERMINAL))}
        request: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": BY_TENANT.name,
            "KeyConditionExpression": "tenantId = :tenant",
            "ProjectionExpression": "campaignId",
            "FilterExpression": f"senderId = :sender AND NOT #status IN ({', '.join(ended)})",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": {
                ":tenant": {"S": self._keys.tenant_id},
                ":sender": {"S": sender_id},
                **ended,
            },
        }
        found: Sequence[str] = []
        while True:
            with store_errors():
                answer = self._client.query(**request)
            found = [*found, *(item["campaignId"]["S"] for item in answer["Items"])]
            if "LastEvaluatedKey" not in answer:
                return found
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def control(
        self,
        campaign_id: str,
        action: Action,
        event: Event,
        only_cause: PauseCause | None = None,
    ) -> bool:
        """Move the campaign along the state machine, atomically with its event."""
        update = campaign_writes.control(self._keys, campaign_id, action, event, only_cause)
        failures = self._transact(self._update(update), self._history.part(event))
        if failures is None:
            return True
        item = failures.get("campaign")
        if not item:
            raise CampaignNotFoundError(campaign_id)
        if only_cause is not None:
            return False
        campaign = campaign_of(item)
        if campaign.status not in TRANSITIONS[action].sources:
            raise InvalidTransitionError(action, campaign.status)
        if action is Action.START and not campaign.total_recipients:
            raise NoRecipientsError
        return False

    def pause(
        self,
        cause: PauseCause,
        event: Event,
        resume_at: datetime | None = None,
        held: int | None = None,
    ) -> bool:
        """See `shared.ports.CampaignStore.pause`."""
        update = campaign_writes.pause(self._keys, cause, event, resume_at, held)
        return self._transact(self._update(update), self._history.part(event)) is None

    def complete(self, campaign_id: str, event: Event) -> bool:
        """COMPLETED if the counters show nobody open: judged and written in one transaction.

        A populate adds to the counters in a transaction of its own, which either comes first (then
        the counters refuse) or later (then the ended campaign refuses it).
        """
        shards = counter_shards(self._shards(campaign_id))
        update = campaign_writes.complete(self._keys, campaign_id, event.at)
        checks = (campaign_writes.nobody_open(self._keys, campaign_id, n) for n in shards)
        counters = [
            Part("counters", {"ConditionCheck": {"TableName": self._table, **check}})
            for check in checks
        ]
        return self._transact(self._update(update), *counters, self._history.part(event)) is None

    def _shards(self, campaign_id: str) -> int:
        """Also of a record that can't be read otherwise, or is gone."""
        with store_errors():
            answer = self._client.get_item(
                TableName=self._table,
                Key=key(self._keys.campaign(campaign_id)),
                ProjectionExpression="shards",
                ConsistentRead=True,
            )
        return int(answer.get("Item", {}).get("shards", {"N": "1"})["N"])

    def fix_shards(self, campaign_id: str, shards: int) -> Campaign:
        """For good, if nobody is in the campaign yet; the campaign as it is then."""
        if shards > 1:
            update = campaign_writes.fix_shards(self._keys, campaign_id, shards)
            self._transact(self._update(update))
        return self.get(campaign_id)

    def take_turn(self, campaign_id: str, delay: timedelta) -> bool:
        """Moved before the batch is queued: a death in between costs a turn, and nobody is lost."""
        update = campaign_writes.turn(self._keys, campaign_id, self._clock.now(), delay)
        return self._transact(self._update(update)) is None

    def postpone(self, campaign_id: str, cause: PauseCause, until: datetime) -> None:
        """Look at a paused campaign again at `until`; nothing if that is not its cause any more."""
        update = campaign_writes.postpone(self._keys, campaign_id, cause, until)
        self._transact(self._update(update))

    def _transact(self, *parts: Part) -> Failures | None:
        return self._transactor.write(parts, self._clock.now() + _PATIENCE)

    def _update(self, update: dict[str, Any]) -> Part:
        return Part("campaign", {"Update": {"TableName": self._table, **update}})


def _readable(items: Iterable[Attributes]) -> Iterator[Campaign]:
    """One damaged record must not hide a page of others; the log says which it is."""
    for item in items:
        try:
            yield campaign_of(item)
        except UnreadableError as error:
            log.error("%s", error, extra={"event": "unreadable"})
