"""Calls beside each other: none lost, none waited for without need, faults passed on."""

import threading
import time
from collections.abc import Callable

import pytest

from shared.domain.outcome import Outcome, OutcomeKind
from shared.threads import ThreadCrew

TAKEN = Outcome(OutcomeKind.ACCEPTED, message_id="wamid.1")


def after(gate: threading.Event) -> Callable[[], Outcome]:
    def call() -> Outcome:
        assert gate.wait(5)
        return TAKEN

    return call


def test_calls_are_made_beside_each_other_up_to_the_size() -> None:
    crew, both = ThreadCrew(2), threading.Barrier(2)

    def call() -> Outcome:
        both.wait(5)  # breaks unless the other one is here too
        return TAKEN

    for name in "abcd":
        crew.start(name, call)
    found: list[str] = []
    while len(found) < 4:
        found += [name for name, _ in crew.finished(wait=True)]
    assert sorted(found) == list("abcd")
    assert not crew.finished(wait=True)  # nothing is under way: nothing to wait for
    crew.close()


def test_without_waiting_only_what_has_ended_is_told() -> None:
    crew, gate = ThreadCrew(2), threading.Event()
    crew.start("slow", after(gate))
    assert list(crew.finished(wait=False)) == []
    gate.set()
    assert list(crew.finished(wait=True)) == [("slow", TAKEN)]
    crew.close()


def test_waiting_ends_with_the_first() -> None:
    crew, gate = ThreadCrew(2), threading.Event()
    crew.start("slow", after(gate))
    crew.start("quick", lambda: TAKEN)
    assert list(crew.finished(wait=True)) == [("quick", TAKEN)]
    gate.set()
    assert list(crew.finished(wait=True)) == [("slow", TAKEN)]
    crew.close()


def test_a_fault_is_raised_and_takes_no_known_result_with_it() -> None:
    crew, gate = ThreadCrew(1), threading.Event()

    def fail() -> Outcome:
        raise RuntimeError("broken")

    crew.start("first", lambda: TAKEN)
    crew.start("broken", fail)
    crew.start("last", after(gate))
    gate.set()
    time.sleep(0.05)  # all have ended
    told, faults = [], []
    while len(told) + len(faults) < 3:
        try:
            told += [name for name, _ in crew.finished(wait=True)]
        except RuntimeError as fault:
            faults.append(str(fault))
    assert (sorted(told), faults) == (["first", "last"], ["broken"])
    crew.close()


def test_its_threads_go_when_it_is_closed() -> None:
    crew = ThreadCrew(3)
    for name in "abc":
        crew.start(name, lambda: TAKEN)
    while crew.finished(wait=True):
        pass
    crew.close()
    for _ in range(100):
        if not [t for t in threading.enumerate() if t.name.startswith("call-")]:
            return
        time.sleep(0.01)
    pytest.fail("threads are left")
