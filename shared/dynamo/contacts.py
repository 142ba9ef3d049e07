"""What is known of the people that senders write to."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from shared.domain.conversation import Contact
from shared.domain.instants import from_text
from shared.dynamo.client import batch_get, key
from shared.dynamo.keys import Keys, phone_of_conversation

_SOME_DAY = datetime(9000, 1, 1, tzinfo=UTC)  # never over


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
    phone = phone_of_conversation(item["PK"]["S"])
    try:
        opened_at, maybe_opened_at = _instant(item, "openedAt"), _instant(item, "maybeOpenedAt")
    except (KeyError, ValueError, TypeError):
        return Contact(phone, maybe_opened_at=_SOME_DAY)
    return Contact(phone, opened_at, maybe_opened_at)


def _instant(item: dict[str, Any], name: str) -> datetime | None:
    return from_text(item[name]["S"]) if name in item else None
