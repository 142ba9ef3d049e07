"""The state of senders, and what is known of the people they write to."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.domain.conversation import Contact
from shared.domain.instants import from_text, to_text
from shared.dynamo.client import batch_get, key, store_errors
from shared.dynamo.keys import Keys, phone_of_conversation
from shared.dynamo.transaction import Part, Transactor
from shared.ports import Clock, Sender

_PATIENCE = timedelta(seconds=3)  # how long a stop tries to get past boundaries that check the item


_SOME_DAY = datetime(9000, 1, 1, tzinfo=UTC)  # never over


class SenderStore:
    """See `shared.ports.SenderStore`.

    Every boundary of every worker checks the sender's item, so a plain write of it often meets a
    transaction and is refused; the stop must get through just then. Hence transactions of one item,
    which are tried again. Raises StoreUnavailableError.
    """

    def __init__(
        self, keys: Keys, client: Any, transactor: Transactor, clock: Clock, table: str
    ) -> None:
        self._keys = keys
        self._client = client
        self._transactor = transactor
        self._clock = clock
        self._table = table

    def get(self, sender_id: str) -> Sender:
        """The sender's state (consistent); one that was never stopped has no item."""
        with store_errors():
            answer = self._client.get_item(
                TableName=self._table, Key=key(self._keys.sender(sender_id)), ConsistentRead=True
            )
        item = answer.get("Item", {})
        return Sender(
            sender_id,
            stopped_until=_instant(item, "stoppedUntil"),
            stop_reason=item.get("stopReason", {}).get("S"),
            halted="haltedAt" in item,
        )

    def stop(self, sender_id: str, until: datetime, reason: str) -> None:
        """Nothing leaves before `until`. Never shortens a longer stop."""
        self._update(
            sender_id,
            "SET stoppedUntil = :until, stopReason = :reason",
            {":until": to_text(until), ":reason": reason},
            "attribute_not_exists(haltedAt)"
            " AND (attribute_not_exists(stoppedUntil) OR stoppedUntil < :until)",
        )

    def halt(self, sender_id: str, at: datetime, reason: str) -> None:
        """Nothing leaves until a person resumes."""
        self._update(
            sender_id,
            "SET haltedAt = :at, stopReason = :reason",
            {":at": to_text(at), ":reason": reason},
        )

    def release(self, sender_id: str) -> None:
        """A person resumes."""
        self._update(sender_id, "REMOVE haltedAt, stoppedUntil, stopReason", {})

    def _update(
        self,
        sender_id: str,
        expression: str,
        values: Mapping[str, str],
        condition: str | None = None,
    ) -> None:
        """Write it; if `condition` does not hold, it is not needed."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "Key": key(self._keys.sender(sender_id)),
            "UpdateExpression": expression,
        }
        if values:
            request["ExpressionAttributeValues"] = {n: {"S": text} for n, text in values.items()}
        if condition:
            request["ConditionExpression"] = condition
        self._transactor.write([Part("sender", {"Update": request})], self._clock.now() + _PATIENCE)


class ContactStore:
    """See `shared.ports.ContactStore`."""

    def __init__(self, keys: Keys, client: Any, table: str) -> None:
        self._keys = keys
        self._client = client
        self._table = table

    def contacts(self, sender_id: str, phones: Sequence[str]) -> Mapping[str, Contact]:
        """One consistent read for each hundred phones."""
        wanted = [key(self._keys.conversation(sender_id, phone)) for phone in phones]
        found = map(_contact, batch_get(self._client, self._table, wanted))
        return {contact.phone: contact for contact in found}


def _contact(item: dict[str, Any]) -> Contact:
    """What can't be read errs on the safe side: the conversation may be open, at any time."""
    phone, opted_out = phone_of_conversation(item["PK"]["S"]), "optedOutAt" in item
    try:
        opened_at, maybe_opened_at = _instant(item, "openedAt"), _instant(item, "maybeOpenedAt")
    except (KeyError, ValueError, TypeError):
        return Contact(phone, maybe_opened_at=_SOME_DAY, opted_out=opted_out)
    return Contact(phone, opened_at, maybe_opened_at, opted_out)


def _instant(item: dict[str, Any], name: str) -> datetime | None:
    return from_text(item[name]["S"]) if name in item else None
