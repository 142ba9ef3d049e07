"""A sorted list that stays quick when it is long: changes move one block, not everything."""

from bisect import bisect_left, insort
from collections.abc import Iterator

BLOCK = 512
"""How long a block may get before it is cut in two."""

Position = tuple[str, ...]
"""Ordered as tuples are: a shorter one comes before every longer one that begins with it."""


class SortedPositions:
    """Positions in order, none of them twice."""

    def __init__(self) -> None:
        self._blocks: list[list[Position]] = []  # none of them empty
        self._lasts: list[Position] = []  # of each block: none of its positions is beyond

    def __bool__(self) -> bool:
        return bool(self._blocks)

    def add(self, position: Position) -> None:
        """Put in a position that is not there yet."""
        if not self._blocks:
            self._blocks.append([])
            self._lasts.append(position)
        n = min(bisect_left(self._lasts, position), len(self._lasts) - 1)
        block = self._blocks[n]
        insort(block, position)
        if len(block) > BLOCK:
            self._blocks.insert(n, block[: BLOCK // 2])
            self._lasts.insert(n, block[BLOCK // 2 - 1])
            del block[: BLOCK // 2]
            n += 1
        self._lasts[n] = block[-1]

    def remove(self, position: Position) -> None:
        """Take out a position that is there."""
        n = bisect_left(self._lasts, position)
        block = self._blocks[n]
        del block[bisect_left(block, position)]
        if not block:
            del self._blocks[n], self._lasts[n]

    def between(
        self, low: Position, high: Position | None, backwards: bool = False
    ) -> Iterator[Position]:
        """Those from `low` to before `high`; None is the end. Not to be changed meanwhile."""
        first, last = bisect_left(self._lasts, low), len(self._blocks) - 1
        if high is not None:
            last = min(last, bisect_left(self._lasts, high))
        numbers = range(first, last + 1)
        for n in reversed(numbers) if backwards else numbers:
            block = self._blocks[n]
            start = bisect_left(block, low) if n == first else 0
            stop = bisect_left(block, high) if n == last and high is not None else len(block)
            yield from reversed(block[start:stop]) if backwards else block[start:stop]
