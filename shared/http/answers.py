"""What the API answers, as models: they are the OpenAPI document and the JSON at once."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from shared.domain.campaign import Action, CampaignStatus, Mode, OnUnconfirmed, PauseCause
from shared.domain.quota import LimitWindow
from shared.domain.recipient import RecipientStatus

Instant = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""ISO 8601 in UTC with milliseconds: `2026-11-20T09:05:00.000Z`."""


class Answer(BaseModel):
    """Base of what goes out: camelCase, and nothing that the models do not name."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", defer_build=True
    )


class Success(Answer):
    """Base of the whole answers."""

    success: Literal[True] = True


class ErrorBody(Answer):
    """What went wrong: a code for programs, a message that says what to do, details by field."""

    code: str
    message: str
    details: list[dict[str, Any]]


class Failure(Answer):
    """The one shape of every failure."""

    success: Literal[False] = False
    error: ErrorBody


class ButtonAnswer(Answer):
    """The variable part of one button."""

    index: int
    sub_type: str
    text: str


class ParamsAnswer(Answer):
    """The texts that fill the template: with placeholders, or rendered for a recipient."""

    header: str | None
    body: list[str] | dict[str, str]
    buttons: list[ButtonAnswer]


class ThrottleAnswer(Answer):
    """The pace in force; without a limit of its own, `messagesPerSecond` is null."""

    mode: Mode
    workers: int
    messages_per_second: float | None
    batch_size: int
    batch_delay_seconds: int


class RetryAnswer(Answer):
    """The retries in force."""

    max_attempts: int
    base_delay_seconds: float
    max_delay_seconds: float


class ForecastAnswer(Answer):
    """What comes next, as in `/progress`: when about the next batch leaves, when all are through.

    `waitsFor` says what a person must do first; then there are no instants.
    """

    next_run_at: Instant | None
    estimated_end: Instant | None
    waits_for: str | None


class CampaignAnswer(Answer):
    """A campaign with its counters and the settings in force.

    `sentCount` is everybody whose message Meta took: sent, delivered or read. `deliveredCount` is
    those of them who have it, `readCount` who opened it. `createdBy` is the subject of a token.
    `forecast` is there in a list, of a campaign that was started and has not ended, if asked for.
    """

    campaign_id: str
    sender_id: str
    name: str
    channel: Literal["WHATSAPP"] = "WHATSAPP"
    audience_type: Literal["CSV"] = "CSV"
    status: CampaignStatus
    total_recipients: int
    sent_count: int
    failed_count: int
    pending_count: int
    sending_count: int
    delivered_count: int
    read_count: int
    replied_count: int
    held_count: int
    skipped_count: int
    unconfirmed_count: int
    progress: float = Field(ge=0, le=100)
    pause_cause: PauseCause | None
    paused_reason: str | None
    resumes_at: Instant | None
    created_at: Instant
    created_by: str | None
    started_at: Instant | None
    paused_at: Instant | None
    completed_at: Instant | None
    template_name: str
    template_language: str
    template_params: ParamsAnswer
    throttle: ThrottleAnswer
    retry: RetryAnswer
    on_unconfirmed: OnUnconfirmed
    daily_cap: int | None
    auto_resume: bool
    forecast: ForecastAnswer | None


class AttemptAnswer(Answer):
    """One attempt. FAILED reached nobody; UNCONFIRMED may have."""

    number: int
    status: RecipientStatus
    at: Instant
    message_id: str | None
    error_code: str | None
    error_message: str | None
    sent_at: Instant | None
    failed_at: Instant | None


class RecipientAnswer(Answer):
    """One recipient and what became of it; `phone` is E.164 without the plus sign.

    Codes and instants are those of the last attempt; `attemptHistory` has all that counted.
    """

    phone: str
    status: RecipientStatus
    attempts: int
    message_id: str | None
    error_code: str | None
    error_message: str | None
    parameters: ParamsAnswer
    created_at: Instant | None
    due_at: Instant | None
    claimed_at: Instant | None
    sent_at: Instant | None
    delivered_at: Instant | None
    read_at: Instant | None
    failed_at: Instant | None
    replied_at: Instant | None
    updated_at: Instant | None
    attempt_history: list[AttemptAnswer]


class Created(Success):
    """A new campaign."""

    campaign_id: str
    status: CampaignStatus


class RejectedRow(Answer):
    """A row of the file that was not taken; `kind` is its key in `skipped`."""

    line: int
    value: str
    kind: str
    reason: str


class PopulatedAnswer(Success):
    """What became of the file. `rejected` holds the first rows that were not taken."""

    inserted: int
    skipped: dict[str, int]
    total_recipients: int
    rejected: list[RejectedRow]


class CampaignFound(Success):
    """One campaign."""

    campaign: CampaignAnswer


class CampaignList(Success):
    """One page of campaigns; `nextCursor` is null on the last."""

    campaigns: list[CampaignAnswer]
    next_cursor: str | None


class RecipientList(Success):
    """One page of recipients; `nextCursor` is null on the last."""

    recipients: list[RecipientAnswer]
    next_cursor: str | None


class Controlled(Success):
    """What the campaign's status is now."""

    campaign_id: str
    action: Action
    new_status: CampaignStatus


class BatchAnswer(Answer):
    """What one batch did.

    `processed` are those for whom Meta was called. `retried` are tried again later, `unconfirmed`
    lost their reply, `held` wait for Meta's quality check. The sender is silent until `waitUntil`.
    """

    processed: int
    sent: int
    failed: int
    paused: bool
    completed: bool
    pause_reason: str | None
    held: int
    retried: int
    skipped: int
    unconfirmed: int
    wait_until: Instant | None


class BatchExecuted(Success):
    """The result of one batch."""

    result: BatchAnswer


class HourAnswer(Answer):
    """Conversations that were opened in one hour of UTC, and count now."""

    hour: Instant
    opened: int


class QuotaAnswer(Success):
    """The daily cap in conversations; at `resetsAt` the next of the used ones becomes free.

    `hours` add up to `used`, oldest first, without those in which none was opened.
    """

    used: int
    limit: int
    remaining: int
    window: LimitWindow
    resets_at: Instant
    hours: list[HourAnswer]
