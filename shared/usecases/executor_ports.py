"""What sending and recovering need, taken together."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from shared.domain.conversation import Contact
from shared.domain.quota import LimitWindow
from shared.domain.sender import Sender
from shared.ports import (
    BoundaryStore,
    CampaignStore,
    Chance,
    Channel,
    Clock,
    QuotaStore,
    RecipientStore,
    Schedule,
)
from shared.usecases.audit_ports import HistoryStore
from shared.usecases.crew import Crew
from shared.usecases.pace import PaceStore
from shared.usecases.sender_ports import SenderStore
from shared.usecases.suppression_ports import SuppressionStore


class Limits(Protocol):
    """The deployment's defaults that the executor needs; see `shared.config.Settings` for units."""

    @property
    def daily_limit(self) -> int: ...

    @property
    def limit_window(self) -> LimitWindow: ...

    @property
    def batch_size(self) -> int: ...

    @property
    def group_size(self) -> int: ...

    @property
    def continuous_group_size(self) -> int: ...

    @property
    def send_delay_ms(self) -> int: ...

    @property
    def max_attempts(self) -> int: ...

    @property
    def throttle_stop_seconds(self) -> float: ...


class ContactStore(Protocol):
    """What is known of people: conversations, last messages."""

    def contacts(self, sender_id: str, phones: Sequence[str]) -> Mapping[str, Contact]:
        """Consistent; phones without an entry are left out."""
        ...

    def change(self, sender_id: str, before: Contact, after: Contact) -> bool:
        """Keep what is known of a conversation now; False if it is not as in `before` any more."""
        ...


class ExecutorPorts(Protocol):
    """Everything that sending and recovering need, of one tenant."""

    clock: Clock
    chance: Chance

    @property
    def settings(self) -> Limits: ...

    @property
    def campaigns(self) -> CampaignStore: ...

    @property
    def recipients(self) -> RecipientStore: ...

    @property
    def boundaries(self) -> BoundaryStore: ...

    @property
    def quota(self) -> QuotaStore: ...

    @property
    def senders(self) -> SenderStore: ...

    @property
    def history(self) -> HistoryStore: ...

    @property
    def contacts(self) -> ContactStore: ...

    @property
    def suppressions(self) -> SuppressionStore: ...

    @property
    def schedule(self) -> Schedule: ...

    @property
    def pace(self) -> PaceStore: ...

    def crew(self) -> Crew:
        """A new one, for a worker of a continuous campaign; a batch is sent one by one."""
        ...

    def channel_of(self, sender: Sender) -> Channel:
        """What sends from this number. Raises SenderUnusableError, StoreUnavailableError."""
        ...
