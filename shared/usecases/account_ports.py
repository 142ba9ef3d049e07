"""What working on news of WhatsApp accounts needs."""

from collections.abc import Mapping
from typing import Protocol

from shared.domain.sender import Owner
from shared.domain.updates import Change, Heard
from shared.ports import Clock
from shared.usecases.executor_ports import ExecutorPorts


class AccountStore(Protocol):
    """The numbers of Meta's accounts, and the latest news of each. Of the whole deployment."""

    def learn(self, account: str, phone_number_id: str, display_number: str | None) -> None:
        """A webhook has shown that the number is the account's."""
        ...

    def numbers(self, account: str) -> Mapping[str, str | None]:
        """Its known numbers: phone-number ids, with the digits that people see (consistent)."""
        ...

    def note(self, account: str, subject: str, change: Change) -> Heard | None:
        """Keep a change if it is the latest about its subject.

        Returns what has to be applied now: the change, or a later one that came first and may not
        be applied yet. None if the latest is applied already.
        """
        ...

    def applied(self, account: str, subject: str, change: Change) -> Heard | None:
        """Keep that a change is applied; the later one if it has been overtaken meanwhile."""
        ...


class NumberOwners(Protocol):
    """Whose numbers are."""

    def __call__(self, phone_number_id: str) -> Owner | None: ...


class AccountPorts(Protocol):
    """What is needed for all tenants, who may share an account."""

    clock: Clock

    @property
    def accounts(self) -> AccountStore: ...

    def tenant(self, tenant_id: str) -> ExecutorPorts:
        """Campaigns and senders of one tenant."""
        ...
