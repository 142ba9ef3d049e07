"""What the use cases need from outside: stores, the message channel, time, chance.

A store is one tenant's: it can reach nothing of another.

Adapters implement these; every adapter of one port passes the same contract tests.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Generic, Protocol, TypeVar

from shared.domain.boundary import Boundary, Claim, Lease, Refusal
from shared.domain.campaign import Action, Campaign, CampaignStatus, Event, PauseCause
from shared.domain.erasure import DueErasure
from shared.domain.imports import DueImport
from shared.domain.outcome import Outcome
from shared.domain.quota import DayCount
from shared.domain.recipient import Origin, Recipient, RecipientStatus
from shared.domain.stats import Stats
from shared.domain.template import TemplateParams

T = TypeVar("T")

ADD_LIMIT = 48
"""How many recipients one `RecipientStore.add` takes.

A DynamoDB transaction holds 100 items: each recipient needs one, one more if it has an equivalent
number, which must stay out; the rest is for the gate and the counters.
"""


class Clock(Protocol):
    """Time. All instants are aware and UTC."""

    def now(self) -> datetime: ...

    def sleep(self, seconds: float) -> None: ...


class Chance(Protocol):
    """Randomness and ids, so that a run can be replayed from a seed."""

    def fraction(self) -> float:
        """A number in [0, 1)."""
        ...

    def token(self) -> str:
        """A unique id of at most 36 characters."""
        ...


@dataclass(frozen=True, slots=True)
class Message:
    """One template message to one phone (E.164 without the plus sign).

    `opaque` comes back in every status webhook of the message: it names recipient and attempt.
    """

    to: str
    template_name: str
    template_language: str
    parameters: TemplateParams
    opaque: str


class Channel(Protocol):
    """Sends messages. Never raises for anything the provider or the network does."""

    @property
    def call_limit_seconds(self) -> float:
        """The longest that one `send` may take."""
        ...

    def send(self, message: Message) -> Outcome: ...

    def close(self) -> None:
        """Let its connections go."""
        ...


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list and where the next begins; `cursor` is None on the last."""

    items: Sequence[T]
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """What a tick must look at: a campaign, or the journal entry of a worker past its lease."""

    tenant_id: str
    campaign_id: str
    worker: str | None = None
    shard: int = 0  # of a campaign


@dataclass(frozen=True, slots=True)
class Journal:
    """What a worker held when its lease ended."""

    campaign_id: str
    sender_id: str
    lease: Lease
    claims: tuple[Claim, ...]


class CampaignStore(Protocol):
    """Campaigns, their counters and their history."""

    def create(self, campaign: Campaign, event: Event) -> None: ...

    def get(self, campaign_id: str) -> Campaign:
        """The campaign as of now (consistent). Raises CampaignNotFoundError, UnreadableError."""
        ...

    def stats(self, campaign_id: str) -> Stats:
        """The counters, summed over their shards (consistent)."""
        ...

    def list(self, status: CampaignStatus | None, limit: int, cursor: str | None) -> Page[Campaign]:
        """Newest first, without those whose record can't be read. Raises InvalidCursorError."""
        ...

    def open_of(self, sender_id: str) -> Sequence[str]:
        """Campaigns of a sender that have not ended, as of a moment ago; reads the tenant's all."""
        ...

    def control(
        self, campaign_id: str, action: Action, event: Event, only_cause: PauseCause | None = None
    ) -> bool:
        """Move the campaign along the state machine, atomically with its event.

        False if `only_cause` is given and the campaign is not paused for it. Raises
        CampaignNotFoundError, InvalidTransitionError, NoRecipientsError.
        """
        ...

    def pause(
        self,
        cause: PauseCause,
        event: Event,
        resume_at: datetime | None = None,
        held: int | None = None,
    ) -> bool:
        """Pause by the system; False if the campaign was not RUNNING any more.

        With `held`, the number of HELD recipients that is the reason, also if it is no news.
        """
        ...

    def complete(self, campaign_id: str, event: Event) -> bool:
        """COMPLETED if started and the counters show nobody open, decided in one write."""
        ...

    def fix_shards(self, campaign_id: str, shards: int) -> Campaign:
        """Fix how its recipients are spread, if it has none; the campaign as it is then."""
        ...

    def minutes(self, campaign_id: str, hour: datetime) -> Mapping[int, int]:
        """How many messages Meta took in each minute of an hour; empty minutes are left out."""
        ...

    def take_turn(self, campaign_id: str, delay: timedelta) -> bool:
        """Whether a RUNNING campaign shall have a batch now; if so, the next one after `delay`."""
        ...

    def postpone(self, campaign_id: str, cause: PauseCause, until: datetime) -> None:
        """Look at a campaign that is paused for `cause` again at `until`."""
        ...


class RecipientStore(Protocol):
    """The recipients of campaigns."""

    def add(
        self, campaign: Campaign, recipients: Sequence[Recipient]
    ) -> Mapping[str, Origin | None]:
        """Insert those who are new, with the counters, atomically; at most `ADD_LIMIT` at once.

        Returns the phones that were there already (under the same or an equivalent number), and
        what brought them. Raises CampaignClosedError.
        """
        ...

    def known(self, campaign: Campaign, phones: Sequence[str]) -> Mapping[str, Origin | None]:
        """Those of at most `ADD_LIMIT` phones that are there, also under an equivalent number."""
        ...

    def get(self, campaign_id: str, phone: str, shard: int = 0) -> Recipient | None: ...

    def pending(
        self, campaign_id: str, now: datetime, limit: int, shard: int = 0
    ) -> Sequence[Recipient]:
        """Recipients due now, from the sparse index; may be stale, conditions decide."""
        ...

    def list(
        self,
        campaign_id: str,
        status: RecipientStatus | None,
        limit: int,
        cursor: str | None,
        shards: int = 1,
    ) -> Page[Recipient]:
        """Shard by shard, in order of phone. Raises InvalidCursorError."""
        ...


class BoundaryStore(Protocol):
    """The atomic write of the send protocol, and the journal that it keeps."""

    def write(self, boundary: Boundary, give_up_at: datetime) -> Refusal | None:
        """Write the boundary whole (None) or say why not.

        Conflicts and throttles are retried until `give_up_at`, under one token, so that a lost
        reply is asked again and never applied twice. Raises StoreUnavailableError: then it is not
        known whether it was written.
        """
        ...

    def journal(self, campaign_id: str, worker: str) -> Journal | None:
        """What a worker holds; None if it has left. Raises UnreadableError."""
        ...

    def postpone(
        self, campaign_id: str, worker: str, until: datetime, give_up_at: datetime
    ) -> None:
        """Let no tick look at a worker's journal entry before `until`; `give_up_at` as above."""
        ...


class QuotaStore(Protocol):
    """Counters of conversations by sender and UTC day."""

    def day(self, sender_id: str, day: date) -> DayCount: ...

    def campaign_day(self, campaign_id: str, day: date) -> int:
        """What a campaign has used of its own daily cap."""
        ...


class Schedule(Protocol):
    """What the tick must look at, of all tenants."""

    def due(self, now: datetime) -> Iterable[Due | DueErasure | DueImport]: ...


class BatchQueue(Protocol):
    """Hands batches to the executor, one message for each shard of a campaign."""

    def enqueue(self, batches: Sequence[Due]) -> None:
        """Raises StoreUnavailableError if some may be missing; doing it again is safe."""
        ...
