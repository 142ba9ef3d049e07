"""The campaign: its states, what may move it from one to the next, and its settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shared.domain.access import Actor
from shared.domain.template import TemplateParams

DEFAULT_SENDER = "default"
"""The sender that the environment's `META_*` variables describe."""


class CampaignStatus(StrEnum):
    """Where a campaign is in its life.

    COMPLETED, CANCELLED and FAILED are ends; only a COMPLETED one goes on, when a person wants
    failed or doubtful recipients to be sent to again.
    """

    DRAFT = "DRAFT"
    SCHEDULED = "SCHEDULED"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"


TERMINAL = frozenset({CampaignStatus.COMPLETED, CampaignStatus.CANCELLED, CampaignStatus.FAILED})
"""States in which the executor has nothing to do."""


class Action(StrEnum):
    """What a person (or the system in a person's name) can do to a campaign."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the state machine: from which states an action leads to which state."""

    sources: frozenset[CampaignStatus]
    target: CampaignStatus


TRANSITIONS: Mapping[Action, Transition] = {
    Action.START: Transition(frozenset({CampaignStatus.DRAFT}), CampaignStatus.RUNNING),
    Action.PAUSE: Transition(
        frozenset({CampaignStatus.RUNNING, CampaignStatus.SCHEDULED}), CampaignStatus.PAUSED
    ),
    Action.RESUME: Transition(frozenset({CampaignStatus.PAUSED}), CampaignStatus.RUNNING),
    Action.CANCEL: Transition(frozenset(CampaignStatus) - TERMINAL, CampaignStatus.CANCELLED),
}
"""The state machine as data. The store turns `sources` into the condition of the write itself."""


class PauseCause(StrEnum):
    """Why a campaign is paused; decides who may wake it.

    DAILY_LIMIT ends by itself when the cap has room again. TEMPLATE, HELD and SENDER_STOPPED do so
    when their reason is gone, if the campaign's owner wants that (`auto_resume`).
    """

    PERSON = "PERSON"
    DAILY_LIMIT = "DAILY_LIMIT"
    CAMPAIGN_ERROR = "CAMPAIGN_ERROR"
    SENDER_STOPPED = "SENDER_STOPPED"
    TEMPLATE = "TEMPLATE"  # Meta says that it can't be used
    HELD = "HELD"  # Meta holds many of the messages for a quality check


class OnUnconfirmed(StrEnum):
    """What becomes of a recipient whose send may or may not have gone out."""

    HOLD = "hold"  # wait for evidence or a person; never a second message by guessing
    RESEND = "resend"  # the owner prefers a possible second message to a possible miss


class Mode(StrEnum):
    """How a campaign is sent."""

    BATCH = "batch"  # a batch every minute
    CONTINUOUS = "continuous"  # all the time, as fast as pace, sender and cap allow


@dataclass(frozen=True, slots=True)
class Throttle:
    """How fast. None means the deployment's default (`SEND_DELAY_MS`, `BATCH_SIZE`).

    `batch_size` is for the mode BATCH only.
    """

    messages_per_second: float | None = None
    batch_size: int | None = None
    mode: Mode = Mode.BATCH
    workers: int | None = None  # at once, in the mode CONTINUOUS
    batch_delay_seconds: int | None = None  # from batch to batch, at least


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and how soon a refused send is tried again. None: the default of `MAX_ATTEMPTS`."""

    max_attempts: int | None = None
    base_delay_seconds: float = 30.0
    max_delay_seconds: float = 3600.0


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign as stored, without its counters (see `Stats`)."""

    campaign_id: str
    name: str
    template_name: str
    template_language: str
    created_at: datetime
    sender_id: str = DEFAULT_SENDER
    status: CampaignStatus = CampaignStatus.DRAFT
    template_params: TemplateParams = field(default_factory=TemplateParams)
    throttle: Throttle = field(default_factory=Throttle)
    retry: Retry = field(default_factory=Retry)
    on_unconfirmed: OnUnconfirmed = OnUnconfirmed.HOLD
    daily_cap: int | None = None
    auto_resume: bool = False  # after a pause by the system whose reason is gone
    total_recipients: int = 0
    shards: int = 1  # fixed when the first list is uploaded
    started_at: datetime | None = None
    paused_at: datetime | None = None
    completed_at: datetime | None = None
    pause_cause: PauseCause | None = None
    paused_reason: str | None = None
    tick_at: datetime | None = None  # no schedule looks at it before
    resume_at: datetime | None = None
    created_by: str | None = None  # the subject of a token; None: before that was kept
    held_seen: int = 0  # how many were HELD when that paused the campaign the last time


class What(StrEnum):
    """What can be in a campaign's history."""

    CREATED = "CREATED"
    CHANGED = "CHANGED"  # its settings, while it was a draft
    POPULATING = "POPULATING"  # an upload begins; if it dies, this is all that tells of it
    POPULATED = "POPULATED"
    IMPORT_FAILED = "IMPORT_FAILED"  # and why
    STARTED = "STARTED"
    PAUSED = "PAUSED"
    RESUMED = "RESUMED"
    CANCELLED = "CANCELLED"
    COMPLETED = "COMPLETED"
    REOPENED = "REOPENED"  # somebody shall be sent to again in a completed one
    RETRIED = "RETRIED"  # failed recipients, by a person
    RESOLVED = "RESOLVED"  # recipients in doubt, by a person
    TEST_SENT = "TEST_SENT"  # to a phone of somebody's own
    BATCH_EXECUTED = "BATCH_EXECUTED"  # asked for, not the schedule's
    SENDER_STOPPED = "SENDER_STOPPED"  # for a while
    WORKER_LOST = "WORKER_LOST"
    WRITTEN_OFF = "WRITTEN_OFF"  # recipients whose records are damaged
    RECIPIENT_ERASED = "RECIPIENT_ERASED"
    TEMPLATE_CHANGED = "TEMPLATE_CHANGED"  # what Meta says of the campaign's template
    NUMBER_CHANGED = "NUMBER_CHANGED"  # of its sender's number: quality, limit, throughput
    ACCOUNT_CHANGED = "ACCOUNT_CHANGED"  # of the account that the number belongs to


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a campaign's history: who did what, or what the system decided, and why.

    Nothing here may tell who a recipient is: a history outlives the people in it. `details` are
    counts, instants and ids; of a phone that was chosen for a test, four digits. `line` is the
    line's id, an instant and a nonce, once it is written.
    """

    campaign_id: str
    at: datetime
    what: str  # one of `What`; a line of another version may say something else
    actor: Actor
    reason: str | None = None
    details: Mapping[str, str | int] = field(default_factory=dict)
    line: str = field(default="", compare=False)
