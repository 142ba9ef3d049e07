"""One thread, many tasks, one seed: whoever goes on next is the seed's choice.

A task is a greenlet that runs production code. At every edge of the system it gives control back,
and some other task may go on, so every interleaving of edges can happen, and any can be replayed.
Time moves by what tasks sleep, and a little at every step.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

import greenlet

STEP = timedelta(milliseconds=1)
"""What one step of a task takes at most."""


class TooLongError(Exception):
    """The run does not come to rest."""


class Task:
    """A greenlet and the instant from which it may go on."""

    def __init__(self, name: str, work: Callable[[], None], wake: datetime) -> None:
        self.name = name
        self.wake = wake
        self.greenlet = greenlet.greenlet(lambda: work())


class Scheduler:
    """Runs tasks until none is left."""

    def __init__(self, random: Random, start: datetime) -> None:
        self.now = start
        self.steps = 0
        self.random = random
        self._tasks: list[Task] = []
        self._current: Task | None = None

    def spawn(self, name: str, work: Callable[[], None], delay: timedelta = timedelta()) -> None:
        """A new task that may start after `delay`."""
        self._tasks.append(Task(name, work, self.now + delay))

    def switch(self, delay: timedelta = timedelta()) -> None:
        """Called by a task: let others go on, and come back after `delay` at the earliest."""
        task = self._current
        assert task is not None
        task.wake = self.now + delay
        task.greenlet.parent.switch()

    def run(self, after_step: Callable[[], None], most_steps: int) -> None:
        """Until no task is left. Raises TooLongError after `most_steps`."""
        while self._tasks:
            self.steps += 1
            if self.steps > most_steps:
                raise TooLongError(f"no rest after {most_steps} steps: {self.waiting}")
            ready = [task for task in self._tasks if task.wake <= self.now]
            if not ready:
                self.now = min(task.wake for task in self._tasks)
                continue
            self._current = self.random.choice(ready)
            self._current.greenlet.switch()
            if self._current.greenlet.dead:
                self._tasks.remove(self._current)
            self.now += STEP * self.random.random()
            after_step()

    @property
    def waiting(self) -> list[str]:
        """The names of the tasks that are left."""
        return [task.name for task in self._tasks]
