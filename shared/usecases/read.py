"""What a person may look at: campaigns with their counters, recipients, the daily cap."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from shared.domain.campaign import DEFAULT_SENDER, Campaign, CampaignStatus, Event
from shared.domain.quota import LimitWindow, QuotaView, carried, counted_hours, frees_at
from shared.domain.reasons import CAMPAIGN_CANCELLED
from shared.domain.recipient import Recipient, RecipientStatus
from shared.domain.search import Search
from shared.domain.stats import Stats
from shared.ports import CampaignStore, Clock, Page, QuotaStore
from shared.usecases.audit_ports import HistoryStore
from shared.usecases.search_ports import RecipientSearch


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


def search(
    status: RecipientStatus | None, phone: str | None, code: str | None, replied: bool | None
) -> Search:
    """What people type, as what is looked for: of a phone only the digits count."""
    return Search(status, digits(phone), code, replied)


def digits(phone: str | None) -> str:
    """The beginning of a stored phone, from what people type."""
    return "".join(filter(str.isdigit, phone or "")).removeprefix("00")


def list_recipients(
    *,
    campaigns: CampaignStore,
    recipients: RecipientSearch,
    campaign_id: str,
    search: Search,
    limit: int,
    cursor: str | None,
) -> RecipientPage:
    """A page of recipients in order of phone. Raises CampaignNotFoundError, InvalidCursorError."""
    campaign = campaigns.get(campaign_id)
    page = recipients.list(campaign_id, _stored(search, campaign), limit, cursor, campaign.shards)
    return RecipientPage(campaign, page.items, page.cursor)


def walk_recipients(
    *,
    campaigns: CampaignStore,
    recipients: RecipientSearch,
    campaign_id: str,
    search: Search,
    cursor: str | None,
) -> tuple[Campaign, Iterator[Page[Recipient]]]:
    """All of them, page by page as they are asked for.

    Raises CampaignNotFoundError, InvalidCursorError.
    """
    campaign = campaigns.get(campaign_id)
    return campaign, recipients.pages(
        campaign_id, _stored(search, campaign), cursor, campaign.shards
    )


def _stored(search: Search, campaign: Campaign) -> Search:
    """That somebody was never sent to because of a cancel is shown, but not stored with them."""
    waiting = search.status in (None, RecipientStatus.PENDING)
    cancelled = campaign.status is CampaignStatus.CANCELLED
    if search.code != CAMPAIGN_CANCELLED or not cancelled or not waiting:
        return search
    return replace(search, status=RecipientStatus.PENDING, code=None)


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
    at = today, yesterday, now, window
    return QuotaView(used, limit, window, frees_at(*at), counted_hours(*at))
