"""What taking replies needs."""

from typing import Protocol

from shared.ports import CampaignStore, Clock
from shared.usecases.evidence_ports import EvidenceStore
from shared.usecases.executor_ports import ContactStore
from shared.usecases.suppression_ports import SuppressionStore


class OptOutSettings(Protocol):
    """What the deployment says about replies."""

    @property
    def opt_out_words(self) -> str: ...


class ReplyPorts(Protocol):
    """Everything that taking replies and preferences needs, of one tenant."""

    clock: Clock

    @property
    def settings(self) -> OptOutSettings: ...

    @property
    def campaigns(self) -> CampaignStore: ...

    @property
    def contacts(self) -> ContactStore: ...

    @property
    def evidence(self) -> EvidenceStore: ...

    @property
    def suppressions(self) -> SuppressionStore: ...
