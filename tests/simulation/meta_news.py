"""What Meta tells of messages that it took: late, twice, in any order, or never."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from shared.channels.error_codes import classify
from shared.domain.updates import Reference, StatusKind, StatusUpdate
from tests.simulation.provider import Call

_FATES: Mapping[str, tuple[tuple[int, tuple[str, ...]], ...]] = {
    "usual": (
        (3, ()),
        (3, ("sent",)),
        (4, ("sent", "delivered")),
        (6, ("sent", "delivered", "read")),
        (1, ("delivered",)),
        (1, ("read",)),
        (2, ("sent", "failed 131026")),
        (2, ("failed 131049",)),
        (2, ("sent", "failed 131016")),
        (1, ("failed 132015",)),
        (1, ("sent", "failed 131031")),
        (1, ("failed 130429",)),
        (1, ("sent", "delivered", "failed 131026")),
        (1, ("failed 131026", "delivered")),
    ),
    "retried": (
        (4, ("sent", "failed 131016")),
        (2, ("failed 131016",)),
        (1, ("sent",)),
        (1, ("sent", "delivered")),
    ),
    "refused": ((1, ("sent", "failed 131026")),),
    "delivered": ((1, ("sent", "delivered")),),
}
"""How likely, and what the statuses of the message are."""

_DELAYS = (0.05, 0.2, 1, 3, 30, 300, 4000, 90_000)  # seconds until we hear of it
_SHORT_DELAYS = (1, 30, 90, 200, 500)

Send = Callable[[list[StatusUpdate], timedelta], None]


@dataclass(frozen=True)
class News:
    """Draws the fate of every message and sends its statuses, if the run has webhooks at all."""

    random: Random
    send: Send
    fates: str
    until: datetime  # then nothing but "delivered"

    def of(self, call: Call) -> tuple[str, ...]:
        """Decide what becomes of a message that was taken, and tell of it."""
        fates = _FATES[self.fates] if call.at < self.until else _FATES["delivered"]
        fate = self.random.choices([f for _, f in fates], [weight for weight, _ in fates])[0]
        for update in self._updates(call, fate):
            delays = _DELAYS if self.fates == "usual" else _SHORT_DELAYS
            self.send([update], timedelta(seconds=self.random.choice(delays)))
        return fate

    def _updates(self, call: Call, fate: tuple[str, ...]) -> Iterator[StatusUpdate]:
        reference = Reference.parse(call.opaque)
        at = call.at
        for status in fate:
            at += timedelta(seconds=self.random.randint(0, 120))
            kind, _, code = status.partition(" ")
            failure = classify(400, {"code": int(code), "message": "simulated"}) if code else None
            update = StatusUpdate(StatusKind(kind), at, call.message_id, reference, failure)
            yield from [update] * self.random.choice([1, 1, 2] if self.fates == "usual" else [2, 3])


def reached(fate: tuple[str, ...]) -> bool:
    """Whether the person got the message, or may have: nothing says that it failed."""
    failed = any(status.startswith("failed") for status in fate)
    return not failed or "delivered" in fate or "read" in fate
