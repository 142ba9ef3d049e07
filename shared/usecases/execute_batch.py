"""One batch of one campaign: find who is due, screen them, send them group by group.

Between two groups stands one atomic write (see `shared.domain.boundary`). Nothing is sent that was
not claimed and counted by it, and what was sent is committed by the next one. What remains if a
worker dies at any point is in `docs/send-protocol.md`.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.access import SYSTEM
from shared.domain.batch import Candidate, Tally
from shared.domain.boundary import Boundary, Lease, Skip
from shared.domain.campaign import Campaign, CampaignStatus, Event, PauseCause, What
from shared.domain.conversation import Contact
from shared.domain.errors import CampaignNotRunningError, SenderUnusableError
from shared.domain.phone import equivalent
from shared.domain.recipient import Recipient, RecipientStatus
from shared.ports import Due
from shared.usecases.caps import Caps
from shared.usecases.decisions import complete_if_done, pause, pause_if_held
from shared.usecases.executor_ports import ExecutorPorts
from shared.usecases.worker import Worker

log = logging.getLogger(__name__)

LEASE_GRACE = timedelta(seconds=30)
"""How long after a worker's own deadline nobody else judges its group."""

UNREADABLE = (
    "UNREADABLE",
    "The stored record of this recipient is damaged, so nobody was written to.",
)
"""Code and words of a recipient whose record is not what this system writes."""

_SKIPS_AT_ONCE = 90


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What one batch did. `processed` counts the recipients for whom the provider was called."""

    tally: Tally
    paused: bool = False
    completed: bool = False
    pause_reason: str | None = None
    wait_until: datetime | None = None  # the sender is stopped until then


def execute_batch(ports: ExecutorPorts, campaign_id: str, deadline: datetime) -> BatchResult:
    """Send one batch, and commit everything before `deadline`.

    Safe to run twice, in parallel, or to kill: claims decide. Raises CampaignNotFoundError,
    CampaignNotRunningError, StoreUnavailableError (nothing is lost: what is not committed is in the
    journal, and a sweep settles it).
    """
    campaign = ports.campaigns.get(campaign_id)
    if campaign.status is CampaignStatus.COMPLETED:
        return BatchResult(Tally(), completed=True)
    if campaign.status is not CampaignStatus.RUNNING:
        raise CampaignNotRunningError(campaign.status)
    now = ports.clock.now()
    sender = ports.senders.get(campaign.sender_id)
    if sender.halted:
        reason = sender.stop_reason or "The sender is stopped."
        pause(ports, campaign_id, PauseCause.SENDER_STOPPED, reason)
        return BatchResult(Tally(), paused=True, pause_reason=reason)
    if sender.stopped_until and sender.stopped_until > now:
        return BatchResult(Tally(), wait_until=sender.stopped_until)
    try:
        channel = ports.channel_of(sender)
    except SenderUnusableError as error:
        pause(ports, campaign_id, PauseCause.SENDER_STOPPED, error.message)
        return BatchResult(Tally(), paused=True, pause_reason=error.message)
    batch_size = campaign.throttle.batch_size or ports.settings.batch_size
    due = ports.recipients.pending(campaign_id, now, batch_size)
    lease = Lease(ports.chance.token(), since=now, until=deadline + LEASE_GRACE)
    _write_off(ports, campaign, [each for each in due if not each.readable], lease)
    candidates, skips = _screen(ports, campaign, [each for each in due if each.readable], now)
    skipped = _skip(ports, campaign, skips, lease)
    caps = Caps(ports.quota, campaign, sender, ports.settings)
    worker = Worker(ports, campaign, sender, channel, caps, lease, deadline)
    worker.tally.skipped = skipped
    worker.run(candidates)
    return _conclude(ports, campaign, worker, caps)


def _write_off(
    ports: ExecutorPorts, campaign: Campaign, damaged: list[Recipient], lease: Lease
) -> None:
    """FAILED, with words: a record that can't be read can't be sent, today or ever.

    If even that can't be written, the others must not wait for it.
    """
    skips = [Skip(each, *UNREADABLE, status=RecipientStatus.FAILED) for each in damaged]
    try:
        written = _skip(ports, campaign, skips, lease, What.WRITTEN_OFF)
    except Exception:
        written = 0
        log.exception("damaged recipients could not be marked as failed")
    if damaged:
        log.error(
            "%d recipients can't be read; %d of them are marked as failed",
            len(damaged),
            written,
            extra={"event": "unreadable", "campaignId": campaign.campaign_id},
        )


def _screen(
    ports: ExecutorPorts, campaign: Campaign, due: Sequence[Recipient], now: datetime
) -> tuple[list[Candidate], list[Skip]]:
    """Who is not written to at all, and whose conversation is open and costs nothing."""
    if not due:
        return [], []
    asked = [spelling for recipient in due for spelling in _spellings(recipient.phone)]
    contacts = ports.contacts.contacts(campaign.sender_id, asked)
    opted_out = {contact.phone for contact in contacts.values() if contact.opted_out}
    nobody_missing = not any(isinstance(d, Due) and d.worker for d in ports.schedule.due(now))
    candidates, skips = [], []
    for recipient in due:
        if not opted_out.isdisjoint(_spellings(recipient.phone)):
            skips.append(Skip(recipient, "OPTED_OUT", "This person asked not to be written to."))
            continue
        contact = contacts.get(recipient.phone) or Contact(recipient.phone)
        charged = not contact.is_open(now)
        # A lost worker's messages are not on record yet; one may have begun a conversation.
        opens = nobody_missing and contact.is_over(now)
        candidates.append(Candidate(recipient, charged, opens))
    return candidates, skips


def _spellings(phone: str) -> list[str]:
    """An opt-out is the person's, so it holds for the other spelling of the number too."""
    return [spelling for spelling in (phone, equivalent(phone)) if spelling]


def _skip(
    ports: ExecutorPorts,
    campaign: Campaign,
    skips: list[Skip],
    lease: Lease,
    what: What | None = None,
) -> int:
    """Write the skips, without those whom somebody else took meanwhile.

    With `what`, the campaign's history says so.
    """
    done = 0
    while skips:
        some = tuple(skips[:_SKIPS_AT_ONCE])
        now = ports.clock.now()
        event = None
        if what:
            why, details = some[0].message, {"recipients": len(some)}
            event = Event(campaign.campaign_id, now, what, SYSTEM, why, details)
        boundary = Boundary(
            campaign.campaign_id, campaign.sender_id, lease, now, skipped=some, event=event
        )
        refusal = ports.boundaries.write(boundary, now + timedelta(seconds=5))
        if refusal is None:
            done += len(some)
            skips = skips[_SKIPS_AT_ONCE:]
        else:
            skips = [skip for skip in skips if skip.recipient.phone not in refusal.taken]
    return done


def _conclude(ports: ExecutorPorts, campaign: Campaign, worker: Worker, caps: Caps) -> BatchResult:
    """Complete, or pause for what is held or at the cap, or tell why the batch ended early."""
    campaign_id = campaign.campaign_id
    stats = ports.campaigns.stats(campaign_id)
    if complete_if_done(ports, campaign_id, stats):
        return BatchResult(worker.tally, completed=True)
    held_up = pause_if_held(ports, campaign, stats)
    if worker.capped and (reached := caps.reached(ports.clock.now())):
        pause(ports, campaign_id, PauseCause.DAILY_LIMIT, reached.reason, reached.resume_at)
    if worker.capped or worker.leaving or held_up:
        campaign = ports.campaigns.get(campaign_id)
        return BatchResult(
            worker.tally,
            paused=campaign.status is CampaignStatus.PAUSED,
            completed=campaign.status is CampaignStatus.COMPLETED,
            pause_reason=campaign.paused_reason,
            wait_until=worker.wait_until,
        )
    return BatchResult(worker.tally)
