"""Makes a failing run smaller: leaves out steps of its plan as long as it still fails."""

from tests.simulation.world import World


def shrunk(seed: int, most_runs: int = 200) -> frozenset[int]:
    """The numbers of a small set of steps with which the seed still fails.

    Halves, then quarters and so on are left out in turn (delta debugging, Zeller 1999), for at most
    `most_runs` runs.
    """
    kept = list(range(len(World(seed).plan.steps)))
    runs, size = 0, len(kept) // 2
    while size and runs < most_runs:
        start, smaller = 0, False
        while start < len(kept) and runs < most_runs:
            without = kept[:start] + kept[start + size :]
            runs += 1
            if World(seed, frozenset(without)).run().violations:
                kept, smaller = without, True
            else:
                start += size
        if not smaller:
            size //= 2
    return frozenset(kept)
