"""The group boundary as one DynamoDB transaction.

    part            condition                                   if it does not hold
    --------------  ------------------------------------------  --------------------------------
    gate: campaign  status is RUNNING                           no claims; commit alone, leave
    gate: sender    not halted, and not stopped now             no claims; commit alone, leave
    gate: not ended not COMPLETED, CANCELLED or FAILED          nobody goes back into the queue
    screen          the suppression list is as it was seen      look at it again, then claim
    guard           count + units <= what the cap leaves        claim what fits, at zero pause
    own cap         count + claims <= the campaign's own cap    the same
    journal         the entry is the one last written, or new   a sweep has judged us: leave
    claim           PENDING, and no attempt since it was read   somebody else's: drop it
    settle          still ours, in the state that we believe    evidence came first: see what
    count           none                                        -
    contact         none                                        -
    opt-out         none                                        -
    event           none; only with what is rare                -

A settled recipient takes two items (its state, its conversation or its opt-out) and a claimed one
takes one, so a boundary of g each takes at most 3·g + 10. With DynamoDB's limit of 100, g is at
most 30.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from shared.domain.boundary import Boundary, Lease, Moved, Refusal, Settlement
from shared.domain.campaign import TERMINAL
from shared.domain.errors import UnreadableError
from shared.domain.instants import from_text, to_text
from shared.domain.recipient import RecipientStatus
from shared.domain.shards import counter_shard
from shared.dynamo import quota, recipient_writes, suppression_writes
from shared.dynamo.client import Attributes, key, store_errors
from shared.dynamo.counters import counting, minute_attribute
from shared.dynamo.history import HistoryStore
from shared.dynamo.items import DAMAGED, claims_of, claims_text
from shared.dynamo.keys import TICK_KIND, Keys
from shared.dynamo.sender_items import may_send
from shared.dynamo.transaction import Failures, Part, Transactor
from shared.ports import Journal

_GATE, _GUARD, _OWN_CAP, _JOURNAL = "gate", "guard", "own cap", "journal"
_CLAIM, _SETTLE, _SKIP = "claim ", "settle ", "skip "
_TAKEN = frozenset({RecipientStatus.SENT, RecipientStatus.HELD})


class BoundaryStore:
    """Writes boundaries and reads the journal that they keep."""

    def __init__(
        self,
        keys: Keys,
        client: Any,
        transactor: Transactor,
        history: HistoryStore,
        campaigns: str,
        recipients: str,
        whatsapp: str,
    ) -> None:
        self._keys = keys
        self._client = client
        self._transactor = transactor
        self._history = history
        self._campaigns = campaigns
        self._recipients = recipients
        self._whatsapp = whatsapp

    def write(self, boundary: Boundary, give_up_at: datetime) -> Refusal | None:
        """See `shared.ports.BoundaryStore.write`."""
        parts = list(self._parts(boundary))
        if boundary.event:
            parts.append(self._history.part(boundary.event))
        failures = self._transactor.write(parts, give_up_at)
        return None if failures is None else _refusal(boundary, failures)

    def journal(self, campaign_id: str, worker: str) -> Journal | None:
        """What a worker holds (consistent). Raises UnreadableError."""
        with store_errors():
            answer = self._client.get_item(
                TableName=self._campaigns,
                Key=key(self._keys.run(campaign_id, worker)),
                ConsistentRead=True,
            )
        item = answer.get("Item")
        if item is None:
            return None
        try:
            lease = Lease(worker, from_text(item["since"]["S"]), from_text(item["tickAt"]["S"]))
            claims = claims_of(item["claims"]["S"], campaign_id, lease.since)
            return Journal(campaign_id, item["senderId"]["S"], lease, claims)
        except DAMAGED as error:
            raise UnreadableError(f"worker {worker} of the campaign {campaign_id}") from error

    def postpone(
        self, campaign_id: str, worker: str, until: datetime, give_up_at: datetime
    ) -> None:
        """Let no tick look at a journal entry before `until`. All else in it stays."""
        update = {
            "TableName": self._campaigns,
            "Key": key(self._keys.run(campaign_id, worker)),
            "UpdateExpression": "SET tickAt = :until",
            "ConditionExpression": "attribute_exists(PK)",
            "ExpressionAttributeValues": {":until": {"S": to_text(until)}},
        }
        self._transactor.write([Part(_JOURNAL, {"Update": update})], give_up_at)

    def _parts(self, boundary: Boundary) -> Iterator[Part]:
        if boundary.claims:
            yield from self._gate(boundary)
        elif boundary.reopens:
            yield self._not_ended(boundary)
        yield from suppression_writes.parts(self._keys, self._whatsapp, boundary)
        for change in quota.sender_changes(self._keys, self._whatsapp, boundary):
            yield Part(_GUARD, {"Update": change})
        if own := quota.campaign_change(self._keys, self._campaigns, boundary):
            yield Part(_OWN_CAP, {"Update": own})
        yield from self._journal_entry(boundary)
        yield from self._counters(boundary)
        for settlement in boundary.settled:
            update = recipient_writes.settle(self._keys, self._recipients, settlement, boundary.now)
            yield Part(_SETTLE + settlement.claim.recipient.phone, {"Update": update})
            yield from self._contact(boundary, settlement)
        for skip in boundary.skipped:
            update = recipient_writes.skip(self._keys, self._recipients, skip, boundary.now)
            yield Part(_SKIP + skip.recipient.phone, {"Update": update})
        for claim in boundary.claims:
            update = recipient_writes.claim(self._keys, self._recipients, claim)
            yield Part(_CLAIM + claim.recipient.phone, {"Update": update})

    def _gate(self, boundary: Boundary) -> Iterator[Part]:
        """No claim without a running campaign and a sender that may send; commits never ask."""
        campaign = {
            "TableName": self._campaigns,
            "Key": key(self._keys.campaign(boundary.campaign_id)),
            "ConditionExpression": "#status = :running",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": {":running": {"S": "RUNNING"}},
        }
        sender = may_send(self._keys, self._whatsapp, boundary.sender_id, boundary.now)
        yield Part(_GATE, {"ConditionCheck": campaign})
        yield Part(_GATE, {"ConditionCheck": sender})

    def _not_ended(self, boundary: Boundary) -> Part:
        """Nobody goes back into the queue of a campaign that was COMPLETED meanwhile."""
        ended = {f":ended{n}": {"S": status.value} for n, status in enumerate(sorted(TERMINAL))}
        check = {
            "TableName": self._campaigns,
            "Key": key(self._keys.campaign(boundary.campaign_id)),
            "ConditionExpression": f"NOT #status IN ({', '.join(ended)})",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": ended,
        }
        return Part(_GATE, {"ConditionCheck": check})

    def _journal_entry(self, boundary: Boundary) -> Iterator[Part]:
        """Who holds what, since when: written with the claims, gone with the last commit.

        The entry is in the `tick` index under the end of the lease, so a sweep finds it by itself.
        A worker whose entry is gone has been swept, and must not claim under it again; a sweep
        whose entry has changed was too early, and must not judge.
        """
        entry = key(self._keys.run(boundary.campaign_id, boundary.lease.worker))
        unswept = {":since": {"S": to_text(boundary.lease.since)}}
        if boundary.claims:
            put: dict[str, Any] = {
                "TableName": self._campaigns,
                "Item": {
                    **entry,
                    "claims": {"S": claims_text(boundary.claims)},
                    "senderId": {"S": boundary.sender_id},
                    "since": {"S": to_text(boundary.now)},
                    "tickKind": {"S": TICK_KIND},
                    "tickAt": {"S": to_text(boundary.lease.until)},
                },
                "ConditionExpression": "attribute_not_exists(PK)",
            }
            if boundary.journaled:
                put |= {
                    "ConditionExpression": "since = :since",
                    "ExpressionAttributeValues": unswept,
                }
            yield Part(_JOURNAL, {"Put": put})
        elif boundary.journaled:
            delete = {
                "TableName": self._campaigns,
                "Key": entry,
                "ConditionExpression": "attribute_not_exists(PK) OR since = :since",
                "ExpressionAttributeValues": unswept,
            }
            yield Part(_JOURNAL, {"Delete": delete})

    def _counters(self, boundary: Boundary) -> Iterator[Part]:
        deltas = boundary.deltas()
        if deltas:
            update = {
                "TableName": self._campaigns,
                "Key": key(self._keys.stats(boundary.campaign_id, counter_shard(boundary.shard))),
                **counting(deltas),
            }
            yield Part("count", {"Update": update})
        if boundary.accepted:
            update = {
                "TableName": self._campaigns,
                "Key": key(self._keys.minutes(boundary.campaign_id, boundary.now, boundary.shard)),
                **counting({minute_attribute(boundary.now): boundary.accepted}),
            }
            yield Part("count", {"Update": update})

    def _contact(self, boundary: Boundary, settlement: Settlement) -> Iterator[Part]:
        sets: dict[str, Attributes] = {}
        if settlement.status in _TAKEN:
            sets["lastCampaignId"] = {"S": boundary.campaign_id}
            sets["lastSentAt"] = {"S": to_text(boundary.now)}
        if settlement.opens_conversation:
            sets["openedAt"] = {"S": to_text(settlement.claim.at)}
        if settlement.may_open_conversation:
            sets["maybeOpenedAt"] = {"S": to_text(settlement.claim.at)}
        if sets:
            update = {
                "TableName": self._whatsapp,
                "Key": key(
                    self._keys.conversation(boundary.sender_id, settlement.claim.recipient.phone)
                ),
                "UpdateExpression": "SET " + ", ".join(f"{name} = :{name}" for name in sets),
                "ExpressionAttributeValues": {f":{name}": v for name, v in sets.items()},
            }
            yield Part("contact", {"Update": update})


def _refusal(boundary: Boundary, failures: Failures) -> Refusal:
    own = {s.claim.recipient.phone: s.claim.claim_id for s in boundary.settled}
    return Refusal(
        taken=frozenset(
            name.split(" ", 1)[1] for name in failures if name.startswith((_CLAIM, _SKIP))
        ),
        moved={
            phone: _state_under(claim_id, failures[_SETTLE + phone])
            for phone, claim_id in own.items()
            if _SETTLE + phone in failures
        },
        gate_closed=_GATE in failures,
        outdated=suppression_writes.SCREEN in failures,
        fenced=_JOURNAL in failures,
        day_total=_count(failures, _GUARD),
        campaign_total=_count(failures, _OWN_CAP),
    )


def _state_under(claim_id: str, item: Attributes) -> Moved:
    status = item.get("status", {}).get("S")
    if item.get("claim", {}).get("S") != claim_id or status not in set(RecipientStatus):
        return Moved()
    return Moved(RecipientStatus(status), item.get("errorCode", {}).get("S"))


def _count(failures: Failures, name: str) -> int | None:
    if name not in failures:
        return None
    return int(failures[name].get("count", {"N": "0"})["N"])
