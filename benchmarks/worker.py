"""One worker in a process of its own, as Lambda has it: it sends a campaign and says what it took.

A line of JSON in says what to do (see `Order`); "ready" goes out after a small campaign as a
warm-up; a line in starts it; a line of JSON with `Took` goes out at the end.
"""

import json
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from benchmarks.deployment import HELLO
from benchmarks.naive import BATCH, NaiveExecutor
from functions.wiring import Services
from shared.domain.access import DEFAULT_TENANT
from shared.ports import Message
from shared.usecases.drain import serve
from shared.usecases.execute_batch import execute_batch

INVOCATION = timedelta(seconds=118)  # what the executor function has, less its margin


@dataclass(frozen=True, slots=True)
class Order:
    """What to do. `kind`: continuous, batch or naive; `most` is for the last two."""

    kind: str
    campaign: str
    environment: Mapping[str, str]
    warm_up: str | None = None
    most: int = 0
    shard: int = 0


@dataclass(frozen=True, slots=True)
class Took:
    """What it took: messages, seconds, seconds of CPU, resident memory in MB."""

    sent: int
    wall: float
    cpu: float
    memory: float


def run_workers(orders: Sequence[Order]) -> tuple[list[Took], float]:
    """Start a process for each, let them go at once; also the seconds until all were done."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in orders
    ]
    try:
        for process, order in zip(processes, orders, strict=True):
            _tell(process, json.dumps(asdict(order)))
        for process in processes:
            _hear(process)
        began = time.perf_counter()
        for process in processes:
            _tell(process, "go")
        took = [Took(**json.loads(_hear(process))) for process in processes]
        return took, time.perf_counter() - began
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def _tell(process: subprocess.Popen[str], line: str) -> None:
    if process.stdin is not None:
        process.stdin.write(line + "\n")
        process.stdin.flush()


def _hear(process: subprocess.Popen[str]) -> str:
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise RuntimeError("a worker died; what it said is above")
    return line


def main() -> None:
    """See the module."""
    order = Order(**json.loads(sys.stdin.readline()))
    os.environ |= order.environment  # boto3 finds its endpoint there
    services = Services(order.environment, DEFAULT_TENANT)
    if order.warm_up:
        send(services, order, order.warm_up)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    began, cpu = time.perf_counter(), time.process_time()
    sent = send(services, order, order.campaign)
    took = Took(sent, time.perf_counter() - began, time.process_time() - cpu, resident())
    sys.stdout.write(json.dumps(asdict(took)) + "\n")
    services.close()


def send(services: Services, order: Order, campaign_id: str) -> int:
    """Send the whole campaign, or `most` of it; how many were sent."""
    if order.kind == "continuous":
        return _drained(services, campaign_id, order.shard)
    if order.kind == "naive":
        return _naively(services, campaign_id, order.most)
    sent = 0
    while sent < order.most:
        deadline = services.clock.now() + INVOCATION
        result = execute_batch(services, campaign_id, deadline)
        sent += result.tally.sent
        if result.completed or not result.tally.sent:
            break
    return sent


def _drained(services: Services, campaign_id: str, shard: int) -> int:
    sent = 0
    while True:
        result = serve(services, campaign_id, services.clock.now() + INVOCATION, shard)
        sent += result.tally.sent
        if not result.more:
            return sent


def _naively(services: Services, campaign_id: str, most: int) -> int:
    settings, sent = services.settings, 0
    naive = NaiveExecutor(
        services._dynamodb,
        settings.recipients_table,
        settings.campaigns_table,
        settings.whatsapp_table,
    )
    message = Message("", "hello", "en_US", HELLO, "opaque")
    while sent < most:
        done = naive.batch(campaign_id, services.channel, message, min(BATCH, most - sent))
        sent += done
        if not done:
            break
    return sent


def resident() -> float:
    """The most memory that this process ever had, in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage has the parent's figure too, from before the exec
        found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text())
        return int(found[1]) / 1024 if found else 0.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


if __name__ == "__main__":
    main()
