"""From the domain's types to the answers. Pure: what is shown follows from what is given."""

from datetime import datetime
from typing import TYPE_CHECKING

from shared.config import Settings
from shared.domain.campaign import Campaign, CampaignStatus, Mode
from shared.domain.instants import to_text
from shared.domain.quota import QuotaView
from shared.domain.reasons import CAMPAIGN_CANCELLED, CANCELLED_WORDS
from shared.domain.recipient import Attempt, Recipient, RecipientStatus, attempts_of
from shared.domain.stats import Stats
from shared.domain.template import TemplateParams
from shared.http.answers import (
    AttemptAnswer,
    ButtonAnswer,
    CampaignAnswer,
    ForecastAnswer,
    HourAnswer,
    ParamsAnswer,
    QuotaAnswer,
    RecipientAnswer,
    RejectedRow,
    RetryAnswer,
    ThrottleAnswer,
)

if TYPE_CHECKING:  # neither is for a cold start
    from shared.usecases import upload_report
    from shared.usecases.progress import Progress


def rejected_row(row: "upload_report.RejectedRow") -> RejectedRow:
    """A row of an upload as shown."""
    return RejectedRow(line=row.line, value=row.value, kind=row.kind, reason=row.reason)


def campaign_answer(
    campaign: Campaign, stats: Stats, settings: Settings, ahead: "Progress | None" = None
) -> CampaignAnswer:
    """A campaign as shown; all counters are from `stats`, so that they add up."""
    return CampaignAnswer(
        campaign_id=campaign.campaign_id,
        name=campaign.name,
        sender_id=campaign.sender_id,
        status=campaign.status,
        total_recipients=stats.total,
        sent_count=stats.sent,
        failed_count=stats[RecipientStatus.FAILED],
        pending_count=stats[RecipientStatus.PENDING],
        sending_count=stats[RecipientStatus.SENDING],
        delivered_count=stats[RecipientStatus.DELIVERED] + stats[RecipientStatus.READ],
        read_count=stats[RecipientStatus.READ],
        replied_count=stats.replied,
        held_count=stats[RecipientStatus.HELD],
        skipped_count=stats[RecipientStatus.SKIPPED],
        unconfirmed_count=stats[RecipientStatus.UNCONFIRMED],
        progress=stats.progress,
        pause_cause=campaign.pause_cause,
        paused_reason=campaign.paused_reason,
        resumes_at=text(campaign.resume_at),
        created_at=to_text(campaign.created_at),
        created_by=campaign.created_by,
        started_at=text(campaign.started_at),
        paused_at=text(campaign.paused_at),
        completed_at=text(campaign.completed_at),
        template_name=campaign.template_name,
        template_language=campaign.template_language,
        template_params=params_answer(campaign.template_params),
        throttle=_throttle(campaign, settings),
        retry=_retry(campaign, settings),
        on_unconfirmed=campaign.on_unconfirmed,
        daily_cap=campaign.daily_cap,
        auto_resume=campaign.auto_resume,
        forecast=None if ahead is None else _forecast(ahead),
    )


def _forecast(progress: "Progress") -> ForecastAnswer:
    return ForecastAnswer(
        next_run_at=text(progress.next_run_at),
        estimated_end=text(progress.ends_at),
        waits_for=progress.waits_for,
    )


def recipient_answer(recipient: Recipient, campaign_status: CampaignStatus) -> RecipientAnswer:
    """A recipient as shown."""
    code, words = reason(recipient, campaign_status)
    waits = recipient.status is RecipientStatus.PENDING and code != CAMPAIGN_CANCELLED
    return RecipientAnswer(
        phone=recipient.phone,
        status=recipient.status,
        attempts=recipient.attempts,
        message_id=recipient.message_id,
        error_code=code,
        error_message=words,
        parameters=params_answer(recipient.parameters),
        created_at=text(recipient.created_at),
        due_at=text(recipient.due_at) if waits else None,
        claimed_at=text(recipient.claimed_at),
        sent_at=text(recipient.sent_at),
        delivered_at=text(recipient.delivered_at),
        read_at=text(recipient.read_at),
        failed_at=text(recipient.failed_at),
        replied_at=text(recipient.replied_at),
        updated_at=text(recipient.updated_at),
        attempt_history=[_attempt(attempt) for attempt in attempts_of(recipient)],
    )


def _attempt(attempt: Attempt) -> AttemptAnswer:
    return AttemptAnswer(
        number=attempt.number,
        status=attempt.status,
        at=to_text(attempt.at),
        message_id=attempt.message_id,
        error_code=attempt.error_code,
        error_message=attempt.error_message,
        sent_at=text(attempt.sent_at),
        failed_at=text(attempt.failed_at),
    )


def reason(recipient: Recipient, campaign_status: CampaignStatus) -> tuple[str | None, str | None]:
    """Code and words of a recipient.

    Guarantee: nobody is left without a reason. Cancelling a campaign writes nothing to its
    recipients, however many wait; that those who waited were never sent to is said here.
    """
    pending = recipient.status is RecipientStatus.PENDING
    if pending and campaign_status is CampaignStatus.CANCELLED:
        return CAMPAIGN_CANCELLED, CANCELLED_WORDS
    return recipient.error_code, recipient.error_message


def quota_answer(view: QuotaView) -> QuotaAnswer:
    """The daily cap as shown."""
    return QuotaAnswer(
        used=view.used,
        limit=view.limit,
        remaining=view.remaining,
        window=view.window,
        resets_at=to_text(view.resets_at),
        hours=[HourAnswer(hour=to_text(at), opened=count) for at, count in view.hours],
    )


def text(instant: datetime | None) -> str | None:
    """An instant as shown."""
    return None if instant is None else to_text(instant)


def params_answer(params: TemplateParams) -> ParamsAnswer:
    return ParamsAnswer(
        header=params.header,
        body=dict(params.named_body) if params.named_body else list(params.body),
        buttons=[
            ButtonAnswer(index=button.index, sub_type=button.sub_type, text=button.text)
            for button in params.buttons
        ],
    )


def _throttle(campaign: Campaign, settings: Settings) -> ThrottleAnswer:
    default = 1000 / settings.send_delay_ms if settings.send_delay_ms else None
    own = campaign.throttle
    if own.mode is Mode.CONTINUOUS:  # as fast as its sender may
        default = None
    return ThrottleAnswer(
        mode=own.mode,
        workers=campaign.shards if campaign.total_recipients else own.workers or 1,
        messages_per_second=own.messages_per_second or default,
        batch_size=own.batch_size or settings.batch_size,
        batch_delay_seconds=own.batch_delay_seconds or 60,
    )


def _retry(campaign: Campaign, settings: Settings) -> RetryAnswer:
    return RetryAnswer(
        max_attempts=campaign.retry.max_attempts or settings.max_attempts,
        base_delay_seconds=campaign.retry.base_delay_seconds,
        max_delay_seconds=campaign.retry.max_delay_seconds,
    )
