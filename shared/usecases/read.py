"""What a person may look at: campaigns with their counters, recipients, the daily cap."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from shared.domain.campaign import DEFAULT_SENDER, Campaign, CampaignStatus, Event
from shared.domain.quota import LimitWindow, QuotaView, carried, frees_at
from shared.domain.recipient import Recipient, RecipientStatus
from shared.domain.stats import Stats
from shared.ports import CampaignStore, Clock, Page, QuotaStore, RecipientStore
from shared.usecases.audit_ports import HistoryStore


@dataclass(frozen=True, slots=True)
class CampaignView:
    """A campaign and how many of its recipients are in each state."""

    campaign: Campaign
    stats: Stats


@dataclass(frozen=True, slots=True)
class CampaignPage:
    """One page of campaigns; `cursor` is None on the last."""

    campaigns: Sequence[CampaignView]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class RecipientPage:
    """One page of a campaign's recipients; `cursor` is None on the last."""

    campaign: Campaign
    recipients: Sequence[Recipient]
    cursor: str | None


def get_campaign(*, campaigns: CampaignStore, campaign_id: str) -> CampaignView:
    """One campaign as of now. Raises CampaignNotFoundError."""
    return CampaignView(campaigns.get(campaign_id), campaigns.stats(campaign_id))


def list_campaigns(
    *, campaigns: CampaignStore, status: CampaignStatus | None, limit: int, cursor: str | None
) -> CampaignPage:
    """A page of campaigns, newest first. Costs one query more for the counters of each.

    Raises InvalidCursorError.
    """
    page = campaigns.list(status, limit, cursor)
    views = [CampaignView(item, campaigns.stats(item.campaign_id)) for item in page.items]
    return CampaignPage(views, page.cursor)


def list_recipients(
    *,
    campaigns: CampaignStore,
    recipients: RecipientStore,
    campaign_id: str,
    status: RecipientStatus | None,
    limit: int,
    cursor: str | None,
) -> RecipientPage:
    """A page of recipients in order of phone. Raises CampaignNotFoundError, InvalidCursorError."""
    campaign = campaigns.get(campaign_id)
    page = recipients.list(campaign_id, status, limit, cursor)
    return RecipientPage(campaign, page.items, page.cursor)


def list_events(
    *,
    campaigns: CampaignStore,
    history: HistoryStore,
    campaign_id: str,
    limit: int,
    cursor: str | None,
) -> Page[Event]:
    """A page of a history, newest first. Raises CampaignNotFoundError, InvalidCursorError."""
    campaigns.get(campaign_id)
    return history.list(campaign_id, limit, cursor)


def quota(
    *,
    counters: QuotaStore,
    clock: Clock,
    limit: int,
    window: LimitWindow,
    sender_id: str = DEFAULT_SENDER,
) -> QuotaView:
    """How much of the cap is used now, by the same arithmetic as the guard.

    `limit` is in conversations per sender and window. While something is used, `resets_at` is when
    the next of it becomes free.
    """
    now = clock.now()
    today = counters.day(sender_id, now.date())
    yesterday = counters.day(sender_id, now.date() - timedelta(days=1))
    used = today.total + carried(yesterday, now, window)
    return QuotaView(used, limit, window, frees_at(today, yesterday, now, window))
