"""What senders need: their store, their tokens, and what Meta says of their numbers."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from shared.domain.sender import NumberFacts, Sender


class SenderStore(Protocol):
    """The senders of a tenant and their state."""

    def get(self, sender_id: str) -> Sender:
        """The sender as of now (consistent); one that was never registered has its id only."""
        ...

    def registered(self, sender_id: str) -> Sender:
        """The same, if a campaign may name it. Raises SenderNotFoundError."""
        ...

    def list(self) -> Sequence[Sender]:
        """Those that were registered, in order of registration."""
        ...

    def add(self, sender: Sender) -> None:
        """Register a sender; the first of a tenant without one becomes its default.

        Raises NumberTakenError if the number belongs to a sender already, of whatever tenant.
        """
        ...

    def change(self, sender: Sender) -> None:
        """What people and Meta say of a sender, not its state. Raises SenderNotFoundError."""
        ...

    def remove(self, sender: Sender) -> None:
        """Forget a sender and set its number free."""
        ...

    def default(self) -> str | None:
        """The id of the sender that campaigns take if they name none."""
        ...

    def make_default(self, sender_id: str) -> None: ...

    def stop(self, sender_id: str, until: datetime, reason: str) -> None:
        """Nothing leaves before `until`. Never shortens a longer stop."""
        ...

    def halt(self, sender_id: str, at: datetime, reason: str, code: str | None = None) -> None:
        """Nothing leaves until a person resumes. `code`: Meta's."""
        ...

    def block(self, sender_id: str, at: datetime, reason: str, until: datetime | None) -> None:
        """The same because of what Meta did to the account, which may end at `until`."""
        ...

    def release(self, sender_id: str, only: Collection[str] = ()) -> bool:
        """Let it send again; False if `only` is given and it was not halted for one of these."""
        ...

    def tell(self, sender_id: str, facts: NumberFacts) -> None:
        """Note what Meta says of a number now; what is None stays as it is."""
        ...

    def tell_account(self, sender_id: str, account: str) -> None:
        """Note which WhatsApp Business Account the number belongs to, as Meta says."""
        ...


class SecretStore(Protocol):
    """Access tokens of a tenant's senders. Raises StoreUnavailableError."""

    def put(self, sender_id: str, token: str) -> None: ...

    def get(self, sender_id: str) -> str | None: ...

    def delete(self, sender_id: str) -> None: ...


class NumberDirectory(Protocol):
    """What Meta knows of numbers."""

    def look_up(self, phone_number_id: str, token: str) -> NumberFacts:
        """Ask with the number's own token. Raises NumberRefusedError, ProviderUnavailableError."""
        ...
