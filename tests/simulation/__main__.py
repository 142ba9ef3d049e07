"""Run seeds, replay one, or search for as long as one likes.

python -m tests.simulation --seeds 200             seeds 0 to 199
python -m tests.simulation --seed 4711             replay one
python -m tests.simulation --seed 4711 --keep 3,8  replay only these steps of its plan
python -m tests.simulation --soak 60               random seeds for 60 minutes
python -m tests.simulation --bug calendar-only-window --seeds 500
"""

import argparse
import contextlib
import secrets
import sys
import time
from collections.abc import Iterator

from tests.simulation.bugs import BUGS
from tests.simulation.shrink import shrunk
from tests.simulation.world import Verdict, World


def main() -> int:
    """0 if nothing was found."""
    arguments = _arguments()
    switch = BUGS[arguments.bug]() if arguments.bug else contextlib.nullcontext()
    started, runs, steps, calls, deaths = time.monotonic(), 0, 0, 0, 0
    with switch:
        for seed in _seeds(arguments):
            verdict = World(seed, arguments.keep).run()
            runs, steps = runs + 1, steps + verdict.steps
            calls, deaths = calls + verdict.calls, deaths + verdict.deaths
            if verdict.violations:
                _report(verdict, arguments)
                break
    seconds = time.monotonic() - started
    print(  # noqa: T201
        f"{runs} schedules, {steps:,} steps, {calls:,} calls, {deaths:,} deaths "
        f"in {seconds:.1f} s ({runs / seconds * 60:.0f} schedules a minute)"
    )
    return 1 if verdict.violations else 0


def _report(verdict: Verdict, arguments: argparse.Namespace) -> None:
    for violation in verdict.violations[:5]:
        print(f"seed {verdict.seed}: {violation}")  # noqa: T201
    keep = arguments.keep or shrunk(verdict.seed)
    bug = f" --bug {arguments.bug}" if arguments.bug else ""
    listed = ",".join(map(str, sorted(keep)))
    command = f"python -m tests.simulation --seed {verdict.seed} --keep {listed}{bug}"
    print(f"replay with: {command}")  # noqa: T201
    for number in sorted(keep):
        step = verdict.plan.steps[number]
        print(f"  {number:3} {step.at} {step.what} {step.campaign} {step.people}")  # noqa: T201


def _seeds(arguments: argparse.Namespace) -> Iterator[int]:
    if arguments.seed is not None:
        yield arguments.seed
    elif arguments.soak:
        end = time.monotonic() + arguments.soak * 60
        while time.monotonic() < end:
            yield secrets.randbits(40)
    else:
        yield from range(arguments.seeds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--soak", type=float, help="minutes")
    parser.add_argument("--bug", choices=sorted(BUGS))
    parser.add_argument("--keep", type=lambda text: frozenset(map(int, text.split(","))))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
