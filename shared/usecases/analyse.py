"""How campaigns fare: from counters alone, so it costs the same for ten people and a million."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from shared.domain.campaign import Campaign, CampaignStatus
from shared.domain.funnel import Funnel
from shared.domain.reasons import CAMPAIGN_CANCELLED, Again, Meaning, Meanings
from shared.domain.recipient import RecipientStatus
from shared.domain.stats import Coded, Stats
from shared.ports import CampaignStore, Clock

MOST_CAMPAIGNS = 200
"""Of an overview: a query each."""

_PAGE = 100
_TOP = 10


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """How many are in a state for one reason, and whether a person may have them tried again."""

    status: RecipientStatus
    code: str
    count: int
    meaning: Meaning

    @property
    def retryable(self) -> bool:
        """Without insisting; see `shared.usecases.retry_failed`."""
        return self.status is RecipientStatus.FAILED and self.meaning.again is Again.YES

    @property
    def forcible(self) -> bool:
        """By insisting, although it will fail again."""
        return self.status is RecipientStatus.FAILED and self.meaning.again is Again.FORCED


@dataclass(slots=True)
class Day:
    """The campaigns that were started on one UTC day."""

    campaigns: int = 0
    funnel: Funnel = field(default_factory=Funnel)


@dataclass(slots=True)
class Overview:
    """Campaigns created since `since`. `truncated`: there are more than were looked at."""

    since: datetime
    campaigns: Counter[CampaignStatus] = field(default_factory=Counter)
    funnel: Funnel = field(default_factory=Funnel)
    days: dict[date, Day] = field(default_factory=dict)
    errors: Sequence[ErrorGroup] = ()
    truncated: bool = False


def errors(*, campaigns: CampaignStore, meanings: Meanings, campaign_id: str) -> list[ErrorGroup]:
    """Why people were not sent to, or not surely: the most frequent first.

    Who waited when the campaign was cancelled is among them. Raises CampaignNotFoundError.
    """
    campaign = campaigns.get(campaign_id)
    return _grouped(_reasons(campaign, campaigns.stats(campaign_id)), meanings)


def overview(*, campaigns: CampaignStore, clock: Clock, meanings: Meanings, days: int) -> Overview:
    """All campaigns of the last days together, newest first, at most `MOST_CAMPAIGNS`."""
    found = Overview(clock.now() - timedelta(days=days))
    reasons: Counter[Coded] = Counter()
    recent, found.truncated = _recent(campaigns, found.since)
    for campaign in recent:
        stats = campaigns.stats(campaign.campaign_id)
        funnel = Funnel.of(stats)
        found.campaigns[campaign.status] += 1
        found.funnel += funnel
        reasons.update(_reasons(campaign, stats))
        if campaign.started_at:
            day = found.days.setdefault(campaign.started_at.date(), Day())
            day.campaigns += 1
            day.funnel += funnel
    found.errors = _grouped(reasons, meanings)[:_TOP]
    return found


def _recent(campaigns: CampaignStore, since: datetime) -> tuple[list[Campaign], bool]:
    """Campaigns created since then, and whether there are too many."""
    found: list[Campaign] = []
    cursor = None
    while True:
        page = campaigns.list(None, _PAGE, cursor)
        young = [campaign for campaign in page.items if campaign.created_at >= since]
        found += young
        if len(found) > MOST_CAMPAIGNS:
            return found[:MOST_CAMPAIGNS], True
        if page.cursor is None or len(young) < len(page.items):
            return found, False
        cursor = page.cursor


def _reasons(campaign: Campaign, stats: Stats) -> Mapping[Coded, int]:
    waiting = stats[RecipientStatus.PENDING]
    if campaign.status is not CampaignStatus.CANCELLED or not waiting:
        return stats.by_code
    return {**stats.by_code, (RecipientStatus.PENDING, CAMPAIGN_CANCELLED): waiting}


def _grouped(reasons: Mapping[Coded, int], meanings: Meanings) -> list[ErrorGroup]:
    groups = [
        ErrorGroup(status, code, count, meanings(code))
        for (status, code), count in reasons.items()
        if count
    ]
    return sorted(groups, key=lambda group: (-group.count, group.status, group.code))
