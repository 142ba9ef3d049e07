"""What applying evidence needs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from shared.domain.evidence import Change, Outdated
from shared.domain.recipient import Place, Recipient
from shared.usecases.executor_ports import ExecutorPorts


class EvidenceStore(Protocol):
    """Recipients by what webhooks name, and the atomic write of what became known."""

    def find(self, message_ids: Sequence[str]) -> Mapping[str, Place]:
        """Where recipients are, by message id, of this tenant; an index, so a moment behind."""
        ...

    def recipients(self, campaign_id: str, places: Mapping[str, int]) -> Mapping[str, Recipient]:
        """At most `AT_ONCE`, given with their shards, as of now (consistent), by phone.

        Those that can't be read are left out.
        """
        ...

    def write(
        self, campaign_id: str, sender_id: str, changes: Sequence[Change], give_up_at: datetime
    ) -> Outdated | None:
        """All changes with their counters, or nothing and why. Raises StoreUnavailableError."""
        ...


AT_ONCE = 45
"""So many recipients in one write: each takes up to two of a transaction's 100 items."""


class EvidencePorts(ExecutorPorts, Protocol):
    """Everything that applying evidence needs, of one tenant."""

    @property
    def evidence(self) -> EvidenceStore: ...
