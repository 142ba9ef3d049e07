"""What the system decides about a campaign by itself, each with an event that says why."""

import logging
from datetime import datetime

from shared.domain.access import SYSTEM
from shared.domain.campaign import Event, PauseCause, What
from shared.domain.instants import to_text
from shared.usecases.executor_ports import ExecutorPorts

log = logging.getLogger(__name__)


def pause(
    ports: ExecutorPorts,
    campaign_id: str,
    cause: PauseCause,
    reason: str,
    resume_at: datetime | None = None,
) -> bool:
    """Pause by the system, and say so where an operator's alarm listens."""
    details = {"cause": cause.value} | ({"resumeAt": to_text(resume_at)} if resume_at else {})
    event = Event(campaign_id, ports.clock.now(), What.PAUSED, SYSTEM, reason, details)
    paused = ports.campaigns.pause(cause, event, resume_at)
    if paused:
        log.warning(
            "campaign paused: %s",
            reason,
            extra={"event": "campaign_paused", "cause": cause.value, "campaignId": campaign_id},
        )
    return paused


def complete_if_done(ports: ExecutorPorts, campaign_id: str) -> bool:
    """COMPLETED if the counters show nobody open."""
    if ports.campaigns.stats(campaign_id).open:
        return False
    event = Event(campaign_id, ports.clock.now(), What.COMPLETED, SYSTEM)
    return ports.campaigns.complete(campaign_id, event)
