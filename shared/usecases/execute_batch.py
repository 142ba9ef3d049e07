"""One batch of one campaign: find who is due, screen them, send them group by group.

Between two groups stands one atomic write (see `shared.domain.boundary`). Nothing is sent that was
not claimed and counted by it, and what was sent is committed by the next one. What remains if a
worker dies at any point is in `docs/send-protocol.md`.
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.domain.batch import Candidate, Tally
from shared.domain.boundary import Lease, Skip
from shared.domain.campaign import Campaign, CampaignStatus, PauseCause, What
from shared.domain.conversation import Contact
from shared.domain.errors import CampaignNotRunningError, SenderUnusableError
from shared.domain.recipient import Recipient, RecipientStatus
from shared.domain.sender import Sender
from shared.ports import Channel, Due
from shared.usecases.caps import Caps
from shared.usecases.crew import Crew, OneByOne
from shared.usecases.decisions import complete_if_done, is_halted, pause, pause_if_held
from shared.usecases.executor_ports import ExecutorPorts
from shared.usecases.screening import Screening, write_skips
from shared.usecases.worker import Worker

log = logging.getLogger(__name__)

LEASE_GRACE = timedelta(seconds=30)
"""How long after a worker's own deadline nobody else judges its group."""

UNREADABLE = (
    "UNREADABLE",
    "The stored record of this recipient is damaged, so nobody was written to.",
)
"""Code and words of a recipient whose record is not what this system writes."""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What one batch did. `processed` counts the recipients for whom the provider was called."""

    tally: Tally
    paused: bool = False
    completed: bool = False
    pause_reason: str | None = None
    wait_until: datetime | None = None  # the sender is stopped until then
    more: bool = False  # somebody is due still, and time was up


def execute_batch(ports: ExecutorPorts, campaign_id: str, deadline: datetime) -> BatchResult:
    """Send one batch, and commit everything before `deadline`.

    Safe to run twice, in parallel, or to kill: claims decide. Raises CampaignNotFoundError,
    CampaignNotRunningError, StoreUnavailableError (nothing is lost: what is not committed is in the
    journal, and a sweep settles it).
    """
    ready = make_ready(ports, campaign_id)
    return ready if isinstance(ready, BatchResult) else one_batch(ports, ready, deadline)


def one_batch(ports: ExecutorPorts, ready: "Ready", deadline: datetime) -> BatchResult:
    """The same for a campaign that has been looked at."""
    settings = ports.settings
    look = Look(
        worker=ports.chance.token(),
        most=ready.campaign.throttle.batch_size or settings.batch_size,
        group_size=settings.group_size,
    )
    for shard in range(ready.campaign.shards):  # the first one where somebody is due
        look = replace(look, shard=shard)
        worker, caps, due = send_some(ports, ready, look, OneByOne(), deadline)
        if due or worker.leaving:
            break
    return conclude(ports, ready.campaign, worker, caps)


@dataclass(frozen=True, slots=True)
class Ready:
    """A campaign that may send now, and what from."""

    campaign: Campaign
    sender: Sender
    channel: Channel


@dataclass(frozen=True, slots=True)
class Look:
    """How one look at the queue is worked off. `passed`: not these, as of so many attempts."""

    worker: str
    most: int
    group_size: int
    shard: int = 0
    passed: Collection[tuple[str, int]] = ()


def make_ready(ports: ExecutorPorts, campaign_id: str) -> Ready | BatchResult:
    """The campaign and its sender, or why nothing can be sent. Raises as `execute_batch`."""
    campaign = ports.campaigns.get(campaign_id)
    if campaign.status is CampaignStatus.COMPLETED:
        return BatchResult(Tally(), completed=True)
    if campaign.status is not CampaignStatus.RUNNING:
        raise CampaignNotRunningError(campaign.status)
    now = ports.clock.now()
    sender = ports.senders.get(campaign.sender_id)
    if is_halted(ports, sender):
        reason = sender.stop_reason or "The sender is stopped."
        until = sender.halted_until if campaign.auto_resume else None
        pause(ports, campaign_id, PauseCause.SENDER_STOPPED, reason, until)
        return BatchResult(Tally(), paused=True, pause_reason=reason)
    if sender.stopped_until and sender.stopped_until > now:
        return BatchResult(Tally(), wait_until=sender.stopped_until)
    try:
        return Ready(campaign, sender, ports.channel_of(sender))
    except SenderUnusableError as error:
        pause(ports, campaign_id, PauseCause.SENDER_STOPPED, error.message)
        return BatchResult(Tally(), paused=True, pause_reason=error.message)


def send_some(
    ports: ExecutorPorts, ready: Ready, look: Look, crew: Crew, deadline: datetime
) -> tuple[Worker, Caps, Sequence[Recipient]]:
    """Find who is due, screen them, and send: the worker that did it, and who was looked at."""
    campaign, now = ready.campaign, ports.clock.now()
    found = ports.recipients.pending(campaign.campaign_id, now, look.most, look.shard)
    due = [each for each in found if (each.phone, each.attempts) not in look.passed]
    lease = Lease(look.worker, since=now, until=deadline + LEASE_GRACE)
    _write_off(ports, campaign, [each for each in due if not each.readable], lease)
    screening = Screening(ports, campaign, lease)
    people = screening.passed([each for each in due if each.readable])
    caps = Caps(ports.quota, campaign, ready.sender, ports.settings)
    worker = Worker(
        ports,
        campaign,
        ready.sender,
        ready.channel,
        caps,
        screening,
        lease,
        deadline,
        crew,
        look.group_size,
    )
    worker.run(candidates(ports, campaign, people, now))
    return worker, caps, due


def _write_off(
    ports: ExecutorPorts, campaign: Campaign, damaged: list[Recipient], lease: Lease
) -> None:
    """FAILED, with words: a record that can't be read can't be sent, today or ever.

    If even that can't be written, the others must not wait for it.
    """
    skips = [Skip(each, *UNREADABLE, status=RecipientStatus.FAILED) for each in damaged]
    try:
        written = write_skips(ports, campaign, skips, lease, What.WRITTEN_OFF)
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


def candidates(
    ports: ExecutorPorts, campaign: Campaign, due: Sequence[Recipient], now: datetime
) -> list[Candidate]:
    """Whose conversation is open and costs nothing, and whose message surely opens one."""
    if not due:
        return []
    contacts = ports.contacts.contacts(campaign.sender_id, [each.phone for each in due])
    nobody_missing = not any(isinstance(d, Due) and d.worker for d in ports.schedule.due(now))
    candidates = []
    for recipient in due:
        contact = contacts.get(recipient.phone) or Contact(recipient.phone)
        charged = not contact.is_open(now)
        # A lost worker's messages are not on record yet; one may have begun a conversation.
        opens = nobody_missing and contact.is_over(now)
        candidates.append(Candidate(recipient, charged, opens))
    return candidates


def conclude(ports: ExecutorPorts, campaign: Campaign, worker: Worker, caps: Caps) -> BatchResult:
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
