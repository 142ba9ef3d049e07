"""`python -m tests.deaths --minutes N`: runs with other seeds until the time is over.

Ends at the first broken promise with exit code 1 and the command that runs the same seed again.
What dies when depends on the machine too, so that may take several tries.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from tests.deaths import executors, laptop
from tests.deaths.report import Report
from tests.support.ministack import running_ministack

OFFLINE = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


def main() -> int:
    """Run, print a line for each run and the sums."""
    parser = argparse.ArgumentParser(prog="python -m tests.deaths", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options = parser.parse_args()
    os.environ.update(OFFLINE)
    end, seed = time.monotonic() + 60 * options.minutes, options.seed
    sums: dict[str, list[Report]] = {"executors": [], "laptop": []}
    while True:
        for kind, reports in sums.items():
            report = _run(kind, seed, first=not reports)
            reports.append(report)
            _say(f"{kind:9}  seed {seed}  {report}")
            if report.violations:
                _say("\n".join(report.violations[:50]))
                _say(f"again: python -m tests.deaths --minutes 0 --seed {seed}")
                return 1
        seed += 1
        if time.monotonic() > end:
            break
    for kind, reports in sums.items():
        _say(f"{kind:9}  {len(reports)} runs  {Report.sum(reports)}")
    return 0


def _run(kind: str, seed: int, first: bool) -> Report:
    """One run; its size and its speed are drawn from the seed too."""
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="deaths-") as name:
        folder = Path(name)
        if kind == "laptop":
            plan = laptop.Plan(seed, people=dice.randint(300, 1500), deaths=dice.randint(5, 20))
            # The first one lets leases end in real time.
            return laptop.run(replace(plan, waits=first), folder)
        with running_ministack(folder) as url:
            return executors.run(_executors(seed, dice), url, folder)


def _executors(seed: int, dice: random.Random) -> executors.Plan:
    return executors.Plan(
        seed,
        sizes=(dice.randint(1000, 5000), dice.randint(100, 1000), dice.randint(20, 500)),
        executors=dice.randint(2, 6),
        group=dice.choice([1, 5, 5, 5, 12, 30]),
        seconds_between_deaths=dice.choice([0.15, 0.35, 1.0]),
        act_seconds=60,
        latency=dice.choice([0, 0.004, 0.02]),
        jitter=dice.choice([0, 0.03, 0.1]),
    )


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
