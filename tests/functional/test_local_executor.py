"""The schedule and the queue drive the executor as on AWS."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.emulator import Emulator
from local.environment import Function, FunctionSettings
from local.executor import Driver, Poller, Queue

HANDLER = "tests.functional.local_handlers:record"


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "notes"
    path.touch()
    return path


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    with Emulator(tmp_path / "data") as emulator:
        yield Queue(emulator.url, visibility_seconds=1)


@pytest.fixture
def drive(notes: Path, queue: Queue) -> Iterator[Callable[[float], Driver]]:
    variables = os.environ | {"RECORD_FILE": str(notes)}
    function = Function(FunctionSettings("executor", HANDLER, 5, concurrency=2), variables)
    drivers: list[Driver] = []

    def start(tick_seconds: float) -> Driver:
        drivers.append(Driver(function, queue, tick_seconds))
        return drivers[-1]

    yield start
    for driver in drivers:
        driver.stop()
    function.stop(1)


def wait_for(notes: Path, text: str, times: int) -> None:
    deadline = time.monotonic() + 10
    while notes.read_text().count(text) < times:
        assert time.monotonic() < deadline, notes.read_text()
        time.sleep(0.02)


def test_the_schedule_ticks_at_once_and_then_at_every_interval(
    drive: Callable[[float], Driver], notes: Path
) -> None:
    drive(0.2)

    wait_for(notes, "Scheduled Event", 3)


def test_messages_reach_the_executor_and_leave_the_queue(
    drive: Callable[[float], Driver], queue: Queue, notes: Path
) -> None:
    queue.send("one")
    queue.send("two")
    drive(60)

    wait_for(notes, "message one", 1)
    wait_for(notes, "message two", 1)
    time.sleep(1.2)  # longer than a message stays hidden
    assert notes.read_text().count("message") == 2


def test_a_failed_message_returns_and_ends_among_the_dead_letters(
    drive: Callable[[float], Driver], queue: Queue, notes: Path
) -> None:
    queue.send("fail")
    drive(60)

    wait_for(notes, "message fail", 3)
    time.sleep(1.2)
    assert notes.read_text().count("message fail") == 3


def test_of_several_messages_at_once_only_those_that_failed_return(
    tmp_path: Path, notes: Path
) -> None:
    function = Function(
        FunctionSettings("updates", HANDLER, 5, concurrency=1),
        os.environ | {"RECORD_FILE": str(notes)},
    )
    with Emulator(tmp_path / "more") as emulator:
        queue = Queue(emulator.url, 1, "updates", receives=2, batch_size=10)
        for text in ("one", "fail", "two"):
            queue.send(text)
        poller = Poller(function, queue, threads=1)

        wait_for(notes, "message fail", 2)
        time.sleep(1.2)  # longer than a message stays hidden
        poller.stop()
        function.stop(1)

    lines = notes.read_text().splitlines()
    assert sorted(lines) == ["message fail", "message fail", "message one", "message two"]


def test_the_threads_of_a_stopped_poller_end_with_the_emulator(tmp_path: Path) -> None:
    function = Function(FunctionSettings("idle", HANDLER, 5, concurrency=1), os.environ)
    with Emulator(tmp_path / "short") as emulator:
        poller = Poller(function, Queue(emulator.url, 1, "idle"), threads=4)
        threads = [each for each in threading.enumerate() if each.name.startswith("idle-poller")]
        time.sleep(0.5)  # all of them ask, and the queue lets them wait
        poller.stop()
        function.stop(1)

    for thread in threads:
        thread.join(2)  # seven seconds on average if the client tried again

    assert len(threads) == 4
    assert not any(thread.is_alive() for thread in threads)


def test_without_a_tick_nothing_happens_by_itself(
    drive: Callable[[float], Driver], queue: Queue, notes: Path
) -> None:
    queue.send("one")
    drive(0)

    time.sleep(0.5)
    assert notes.read_text() == ""
