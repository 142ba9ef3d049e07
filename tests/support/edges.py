"""Stand-ins for the edges of the system, where a test must hold the strings: time, death."""

import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.domain.outcome import Outcome, OutcomeKind
from shared.ports import Message

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class ManualClock:
    """Time that moves only when told; sleeping moves it."""

    def __init__(self, start: datetime = NOON) -> None:
        self._now = start
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        self.advance(timedelta(seconds=seconds))

    def advance(self, by: timedelta) -> None:
        with self._lock:
            self._now += by

    def jump(self, to: datetime) -> None:
        self._now = to


class RecordingChannel:
    """A provider in this process: accepts unless told otherwise, and remembers every call."""

    call_limit_seconds = 13.0

    def __init__(
        self,
        clock: Any,
        answer: Callable[[Message], Outcome | None] = lambda message: None,
        takes: timedelta = timedelta(),
    ) -> None:
        self.calls: list[tuple[datetime, str]] = []
        self.answer = answer
        self._clock = clock
        self._takes = takes

    def send(self, message: Message) -> Outcome:
        self.calls.append((self._clock.now(), message.to))
        if self._takes:
            self._clock.sleep(self._takes.total_seconds())
        told = self.answer(message)
        return told or Outcome(OutcomeKind.ACCEPTED, message_id=f"wamid.{uuid.uuid4()}")

    @property
    def phones(self) -> list[str]:
        """Who was called, in order, with repetitions."""
        return [phone for _, phone in self.calls]

    def close(self) -> None:
        """Nothing is open."""


class Killed(BaseException):
    """The process is dead: nothing of it runs any more, `finally` blocks neither."""


class Mortal:
    """Wraps a port: the process dies at its n-th call, before or after the call took effect."""

    def __init__(self, life: "Life", port: Any) -> None:
        self._life = life
        self._port = port

    def __getattr__(self, name: str) -> Any:
        target = getattr(self._port, name)
        if not callable(target):
            return target
        return lambda *args, **kwargs: self._life.live(lambda: target(*args, **kwargs))


class Life:
    """Counts the calls of all ports of one process, and ends it."""

    def __init__(self, dies_at: int | None = None, after_effect: bool = False) -> None:
        self.calls = 0
        self._dies_at = dies_at
        self._after_effect = after_effect
        self._dead = False

    def end(self) -> None:
        """Die now."""
        self._dead = True
        raise Killed

    def live(self, call: Callable[[], Any]) -> Any:
        if self._dead:
            raise Killed
        self.calls += 1
        if self.calls != self._dies_at:
            return call()
        self._dead = True
        if self._after_effect:
            call()
        raise Killed
