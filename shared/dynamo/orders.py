"""What people decide about recipients, as DynamoDB transactions.

part       condition                                   if it does not hold
---------  ------------------------------------------  ----------------------------------------
campaign   it is in the state in which it was read     read it again; with `accept`: it is there
recipient  all that changes is as it was read          somebody or something else was quicker
counters   none                                        -
event      none; only when the campaign is reopened    -
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from shared.domain.campaign import Campaign, CampaignStatus, Event
from shared.domain.evidence import Change, Outdated
from shared.dynamo import campaign_writes
from shared.dynamo.client import key
from shared.dynamo.history import HistoryStore
from shared.dynamo.keys import Keys
from shared.dynamo.recipient_changes import changed, counted
from shared.dynamo.transaction import Part, Transactor

_CAMPAIGN = "campaign"


class OrderStore:
    """See `shared.usecases.order_ports.OrderStore`."""

    def __init__(
        self,
        keys: Keys,
        transactor: Transactor,
        history: HistoryStore,
        campaigns: str,
        recipients: str,
    ) -> None:
        self._keys = keys
        self._transactor = transactor
        self._history = history
        self._campaigns = campaigns
        self._recipients = recipients

    def write(
        self, campaign: Campaign, changes: Sequence[Change], reopened: Event, give_up_at: datetime
    ) -> Outdated | None:
        """See the table of the module."""
        parts = list(self._parts(campaign, changes, reopened))
        failures = self._transactor.write(parts, give_up_at)
        if failures is None:
            return None
        phones = frozenset(name.split(" ", 1)[1] for name in failures if name != _CAMPAIGN)
        return Outdated(phones, _CAMPAIGN in failures)

    def _parts(
        self, campaign: Campaign, changes: Sequence[Change], reopened: Event
    ) -> Iterator[Part]:
        reopens = any(change.reopens for change in changes)
        if reopens and campaign.status is CampaignStatus.COMPLETED:
            update = campaign_writes.reopen(self._keys, campaign.campaign_id, reopened.at)
            yield Part(_CAMPAIGN, {"Update": {"TableName": self._campaigns, **update}})
            yield self._history.part(reopened)
        else:
            yield self._gate(campaign, reopens)
        for change in changes:
            yield changed(self._keys, self._recipients, change)
        yield from counted(self._keys, self._campaigns, campaign.campaign_id, changes)

    def _gate(self, campaign: Campaign, reopens: bool) -> Part:
        """Nobody goes into the queue of a campaign that has ended, nor comes back to a deleted."""
        check: dict[str, Any] = {
            "TableName": self._campaigns,
            "Key": key(self._keys.campaign(campaign.campaign_id)),
            "ConditionExpression": "attribute_exists(PK)",
        }
        if reopens:
            check |= {
                "ConditionExpression": "#status = :seen",
                "ExpressionAttributeNames": {"#status": "status"},
                "ExpressionAttributeValues": {":seen": {"S": campaign.status.value}},
            }
        return Part(_CAMPAIGN, {"ConditionCheck": check})
