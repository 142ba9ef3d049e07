"""The cap, counted a second time and independently: from the calls that the provider saw."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from functions.wiring import Services
from shared.domain.outcome import Outcome, OutcomeKind
from shared.ports import Due, Message
from tests.support.edges import RecordingChannel

DAY = timedelta(hours=24)

Call = tuple[datetime, str]


class CountingChannel(RecordingChannel):
    """Remembers besides which calls the provider took: only those open conversations."""

    def __init__(
        self, clock: Any, answer: Callable[[Message], Outcome | None] = lambda message: None
    ) -> None:
        super().__init__(clock, answer)
        self.taken: list[Call] = []

    def send(self, message: Message) -> Outcome:
        at = self._clock.now()
        outcome = super().send(message)
        if outcome.kind in (OutcomeKind.ACCEPTED, OutcomeKind.HELD, OutcomeKind.UNKNOWN):
            self.taken.append((at, message.to))
        return outcome


class HandedOut:
    """The queue between the tick and the executor, in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[str] = []

    def enqueue(self, batches: Sequence[Due]) -> None:
        with self._lock:
            self._waiting += (due.campaign_id for due in batches)

    def take(self) -> list[str]:
        """Everything that was handed out since the last time."""
        with self._lock:
            taken, self._waiting = self._waiting, []
            return taken


def openings(taken: Iterable[Call]) -> list[datetime]:
    """When conversations were opened: a message inside an open one opens none."""
    opened: dict[str, datetime] = {}
    instants = []
    for at, phone in sorted(taken):
        if phone not in opened or at >= opened[phone] + DAY:
            opened[phone] = at
            instants.append(at)
    return instants


def fullest_window(instants: Sequence[datetime]) -> int:
    """The most conversations opened in any moving 24 hours."""
    worst, first = 0, 0
    for last, at in enumerate(instants):
        while instants[first] <= at - DAY:
            first += 1
        worst = max(worst, last - first + 1)
    return worst


def fullest_day(instants: Iterable[datetime]) -> int:
    """The most conversations opened in any UTC day."""
    return max(Counter(at.date() for at in instants).values(), default=0)


def counted(services: Services, day: date) -> dict[int, int]:
    """What the day's counter holds by hour; its total must be their sum."""
    count = services.quota.day("default", day)
    hours = {hour: units for hour, units in count.hours.items() if units}
    assert count.total == sum(hours.values())
    return hours
