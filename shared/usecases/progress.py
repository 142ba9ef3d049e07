"""How far a campaign is, how fast it goes, and when it will be through."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.domain.campaign import TERMINAL, Campaign, CampaignStatus, Mode
from shared.domain.forecast import Allowed, expected_end, per_minute
from shared.domain.quota import DayCount, QuotaView, carried, frees_at
from shared.domain.sender import Sender
from shared.domain.stats import Stats
from shared.ports import CampaignStore, Clock, QuotaStore
from shared.usecases.executor_ports import Limits
from shared.usecases.search_ports import RecipientSearch
from shared.usecases.sender_ports import SenderStore

MINUTE = timedelta(minutes=1)
_LOOKED_AT = 5  # whole minutes that the present rate is taken from


@dataclass(frozen=True, slots=True)
class Progress:
    """A campaign's progress. `rate` is in messages that Meta took a minute, lately.

    `takes` is how long the rest needs from now on if the campaign runs; `ends_at` is there if it
    does so by itself, else `waits_for` says what for. `next_run_at` is about when the next batch
    leaves.
    """

    campaign: Campaign
    stats: Stats
    rate: float
    cap: QuotaView
    own_cap_used: int | None = None
    next_run_at: datetime | None = None
    ends_at: datetime | None = None
    takes: timedelta | None = None
    waits_for: str | None = None


@dataclass(frozen=True, slots=True)
class ProgressPorts:
    """What looking at a campaign's progress needs."""

    campaigns: CampaignStore
    recipients: RecipientSearch
    senders: SenderStore
    quota: QuotaStore
    clock: Clock
    limits: Limits


def progress(ports: ProgressPorts, campaign_id: str) -> Progress:
    """As of now. Raises CampaignNotFoundError."""
    campaign = ports.campaigns.get(campaign_id)
    stats = ports.campaigns.stats(campaign_id)
    now = ports.clock.now()
    ended = campaign.status in TERMINAL
    rate = 0.0 if ended else _rate(ports.campaigns, campaign, now)
    return _progress(ports, campaign, stats, rate, _standing(ports, campaign.sender_id, now))


def forecasts(
    ports: ProgressPorts, views: Iterable[tuple[Campaign, Stats]]
) -> Mapping[str, Progress]:
    """By campaign id, of those that were started and have not ended; without their rates.

    Costs one or two reads for each of them, and three for each of their senders.
    """
    now = ports.clock.now()
    standings: dict[str, _Standing] = {}
    found = {}
    for campaign, stats in views:
        if campaign.status in TERMINAL or campaign.status is CampaignStatus.DRAFT:
            continue
        sender_id = campaign.sender_id
        if sender_id not in standings:
            standings[sender_id] = _standing(ports, sender_id, now)
        found[campaign.campaign_id] = _progress(ports, campaign, stats, 0.0, standings[sender_id])
    return found


def minutes(
    *, campaigns: CampaignStore, clock: Clock, campaign_id: str, hours: int
) -> list[tuple[datetime, int]]:
    """Messages that Meta took, by the minute, in the last hours; minutes without any left out.

    Costs one read for each hour and one more. Raises CampaignNotFoundError.
    """
    campaigns.get(campaign_id)
    now = clock.now()
    since = _minute(now) - timedelta(hours=hours) + MINUTE
    found = []
    for back in range(hours, -1, -1):
        hour = (now - timedelta(hours=back)).replace(minute=0, second=0, microsecond=0)
        taken = campaigns.minutes(campaign_id, hour)
        found += [(hour + minute * MINUTE, count) for minute, count in sorted(taken.items())]
    return [(at, count) for at, count in found if at >= since]


@dataclass(frozen=True, slots=True)
class _Standing:
    """A sender at one moment, with the counters of its cap."""

    sender: Sender
    today: DayCount
    yesterday: DayCount
    now: datetime


def _standing(ports: ProgressPorts, sender_id: str, now: datetime) -> _Standing:
    today, yesterday = now.date(), now.date() - timedelta(days=1)
    return _Standing(
        ports.senders.get(sender_id),
        ports.quota.day(sender_id, today),
        ports.quota.day(sender_id, yesterday),
        now,
    )


def _progress(
    ports: ProgressPorts, campaign: Campaign, stats: Stats, rate: float, standing: _Standing
) -> Progress:
    now = standing.now
    allowed = _allowed(ports, campaign, standing)
    own_used = None if allowed.own_limit is None else allowed.own_used
    found = Progress(campaign, stats, rate, _view(allowed, now), own_used)
    if campaign.status in TERMINAL:
        return found
    return _looking_ahead(ports, found, standing.sender, allowed, now)


def _looking_ahead(
    ports: ProgressPorts, found: Progress, sender: Sender, allowed: Allowed, now: datetime
) -> Progress:
    campaign = found.campaign
    due = ports.recipients.due(campaign.campaign_id, campaign.shards)
    begin = max(now, campaign.resume_at or now, sender.stopped_until or now)
    if campaign.tick_at and campaign.status is CampaignStatus.RUNNING:
        begin = max(begin, campaign.tick_at)
    if due:
        begin = max(begin, due.earliest)
    pace = _per_minute(campaign, sender, ports.limits, now)
    batches = campaign.throttle.mode is Mode.BATCH
    leaves = _whole_minute(begin) if batches else begin  # until then nothing does
    end = expected_end(found.stats.open, pace, allowed, now, leaves)
    if end and due:
        end = max(end, due.latest)
    waits_for = _waits_for(campaign, sender)
    if waits_for is None and end is None:
        waits_for = "The cap: it would take more than a century."
    return replace(
        found,
        next_run_at=None if waits_for else _next_minute(begin),
        ends_at=None if waits_for else end,
        takes=end - now if end else None,
        waits_for=waits_for,
    )


def _waits_for(campaign: Campaign, sender: Sender) -> str | None:
    """What a person must do before it goes on; None if it does so by itself."""
    if campaign.status is CampaignStatus.PAUSED:
        if campaign.resume_at:
            return None
        return campaign.paused_reason or "Somebody paused it: resume it."
    if campaign.status is not CampaignStatus.RUNNING:
        return "It was not started yet."
    if sender.halted:
        return sender.stop_reason or "The sender is stopped."
    return None


def _allowed(ports: ProgressPorts, campaign: Campaign, standing: _Standing) -> Allowed:
    own, today = campaign.daily_cap, standing.now.date()
    return Allowed(
        standing.sender.limit(ports.limits.daily_limit),
        ports.limits.limit_window,
        today=standing.today,
        yesterday=standing.yesterday,
        own_limit=own,
        own_used=ports.quota.campaign_day(campaign.campaign_id, today) if own else 0,
    )


def _view(allowed: Allowed, now: datetime) -> QuotaView:
    window = allowed.window
    used = allowed.today.total + carried(allowed.yesterday, now, window)
    frees = frees_at(allowed.today, allowed.yesterday, now, window)
    return QuotaView(used, allowed.limit, window, frees)


def _per_minute(campaign: Campaign, sender: Sender, limits: Limits, now: datetime) -> float:
    """The most that leaves in a minute: a batch at its pace, or all that the sender may."""
    wanted = campaign.throttle.messages_per_second or sender.messages_per_second
    if campaign.throttle.mode is Mode.CONTINUOUS:
        most = sender.rate(now)
        return min(wanted or most, most) * 60
    default = 1000 / limits.send_delay_ms if limits.send_delay_ms else None
    own = campaign.throttle
    size, seconds = own.batch_size or limits.batch_size, own.batch_delay_seconds or 60
    return per_minute(size, seconds, wanted or default)


def _rate(campaigns: CampaignStore, campaign: Campaign, now: datetime) -> float:
    """Of the last whole minutes since the start."""
    until = _minute(now)
    first = max(until - _LOOKED_AT * MINUTE, _minute(campaign.started_at or now))
    if first >= until:
        return 0.0
    hours = {each.replace(minute=0) for each in (first, until - MINUTE)}
    taken = sum(
        count
        for hour in hours
        for minute, count in campaigns.minutes(campaign.campaign_id, hour).items()
        if first <= hour + minute * MINUTE < until
    )
    return round(taken / ((until - first) / MINUTE), 1)


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _whole_minute(at: datetime) -> datetime:
    """The first one from then on."""
    return at if at == _minute(at) else _next_minute(at)


def _next_minute(at: datetime) -> datetime:
    """When the schedule looks, about."""
    return _minute(at) + MINUTE
