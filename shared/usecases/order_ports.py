"""What carrying out people's decisions about recipients needs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from shared.domain.campaign import Campaign, Event
from shared.domain.evidence import Change, Outdated
from shared.ports import CampaignStore, Clock
from shared.usecases.audit_ports import HistoryStore
from shared.usecases.evidence_ports import EvidenceStore
from shared.usecases.search_ports import RecipientSearch
from shared.usecases.sender_ports import SenderStore


class OrderStore(Protocol):
    """The atomic write of what people decide."""

    def write(
        self, campaign: Campaign, changes: Sequence[Change], reopened: Event, give_up_at: datetime
    ) -> Outdated | None:
        """All changes with their counters, or nothing and why. Raises StoreUnavailableError.

        If anybody goes back into the queue, `campaign` must still be in the state in which it was
        read; a COMPLETED one is RUNNING afterwards, and `reopened` is in its history.
        """
        ...


class OrderPorts(Protocol):
    """Everything that carrying out decisions needs, of one tenant."""

    clock: Clock

    @property
    def campaigns(self) -> CampaignStore: ...

    @property
    def search(self) -> RecipientSearch: ...

    @property
    def evidence(self) -> EvidenceStore: ...

    @property
    def orders(self) -> OrderStore: ...

    @property
    def senders(self) -> SenderStore: ...

    @property
    def history(self) -> HistoryStore: ...
