"""What the system decides about a campaign by itself, each with an event that says why."""

import logging
from datetime import datetime, timedelta

from shared.domain.access import SYSTEM
from shared.domain.campaign import Campaign, Event, PauseCause, What
from shared.domain.held import taken, too_many_held
from shared.domain.instants import to_text
from shared.domain.outcome import Outcome
from shared.domain.recipient import RecipientStatus
from shared.domain.sender import ACCOUNT_STOPS, Sender
from shared.domain.stats import Stats
from shared.usecases.executor_ports import ExecutorPorts

log = logging.getLogger(__name__)

_TEMPLATE = frozenset({"132015", "132016"})  # paused, disabled

LOOK_AGAIN = timedelta(minutes=10)
"""How often a campaign that waits for Meta is looked at."""


def pause(
    ports: ExecutorPorts,
    campaign_id: str,
    cause: PauseCause,
    reason: str,
    resume_at: datetime | None = None,
    held: int | None = None,
) -> bool:
    """Pause by the system, and say so where an operator's alarm listens."""
    details = {"cause": cause.value} | ({"resumeAt": to_text(resume_at)} if resume_at else {})
    event = Event(campaign_id, ports.clock.now(), What.PAUSED, SYSTEM, reason, details)
    paused = ports.campaigns.pause(cause, event, resume_at, held)
    if paused:
        log.warning(
            "campaign paused: %s",
            reason,
            extra={"event": "campaign_paused", "cause": cause.value, "campaignId": campaign_id},
        )
    return paused


def pause_cause(outcome: Outcome) -> PauseCause:
    """Why a code that stops a campaign stops it: Meta may say later that a template is free."""
    return PauseCause.TEMPLATE if outcome.code in _TEMPLATE else PauseCause.CAMPAIGN_ERROR


def is_halted(ports: ExecutorPorts, sender: Sender) -> bool:
    """Whether nothing may leave. Lets it send again if Meta's restriction has ended meanwhile."""
    if not sender.halted:
        return False
    over = sender.halted_until is not None and sender.halted_until <= ports.clock.now()
    return not (over and ports.senders.release(sender.sender_id, only=ACCOUNT_STOPS))


def complete_if_done(ports: ExecutorPorts, campaign_id: str, stats: Stats | None = None) -> bool:
    """COMPLETED if the counters show nobody open; `stats` if they were read already."""
    if (stats or ports.campaigns.stats(campaign_id)).open:
        return False
    event = Event(campaign_id, ports.clock.now(), What.COMPLETED, SYSTEM)
    return ports.campaigns.complete(campaign_id, event)


def pause_if_held(ports: ExecutorPorts, campaign: Campaign, stats: Stats) -> bool:
    """Paused if Meta holds many of the messages; what it drops of them is lost for the campaign."""
    if not too_many_held(stats, campaign.held_seen):
        return False
    held = stats[RecipientStatus.HELD]
    reason = (
        f"Meta holds {held} of {taken(stats)} messages for a quality check: "
        "wait until it has let them go, or look at the template's quality before resuming."
    )
    again_at = ports.clock.now() + LOOK_AGAIN if campaign.auto_resume else None
    return pause(ports, campaign.campaign_id, PauseCause.HELD, reason, again_at, held)
