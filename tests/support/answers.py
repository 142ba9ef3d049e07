"""What a provider in this process answers, told in a word."""

from collections.abc import Callable

from functions.wiring import Services
from shared.domain.outcome import Outcome, OutcomeKind
from shared.domain.recipient import Recipient
from shared.ports import Message
from tests.support.campaigns import everybody


def refusal(kind: OutcomeKind, code: str = "4711", **more: object) -> Outcome:
    """What an adapter says of a call that was not accepted."""
    return Outcome(kind, code=code, message="That did not work.", **more)


def answers(*outcomes: Outcome | None) -> Callable[[Message], Outcome | None]:
    """These, one for each call; afterwards everything is accepted."""
    left = list(outcomes)
    return lambda message: left.pop(0) if left else None


def always(outcome: Outcome) -> Callable[[Message], Outcome | None]:
    """The same answer to everybody."""
    return lambda message: outcome


def only(services: Services, campaign_id: str) -> Recipient:
    """The recipient of a campaign that has one."""
    (recipient,) = everybody(services, campaign_id).values()
    return recipient


def used(services: Services) -> int:
    """Units of the cap that are counted today."""
    return services.quota.day("default", services.clock.now().date()).total
