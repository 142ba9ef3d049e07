"""Calls beside each other, in threads.

Two plain queues instead of futures: waiting for the first of thirty futures takes the locks of all
of them, with every message.
"""

from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from threading import Thread

from shared.domain.outcome import Outcome

Call = Callable[[], Outcome]


class ThreadCrew:
    """See `shared.usecases.crew.Crew`: a thread for each call under way. Used by one thread."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._asked: SimpleQueue[tuple[str, Call] | None] = SimpleQueue()
        self._ended: SimpleQueue[tuple[str, Outcome | BaseException]] = SimpleQueue()
        self._under_way = 0
        self._threads = 0

    def start(self, name: str, call: Call) -> None:
        """Begin a call in a thread of its own; beyond `size` it waits for one."""
        self._under_way += 1
        if self._threads < min(self._under_way, self.size):
            self._threads += 1
            # The process need not wait for it: a call whose worker has left is in doubt anyhow.
            Thread(target=self._serve, name=f"call-{self._threads}", daemon=True).start()
        self._asked.put((name, call))

    def finished(self, wait: bool) -> Iterable[tuple[str, Outcome]]:
        """See `Crew.finished`."""
        ended: list[tuple[str, Outcome]] = []
        while self._under_way:
            try:
                name, outcome = self._ended.get(block=wait and not ended)
            except Empty:
                break
            if isinstance(outcome, BaseException):
                if not ended:
                    self._under_way -= 1
                    raise outcome
                self._ended.put((name, outcome))  # the next time; these are known, and must count
                break
            self._under_way -= 1
            ended.append((name, outcome))
        return ended

    def close(self) -> None:
        """Let the threads go; a call under way ends by itself, within its time limit."""
        for _ in range(self._threads):
            self._asked.put(None)
        self._threads = 0

    def _serve(self) -> None:
        while (asked := self._asked.get()) is not None:
            name, call = asked
            try:
                self._ended.put((name, call()))
            except BaseException as fault:  # whoever waits for it has to know
                self._ended.put((name, fault))
