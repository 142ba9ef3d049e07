"""The calls of a worker: one by one, or beside each other."""

from collections.abc import Callable, Iterable
from typing import Protocol

from shared.domain.boundary import Claim
from shared.domain.campaign import Campaign
from shared.domain.outcome import Outcome
from shared.ports import Message


class Crew(Protocol):
    """Makes calls beside each other."""

    @property
    def size(self) -> int:
        """How many at once."""
        ...

    def start(self, name: str, call: Callable[[], Outcome]) -> None:
        """Begin one."""
        ...

    def finished(self, wait: bool) -> Iterable[tuple[str, Outcome]]:
        """Those that have ended since the last time; with `wait`, at least one of those under way.

        Raises what a call raised.
        """
        ...

    def close(self) -> None:
        """Begin nothing more; what is under way ends by itself."""
        ...


class OneByOne:
    """The worker itself makes the calls."""

    size = 1

    def __init__(self) -> None:
        self._ended: list[tuple[str, Outcome]] = []

    def start(self, name: str, call: Callable[[], Outcome]) -> None:
        """Make it, and come back."""
        self._ended.append((name, call()))

    def finished(self, wait: bool) -> Iterable[tuple[str, Outcome]]:
        """See `Crew.finished`."""
        ended, self._ended = self._ended, []
        return ended

    def close(self) -> None:
        """Nothing is under way."""


def message_of(campaign: Campaign, claim: Claim) -> Message:
    """What a recipient is sent."""
    return Message(
        to=claim.recipient.phone,
        template_name=campaign.template_name,
        template_language=campaign.template_language,
        parameters=claim.recipient.parameters,
        opaque=claim.opaque_id,
    )
