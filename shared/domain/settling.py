"""From a provider's outcome to the recipient's next state. Pure: same input, same decision."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.domain.boundary import Claim, Refusal, Settlement
from shared.domain.campaign import TERMINAL, Campaign, OnUnconfirmed
from shared.domain.outcome import Outcome, OutcomeKind
from shared.domain.recipient import RecipientStatus

EVIDENCE_WAIT = timedelta(minutes=5)
"""How long a resend waits for a status webhook to show that the first message did go out."""

DEFER_WAIT = timedelta(hours=24)
"""Meta's per-user marketing limit (131049): resending earlier can make it last longer."""

_DOUBT = RecipientStatus.UNCONFIRMED
_OVERTAKEN = frozenset({_DOUBT, RecipientStatus.PENDING})
"""What a sweep puts people to; whoever knows what became of the call knows better."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """A campaign's retry settings with the deployment's defaults filled in."""

    max_attempts: int
    base_delay_seconds: float
    max_delay_seconds: float
    on_unconfirmed: OnUnconfirmed

    @classmethod
    def of(cls, campaign: Campaign, default_attempts: int) -> "RetryPolicy":
        """What holds for one campaign. One that has ended sends nothing again."""
        return cls(
            campaign.retry.max_attempts or default_attempts,
            campaign.retry.base_delay_seconds,
            campaign.retry.max_delay_seconds,
            OnUnconfirmed.HOLD if campaign.status in TERMINAL else campaign.on_unconfirmed,
        )

    def is_last(self, attempt: int) -> bool:
        """Whether the system tries no more by itself after this attempt.

        Who is tried again because a person wants it has another round of at most as many.
        """
        return attempt % self.max_attempts == 0

    def delay(self, attempt: int, jitter: float) -> timedelta:
        """base · 2^(attempt-1), at most the maximum, spread over [1/2, 1) of itself by `jitter`."""
        whole = min(self.max_delay_seconds, self.base_delay_seconds * 2.0 ** (attempt - 1))
        return timedelta(seconds=whole * (0.5 + jitter / 2))


def settle(
    claim: Claim, outcome: Outcome, policy: RetryPolicy, now: datetime, jitter: float
) -> Settlement:
    """Decide how a claim ends.

    Guarantee: a recipient returns to PENDING only if the call was surely not accepted, or the
    campaign's owner chose `resend` for doubt.
    """
    match outcome.kind:
        case OutcomeKind.ACCEPTED | OutcomeKind.HELD:
            return _taken(claim, outcome)
        case OutcomeKind.NOT_CALLED:
            # Keeps its place, so that somebody whose every call stops the batch can't bar its way.
            return _unharmed(claim, claim.recipient.due_at or now, outcome)
        case OutcomeKind.THROTTLED | OutcomeKind.CAMPAIGN_ERROR | OutcomeKind.SENDER_ERROR:
            return _unharmed(claim, now, outcome)
        case OutcomeKind.RETRY:
            # The provider's minimum gets jitter too, or the whole group would come back at once.
            least = timedelta(seconds=(outcome.delay_seconds or 0) * (1 + jitter))
            wait = max(policy.delay(claim.attempt, jitter), least)
            return _later(claim, outcome, policy, now + wait)
        case OutcomeKind.DEFER:
            return _later(claim, outcome, policy, now + DEFER_WAIT * (1 + jitter / 24))
        case OutcomeKind.REJECTED:
            return _failed(claim, outcome)
        case OutcomeKind.UNKNOWN:
            return _doubtful(claim, outcome, policy, now)


def _taken(claim: Claim, outcome: Outcome) -> Settlement:
    held = outcome.kind is OutcomeKind.HELD
    return Settlement(
        claim,
        RecipientStatus.HELD if held else RecipientStatus.SENT,
        opens_conversation=claim.charged and claim.opens,
        may_open_conversation=claim.charged and not claim.opens,
        message_id=outcome.message_id,
        error_code=outcome.code,
        error_message=outcome.message,
    )


def _unharmed(claim: Claim, due_at: datetime, outcome: Outcome) -> Settlement:
    return Settlement(
        claim,
        RecipientStatus.PENDING,
        due_at=due_at,
        costs_attempt=False,
        gives_back=True,
        error_code=outcome.code,
        error_message=outcome.message,
    )


def _later(claim: Claim, outcome: Outcome, policy: RetryPolicy, due_at: datetime) -> Settlement:
    if policy.is_last(claim.attempt):
        return _failed(claim, outcome)
    return Settlement(
        claim,
        RecipientStatus.PENDING,
        due_at=due_at,
        gives_back=True,
        error_code=outcome.code,
        error_message=outcome.message,
    )


def _failed(claim: Claim, outcome: Outcome) -> Settlement:
    return Settlement(
        claim,
        RecipientStatus.FAILED,
        gives_back=True,
        error_code=outcome.code,
        error_message=outcome.message,
        opts_out=outcome.suppress,
    )


def _doubtful(claim: Claim, outcome: Outcome, policy: RetryPolicy, now: datetime) -> Settlement:
    """The unit stays used, and the conversation counts as not opened: both err on the safe side."""
    wanted = policy.on_unconfirmed is OnUnconfirmed.RESEND
    resend = wanted and not policy.is_last(claim.attempt)
    return Settlement(
        claim,
        RecipientStatus.PENDING if resend else RecipientStatus.UNCONFIRMED,
        due_at=now + EVIDENCE_WAIT if resend else None,
        may_open_conversation=claim.charged,
        error_code=outcome.code,
        error_message=outcome.message,
    )


def still_to_commit(settled: Sequence[Settlement], refusal: Refusal) -> list[Settlement]:
    """Without those that a sweep or evidence overtook, unless ours is the better evidence.

    Who is already in the state that we want was brought there by a sweep, or by ourselves: by a
    write whose reply was lost, repeated when the store had forgotten its token. It must not be
    counted twice, so a unit that was to be given back stays taken.
    """
    left: list[Settlement] = []
    for settlement in settled:
        now = refusal.moved.get(settlement.claim.recipient.phone)
        if now is None:
            left.append(settlement)
        elif now.status in _OVERTAKEN - {settlement.status} and settlement.status is not _DOUBT:
            left.append(replace(settlement, prior=now.status, prior_code=now.code))
    return left
