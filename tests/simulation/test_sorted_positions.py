"""Sorted positions against a plain sorted list, with blocks so small that they are cut often."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulation import sorted_positions
from tests.simulation.sorted_positions import SortedPositions

POSITIONS = st.tuples(st.sampled_from("abcde"), st.sampled_from("0123456789"))
ENDS = st.one_of(st.just(()), st.tuples(st.sampled_from("abcdef")), POSITIONS)


@settings(deadline=None)
@given(steps=st.lists(POSITIONS, max_size=60), low=ENDS, high=st.none() | ENDS)
def test_positions_read_like_a_sorted_list(
    steps: list[tuple[str, str]], low: tuple[str, ...], high: tuple[str, ...] | None
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sorted_positions, "BLOCK", 4)
        positions, plain = SortedPositions(), set[tuple[str, ...]]()
        for step in steps:
            if step in plain:
                positions.remove(step)
            else:
                positions.add(step)
            plain ^= {step}
            assert list(positions.between((), None)) == sorted(plain)
        wanted = sorted(p for p in plain if p >= low and (high is None or p < high))
        assert list(positions.between(low, high)) == wanted
        assert list(positions.between(low, high, backwards=True)) == wanted[::-1]
        assert bool(positions) is bool(plain)
