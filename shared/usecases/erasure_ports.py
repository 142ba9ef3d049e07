"""What erasing needs: the orders with their receipts, and whoever deletes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from shared.domain.erasure import Erasure, Found, Held, Listed, Walk
from shared.ports import BatchQueue, Clock, Page, Schedule
from shared.usecases.executor_ports import ExecutorPorts
from shared.usecases.import_ports import ImportQueue, ImportStore


class ErasureStore(Protocol):
    """Orders to erase. Everything here is of one tenant."""

    def order(self, erasure: Erasure) -> None:
        """Keep an order, to be carried out from now on."""
        ...

    def order_campaign(self, erasure: Erasure) -> None:
        """The same for a campaign, which nobody can find from this very write on.

        Raises CampaignNotFoundError, CampaignOpenError.
        """
        ...

    def get(self, erasure_id: str) -> Erasure:
        """As of now (consistent). Raises ErasureNotFoundError."""
        ...

    def list(self, limit: int, cursor: str | None) -> Page[Erasure]:
        """Newest first. Raises InvalidCursorError."""
        ...

    def deleting(self) -> bool:
        """Whether the deletion of any campaign is not done yet."""
        ...

    def hold(self, erasure_id: str, until: datetime) -> Held | None:
        """Take an order in hand; None if it is done, not due, or held by somebody else."""
        ...

    def keep(self, held: Held, walk: Walk) -> None:
        """Write down how far a walk has come. Raises NotHeldError."""
        ...

    def put_down(self, held: Held, walk: Walk | None, again_at: datetime) -> None:
        """Let go of it until then. Raises NotHeldError."""
        ...

    def finish(self, held: Held, at: datetime, campaigns: int, opt_outs_kept: int) -> None:
        """DONE: the receipt is complete, and the phone is not in it any more.

        Raises NotHeldError.
        """
        ...


class Eraser(Protocol):
    """Deletes, and counts in the order what it deletes, in one write. Raises NotHeldError."""

    def workers(self, campaign_id: str) -> bool:
        """Whether any worker has recipients of a campaign in hand."""
        ...

    def some_recipients(self, held: Held) -> bool:
        """Delete some recipients of the order's campaign; False if there were none."""
        ...

    def some_remains(self, held: Held) -> bool:
        """Delete some of what else there is of the order's campaign; False if nothing was left."""
        ...

    def campaigns(self, after: str | None, limit: int) -> Sequence[Listed]:
        """The tenant's campaigns, oldest first, also those whose records can't be read."""
        ...

    def find(self, campaigns: Sequence[Listed], phones: Sequence[str]) -> Sequence[Found]:
        """Which of these phones are in which of these campaigns; at most 100 pairs (consistent)."""
        ...

    def recipient(self, held: Held, found: Found) -> bool:
        """Delete a recipient, count it out of its campaign, and say so in the campaign's history.

        False if it has moved meanwhile, or its campaign is gone.
        """
        ...

    def conversations(self, held: Held, phone: str) -> None:
        """Delete what is known of a phone."""
        ...

    def opt_out(self, held: Held, phone: str) -> bool:
        """Whether a phone is on the suppression list, where it stays; words about it go."""
        ...


class ErasurePorts(ExecutorPorts, Protocol):
    """What erasing works with, of one tenant."""

    @property
    def erasures(self) -> ErasureStore: ...

    @property
    def eraser(self) -> Eraser: ...


class TenantPorts(ErasurePorts, Protocol):
    """The same, and imports."""

    @property
    def imports(self) -> ImportStore: ...


class TickPorts(Protocol):
    """What the tick needs: it looks at all tenants, and acts for one at a time."""

    clock: Clock

    @property
    def schedule(self) -> Schedule: ...

    @property
    def queue(self) -> BatchQueue: ...

    @property
    def import_queue(self) -> ImportQueue: ...

    def tenant(self, tenant_id: str) -> TenantPorts:
        """Everything that sending, recovering, erasing and importing need, of one tenant."""
        ...
