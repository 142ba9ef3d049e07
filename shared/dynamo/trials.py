"""The writes of test sends.

    part        condition                                     if it does not hold
    ----------  --------------------------------------------  ----------------------------------
    key         no test was reserved under it                 tell what became of that one
    campaign    it is there                                   it was deleted
    sender      not halted, and not stopped now               say why
    screen      the suppression list is as it was seen        look at it again
    often       fewer than so many in this minute             say how long to wait
    guard       count + units <= what the cap leaves          say when there is room
    contact     none; from now on a conversation may be open  -

What follows the call has no condition but that the campaign is there, for its history's sake.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from shared.domain.boundary import Boundary, Lease
from shared.domain.instants import to_text
from shared.domain.trial import (
    KEPT,
    MOST_A_MINUTE,
    UNTOLD,
    Ended,
    Trial,
    TrialEnd,
    TrialRefusal,
    Verdict,
)
from shared.dynamo import quota, suppression_writes
from shared.dynamo.client import Attributes, from_attributes, key, to_attributes
from shared.dynamo.history import HistoryStore
from shared.dynamo.keys import Key, Keys
from shared.dynamo.sender_items import may_send
from shared.dynamo.transaction import Failures, Part, Transactor

_KEY, _CAMPAIGN, _SENDER, _OFTEN, _GUARD = "key", "campaign", "sender", "often", "guard"


class TrialStore:
    """See `shared.usecases.send_trial.TrialStore`."""

    def __init__(
        self,
        keys: Keys,
        transactor: Transactor,
        history: HistoryStore,
        campaigns: str,
        whatsapp: str,
    ) -> None:
        self._keys = keys
        self._transactor = transactor
        self._history = history
        self._campaigns = campaigns
        self._whatsapp = whatsapp

    def reserve(self, trial: Trial, now: datetime, give_up_at: datetime) -> TrialRefusal | None:
        """See `shared.usecases.send_trial.TrialStore`."""
        failures = self._transactor.write(list(self._reserving(trial, now)), give_up_at)
        return None if failures is None else _refusal(failures)

    def end(self, ended: Ended, now: datetime, give_up_at: datetime) -> None:
        """See `shared.usecases.send_trial.TrialStore`."""
        parts = list(self._ending(ended, now))
        story = (
            [self._campaign_is_there(ended.trial), self._history.part(ended.event)]
            if (ended.event)
            else []
        )
        if self._transactor.write([*parts, *story], give_up_at) is not None:
            self._transactor.write(parts, give_up_at)  # the campaign was deleted meanwhile

    def _reserving(self, trial: Trial, now: datetime) -> Iterator[Part]:
        record = {
            "TableName": self._whatsapp,
            "Item": {
                **key(self._keys.trial(trial.key)),
                "at": {"S": to_text(now)},
                "expiresAt": _epoch(now + KEPT),
            },
            "ConditionExpression": "attribute_not_exists(PK)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        yield Part(_KEY, {"Put": record})
        yield self._campaign_is_there(trial)
        gate = may_send(self._keys, self._whatsapp, trial.sender_id, now)
        yield Part(_SENDER, {"ConditionCheck": gate})
        screen = suppression_writes.screened(self._keys, self._whatsapp, trial.screened_at)
        yield Part(suppression_writes.SCREEN, screen)
        yield Part(_OFTEN, {"Update": self._one_more(now)})
        for change in quota.sender_changes(self._keys, self._whatsapp, _boundary(trial, now)):
            yield Part(_GUARD, {"Update": change})
        if trial.claim.charged:
            yield self._contact(trial, "maybeOpenedAt")

    def _ending(self, ended: Ended, now: datetime) -> Iterator[Part]:
        trial, settlement = ended.trial, ended.settlement
        boundary = _boundary(trial, now, ended)
        for change in quota.sender_changes(self._keys, self._whatsapp, boundary):
            yield Part(_GUARD, {"Update": change})
        yield from suppression_writes.parts(self._keys, self._whatsapp, boundary)
        if settlement.opens_conversation:
            yield self._contact(trial, "openedAt")
        item = self._keys.trial(trial.key)
        if ended.event is None:
            yield Part(_KEY, {"Delete": {"TableName": self._whatsapp, "Key": key(item)}})
        else:
            yield Part(_KEY, {"Update": self._told(item, ended.end)})

    def _campaign_is_there(self, trial: Trial) -> Part:
        check = {
            "TableName": self._campaigns,
            "Key": key(self._keys.campaign(trial.claim.recipient.campaign_id)),
            "ConditionExpression": "attribute_exists(PK)",
        }
        return Part(_CAMPAIGN, {"ConditionCheck": check})

    def _one_more(self, now: datetime) -> dict[str, Any]:
        return {
            "TableName": self._whatsapp,
            "Key": key(self._keys.trials_of(now)),
            "UpdateExpression": "SET expiresAt = :expires ADD #count :one",
            "ConditionExpression": "attribute_not_exists(#count) OR #count < :most",
            "ExpressionAttributeNames": {"#count": "count"},
            "ExpressionAttributeValues": {
                ":one": {"N": "1"},
                ":most": {"N": str(MOST_A_MINUTE)},
                ":expires": _epoch(now + timedelta(hours=1)),
            },
        }

    def _contact(self, trial: Trial, name: str) -> Part:
        update = {
            "TableName": self._whatsapp,
            "Key": key(self._keys.conversation(trial.sender_id, trial.claim.recipient.phone)),
            "UpdateExpression": f"SET {name} = :at",
            "ExpressionAttributeValues": {":at": {"S": to_text(trial.claim.at)}},
        }
        return Part("contact", {"Update": update})

    def _told(self, item: Key, end: TrialEnd) -> dict[str, Any]:
        said = {
            "outcome": end.verdict.value,
            "messageId": end.message_id,
            "errorCode": end.code,
            "errorMessage": end.message,
        }
        values = to_attributes(said)
        return {
            "TableName": self._whatsapp,
            "Key": key(item),
            "UpdateExpression": "SET " + ", ".join(f"{name} = :{name}" for name in values),
            "ExpressionAttributeValues": {f":{name}": value for name, value in values.items()},
        }


def _boundary(trial: Trial, now: datetime, ended: Ended | None = None) -> Boundary:
    """What the cap and the suppression list have to do with it, as a boundary has it."""
    campaign_id = trial.claim.recipient.campaign_id
    lease = Lease(trial.claim.claim_id, now, now)
    if ended is None:
        return Boundary(campaign_id, trial.sender_id, lease, now, reservation=trial.reservation)
    settled = (ended.settlement,)
    return Boundary(
        campaign_id, trial.sender_id, lease, now, settled=settled, spent=trial.reservation
    )


def _refusal(failures: Failures) -> TrialRefusal:
    return TrialRefusal(
        known=_end(failures[_KEY]) if _KEY in failures else None,
        gone=_CAMPAIGN in failures,
        stopped=_SENDER in failures,
        outdated=suppression_writes.SCREEN in failures,
        too_many=_OFTEN in failures,
        full=_GUARD in failures,
    )


def _end(attributes: Attributes) -> TrialEnd:
    """Of an earlier test; one that nothing was told of may have been called."""
    item = from_attributes(attributes)
    if "outcome" not in item:
        return UNTOLD
    return TrialEnd(
        Verdict(item["outcome"]),
        item.get("messageId"),
        item.get("errorCode"),
        item.get("errorMessage"),
    )


def _epoch(at: datetime) -> Attributes:
    return {"N": str(int(at.timestamp()))}
