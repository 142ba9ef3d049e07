"""Whose a WhatsApp number is, in the whole deployment."""

import re
from typing import Any

from shared.domain.sender import Owner
from shared.dynamo.client import key, store_errors
from shared.dynamo.keys import number

_POSSIBLE = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)


class NumberStore:
    """See `shared.usecases.update_ports.NumberStore`. The reservations are of `SenderStore.add`."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def owner(self, phone_number_id: str) -> Owner | None:
        """One consistent read."""
        if not _POSSIBLE.fullmatch(phone_number_id):
            return None
        with store_errors():
            answer = self._client.get_item(
                TableName=self._table, Key=key(number(phone_number_id)), ConsistentRead=True
            )
        item = answer.get("Item")
        return Owner(item["tenantId"]["S"], item["senderId"]["S"]) if item else None
