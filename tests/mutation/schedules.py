"""The simulation as a judge of mutants: sixty seeds, each a test of its own."""

import pytest

from tests.simulation.world import World


@pytest.mark.parametrize("seed", range(60))
def test_a_schedule_breaks_no_promise(seed: int) -> None:
    assert not World(seed).run().violations
