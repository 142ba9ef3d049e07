"""Mutation testing of the core: small mistakes in guard, claim, commit and recovery, one at a time.

    python -m tests.mutation --sample 100 --minutes 10
    python -m tests.mutation --only shared/domain/quota.py

Every mutant gets a copy of the project and the cheapest tests first: the pure functions, then some
schedules of the simulation, then the promises on the emulator. A mutant that hangs counts as
killed.
"""

import argparse
import os
import queue
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mutation.mutants import CORE, ROOT, Mutant, enumerations, mutants

SIMULATION = """
import sys
from tests.simulation.world import World
sys.exit(any(World(seed).run().violations for seed in range(60)))
"""
PROMISES = [
    f"tests/functional/test_{name}.py"
    for name in ("crashes", "cap", "pause", "doubt", "retry", "stops", "refused_alike", "opt_out")
] + [
    f"tests/functional/test_{name}.py" for name in ("completion", "tick", "store_faults", "poison")
]
KILLERS: dict[str, list[str]] = {
    "unit": ["-m", "pytest", "-x", "-q", "tests/unit/test_quota.py", "tests/unit/test_settling.py"],
    "simulation": ["-c", SIMULATION],
    "promises": ["-m", "pytest", "-x", "-q", *PROMISES],
}
SECONDS = {"unit": 30, "simulation": 60, "promises": 150}
COPIED = ("shared", "functions", "local", "tests", "pyproject.toml", "examples")


def main() -> None:
    """Run a sample and print who was killed by what, and who survived."""
    arguments = _arguments()
    enums = enumerations()
    everyone = [m for path in CORE for m in mutants(path, enums) if arguments.only in (None, path)]
    chosen = random.Random(arguments.seed).sample(everyone, min(arguments.sample, len(everyone)))
    print(f"{len(everyone)} mutants, {len(chosen)} chosen")  # noqa: T201
    folders: queue.Queue[Path] = queue.Queue()
    end = time.monotonic() + arguments.minutes * 60
    tally: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(2) as workers:
        for number in range(2):
            folders.put(_copy(Path(scratch) / str(number)))
        for mutant, killer in workers.map(lambda m: _judged(m, folders, end), chosen):
            if killer != "no time":
                tally[mutant.path, killer] += 1
            if killer == "nobody":
                print(f"survived: {mutant.path}:{mutant.line} in {mutant.where}")  # noqa: T201
                print(mutant.diff(), flush=True)  # noqa: T201
    for (path, killer), count in sorted(tally.items()):
        print(f"{path:40} {killer:12} {count}")  # noqa: T201
    killed = tally.total() - sum(n for (_, killer), n in tally.items() if killer == "nobody")
    print(f"{killed} of {tally.total()} killed")  # noqa: T201


def _judged(mutant: Mutant, folders: "queue.Queue[Path]", end: float) -> tuple[Mutant, str]:
    if time.monotonic() > end:
        return mutant, "no time"
    folder = folders.get()
    target = folder / mutant.path
    original = target.read_text()
    target.write_text(mutant.source)
    try:
        return mutant, next((name for name in KILLERS if _killed(name, folder)), "nobody")
    finally:
        target.write_text(original)
        folders.put(folder)


def _killed(name: str, folder: Path) -> bool:
    command = [sys.executable, "-B", *KILLERS[name]]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            return process.wait(SECONDS[name]) != 0
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            return True


def _copy(folder: Path) -> Path:
    folder.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder)
    return folder


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=CORE)
    return parser.parse_args()


if __name__ == "__main__":
    main()
