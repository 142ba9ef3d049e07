"""From a status webhook to what is known of a recipient. Pure: same input, same decision.

Evidence comes late, twice and in any order, and the end state must not depend on that. So states
have a rank and only ever rise, each kind of evidence keeps its earliest instant, and a failure
stays beside a delivery instead of replacing it:

    UNCONFIRMED, HELD  <  SENT  <  FAILED, SKIPPED  <  DELIVERED  <  READ

A failure that may be tried again puts the recipient back into the queue, and the attempt on record.
As long as nobody has claimed the next attempt, evidence about that one takes it back out of there.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from shared.domain.outcome import Outcome, OutcomeKind
from shared.domain.recipient import OPEN, SUCCESS, Attempt, Recipient, RecipientStatus
from shared.domain.settling import DEFER_WAIT, RetryPolicy
from shared.domain.stats import (
    RETRY_FAILED,
    RETRY_SCHEDULED,
    RETRY_SUCCEEDED,
    Standing,
    moved,
)
from shared.domain.updates import StatusKind, StatusUpdate

_RANK: Mapping[RecipientStatus, int] = {
    RecipientStatus.UNCONFIRMED: 0,
    RecipientStatus.HELD: 0,
    RecipientStatus.PENDING: 0,
    RecipientStatus.SENT: 1,
    RecipientStatus.FAILED: 2,
    RecipientStatus.SKIPPED: 2,  # left out of a further attempt; an earlier one may have arrived
    RecipientStatus.DELIVERED: 3,
    RecipientStatus.READ: 4,
}
_SHOWS: Mapping[StatusKind, RecipientStatus] = {
    StatusKind.SENT: RecipientStatus.SENT,
    StatusKind.DELIVERED: RecipientStatus.DELIVERED,
    StatusKind.READ: RecipientStatus.READ,
}
_UNHARMED = frozenset({OutcomeKind.CAMPAIGN_ERROR, OutcomeKind.SENDER_ERROR})
"""Not this person's fault: tried again even if it was the last attempt."""

_TRIED_AGAIN = frozenset({OutcomeKind.RETRY, OutcomeKind.THROTTLED, OutcomeKind.DEFER, *_UNHARMED})


@dataclass(frozen=True, slots=True)
class Change:
    """A recipient as it was read, and as it is known now.

    `closes`: the conversation that its message seemed to open, and that does not exist.
    """

    before: Recipient
    after: Recipient
    closes: datetime | None = None

    @property
    def reopens(self) -> bool:
        """Back into the queue from a state in which the campaign may have ended."""
        return self.after.status in OPEN and self.before.status not in OPEN

    def counters(self) -> Counter[str]:
        """How the campaign's counters change."""
        change: Counter[str] = Counter()
        moved(change, Standing.of(self.before), Standing.of(self.after))
        further, status = self.after.attempts > 1, self.after.status
        if status is not self.before.status:
            change[RETRY_SCHEDULED] += self.reopens
            change[RETRY_FAILED] += further and status is RecipientStatus.FAILED
            newly = status in SUCCESS and self.before.status not in SUCCESS | {RecipientStatus.HELD}
            change[RETRY_SUCCEEDED] += further and newly
        return Counter({name: delta for name, delta in change.items() if delta})


@dataclass(frozen=True, slots=True)
class Outdated:
    """Why changes were not written; nothing of them was."""

    phones: frozenset[str] = frozenset()  # these have moved since they were read
    ended: bool = False  # somebody should go back into the queue of a campaign that has ended


class Relation(Enum):
    """Which attempt of a recipient an update is about."""

    PRESENT = auto()
    EARLIER = auto()
    NONE = auto()


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides about trying again. `open_campaign`: it has not ended."""

    policy: RetryPolicy
    open_campaign: bool
    now: datetime
    jitter: float


def relation(recipient: Recipient, update: StatusUpdate) -> Relation:
    """By the claim in our reference; by Meta's message id where there is no reference."""
    if update.reference is not None:
        claims = {update.reference.claim_id}
    elif update.message_id == recipient.message_id:
        claims = {recipient.claim or ""}
    else:
        claims = {a.claim for a in recipient.past if a.message_id == update.message_id}
    if recipient.claim in claims:
        return Relation.PRESENT
    known = claims.intersection(attempt.claim for attempt in recipient.past)
    return Relation.EARLIER if known else Relation.NONE


def learn(recipient: Recipient, update: StatusUpdate, rules: Rules) -> Recipient:
    """The recipient as it is known after the update; the very same object if nothing is new.

    A recipient in SENDING belongs to its worker, or to the sweep after it: the caller waits.
    """
    about = relation(recipient, update)
    if about is Relation.NONE or recipient.status is RecipientStatus.SENDING:
        return recipient
    base = _taken_back(recipient)
    if update.kind is not StatusKind.FAILED:
        after = _shown(base, update, about)
    elif about is Relation.PRESENT:
        after = _failed(base, update, rules)
    else:
        after = base
    if after is base or (base is not recipient and after.status is base.status):
        return recipient  # and who waits for another attempt goes on waiting
    return replace(after, updated_at=rules.now)


def _taken_back(recipient: Recipient) -> Recipient:
    """As it was before it went back into the queue, if its last attempt is on record already."""
    if recipient.status is not RecipientStatus.PENDING or not recipient.past:
        return recipient
    last = recipient.past[-1]
    if last.claim != recipient.claim:
        return recipient
    return replace(
        recipient,
        status=last.status,
        attempts=last.number,
        due_at=None,
        message_id=last.message_id or recipient.message_id,
        error_code=last.error_code,
        error_message=last.error_message,
        sent_at=last.sent_at,
        failed_at=last.failed_at,
        past=recipient.past[:-1],
    )


def _shown(recipient: Recipient, update: StatusUpdate, about: Relation) -> Recipient:
    """Sent, delivered or read. Of an earlier attempt only what reached the person counts."""
    status = _SHOWS[update.kind]
    if about is Relation.EARLIER and update.kind is StatusKind.SENT:
        return recipient
    changes: dict[str, object] = {}
    if _RANK[status] > _RANK.get(recipient.status, len(_RANK)):
        changes["status"] = status
        if recipient.failed_at is None:  # else the failure stays beside it
            changes |= {"error_code": None, "error_message": None}
        changes["due_at"] = None
    match update.kind:
        case StatusKind.SENT if recipient.sent_at is None:
            changes["sent_at"] = update.at
        case StatusKind.DELIVERED if _earlier(update.at, recipient.delivered_at):
            changes["delivered_at"] = update.at
        case StatusKind.READ if _earlier(update.at, recipient.read_at):
            changes["read_at"] = update.at
    if about is Relation.PRESENT and recipient.message_id is None:
        changes["message_id"] = update.message_id
    return replace(recipient, **changes) if changes else recipient  # type: ignore[arg-type]


def _failed(recipient: Recipient, update: StatusUpdate, rules: Rules) -> Recipient:
    if not _earlier(update.at, recipient.failed_at):
        return recipient
    failure = update.failure or Outcome(OutcomeKind.REJECTED)
    message_id = recipient.message_id or update.message_id
    noted = replace(recipient, failed_at=update.at, message_id=message_id)
    if recipient.status is RecipientStatus.SKIPPED:  # for a reason that is still the one
        return noted
    noted = replace(noted, error_code=failure.code, error_message=failure.message)
    if _RANK.get(recipient.status, len(_RANK)) >= _RANK[RecipientStatus.FAILED]:
        return noted
    if _may_be_tried_again(recipient, failure, rules):
        return _tried_again(noted, failure, rules)
    return replace(noted, status=RecipientStatus.FAILED, due_at=None)


def _may_be_tried_again(recipient: Recipient, failure: Outcome, rules: Rules) -> bool:
    if not rules.open_campaign or failure.kind not in _TRIED_AGAIN:
        return False
    return failure.kind in _UNHARMED or not rules.policy.is_last(recipient.attempts)


def _tried_again(recipient: Recipient, failure: Outcome, rules: Rules) -> Recipient:
    """Back into the queue, with this attempt on record."""
    return replace(
        recipient,
        status=RecipientStatus.PENDING,
        due_at=_due(recipient, failure, rules),
        sent_at=None,
        failed_at=None,
        past=(*recipient.past, _on_record(recipient, rules)),
    )


def _on_record(recipient: Recipient, rules: Rules) -> Attempt:
    return Attempt(
        number=recipient.attempts,
        claim=recipient.claim or "",
        at=recipient.claimed_at or rules.now,
        status=RecipientStatus.FAILED,
        message_id=recipient.message_id,
        error_code=recipient.error_code,
        error_message=recipient.error_message,
        sent_at=recipient.sent_at,
        failed_at=recipient.failed_at,
    )


def _due(recipient: Recipient, failure: Outcome, rules: Rules) -> datetime:
    """When to try again: at once where somebody must act first anyway."""
    if failure.kind in _UNHARMED:
        return rules.now
    if failure.kind is OutcomeKind.DEFER:
        failed_at = recipient.failed_at or rules.now
        return max(rules.now, failed_at + DEFER_WAIT * (1 + rules.jitter / 24))
    least = timedelta(seconds=(failure.delay_seconds or 0) * (1 + rules.jitter))
    return rules.now + max(rules.policy.delay(recipient.attempts, rules.jitter), least)


def _earlier(at: datetime, known: datetime | None) -> bool:
    return known is None or at < known
