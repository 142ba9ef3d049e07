"""News of Meta's accounts: they name an account, and concern whoever has a number of it."""

from collections.abc import Callable
from datetime import datetime, timedelta

from functions.updates.records import Record
from functions.wiring import Services
from shared.channels.webhook_values import digits
from shared.domain.sender import Owner
from shared.usecases.account_events import take_account_news

_LEARNED_FOR = timedelta(days=1)
"""How long a process need not write down again that an account has a number."""


class Accounts:
    """Learns from the webhooks of messages which numbers an account has, and applies its news."""

    def __init__(self, owner_of: Callable[[str, Services], Owner | None]) -> None:
        self._owner_of = owner_of
        self._learned: dict[tuple[str, str], datetime] = {}

    def learn(self, record: Record, use: Services) -> None:
        """Written down once a day. Raises StoreUnavailableError."""
        if record.owner is None or record.number is None or not record.account:
            return
        pair, now = (record.account, record.number), use.clock.now()
        if pair in self._learned and now - self._learned[pair] < _LEARNED_FOR:
            return
        shown = digits(record.value["metadata"].get("display_phone_number"))
        use.accounts.learn(*pair, shown or None)
        if digits(record.account) == record.account:  # an id of Meta's, to be asked about
            owner = record.owner
            use.tenant(owner.tenant_id).senders.tell_account(owner.sender_id, record.account)
        self._learned[pair] = now

    def apply(self, record: Record, use: Services) -> None:
        """What the record tells. Raises StoreUnavailableError."""
        reasons = take_account_news(
            use, lambda number: self._owner_of(number, use), record.account, record.changes
        )
        for reason in reasons:
            record.set_aside(reason, record.value)
