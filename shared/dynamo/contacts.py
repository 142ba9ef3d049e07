"""What is known of the people that senders write to."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.domain.conversation import Contact
from shared.domain.instants import from_text, to_text
from shared.dynamo.client import Attributes, batch_get, key
from shared.dynamo.keys import Keys, phone_of_conversation
from shared.dynamo.transaction import Part, Transactor
from shared.ports import Clock

_SOME_DAY = datetime(9000, 1, 1, tzinfo=UTC)  # never over
_PATIENCE = timedelta(seconds=10)  # sending writes the item too


class ContactStore:
    """See `shared.usecases.executor_ports.ContactStore`."""

    def __init__(
        self, keys: Keys, client: Any, transactor: Transactor, clock: Clock, table: str
    ) -> None:
        self._keys = keys
        self._client = client
        self._transactor = transactor
        self._clock = clock
        self._table = table

    def contacts(self, sender_id: str, phones: Sequence[str]) -> Mapping[str, Contact]:
        """One consistent read for each hundred phones."""
        wanted = [key(self._keys.conversation(sender_id, phone)) for phone in phones]
        found = map(_contact, batch_get(self._client, self._table, wanted))
        return {contact.phone: contact for contact in found}

    def change(self, sender_id: str, before: Contact, after: Contact) -> bool:
        """IF it is still as it was read; what sending writes beside this is not touched."""
        old, new = _instants(before), _instants(after)
        differ = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
        if not differ:
            return True  # by less than a millisecond, which is not stored
        sets = [name for name in differ if name in new]
        removes = [name for name in differ if name not in new]
        expression = "SET " + ", ".join(f"{name} = :{name}" for name in sets)
        if removes:
            expression += " REMOVE " + ", ".join(removes)
        values = {f":{name}": new[name] for name in sets}
        values |= {f":old_{name}": old[name] for name in differ if name in old}
        update = {
            "TableName": self._table,
            "Key": key(self._keys.conversation(sender_id, before.phone)),
            "UpdateExpression": expression,
            "ConditionExpression": " AND ".join(
                f"{name} = :old_{name}" if name in old else f"attribute_not_exists({name})"
                for name in differ
            ),
            "ExpressionAttributeValues": values,
        }
        give_up_at = self._clock.now() + _PATIENCE
        return self._transactor.write([Part("contact", {"Update": update})], give_up_at) is None


def _contact(item: dict[str, Any]) -> Contact:
    """What can't be read errs on the safe side: the conversation may be open, at any time."""
    phone = phone_of_conversation(item["PK"]["S"])
    try:
        return Contact(
            phone,
            _instant(item, "openedAt"),
            _instant(item, "maybeOpenedAt"),
            _instant(item, "lastInboundAt"),
            item["lastCampaignId"]["S"] if "lastCampaignId" in item else None,
            _instant(item, "lastSentAt"),
        )
    except (KeyError, ValueError, TypeError):
        return Contact(phone, maybe_opened_at=_SOME_DAY)


def _instant(item: dict[str, Any], name: str) -> datetime | None:
    return from_text(item[name]["S"]) if name in item else None


def _instants(contact: Contact) -> Attributes:
    """What a message of the person can change."""
    instants = {
        "openedAt": contact.opened_at,
        "maybeOpenedAt": contact.maybe_opened_at,
        "lastInboundAt": contact.last_inbound_at,
    }
    return {name: {"S": to_text(instant)} for name, instant in instants.items() if instant}
