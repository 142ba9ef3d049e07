"""One worker: takes a batch group by group over the boundary, sends, and commits.

The life of a group:

    boundary   commits the group before, reserves, claims this one   crash before: nothing happened
    calls      one per recipient, at the pace                        crash: this group is in doubt
    boundary   commits this group ...                                crash after: nothing is open
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from shared.domain.batch import Candidate, Tally
from shared.domain.boundary import Boundary, Claim, Lease, Refusal, Settlement
from shared.domain.campaign import Campaign
from shared.domain.errors import StoreUnavailableError
from shared.domain.outcome import NOT_CALLED, Outcome, OutcomeKind
from shared.domain.quota import Reservation, is_quiet
from shared.domain.sender import Sender
from shared.domain.settling import RetryPolicy, settle, still_to_commit
from shared.ports import Channel
from shared.usecases.caps import Caps, fitting
from shared.usecases.crew import Crew, message_of
from shared.usecases.executor_ports import ExecutorPorts
from shared.usecases.pace import Pace
from shared.usecases.reactions import Reactions
from shared.usecases.screening import Screening

COMMIT_RESERVE = timedelta(seconds=5)
"""Time kept back at the end to commit the last group, conflicts included."""

CRASHED = Outcome(
    OutcomeKind.UNKNOWN,
    code="WORKER_CRASHED",
    message="The worker stopped while it sent this message; it may have gone out.",
)


class Worker:
    """Serves one batch (see the module); `run` never leaves a known result uncommitted."""

    def __init__(
        self,
        ports: ExecutorPorts,
        campaign: Campaign,
        sender: Sender,
        channel: Channel,
        caps: Caps,
        screening: Screening,
        lease: Lease,
        deadline: datetime,
        crew: Crew,
        group_size: int,
    ) -> None:
        self.tally = Tally()
        self.capped = False  # some could not be claimed for want of room
        self.leaving = False  # no further group may be claimed
        self._ports = ports
        self._campaign = campaign
        self._channel = channel
        self._caps = caps
        self._screening = screening
        self._lease = lease
        self._deadline = deadline
        self._group_size = group_size
        self._policy = RetryPolicy.of(campaign, ports.settings.max_attempts)
        delay_ms = ports.settings.send_delay_ms
        self._pace = Pace(ports.pace, ports.clock, campaign, sender, delay_ms, group_size)
        self._crew = crew
        self._reactions = Reactions(ports, campaign)
        self._journaled = False
        self._held: deque[Claim] = deque()  # claimed, not yet called
        self._calling: dict[str, Claim] = {}
        self._settled: list[Settlement] = []  # known, not yet committed
        self._spent: Reservation | None = None  # where the units of held and settled were counted

    @property
    def wait_until(self) -> datetime | None:
        """Until when the sender is stopped, if this worker stopped it."""
        return self._reactions.wait_until

    def run(self, candidates: Iterable[Candidate]) -> None:
        """Send to the candidates. Raises StoreUnavailableError if a boundary can't be written."""
        waiting = deque(candidates)
        try:
            while waiting and not self.leaving and self._time_for_a_call():
                count = self._pace.room(
                    min(self._group_size, len(waiting)), len(waiting), self._last_turn
                )
                self.leaving = not count
                self._claim([waiting.popleft() for _ in range(count)], waiting)
                self._send_group()
                self.leaving = self.leaving or self._reactions.must_stop
        finally:
            self._crew.close()
            self._settle_leftovers()
            self._commit()
            self.tally.skipped = self._screening.skipped
        self._reactions.after_batch()
        self.leaving = self.leaving or self._reactions.must_stop

    def _claim(self, group: list[Candidate], waiting: deque[Candidate]) -> None:
        """Cross the boundary with as many of the group as nobody else took and the caps allow."""
        claims = [self._new_claim(candidate) for candidate in group]
        while claims:
            boundary = self._boundary(tuple(claims))
            refusal = self._write(boundary)
            if refusal is None:
                self._held.extend(boundary.claims)
                self._spent = boundary.reservation
                self._pace.use(len(claims))
                return
            if refusal.gate_closed or refusal.fenced:
                self.leaving = True
                return
            fit = fitting(boundary, refusal)
            claims = [claim for claim in claims if claim.recipient.phone not in refusal.taken]
            if refusal.outdated:  # whoever adds to the list all the time must not keep us for ever
                in_time = self._time_for_a_call()
                claims = self._screening.again(claims, waiting) if in_time else []
                continue
            self._put_back([claim for claim in claims if claim.claim_id not in fit], fit, waiting)
            claims = [claim for claim in claims if claim.claim_id in fit]

    def _put_back(
        self, left_out: list[Claim], fit: frozenset[str], waiting: deque[Candidate]
    ) -> None:
        """What did not fit is tried once more with the room that refused sends give back.

        When nobody fits, there is no room at all: only open conversations may still go on.
        """
        if fit:
            waiting.extendleft(
                Candidate(c.recipient, c.charged, c.opens) for c in reversed(left_out)
            )
        elif left_out:
            self.capped = True
            free = [candidate for candidate in waiting if not candidate.charged]
            waiting.clear()
            waiting.extend(free)

    def _boundary(self, claims: tuple[Claim, ...]) -> Boundary:
        now = self._ports.clock.now()
        units = sum(claim.charged for claim in claims)
        return Boundary(
            campaign_id=self._campaign.campaign_id,
            sender_id=self._campaign.sender_id,
            lease=self._lease,
            now=now,
            settled=tuple(self._settled),
            claims=tuple(replace(claim, at=now) for claim in claims),
            reservation=self._caps.reservation(units, now) if claims else None,
            own_cap=self._campaign.daily_cap,
            spent=self._spent,
            journaled=self._journaled,
            screened_at=self._screening.version,
        )

    def _write(self, boundary: Boundary) -> Refusal | None:
        reserve = COMMIT_RESERVE if boundary.claims else timedelta()
        try:
            refusal = self._ports.boundaries.write(boundary, self._deadline - reserve)
        except StoreUnavailableError:
            self._find_out(boundary)
            raise
        if refusal is None:
            self._written(boundary)
        else:
            self._settled = still_to_commit(self._settled, refusal)
        return refusal

    def _written(self, boundary: Boundary) -> None:
        self._settled.clear()
        self._journaled = bool(boundary.claims)
        self._lease = replace(self._lease, since=boundary.now)
        self._screening.version += len(boundary.opt_outs)

    def _find_out(self, boundary: Boundary) -> None:
        """The reply was lost for good; if the journal has the claims, nobody was called yet."""
        if not boundary.claims:
            return
        journal = self._ports.boundaries.journal(self._campaign.campaign_id, self._lease.worker)
        if journal and {c.claim_id for c in journal.claims} == {
            c.claim_id for c in boundary.claims
        }:
            self._written(boundary)
            self._held.extend(boundary.claims)
            self._spent = boundary.reservation

    def _send_group(self) -> None:
        """Each call at its turn, as many at once as the crew can make."""
        while self._held or self._calling:
            if not self._held or len(self._calling) >= self._crew.size:
                self._land(self._crew.finished(wait=True))
                continue
            claim = self._held[0]
            if self._may_call(claim):
                self._pace.wait()
            if not self._may_call(claim):
                self._settle(self._held.popleft(), NOT_CALLED)
                continue
            self._calling[claim.claim_id] = self._held.popleft()
            self._pace.take()
            self._crew.start(claim.claim_id, partial(self._call, claim))
            self._land(self._crew.finished(wait=False))

    def _call(self, claim: Claim) -> Outcome:
        """Perhaps in a thread, which may have had to wait: so the clock is asked once more."""
        now = self._ports.clock.now()
        if is_quiet(now) or now > self._last_turn or not self._unit_holds(claim, now):
            return NOT_CALLED
        return self._channel.send(message_of(self._campaign, claim))

    def _land(self, finished: Iterable[tuple[str, Outcome]]) -> None:
        for claim_id, outcome in finished:
            self._settle(self._calling.pop(claim_id), outcome)
            if outcome is not NOT_CALLED:
                self._reactions.to(outcome)

    def _may_call(self, claim: Claim) -> bool:
        """Asked right before each call: a process that slept must not act on what it knew then."""
        if self._reactions.must_stop or not self._time_for_a_call():
            return False
        return self._unit_holds(claim, self._ports.clock.now())

    def _unit_holds(self, claim: Claim, now: datetime) -> bool:
        """A unit of the cap is for the hour it was counted in."""
        counted = claim.charged or self._campaign.daily_cap is not None
        return not counted or self._spent is None or now < self._spent.valid_until

    def _time_for_a_call(self) -> bool:
        """The wait for its turn counts: a process that ends in its sleep leaves all in doubt."""
        return not is_quiet(self._pace.turn) and self._pace.turn <= self._last_turn

    @property
    def _last_turn(self) -> datetime:
        """After it no call can begin: it must end, and be committed, before the deadline."""
        longest = timedelta(seconds=self._channel.call_limit_seconds)
        return self._deadline - longest - COMMIT_RESERVE

    def _settle(self, claim: Claim, outcome: Outcome) -> None:
        now, jitter = self._ports.clock.now(), self._ports.chance.fraction()
        settlement = settle(claim, outcome, self._policy, now, jitter)
        self._settled.append(settlement)
        if outcome.kind is not OutcomeKind.NOT_CALLED:
            self.tally.count(settlement.status)

    def _settle_leftovers(self) -> None:
        """After an exception: those being called are in doubt, the others were not called."""
        for claim in self._calling.values():
            self._settle(claim, CRASHED)
        self._calling.clear()
        while self._held:
            self._settle(self._held.popleft(), NOT_CALLED)

    def _commit(self) -> None:
        """Write the last results and drop the journal entry; a refusal only shortens the list."""
        while self._settled or self._journaled:
            refusal = self._write(self._boundary(()))
            if refusal is not None and refusal.fenced:
                self._journaled = False  # the entry is not the one we know: the sweep's business
            if refusal is not None and refusal.gate_closed:
                # The campaign has ended since a sweep judged our group: its judgement stands.
                self._settled = [s for s in self._settled if not s.reopens]

    def _new_claim(self, candidate: Candidate) -> Claim:
        ports = self._ports
        claim_id = ports.chance.token()
        now = ports.clock.now()
        return Claim(candidate.recipient, claim_id, candidate.charged, now, candidate.opens)
