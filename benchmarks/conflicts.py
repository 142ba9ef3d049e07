"""Transactions that meet: what can't be run here, because the emulator has no conflicts.

    python -m benchmarks.conflicts

DynamoDB refuses a transaction while another one holds one of its items, also if both only check it.
Every group of thirty touches items that others need too: the day's counter and the state of its
sender, its campaign, and the version of its tenant's suppression list. Here workers do nothing but
take turns at these items, and try again as `shared/dynamo/transaction.py` does.

AWS does not say how long an item is held. HELD and TAKES are what transactions of this size are
reported to take; whoever measured their own can put them here.
"""

import heapq
import itertools
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.report import Report

GROUP = 30
HELD, TAKES, REFUSED = 0.008, 0.020, 0.006  # seconds: held, until the answer, until a refusal
LATENCY = 0.2  # of a call to Meta
FIRST_DELAY, LONGEST_DELAY = 0.02, 1.0  # as in shared/dynamo/transaction.py
DURATION = 60.0  # simulated seconds


@dataclass(slots=True)
class Worker:
    """One of the workers: what it touches, and how often it was refused in a row."""

    sender: int
    items: tuple[str, ...]
    refused: int = 0


@dataclass(slots=True)
class World:
    """`senders` of one tenant or of as many tenants, each with `workers`, at `rate` a second."""

    senders: int
    workers: int
    rate: int
    one_tenant: bool
    held_until: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    next_at: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    sent: int = 0
    written: int = 0
    refusals: int = 0

    def run(self, seed: int = 1) -> "World":
        """All of it, until DURATION."""
        dice = random.Random(seed)  # noqa: S311 - a run that can be repeated
        numbers = itertools.count()
        crowd = [self._worker(n) for n in range(self.senders) for _ in range(self.workers)]
        queue = [(dice.random(), next(numbers), worker) for worker in crowd]
        heapq.heapify(queue)
        while queue[0][0] < DURATION:
            now, _, worker = heapq.heappop(queue)
            heapq.heappush(queue, (self._step(worker, now, dice), next(numbers), worker))
        return self

    def _worker(self, number: int) -> Worker:
        tenant = 0 if self.one_tenant else number
        return Worker(number, (f"sender {number}", f"campaign {number}", f"list of {tenant}"))

    def _step(self, worker: Worker, now: float, dice: random.Random) -> float:
        """A try to cross the boundary; when the worker is back at it."""
        if any(self.held_until[item] > now for item in worker.items):
            self.refusals += 1
            delay: float = min(FIRST_DELAY * 2**worker.refused, LONGEST_DELAY)
            worker.refused += 1
            return now + REFUSED + delay * (0.5 + dice.random())
        worker.refused = 0
        self.held_until.update(dict.fromkeys(worker.items, now + HELD))
        self.written += 1
        self.sent += GROUP
        begin = max(now + TAKES, self.next_at[worker.sender])
        self.next_at[worker.sender] = begin + GROUP / self.rate
        return begin + GROUP / self.rate + LATENCY


def conflicts(report: Report, cases: Sequence[tuple[int, int, int, bool]]) -> None:
    """The table."""
    report.columns(
        "senders", "tenants", "pace of each", "workers of each", "wanted a second",
        "reached", "transactions refused",
    )  # fmt: skip
    for senders, workers, rate, one_tenant in cases:
        world = World(senders, workers, rate, one_tenant).run()
        report.row(
            senders,
            1 if one_tenant else senders,
            f"{rate:,}",
            workers,
            f"{senders * rate:,}",
            f"{world.sent / DURATION:,.0f}",
            f"{world.refusals / (world.refusals + world.written):.0%}",
        )


CASES = (
    (1, 2, 80, True),
    (10, 2, 80, True),
    (100, 2, 80, True),
    (100, 2, 80, False),
    (1, 10, 1000, True),
    (10, 10, 1000, True),
    (10, 10, 1000, False),
    (100, 10, 1000, False),
)


def main() -> None:
    """By itself."""
    conflicts(Report(), CASES)


if __name__ == "__main__":
    main()
