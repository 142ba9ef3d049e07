"""Recovery: judges the group of a worker that did not come back."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.access import SYSTEM
from shared.domain.boundary import Boundary, Settlement
from shared.domain.campaign import Event, OnUnconfirmed, What
from shared.domain.errors import CampaignNotFoundError, UnreadableError
from shared.domain.instants import to_text
from shared.domain.outcome import Outcome, OutcomeKind
from shared.domain.settling import RetryPolicy, settle
from shared.ports import Journal
from shared.usecases.decisions import complete_if_done
from shared.usecases.executor_ports import ExecutorPorts
from shared.usecases.worker import COMMIT_RESERVE

log = logging.getLogger(__name__)

LOOK_AGAIN = timedelta(hours=1)
"""How often a journal entry that can't be read is tried, and complained about."""

WORKER_LOST = Outcome(
    OutcomeKind.UNKNOWN,
    code="WORKER_LOST",
    message="The worker died while it held this recipient; the message may have gone out.",
)


def recover(ports: ExecutorPorts, campaign_id: str, worker: str) -> int:
    """Settle what a worker held when its lease ended, and return how many are in doubt.

    Nothing shows which of the group were called, so all are in doubt: UNCONFIRMED, or a resend if
    the campaign's owner chose that. Safe to run twice and against a worker that is alive after all:
    the journal entry must be the one that was read, and each recipient still under its claim.

    Raises UnreadableError for an entry that is damaged: it is kept and looked at again every
    `LOOK_AGAIN`, because whoever repairs it, or deploys the version that wrote it, saves the group.
    """
    try:
        journal = ports.boundaries.journal(campaign_id, worker)
    except UnreadableError:
        now = ports.clock.now()
        ports.boundaries.postpone(campaign_id, worker, now + LOOK_AGAIN, now + COMMIT_RESERVE)
        raise
    if journal is None or journal.lease.until > ports.clock.now():
        return 0
    settled = _judge(ports, journal, _policy(ports, campaign_id))
    if settled:
        log.warning(
            "a worker was lost; %d recipients are in doubt",
            len(settled),
            extra={"event": "worker_lost", "campaignId": campaign_id, "inDoubt": len(settled)},
        )
    complete_if_done(ports, campaign_id)
    return len(settled)


def _policy(ports: ExecutorPorts, campaign_id: str) -> RetryPolicy:
    """What the owner chose; if the campaign is gone or damaged, nobody is written to again."""
    try:
        campaign = ports.campaigns.get(campaign_id)
    except (CampaignNotFoundError, UnreadableError):
        return RetryPolicy(0, 0, 0, OnUnconfirmed.HOLD)
    return RetryPolicy.of(campaign, ports.settings.max_attempts)


def _judge(ports: ExecutorPorts, journal: Journal, policy: RetryPolicy) -> tuple[Settlement, ...]:
    now = ports.clock.now()
    settled = tuple(
        settle(claim, WORKER_LOST, policy, now, ports.chance.fraction()) for claim in journal.claims
    )
    boundary = Boundary(
        campaign_id=journal.campaign_id,
        sender_id=journal.sender_id,
        lease=journal.lease,
        now=now,
        settled=settled,
        journaled=True,
        event=_lost(journal, settled, now),
    )
    while (refusal := ports.boundaries.write(boundary, now + COMMIT_RESERVE)) is not None:
        if refusal.fenced:
            return ()
        still = tuple(s for s in boundary.settled if s.claim.recipient.phone not in refusal.moved)
        boundary = replace(boundary, settled=still, event=_lost(journal, still, now))
    return boundary.settled


def _lost(journal: Journal, doubtful: Sequence[Settlement], now: datetime) -> Event | None:
    """The line in the history; none if others have settled the whole group."""
    if not doubtful:
        return None
    return Event(
        journal.campaign_id,
        now,
        What.WORKER_LOST,
        SYSTEM,
        "A process died with a group in hand; what it had sent of it is not known.",
        {"inDoubt": len(doubtful), "heldSince": to_text(journal.lease.since)},
    )
