"""The tests that judge mutants, and which of them run which line.

Every mutant has a process of its own, forked from one that has imported everything but the project:
so it costs no start-up, and nothing of it is left. Its module is made from its source at the first
import; no file changes.
"""

import importlib
import importlib.abc
import importlib.util
import multiprocessing
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec
from multiprocessing.connection import Connection
from types import CodeType, ModuleType
from typing import TypeVar

import coverage
import httpx  # noqa: F401 - in the parent, for all
import hypothesis
import pytest

from tests.mutation.mutants import CORE, ROOT, Mutant

PURE = tuple(
    f"tests/unit/test_{name}.py"
    for name in ("quota", "settling", "evidence", "stats", "dynamo_writes")
)
SCHEDULES = ("tests/mutation/schedules.py",)
PROMISES = tuple(
    f"tests/functional/test_{name}.py"
    for name in (
        *("crashes", "cap", "pause", "doubt", "retry", "stops", "refused_alike", "opt_out"),
        *("completion", "tick", "store_faults", "poison", "consistent_reads", "statuses"),
    )
)
RACES = (
    "tests/functional/test_pause.py::test_a_storm_of_pauses_and_resumes_keeps_every_count_exact",
)
"""Tests whose threads must meet in the middle of a request: in one process none of them waits."""

KINDS = {"unit": PURE, "simulation": SCHEDULES, "promises": PROMISES}

HANG, IMPORT = "hang", "import"
"""What kills a mutant that does not come to its end, and one that can't even be imported."""

_QUICK = ["-x", "-q", "--assert=plain", "--capture=no", "-p", "no:cacheprovider", "-p", "no:cov"]
_PATIENCE = 20  # times the seconds that a test took at first
_LONGEST = 900.0  # seconds of the wall; for one who waits instead of working

_T = TypeVar("_T")


class KillersFailError(Exception):
    """Tests that fail without any mutant judge nothing."""


@dataclass(frozen=True)
class Killers:
    """All judges. `lines`: by module and line the tests that run it, "" if importing runs it."""

    seconds: dict[str, float]
    lines: dict[str, dict[int, list[str]]]
    _kills: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def of(self, mutant: Mutant) -> list[str]:
        """Those that run its line: first who killed in the same function, then the quickest."""
        lines = self.lines[mutant.path]
        touched = range(mutant.line, mutant.last_line + 1)
        tests = {test for line in touched for test in lines.get(line, ())}
        if "" in tests:
            tests = {test for tests in lines.values() for test in tests} - {""}
        place = mutant.path, mutant.where
        return sorted(tests, key=lambda test: (-self._kills[*place, test], self.seconds[test]))

    def judge(self, mutant: Mutant) -> str | None:
        """The test that kills it, HANG, IMPORT, or None if it survives."""
        tests = self.of(mutant)
        if not tests:
            return None
        verdict = _in_child(lambda: _hunt(mutant, {test: self.seconds[test] for test in tests}))
        killer = HANG if verdict is None else verdict or None
        if killer:
            self._kills[mutant.path, mutant.where, killer] += 1
        return killer


def killers() -> Killers:
    """Run them all on the code as it is. Raises KillersFailError."""
    hypothesis.settings.register_profile(
        "mutants", database=None, derandomize=True, phases=[hypothesis.Phase.generate]
    )
    hypothesis.settings.load_profile("mutants")
    found = _in_child(_recorded)
    if found is None:
        raise KillersFailError("the tests did not come to their end")
    seconds, lines, failed = found
    if failed:
        raise KillersFailError(f"tests fail without any mutant: {', '.join(failed)}")
    return Killers(seconds, lines)


def kind(killer: str) -> str:
    """ "unit", "simulation" or "promises"; HANG and IMPORT as they are."""
    file = killer.partition("::")[0]
    return next((name for name, files in KINDS.items() if file in files), killer)


_Recorded = tuple[dict[str, float], dict[str, dict[int, list[str]]], list[str]]


def _recorded() -> _Recorded:
    files = [str(ROOT / path) for path in CORE]
    measure = coverage.Coverage(data_file=None, config_file=False, include=files)
    measure.start()
    for path in CORE:
        importlib.import_module(_module(path))
    recorder = _Recorder(measure)
    _run([*PURE, *SCHEDULES, *PROMISES], recorder)
    measure.stop()
    data = measure.get_data()
    lines = {path: data.contexts_by_lineno(str(ROOT / path)) for path in CORE}
    return recorder.seconds, lines, recorder.failed


def _hunt(mutant: Mutant, tests: dict[str, float]) -> str:
    """The test that fails, or "" if none does."""
    sys.meta_path.insert(0, _Forger(mutant))
    hunt = _Hunt(tests)
    code = _run(sorted({test.partition("::")[0] for test in tests}), hunt)
    return hunt.killer or (IMPORT if code else "")


def _run(files: Sequence[str], plugin: object) -> int:
    from tests.mutation.memory import MemoryDeployments

    passed_over = [f"--deselect={test}" for test in RACES]
    return int(pytest.main([*_QUICK, *passed_over, *files], plugins=[plugin, MemoryDeployments()]))


class _Recorder:
    """How long every test takes, and which lines it runs."""

    def __init__(self, measure: coverage.Coverage) -> None:
        self.seconds: dict[str, float] = {}
        self.failed: list[str] = []
        self._measure = measure

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        self._measure.switch_context(item.nodeid)
        begun = time.process_time()
        try:
            return (yield)
        finally:
            self.seconds[item.nodeid] = time.process_time() - begun

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)


class _Hunt:
    """Only these tests, in this order, each with a limit of CPU time: then the process dies."""

    def __init__(self, tests: dict[str, float]) -> None:
        self.killer: str | None = None
        self._tests = tests

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        order = {test: number for number, test in enumerate(self._tests)}
        items[:] = sorted(
            (item for item in items if item.nodeid in order), key=lambda item: order[item.nodeid]
        )

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        limit = 2 + _PATIENCE * self._tests[item.nodeid]
        signal.setitimer(signal.ITIMER_PROF, limit)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.killer = report.nodeid


class _Forger(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Imports one module from a mutant's source."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(
        self, fullname: str, path: object, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != _module(self._mutant.path):
            return None
        return importlib.util.spec_from_loader(fullname, self)

    def get_source(self, fullname: str) -> str:
        return self._mutant.source

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._mutant.source, self._mutant.path, "exec")


def _module(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def _in_child(work: Callable[[], _T]) -> _T | None:
    """What `work` returns in a fork of this process; None if it dies or never ends."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=_answer, args=(work, sender))
    child.start()
    sender.close()
    try:
        answer: _T | None = receiver.recv() if receiver.poll(_LONGEST) else None
    except EOFError:
        answer = None
    child.kill()
    child.join()
    return answer


def _answer(work: Callable[[], object], sender: Connection) -> None:
    """Silently: a mutant's complaints are of no interest."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    sender.send(work())
