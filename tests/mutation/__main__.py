"""Mutation testing of the core: small mistakes in guard, claim, commit and recovery, one at a time.

    python -m tests.mutation
    python -m tests.mutation --only shared/domain/quota.py shared/dynamo/quota.py
    python -m tests.mutation --sample 100

Each mutant meets the tests that run its line, until one fails: pure functions, sixty schedules of
the simulation, and the promises on the simulation's DynamoDB. A mutant that hangs is killed, too.
"""

import argparse
import random
from collections import Counter

from tests.mutation.killers import HANG, IMPORT, KINDS, killers, kind
from tests.mutation.mutants import CORE, enumerations, mutants

COLUMNS = (*KINDS, HANG, IMPORT, "nobody")


def main() -> None:
    """Say who survives, and for each module how many were killed by what."""
    arguments = _arguments()
    enums = enumerations()
    chosen = [mutant for path in arguments.only for mutant in mutants(path, enums)]
    if arguments.sample:
        picked = random.Random(arguments.seed).sample(range(len(chosen)), arguments.sample)
        chosen = [chosen[number] for number in sorted(picked)]
    judges = killers()
    print(f"{len(chosen)} mutants, {len(judges.seconds)} tests", flush=True)  # noqa: T201
    total: Counter[str] = Counter()
    for path in arguments.only:
        tally: Counter[str] = Counter()
        for mutant in chosen:
            if mutant.path == path:
                killer = judges.judge(mutant)
                tally[kind(killer) if killer else "nobody"] += 1
                if killer is None:
                    print(f"survived: {path}:{mutant.line} in {mutant.where}")  # noqa: T201
                    print(mutant.diff(), flush=True)  # noqa: T201
        _print_row(path, tally)
        total += tally
    _print_row("all", total)


def _print_row(name: str, tally: Counter[str]) -> None:
    killed = ", ".join(f"{column} {tally[column]}" for column in COLUMNS if tally[column])
    print(f"{name}: {tally.total()} mutants; {killed}", flush=True)  # noqa: T201


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=CORE, default=CORE, metavar="MODULE")
    parser.add_argument("--sample", type=int, help="this many at random, instead of all")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
