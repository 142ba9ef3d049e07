"""Send one message of a campaign to a phone of one's own, at once.

    reserve    one write: the key, a unit of the cap, the gate     crash before: nothing happened
    call       one, at the sender's pace                           crash: the unit stays used
    end        what became of it, and the unit back if refused     crash: the next look says UNKNOWN

Nobody in the list is touched and no counter moves. There is one message for each key: who asks
again under it is told what became of the first.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from shared.domain.access import Actor
from shared.domain.batch import Candidate
from shared.domain.boundary import Claim
from shared.domain.campaign import Campaign, Event, OnUnconfirmed, What
from shared.domain.errors import CampaignNotFoundError, StoreUnavailableError
from shared.domain.instants import to_text
from shared.domain.outcome import NOT_CALLED, Outcome
from shared.domain.phone import mask
from shared.domain.quota import is_quiet
from shared.domain.recipient import Recipient
from shared.domain.sender import Sender
from shared.domain.settling import RetryPolicy, settle
from shared.domain.trial import (
    MOST_A_MINUTE,
    Ended,
    Trial,
    TrialEnd,
    TrialRefusal,
    trial_texts,
    verdict_of,
)
from shared.domain.trial_errors import (
    CapReachedError,
    PhoneSuppressedError,
    SenderBusyError,
    SenderStoppedError,
    TooManyTrialsError,
)
from shared.domain.updates import TRIAL
from shared.ports import Channel
from shared.usecases.caps import Caps
from shared.usecases.crew import message_of
from shared.usecases.decisions import is_halted
from shared.usecases.execute_batch import candidates
from shared.usecases.executor_ports import ExecutorPorts
from shared.usecases.pace import Pace
from shared.usecases.reactions import Reactions

log = logging.getLogger(__name__)

_COMMIT = timedelta(seconds=5)  # kept of the time for each of the two writes
_TRIES = 5  # to reserve, while the suppression list or the cap move
_ONCE = RetryPolicy(1, 0, 0, OnUnconfirmed.HOLD)


class TrialStore(Protocol):
    """The writes of a test send. Raises StoreUnavailableError."""

    def reserve(self, trial: Trial, now: datetime, give_up_at: datetime) -> TrialRefusal | None:
        """All that must hold before the call, and what it takes; or why not."""
        ...

    def end(self, ended: Ended, now: datetime, give_up_at: datetime) -> None:
        """What became of it."""
        ...


class TrialPorts(ExecutorPorts, Protocol):
    """What a test send needs, of one tenant."""

    @property
    def trials(self) -> TrialStore: ...


@dataclass(frozen=True, slots=True)
class TrialOrder:
    """What a person wants: `values` by column, `key` is the hash of an Idempotency-Key."""

    campaign: Campaign
    phone: str
    values: Mapping[str, str] | None
    key: str
    actor: Actor


def send_trial(ports: TrialPorts, order: TrialOrder, deadline: datetime) -> TrialEnd:
    """Send it and say what became of it, before `deadline`.

    Raises MissingValuesError, PhoneSuppressedError, SenderStoppedError, SenderUnusableError,
    CapReachedError, TooManyTrialsError, SenderBusyError, CampaignNotFoundError,
    StoreUnavailableError: then nothing was sent.
    """
    campaign = order.campaign
    texts = trial_texts(campaign.template_params, order.values)
    person = Recipient(campaign.campaign_id, order.phone, parameters=texts)
    sender = _sender(ports, campaign)
    channel = ports.channel_of(sender)
    last_turn = deadline - _COMMIT - timedelta(seconds=channel.call_limit_seconds)
    delay_ms = ports.settings.send_delay_ms
    pace = Pace(ports.pace, ports.clock, campaign, sender, delay_ms, group_size=1)
    _screen(ports, order.phone)  # before anything is waited for
    if not pace.room(1, 1, last_turn):
        raise SenderBusyError
    reserved = _reserve(ports, order, person, sender, last_turn)
    if isinstance(reserved, TrialEnd):
        return reserved
    pace.wait()
    outcome = _called(ports, campaign, channel, reserved, last_turn)
    return _ended(ports, order, reserved, outcome, deadline)


def _sender(ports: TrialPorts, campaign: Campaign) -> Sender:
    sender = ports.senders.get(campaign.sender_id)
    if is_halted(ports, sender):
        until = sender.halted_until
    elif sender.stopped_until and sender.stopped_until > ports.clock.now():
        until = sender.stopped_until
    else:
        return sender
    raise SenderStoppedError(sender.stop_reason, None if until is None else to_text(until))


def _screen(ports: TrialPorts, phone: str) -> int:
    """The version of the list on which the phone is not."""
    version = ports.suppressions.version()
    if version and ports.suppressions.among([phone]):
        raise PhoneSuppressedError
    return version


def _reserve(
    ports: TrialPorts, order: TrialOrder, person: Recipient, sender: Sender, last_turn: datetime
) -> Trial | TrialEnd:
    """The test that may be called now, or the end of an earlier one under the same key."""
    campaign = order.campaign
    caps = Caps(ports.quota, campaign, sender, ports.settings)
    for _ in range(_TRIES):
        version, now = _screen(ports, order.phone), ports.clock.now()
        if is_quiet(now) or now > last_turn:
            break
        (candidate,) = candidates(ports, campaign, [person], now)
        claim = _claim(ports, candidate, now)
        reservation = caps.reservation(int(claim.charged), now)
        trial = Trial(order.key, sender.sender_id, claim, reservation, version)
        refusal = ports.trials.reserve(trial, now, now + _COMMIT)
        if refusal is None:
            return trial
        if refusal.known:
            return refusal.known
        _raise(ports, campaign, refusal, caps)
    raise SenderBusyError


def _raise(ports: TrialPorts, campaign: Campaign, refusal: TrialRefusal, caps: Caps) -> None:
    """Unless it is worth another look."""
    now = ports.clock.now()
    if refusal.gone:
        raise CampaignNotFoundError(campaign.campaign_id)
    if refusal.stopped:
        _sender(ports, campaign)
    elif refusal.too_many:
        raise TooManyTrialsError(MOST_A_MINUTE, 60 - now.second)
    elif refusal.full and (reached := caps.reached(now)):
        raise CapReachedError(reached.reason, to_text(reached.resume_at))


def _claim(ports: TrialPorts, candidate: Candidate, now: datetime) -> Claim:
    """Of an attempt that is told from those of recipients by its id."""
    claim_id = TRIAL + ports.chance.token()
    return Claim(candidate.recipient, claim_id, candidate.charged, now, candidate.opens)


def _called(
    ports: TrialPorts, campaign: Campaign, channel: Channel, trial: Trial, last_turn: datetime
) -> Outcome:
    """A process that slept must not act on what it knew then."""
    now = ports.clock.now()
    in_time = not is_quiet(now) and now <= last_turn
    if not in_time or (trial.claim.charged and now >= trial.reservation.valid_until):
        return NOT_CALLED
    return channel.send(message_of(campaign, trial.claim))


@contextmanager
def _store_forgiven() -> Iterator[None]:
    try:
        yield
    except StoreUnavailableError:
        log.exception("what follows from a test send can't be written")


def _ended(
    ports: TrialPorts, order: TrialOrder, trial: Trial, outcome: Outcome, deadline: datetime
) -> TrialEnd:
    now = ports.clock.now()
    settlement = settle(trial.claim, outcome, _ONCE, now, 0.0)
    end, event = verdict_of(settlement, outcome), None
    if outcome is not NOT_CALLED:
        details = {"phone": mask(order.phone), "outcome": end.verdict.value}
        details |= {"code": end.code} if end.code else {}
        campaign_id = order.campaign.campaign_id
        event = Event(campaign_id, now, What.TEST_SENT, order.actor, end.message, details)
    ended = Ended(trial, settlement, end, event)
    # What Meta said is known here and now, and only here: so nothing keeps it from being told.
    with _store_forgiven():
        Reactions(ports, order.campaign).to(outcome)
    with _store_forgiven():
        ports.trials.end(ended, now, deadline)
    if outcome is NOT_CALLED:
        raise SenderBusyError
    return end
