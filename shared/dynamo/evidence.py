"""What webhooks show, as DynamoDB transactions: recipients with their counters, or nothing.

    part        condition                                    if it does not hold
    ----------  -------------------------------------------  -------------------------------
    recipient   all that changes is as it was read           it has moved: read it again
    not ended   the campaign is there and has not ended      nobody goes back into its queue
    contact     the conversation is the one of this message  it has moved: read it again
    counters    none                                         -

The writes of recipients and counters are in `shared.dynamo.recipient_changes`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.domain.campaign import TERMINAL
from shared.domain.evidence import Change, Outdated
from shared.domain.instants import to_text
from shared.domain.recipient import Place, Recipient
from shared.dynamo.client import batch_get, key, store_errors
from shared.dynamo.items import recipient_of
from shared.dynamo.keys import RECIPIENT_PREFIX, Keys, place_of
from shared.dynamo.recipient_changes import changed, counted
from shared.dynamo.schema import BY_MESSAGE
from shared.dynamo.transaction import Part, Transactor

_NOT_ENDED, _CONTACT = "not ended", "contact "


class EvidenceStore:
    """See `shared.usecases.evidence_ports.EvidenceStore`."""

    def __init__(
        self,
        keys: Keys,
        client: Any,
        transactor: Transactor,
        campaigns: str,
        recipients: str,
        whatsapp: str,
    ) -> None:
        self._keys = keys
        self._client = client
        self._transactor = transactor
        self._campaigns = campaigns
        self._recipients = recipients
        self._whatsapp = whatsapp

    def find(self, message_ids: Sequence[str]) -> Mapping[str, Place]:
        """One query of the index for each id: only what carries no reference of ours needs it."""
        found = {}
        for message_id in message_ids:
            with store_errors():
                answer = self._client.query(
                    TableName=self._recipients,
                    IndexName=BY_MESSAGE.name,
                    KeyConditionExpression="messageId = :id",
                    ExpressionAttributeValues={":id": {"S": message_id}},
                    Limit=2,
                )
            for item in answer["Items"]:
                tenant_id, campaign_id, shard = place_of(item["PK"]["S"])
                phone = item["SK"]["S"].removeprefix(RECIPIENT_PREFIX)
                if tenant_id == self._keys.tenant_id:
                    found[message_id] = Place(campaign_id, phone, shard)
        return found

    def recipients(self, campaign_id: str, places: Mapping[str, int]) -> Mapping[str, Recipient]:
        """One consistent read."""
        wanted = [key(self._keys.recipient(campaign_id, *place)) for place in places.items()]
        items = batch_get(self._client, self._recipients, wanted)
        read = [recipient_of(item, campaign_id, place_of(item["PK"]["S"])[2]) for item in items]
        return {recipient.phone: recipient for recipient in read if recipient.readable}

    def write(
        self, campaign_id: str, sender_id: str, changes: Sequence[Change], give_up_at: datetime
    ) -> Outdated | None:
        """See the table of the module."""
        parts = list(self._parts(campaign_id, sender_id, changes))
        failures = self._transactor.write(parts, give_up_at)
        if failures is None:
            return None
        phones = frozenset(name.split(" ", 1)[1] for name in failures if name != _NOT_ENDED)
        return Outdated(phones, _NOT_ENDED in failures)

    def _parts(self, campaign_id: str, sender_id: str, changes: Sequence[Change]) -> Iterator[Part]:
        if any(change.reopens for change in changes):
            yield self._not_ended(campaign_id)
        for change in changes:
            yield changed(self._keys, self._recipients, change)
            if change.closes is not None:
                yield self._closed(sender_id, change.before.phone, change.closes)
        yield from counted(self._keys, self._campaigns, campaign_id, changes)

    def _closed(self, sender_id: str, phone: str, opened_at: datetime) -> Part:
        """Nothing is built on it any more, neither that it is open nor that it is over."""
        update = {
            "TableName": self._whatsapp,
            "Key": key(self._keys.conversation(sender_id, phone)),
            "UpdateExpression": "SET maybeOpenedAt = :at REMOVE openedAt",
            "ConditionExpression": "openedAt = :at",
            "ExpressionAttributeValues": {":at": {"S": to_text(opened_at)}},
        }
        return Part(_CONTACT + phone, {"Update": update})

    def _not_ended(self, campaign_id: str) -> Part:
        ended = {f":ended{n}": {"S": status.value} for n, status in enumerate(sorted(TERMINAL))}
        check = {
            "TableName": self._campaigns,
            "Key": key(self._keys.campaign(campaign_id)),
            "ConditionExpression": f"attribute_exists(PK) AND NOT #status IN ({', '.join(ended)})",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": ended,
        }
        return Part(_NOT_ENDED, {"ConditionCheck": check})
