"""What the API answers about how campaigns fare, and the way there from the domain's types."""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import Field

from shared.domain.campaign import CampaignStatus
from shared.domain.funnel import Funnel
from shared.domain.instants import to_text
from shared.domain.recipient import RecipientStatus
from shared.domain.stats import Retries
from shared.http.answers import Answer, Instant, Success
from shared.http.present import text
from shared.usecases.analyse import ErrorGroup, Overview
from shared.usecases.progress import MINUTE, Progress


class FunnelAnswer(Answer):
    """Counts of people, and rates in percent.

    `sent`, `delivered` and `read` are cumulative: who has read it, has it. `pending`, `sending`,
    `held`, `sent`, `failed`, `skipped` and `unconfirmed` add up to `total`. `deliveryRate` is of
    `sent`, `readRate` and `replyRate` of `delivered`, `failureRate` of `total`.
    """

    total: int
    pending: int
    sending: int
    held: int
    sent: int
    delivered: int
    read: int
    replied: int
    failed: int
    skipped: int
    unconfirmed: int
    delivery_rate: float
    read_rate: float
    reply_rate: float
    failure_rate: float


class MinuteAnswer(Answer):
    """How many messages Meta took in one minute."""

    minute: Instant
    messages: int


class StatsAnswer(Success):
    """What became of a campaign's people; `perMinute` only if hours were asked for."""

    campaign_id: str
    stats: FunnelAnswer
    per_minute: list[MinuteAnswer] | None


class CapAnswer(Answer):
    """The sender's cap in conversations; at `resetsAt` the next of the used ones becomes free."""

    used: int
    limit: int
    resets_at: Instant


class OwnCapAnswer(Answer):
    """The campaign's own cap, in recipients of this UTC day."""

    used: int
    limit: int


class ProgressAnswer(Success):
    """How far a campaign is.

    `processed` are those with whom nothing is left to do, `pending` the others. `ratePerMinute` is
    of the last five minutes. `estimatedMinutes` is what the rest takes from now on if the campaign
    runs; `estimatedEnd` is there if it does so by itself, else `waitsFor` says for what.
    """

    campaign_id: str
    status: CampaignStatus
    percent: float = Field(ge=0, le=100)
    total: int
    processed: int
    pending: int
    rate_per_minute: float
    next_run_at: Instant | None
    estimated_minutes: int | None
    estimated_end: Instant | None
    waits_for: str | None
    cap: CapAnswer
    own_cap: OwnCapAnswer | None


class ErrorAnswer(Answer):
    """How many are in a state for one reason; `words` say what it means and what to do.

    `retryable`: they can be tried again; `forcible`: with `force`, although it will fail again.
    """

    status: RecipientStatus
    code: str
    count: int
    words: str
    retryable: bool
    forcible: bool


class ErrorList(Success):
    """The most frequent first."""

    campaign_id: str
    errors: list[ErrorAnswer]


class RetryStats(Success):
    """Further attempts: how many people wait for one, and what became of those so far."""

    campaign_id: str
    waiting: int
    scheduled: int
    started: int
    succeeded: int
    failed: int


class DayAnswer(Answer):
    """The campaigns that were started on one UTC day, and what became of their people."""

    date: str = Field(json_schema_extra={"format": "date"})
    campaigns: int
    stats: FunnelAnswer


class OverviewAnswer(Success):
    """The campaigns created since `since`. `truncated`: only the newest were looked at."""

    since: Instant
    campaigns: dict[CampaignStatus, int]
    stats: FunnelAnswer
    days: list[DayAnswer]
    errors: list[ErrorAnswer]
    truncated: bool


def funnel_answer(funnel: Funnel) -> FunnelAnswer:
    """Counts and rates as shown."""
    return FunnelAnswer(
        total=funnel.total,
        pending=funnel.pending,
        sending=funnel.sending,
        held=funnel.held,
        sent=funnel.sent,
        delivered=funnel.delivered,
        read=funnel.read,
        replied=funnel.replied,
        failed=funnel.failed,
        skipped=funnel.skipped,
        unconfirmed=funnel.unconfirmed,
        delivery_rate=funnel.delivery_rate,
        read_rate=funnel.read_rate,
        reply_rate=funnel.reply_rate,
        failure_rate=funnel.failure_rate,
    )


def minutes_answer(minutes: Iterable[tuple[datetime, int]]) -> list[MinuteAnswer]:
    """A series as shown."""
    return [MinuteAnswer(minute=to_text(at), messages=count) for at, count in minutes]


def progress_answer(progress: Progress) -> ProgressAnswer:
    """A campaign's progress as shown."""
    campaign, stats, cap = progress.campaign, progress.stats, progress.cap
    own = None
    if campaign.daily_cap is not None:
        own = OwnCapAnswer(used=progress.own_cap_used or 0, limit=campaign.daily_cap)
    return ProgressAnswer(
        campaign_id=campaign.campaign_id,
        status=campaign.status,
        percent=stats.progress,
        total=stats.total,
        processed=stats.total - stats.open,
        pending=stats.open,
        rate_per_minute=progress.rate,
        next_run_at=text(progress.next_run_at),
        estimated_minutes=None if progress.takes is None else math.ceil(progress.takes / MINUTE),
        estimated_end=text(progress.ends_at),
        waits_for=progress.waits_for,
        cap=CapAnswer(used=cap.used, limit=cap.limit, resets_at=to_text(cap.resets_at)),
        own_cap=own,
    )


def errors_answer(errors: Sequence[ErrorGroup]) -> list[ErrorAnswer]:
    """Reasons as shown."""
    return [
        ErrorAnswer(
            status=group.status,
            code=group.code,
            count=group.count,
            words=group.meaning.words,
            retryable=group.retryable,
            forcible=group.forcible,
        )
        for group in errors
    ]


def retries_answer(campaign_id: str, retries: Retries) -> RetryStats:
    """Further attempts as shown."""
    return RetryStats(
        campaign_id=campaign_id,
        waiting=retries.waiting,
        scheduled=retries.scheduled,
        started=retries.started,
        succeeded=retries.succeeded,
        failed=retries.failed,
    )


def overview_answer(overview: Overview) -> OverviewAnswer:
    """Many campaigns as shown; days without a start are left out."""
    return OverviewAnswer(
        since=to_text(overview.since),
        campaigns={status: overview.campaigns[status] for status in CampaignStatus},
        stats=funnel_answer(overview.funnel),
        days=[
            DayAnswer(date=day.isoformat(), campaigns=of.campaigns, stats=funnel_answer(of.funnel))
            for day, of in sorted(overview.days.items())
        ],
        errors=errors_answer(overview.errors),
        truncated=overview.truncated,
    )
