"""Bears the processes that are to die: libraries are imported once, a birth is a fork.

A child is a process like any other on Lambda: clients, connections and services of its own, and
SIGKILL ends it without a word. Run as a command it reads one order a line (JSON) and answers with
the child's process id; when its stdin ends, all its children are killed.
"""

import importlib
import json
import logging
import os
import random
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any, Self

from botocore.exceptions import BotoCoreError

ROOT = Path(__file__).parents[2]
UNEXPECTED = "UNEXPECTED"
"""Marks in the log what no executor should ever raise."""

PRELOADED = (
    "boto3",
    "functions.executor.handler",
    "functions.updates.handler",
    "httpx",
    "shared.channels.whatsapp",
    "shared.dynamo.boundaries",
    "shared.dynamo.campaigns",
    "shared.dynamo.quota",
    "shared.dynamo.recipients",
    "shared.dynamo.senders",
    "shared.sqs",
)
"""Imported once, so that no child has to."""

Order = Mapping[str, Any]


class Nursery:
    """The nursery as its owner sees it: `bear` an order, kill by process id."""

    def __init__(self, log: Path) -> None:
        self._log = log.open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.deaths.nursery"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdout
        self._process.communicate()
        self._log.close()

    def bear(self, order: Order) -> int:
        """A new process with this order; its id."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


class AheadClock:
    """A clock that is fast by so much."""

    def __init__(self, clock: Any, ahead: timedelta) -> None:
        self._clock = clock
        self._ahead = ahead

    def now(self) -> datetime:
        return self._clock.now() + self._ahead

    def sleep(self, seconds: float) -> None:
        self._clock.sleep(seconds)


def execute(order: Order) -> None:
    """An executor: batches from the queue, and some that a person asks for by name."""
    from functions.executor.handler import handler
    from functions.wiring import services
    from shared.domain.access import DEFAULT_TENANT

    dice = random.Random(order["seed"])
    sqs, queue = services(DEFAULT_TENANT)._sqs, os.environ["EXECUTOR_QUEUE_URL"]
    context = _context(order["seconds"])
    while True:
        if dice.random() < order["byName"]:
            busy = _by_name(dice.choice(order["campaigns"]), context)
        else:
            busy = _from_queue(sqs, queue, handler, context, forgets=dice.random() < 0.1)
        if not busy:
            time.sleep(0.05)


def hear(order: Order) -> None:
    """Works on what the provider tells; what must wait is looked at every second."""
    from functions.updates import records
    from functions.updates.handler import handler
    from functions.wiring import services
    from shared.domain.access import DEFAULT_TENANT

    records.DELAYS = (1,)
    dice = random.Random(order["seed"])
    sqs, queue = services(DEFAULT_TENANT)._sqs, os.environ["UPDATES_QUEUE_URL"]
    while True:
        if not _from_queue(sqs, queue, handler, _context(60), forgets=dice.random() < 0.1):
            time.sleep(0.05)


def tick(order: Order) -> None:
    """The schedule, twice a second, on a machine whose clock is fast.

    Only so do the leases of the dead end within a test's time: a worker that may call at all has 24
    seconds before its deadline, and the grace after it is 30. By the fast clock a lease ends some
    ten seconds after its batch began, and no batch of these tests takes that long.
    """
    from functions.executor.handler import handler
    from functions.wiring import services
    from shared.domain.access import DEFAULT_TENANT

    process = services(DEFAULT_TENANT)
    process.clock = AheadClock(process.clock, timedelta(seconds=order["ahead"]))
    while True:
        _guarded(handler, {"detail-type": "Scheduled Event"}, _context(60))
        time.sleep(0.5)


def _by_name(campaign_id: str, context: Any) -> bool:
    from functions.executor.handler import handler
    from shared.domain.errors import CampaignNotRunningError

    event = {"action": "execute-batch", "campaignId": campaign_id}
    answer = _guarded(handler, event, context, CampaignNotRunningError)
    return bool(answer and answer["processed"])


def _from_queue(sqs: Any, queue: str, handler: Any, context: Any, forgets: bool) -> bool:
    """Some messages at once; with `forgets` they come again, as SQS may do at any time."""
    messages = _guarded(_received, sqs, queue)
    if not messages:
        return False
    records = [{"messageId": m["MessageId"], "body": m["Body"]} for m in messages]
    answer = _guarded(handler, {"Records": records}, context) or {"batchItemFailures": []}
    failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
    for message in messages:
        if not forgets and message["MessageId"] not in failed:
            # It was delivered again, or is going to be.
            with suppress(sqs.exceptions.ReceiptHandleIsInvalid, BotoCoreError):
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return True


def _received(sqs: Any, queue: str) -> list[Any]:
    """None while the queue is out of reach: what polls it for Lambda asks again."""
    try:
        answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=2)
    except BotoCoreError:
        return []
    return list(answer.get("Messages", []))


def _guarded(call: Any, *args: Any, **kwargs: Any) -> Any:
    """Its answer; an exception ends an invocation, not the process, and is told in the log."""
    from shared.domain.errors import StoreUnavailableError

    expected = [a for a in args if isinstance(a, type)]
    try:
        return call(*(a for a in args if not isinstance(a, type)), **kwargs)
    except (StoreUnavailableError, *expected):
        return None
    except Exception:
        sys.stderr.write(f"{UNEXPECTED} {traceback.format_exc()}\n")
        return None


def _context(seconds: float) -> Any:
    return SimpleNamespace(get_remaining_time_in_millis=lambda: int(seconds * 1000))


class JsonLines(logging.Formatter):
    """A line as Lambda writes it, as far as tests look at it."""

    def format(self, record: logging.LogRecord) -> str:
        text = record.getMessage()
        return json.dumps({"event": getattr(record, "event", None), "message": text})


def _live(order: Order) -> None:
    """The child's whole life."""
    lines = logging.StreamHandler()
    lines.setFormatter(JsonLines())
    logging.basicConfig(handlers=[lines])
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(2, 1)  # stdout carries process ids
    os.close(0)
    os.environ.update(order["environment"])
    {"executor": execute, "ticker": tick, "updater": hear}[order["role"]](order)


def main() -> None:
    """Serve orders."""
    for name in PRELOADED:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the dead
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            _live(json.loads(line))
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
