"""The group boundary as a value: what one atomic write commits, counts, reserves and claims.

The use case builds it, the store writes it whole or not at all, and a refusal says which part.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from shared.domain.campaign import Event
from shared.domain.quota import Reservation
from shared.domain.recipient import OPEN, Attempt, Recipient, RecipientStatus
from shared.domain.stats import (
    RETRY_FAILED,
    RETRY_SCHEDULED,
    RETRY_STARTED,
    RETRY_SUCCEEDED,
    Standing,
    moved,
)
from shared.domain.updates import Reference


@dataclass(frozen=True, slots=True)
class Claim:
    """One recipient taken by one worker for one attempt.

    `claim_id` is unique per attempt; only its holder may commit the result. `charged` tells whether
    a unit of the cap was taken for it (an open conversation costs none), `opens` whether the
    message, once accepted, surely opens a conversation (see `shared.domain.conversation`).
    """

    recipient: Recipient
    claim_id: str
    charged: bool
    at: datetime  # before the call, so that a conversation counted from here ends early, not late
    opens: bool = True

    @property
    def attempt(self) -> int:
        """Which attempt this is, from 1."""
        return self.recipient.attempts + 1

    @property
    def opaque_id(self) -> str:
        """Comes back in every status webhook: finds the recipient and the attempt again."""
        recipient = self.recipient
        where = recipient.campaign_id, recipient.phone
        return str(Reference(*where, self.claim_id, recipient.shard))


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a claim ends: the recipient's next state and everything that is counted with it."""

    claim: Claim
    status: RecipientStatus
    prior: RecipientStatus = RecipientStatus.SENDING  # UNCONFIRMED or PENDING if a sweep came first
    due_at: datetime | None = None  # of a recipient that goes back to PENDING
    costs_attempt: bool = True
    gives_back: bool = False  # the unit: surely no conversation was opened
    opens_conversation: bool = False
    may_open_conversation: bool = False
    prior_code: str | None = None  # the code that goes with `prior`, where that is a settled state
    message_id: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    opts_out: bool = False

    @property
    def reopens(self) -> bool:
        """Back into the queue from a state in which the campaign may have ended meanwhile."""
        return self.status in OPEN and self.prior not in OPEN

    @property
    def before(self) -> Standing:
        """What the counters have of the recipient; its claim counted as an attempt."""
        return Standing(self.prior, self.prior_code, self.claim.attempt)

    @property
    def after(self) -> Standing:
        """What they shall have."""
        attempts = self.claim.attempt if self.costs_attempt else self.claim.attempt - 1
        return Standing(self.status, self.error_code, attempts)

    @property
    def past(self) -> Attempt | None:
        """What stays on record of an attempt that counts and is not the last one."""
        if self.status is not RecipientStatus.PENDING or not self.costs_attempt:
            return None
        return Attempt(
            self.claim.attempt,
            self.claim.claim_id,
            self.claim.at,
            RecipientStatus.FAILED if self.gives_back else RecipientStatus.UNCONFIRMED,
            self.message_id,
            self.error_code,
            self.error_message,
        )


def retries_of(settlement: Settlement) -> Iterator[str]:
    """The counters of further attempts that the end of one attempt moves by one."""
    if settlement.past is not None:
        yield RETRY_SCHEDULED
    if settlement.claim.attempt > 1 and settlement.status is RecipientStatus.FAILED:
        yield RETRY_FAILED
    if settlement.claim.attempt > 1 and settlement.status in (
        RecipientStatus.SENT,
        RecipientStatus.HELD,
    ):
        yield RETRY_SUCCEEDED


@dataclass(frozen=True, slots=True)
class Skip:
    """A recipient that is not sent to, and why. It is never claimed."""

    recipient: Recipient
    code: str
    message: str
    status: RecipientStatus = RecipientStatus.SKIPPED  # or FAILED, if that is nobody's decision


@dataclass(frozen=True, slots=True)
class Lease:
    """A worker's journal entry: what it holds since when, and until when nobody else may judge.

    `since` is the instant of the boundary that wrote the entry, and so identifies it.
    """

    worker: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Boundary:
    """One atomic write between two groups.

    `settled` and `skipped` never depend on the gate; `claims` are only taken while the campaign is
    RUNNING, its sender is not stopped, and nobody was added to the suppression list since they were
    screened; who was out of the queue goes back into it only while the campaign has not ended.
    `spent` is where the units of `settled` were counted, so that units given back return to the
    same day and hour.
    """

    campaign_id: str
    sender_id: str
    lease: Lease
    now: datetime
    settled: tuple[Settlement, ...] = ()
    skipped: tuple[Skip, ...] = ()
    claims: tuple[Claim, ...] = ()
    reservation: Reservation | None = None
    own_cap: int | None = None  # the campaign's own daily ceiling, where it has one
    spent: Reservation | None = None
    journaled: bool = False  # whether this worker's entry exists already
    event: Event | None = None  # what the campaign's history shall say of it
    screened_at: int = 0  # the version of the suppression list by which the claims were screened

    @property
    def opt_outs(self) -> tuple[Settlement, ...]:
        """Those who asked for no more messages, as the provider says."""
        return tuple(settlement for settlement in self.settled if settlement.opts_out)

    @property
    def shard(self) -> int:
        """Of all recipients in it: a worker serves one shard."""
        settled = (settlement.claim.recipient for settlement in self.settled)
        claimed = (claim.recipient for claim in self.claims)
        everybody = chain(settled, claimed, (skip.recipient for skip in self.skipped))
        return next((recipient.shard for recipient in everybody), 0)

    @property
    def reopens(self) -> bool:
        """Whether anybody goes back into the queue who was out of it."""
        return any(settlement.reopens for settlement in self.settled)

    def deltas(self) -> Mapping[str, int]:
        """How the campaign's counters change; over the states the sum is always zero."""
        change: Counter[str] = Counter()
        for settlement in self.settled:
            moved(change, settlement.before, settlement.after)
            change.update(retries_of(settlement))
        for skip in self.skipped:
            attempts = skip.recipient.attempts
            before = Standing(RecipientStatus.PENDING, attempts=attempts)
            moved(change, before, Standing(skip.status, skip.code, attempts))
        for claim in self.claims:
            before = Standing(RecipientStatus.PENDING, attempts=claim.recipient.attempts)
            moved(change, before, Standing(RecipientStatus.SENDING))
            change[RETRY_STARTED] += claim.attempt > 1
        return {name: delta for name, delta in change.items() if delta}

    @property
    def accepted(self) -> int:
        """How many messages Meta took, of those that are settled here for the first time."""
        sent = (RecipientStatus.SENT, RecipientStatus.HELD)
        return sum(s.status in sent and s.prior not in sent for s in self.settled)

    @property
    def returned_units(self) -> int:
        """Units of the sender's cap that the settled claims give back."""
        return sum(s.gives_back and s.claim.charged for s in self.settled)

    @property
    def returned_claims(self) -> int:
        """The same for the campaign's own cap, which counts every claim."""
        return sum(s.gives_back for s in self.settled)


@dataclass(frozen=True, slots=True)
class Moved:
    """Where a settled recipient is by now: `status` under our claim, or None if it is another's."""

    status: RecipientStatus | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a boundary was not written; nothing of it was. Several reasons can hold at once."""

    taken: frozenset[str] = field(
        default_factory=frozenset
    )  # phones that somebody else claimed or ended
    moved: Mapping[str, Moved] = field(default_factory=dict)  # by phone, of the settled ones
    gate_closed: bool = False  # the campaign is not RUNNING or has ended, or the sender is stopped
    outdated: bool = False  # somebody asked for no more messages since the claims were screened
    fenced: bool = False  # the lease ran out and a sweep has judged this worker's group
    day_total: int | None = None  # the guard refused: what the day's counter stands at
    campaign_total: int | None = None  # the campaign's own cap refused: what it stands at
