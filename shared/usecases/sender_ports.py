"""What managing senders needs besides their store: tokens, and what Meta says."""

from typing import Protocol

from shared.domain.sender import NumberFacts


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
