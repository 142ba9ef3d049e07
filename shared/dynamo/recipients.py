"""The recipients of campaigns: added with the counters, found by what is due, listed by phone."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from shared.domain.campaign import TERMINAL, Campaign
from shared.domain.errors import CampaignClosedError, CampaignNotFoundError
from shared.domain.instants import to_text
from shared.domain.phone import equivalent
from shared.domain.recipient import Origin, Recipient, RecipientStatus
from shared.domain.search import Search
from shared.domain.shards import counter_shard, shard_of
from shared.dynamo.campaign_items import campaign_of
from shared.dynamo.campaign_writes import same_shards
from shared.dynamo.client import batch_get, key, store_errors
from shared.dynamo.items import origin_of, recipient_item, recipient_of
from shared.dynamo.keys import RECIPIENT_PREFIX, Keys
from shared.dynamo.schema import PENDING
from shared.dynamo.search import RecipientSearch
from shared.dynamo.transaction import Part, Transactor
from shared.ports import Clock, Page

_PATIENCE = timedelta(
    seconds=15
)  # how long a populate tries to get past conflicts with the executor
_OPEN_GATE, _NEW, _TWIN = "campaign", "new ", "twin "


class RecipientStore:
    """See `shared.ports.RecipientStore`."""

    def __init__(
        self,
        keys: Keys,
        client: Any,
        transactor: Transactor,
        clock: Clock,
        recipients: str,
        campaigns: str,
    ) -> None:
        self._keys = keys
        self._client = client
        self._transactor = transactor
        self._clock = clock
        self._recipients = recipients
        self._campaigns = campaigns

    def add(
        self, campaign: Campaign, recipients: Sequence[Recipient]
    ) -> Mapping[str, Origin | None]:
        """Insert those who are new together with the counters: both or neither.

        A crash therefore leaves whole chunks, and the same upload again finds them and adds the
        rest. Nobody who is there is touched: never back to PENDING.
        """
        by_shard: dict[int, list[Recipient]] = defaultdict(list)
        for recipient in recipients:
            shard = shard_of(recipient.phone, campaign.shards)
            by_shard[shard].append(replace(recipient, shard=shard))
        there: dict[str, Origin | None] = {}
        for some in by_shard.values():
            there |= self._add(campaign, some)
        return there

    def _add(self, campaign: Campaign, rest: list[Recipient]) -> dict[str, Origin | None]:
        """The same for people of one shard."""
        there: dict[str, Origin | None] = {}
        while rest:
            now = self._clock.now()
            parts = list(self._addition(campaign, rest, now))
            failures = self._transactor.write(parts, now + _PATIENCE)
            if failures is None:
                break
            if _OPEN_GATE in failures:
                item = failures[_OPEN_GATE]
                if not item:
                    raise CampaignNotFoundError(campaign.campaign_id)
                known = campaign_of(item)
                if known.shards != campaign.shards and known.status not in TERMINAL:
                    return {**there, **self.add(known, rest)}
                raise CampaignClosedError(known.status)
            there |= {name.split(" ", 1)[1]: origin_of(item) for name, item in failures.items()}
            rest = [r for r in rest if r.phone not in there]
        return there

    def known(self, campaign: Campaign, phones: Sequence[str]) -> Mapping[str, Origin | None]:
        """One consistent read for all of them; much cheaper than a refused `add`."""
        spellings = {spelling: p for p in phones for spelling in (p, equivalent(p)) if spelling}
        campaign_id, shards = campaign.campaign_id, campaign.shards
        wanted = [
            key(self._keys.recipient(campaign_id, one, shard_of(one, shards))) for one in spellings
        ]
        found = batch_get(self._client, self._recipients, wanted, "SK, importId, importLine")
        return {
            spellings[item["SK"]["S"].removeprefix(RECIPIENT_PREFIX)]: origin_of(item)
            for item in found
        }

    def get(self, campaign_id: str, phone: str, shard: int = 0) -> Recipient | None:
        """One recipient (consistent)."""
        with store_errors():
            answer = self._client.get_item(
                TableName=self._recipients,
                Key=key(self._keys.recipient(campaign_id, phone, shard)),
                ConsistentRead=True,
            )
        return recipient_of(answer["Item"], campaign_id, shard) if "Item" in answer else None

    def pending(
        self, campaign_id: str, now: datetime, limit: int, shard: int = 0
    ) -> Sequence[Recipient]:
        """Due recipients from the sparse index: it holds nobody else, so the cost never grows."""
        with store_errors():
            answer = self._client.query(
                TableName=self._recipients,
                IndexName=PENDING.name,
                KeyConditionExpression="pendingShard = :shard AND dueAt <= :now",
                ExpressionAttributeValues={
                    ":shard": {"S": self._keys.recipient_partition(campaign_id, shard)},
                    ":now": {"S": to_text(now)},
                },
                Limit=limit,
            )
        return [recipient_of(item, campaign_id, shard) for item in answer["Items"]]

    def list(
        self,
        campaign_id: str,
        status: RecipientStatus | None,
        limit: int,
        cursor: str | None,
        shards: int = 1,
    ) -> Page[Recipient]:
        """A page filtered by status may be short and still have a next one."""
        search = RecipientSearch(self._keys, self._client, self._recipients)
        return search.list(campaign_id, Search(status), limit, cursor, shards)

    def _addition(
        self, campaign: Campaign, recipients: Sequence[Recipient], now: datetime
    ) -> Iterator[Part]:
        """The campaign's total IF it has not ended, its counter, and everybody IF they are new.

        All that only IF the campaign has as many shards as were thought: a person has one place.
        """
        campaign_id = campaign.campaign_id
        alike, shards = same_shards(campaign.shards)
        count = {"N": str(len(recipients))}
        ended = {f":ended{n}": {"S": status.value} for n, status in enumerate(sorted(TERMINAL))}
        total = {
            "TableName": self._campaigns,
            "Key": key(self._keys.campaign(campaign_id)),
            "UpdateExpression": "ADD totalRecipients :count",
            "ConditionExpression": (
                f"attribute_exists(PK) AND NOT #status IN ({', '.join(ended)}) AND {alike}"
            ),
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": {":count": count, **ended, **shards},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        yield Part(_OPEN_GATE, {"Update": total})
        counter = {
            "TableName": self._campaigns,
            "Key": key(self._keys.stats(campaign_id, counter_shard(recipients[0].shard))),
            "UpdateExpression": f"ADD {RecipientStatus.PENDING.value} :count",
            "ExpressionAttributeValues": {":count": count},
        }
        yield Part("count", {"Update": counter})
        new = {
            "TableName": self._recipients,
            "ConditionExpression": "attribute_not_exists(PK)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        for recipient in recipients:
            put = {"Item": recipient_item(self._keys, recipient, now), **new}
            yield Part(_NEW + recipient.phone, {"Put": put})
            if twin := equivalent(recipient.phone):
                check = {
                    "Key": key(self._keys.recipient(campaign_id, twin, recipient.shard)),
                    **new,
                }
                yield Part(_TWIN + recipient.phone, {"ConditionCheck": check})
