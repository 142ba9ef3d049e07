"""The minute tick: sweeps after the dead, wakes who waits for the cap, and hands out batches."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.access import SYSTEM
from shared.domain.campaign import Action, Campaign, CampaignStatus, Event, PauseCause, What
from shared.ports import Due
from shared.usecases.caps import Caps
from shared.usecases.executor_ports import ExecutorPorts, TickPorts
from shared.usecases.recover import recover

log = logging.getLogger(__name__)

_TIME_FOR_ONE = timedelta(seconds=10)


@dataclass(slots=True)
class TickResult:
    """What one tick did."""

    enqueued: int = 0
    resumed: int = 0
    in_doubt: int = 0
    troubled: int = 0


def tick(ports: TickPorts, deadline: datetime) -> TickResult:
    """Look at everything that is due. Running it twice, late or never does no harm but delay.

    One campaign's trouble is logged and counted and does not keep the others waiting. Raises
    StoreUnavailableError if the list of what is due can't be read.
    """
    result = TickResult()
    batches = []
    for due in ports.schedule.due(ports.clock.now()):
        if ports.clock.now() + _TIME_FOR_ONE > deadline:
            log.warning("the tick ran out of time; the rest is for the next one")
            break
        try:
            if _look_at(ports.tenant(due.tenant_id), due, result):
                batches.append(due)
        except Exception:
            result.troubled += 1
            log.exception(
                "the tick could not handle a campaign",
                extra={
                    "event": "tick_trouble",
                    "tenantId": due.tenant_id,
                    "campaignId": due.campaign_id,
                },
            )
    ports.queue.enqueue(batches)
    result.enqueued = len(batches)
    return result


def _look_at(ports: ExecutorPorts, due: Due, result: TickResult) -> bool:
    """Handle one entry; True if the campaign shall have a batch."""
    if due.worker is not None:
        result.in_doubt += recover(ports, due.campaign_id, due.worker)
        return False
    campaign = ports.campaigns.get(due.campaign_id)
    if campaign.status is CampaignStatus.PAUSED and _wake(ports, campaign):
        result.resumed += 1
        return True
    return campaign.status is CampaignStatus.RUNNING


def _wake(ports: ExecutorPorts, campaign: Campaign) -> bool:
    """Resume a campaign that paused itself at the cap, if there is room again."""
    if campaign.pause_cause is not PauseCause.DAILY_LIMIT:
        return False
    now = ports.clock.now()
    reached = Caps(
        ports.quota, campaign, ports.senders.get(campaign.sender_id), ports.settings
    ).reached(now)
    if reached:
        ports.campaigns.postpone(campaign.campaign_id, reached.resume_at)
        return False
    why = "The daily limit has room again."
    event = Event(campaign.campaign_id, now, What.RESUMED, SYSTEM, why)
    return ports.campaigns.control(
        campaign.campaign_id, Action.RESUME, event, only_cause=PauseCause.DAILY_LIMIT
    )
