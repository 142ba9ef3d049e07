"""Wakes campaigns that the system paused, when the reason is gone."""

from collections.abc import Mapping
from datetime import datetime

from shared.domain.access import SYSTEM
from shared.domain.campaign import Action, Campaign, Event, PauseCause, What
from shared.domain.held import too_many_held
from shared.usecases.caps import Caps
from shared.usecases.decisions import LOOK_AGAIN, is_halted
from shared.usecases.executor_ports import ExecutorPorts

_WHY: Mapping[PauseCause, str] = {
    PauseCause.DAILY_LIMIT: "The daily limit has room again.",
    PauseCause.HELD: "Meta has let most of the held messages go.",
    PauseCause.SENDER_STOPPED: "Meta's restriction of the account has ended.",
}
"""Causes that the passing of time can end; the others end by an event, or by a person."""


def wake(ports: ExecutorPorts, campaign: Campaign) -> bool:
    """Resume a campaign that is due for it, or say when to look again; True if it is resumed."""
    cause = campaign.pause_cause
    if cause is None or cause not in _WHY:
        return False
    now = ports.clock.now()
    again_at = _still(ports, campaign, cause, now)
    if again_at:
        ports.campaigns.postpone(campaign.campaign_id, cause, again_at)
        return False
    event = Event(campaign.campaign_id, now, What.RESUMED, SYSTEM, _WHY[cause])
    return ports.campaigns.control(campaign.campaign_id, Action.RESUME, event, only_cause=cause)


def _still(
    ports: ExecutorPorts, campaign: Campaign, cause: PauseCause, now: datetime
) -> datetime | None:
    """When to look again, if the reason still holds."""
    if cause is PauseCause.HELD:
        stats = ports.campaigns.stats(campaign.campaign_id)
        return now + LOOK_AGAIN if too_many_held(stats) else None
    sender = ports.senders.get(campaign.sender_id)
    if cause is PauseCause.DAILY_LIMIT:
        reached = Caps(ports.quota, campaign, sender, ports.settings).reached(now)
        return reached.resume_at if reached else None
    return now + LOOK_AGAIN if is_halted(ports, sender) else None
