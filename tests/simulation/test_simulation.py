"""Seeds of the simulation, and the proof that it would find a bug.

A bug that it found in our code becomes one of the deliberate bugs, so that it stays found whatever
becomes of the seeds.
"""

from itertools import islice

import pytest

from tests.simulation.bugs import ABOUT, BUGS, search_order
from tests.simulation.world import FAILED_BY_ITSELF, World

SCHEDULES = 480
BLOCK = 60

WITHIN = 600
"""Schedules in which every deliberate bug must be found."""


def run(seed: int) -> None:
    verdict = World(seed).run()
    assert not verdict.violations, (
        f"{verdict.violations[0]}\nreplay and shrink with: python -m tests.simulation --seed {seed}"
    )


@pytest.mark.parametrize("block", range(SCHEDULES // BLOCK))
def test_no_schedule_breaks_a_promise(block: int) -> None:
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        run(seed)


@pytest.mark.parametrize("seed", [979, 915548778695, 417717169350, 507347728355, 240491255595])
def test_a_seed_that_once_failed_fails_no_more(seed: int) -> None:
    run(seed)


@pytest.mark.parametrize("bug", sorted(BUGS))
def test_every_deliberate_bug_is_found(bug: str) -> None:
    with BUGS[bug]():
        runs = (World(seed).run().violations for seed in islice(search_order(bug), WITHIN))
        found = next(filter(None, runs), None)
    assert found, f"{WITHIN} schedules did not notice {bug}"
    # An exception shows that the bug's own code does not fit any more, and nothing else.
    assert not found[0].startswith(FAILED_BY_ITSELF), found[0]


def test_kinds_of_runs_are_named_for_bugs_that_exist() -> None:
    assert set(ABOUT) <= set(BUGS)


def test_a_seed_replays_to_the_last_step() -> None:
    first, second = World(7).run(), World(7).run()

    assert first == second
    assert first.calls > 0


def test_a_failing_run_is_made_smaller() -> None:
    from tests.simulation.shrink import shrunk

    with BUGS["units-given-back-twice"]():
        seed = next(s for s in range(100) if World(s).run().violations)
        kept = shrunk(seed)

        assert World(seed, kept).run().violations
        assert len(kept) < len(World(seed).plan.steps) / 2
