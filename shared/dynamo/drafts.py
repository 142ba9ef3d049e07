"""Changes of drafts: one conditional write each."""

from datetime import timedelta
from typing import Any

from shared.domain.campaign import Campaign, CampaignStatus, Event
from shared.domain.errors import CampaignNotDraftError, CampaignNotFoundError, TextsFrozenError
from shared.dynamo.campaign_items import campaign_item, campaign_of
from shared.dynamo.campaign_writes import NO_IMPORT, NO_IMPORTS
from shared.dynamo.client import key
from shared.dynamo.history import HistoryStore
from shared.dynamo.keys import Keys
from shared.dynamo.transaction import Part, Transactor
from shared.ports import Clock

_PATIENCE = timedelta(seconds=10)  # how long a change tries to get past conflicts
_TEXTS = frozenset({"templateName", "templateLanguage", "templateParams"})


class DraftStore:
    """See `shared.usecases.edit_ports.DraftStore`."""

    def __init__(
        self,
        keys: Keys,
        transactor: Transactor,
        clock: Clock,
        history: HistoryStore,
        table: str,
    ) -> None:
        self._keys = keys
        self._transactor = transactor
        self._clock = clock
        self._history = history
        self._table = table

    def change(self, before: Campaign, after: Campaign, event: Event) -> None:
        """Write those settings that differ, and the line of the history."""
        parts = [Part("campaign", {"Update": self._update(before, after)})]
        parts.append(self._history.part(event))
        failures = self._transactor.write(parts, self._clock.now() + _PATIENCE)
        if failures is None:
            return
        item = failures["campaign"]
        if not item:
            raise CampaignNotFoundError(before.campaign_id)
        campaign = campaign_of(item)
        if campaign.status is not CampaignStatus.DRAFT:
            raise CampaignNotDraftError(campaign.status)
        raise TextsFrozenError

    def _update(self, before: Campaign, after: Campaign) -> dict[str, Any]:
        """What differs IF it is a draft; if texts differ, also if nobody is there or on the way.

        Only that: two changes of different settings at the same time don't undo each other.
        """
        old, new = campaign_item(self._keys, before), campaign_item(self._keys, after)
        sets = {name: value for name, value in new.items() if old.get(name) != value}
        removes = [name for name in old if name not in new]
        values: dict[str, Any] = {f":{name}": value for name, value in sets.items()}
        values[":draft"] = {"S": CampaignStatus.DRAFT.value}
        condition = "#status = :draft"
        if not _TEXTS.isdisjoint((*sets, *removes)):
            condition += f" AND totalRecipients = :nobody AND {NO_IMPORT}"
            values |= {":nobody": {"N": "0"}, **NO_IMPORTS}
        clauses = []
        if sets:
            clauses.append("SET " + ", ".join(f"#{name} = :{name}" for name in sets))
        if removes:
            clauses.append("REMOVE " + ", ".join(f"#{name}" for name in removes))
        return {
            "TableName": self._table,
            "Key": key(self._keys.campaign(before.campaign_id)),
            "UpdateExpression": " ".join(clauses),
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {f"#{name}": name for name in (*sets, *removes, "status")},
            "ExpressionAttributeValues": values,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
