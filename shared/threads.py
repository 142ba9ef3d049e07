"""Calls beside each other, in threads."""

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for

from shared.domain.outcome import Outcome


class ThreadCrew:
    """See `shared.usecases.crew.Crew`: a thread for each call under way."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="call")
        self._under_way: dict[Future[Outcome], str] = {}

    def start(self, name: str, call: Callable[[], Outcome]) -> None:
        """Begin a call in a thread of its own."""
        self._under_way[self._threads.submit(call)] = name

    def finished(self, wait: bool) -> Iterable[tuple[str, Outcome]]:
        """See `Crew.finished`."""
        ended = [each for each in self._under_way if each.done()]
        if wait and not ended and self._under_way:
            done, _ = wait_for(self._under_way, return_when=FIRST_COMPLETED)
            ended = list(done)
        return [(self._under_way.pop(each), each.result()) for each in ended]

    def close(self) -> None:
        """Let the threads go; a call under way ends by itself, within its time limit."""
        self._threads.shutdown(wait=False)
