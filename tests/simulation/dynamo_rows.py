"""Reads a part of one index in order: as it is, or as it was some writes ago."""

import heapq
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tests.simulation.dynamo_tables import Index, Key, Table
from tests.simulation.dynamo_values import Item
from tests.simulation.sorted_positions import Position, SortedPositions

_NOBODY = SortedPositions()


class Bounds(NamedTuple):
    """The sort keys from `low` to before `high`; None is open."""

    low: str | None = None
    high: str | None = None

    def hold(self, sort: str) -> bool:
        """Whether a sort key is between them."""
        return (self.low is None or self.low <= sort) and (self.high is None or sort < self.high)


class Section(NamedTuple):
    """What to read of one partition: between `bounds`, and beyond `start` in reading direction."""

    partition: str
    bounds: Bounds
    start: Position | None
    backwards: bool

    @property
    def ends(self) -> tuple[Position, Position | None]:
        """From the first position to before the second. `start` is always inside the bounds."""
        low: Position = () if self.bounds.low is None else (self.bounds.low,)
        high = None if self.bounds.high is None else (self.bounds.high,)
        if self.start and self.backwards:
            return low, self.start
        if self.start:
            return (*self.start, ""), high  # the one right after it
        return low, high


def rows(
    table: Table, index: Index, section: Section, past: Mapping[Key, Item | None]
) -> Iterator[tuple[Position, Item]]:
    """The items of a section, in order.

    `past` holds items as they were: the index has not seen yet what became of them since.
    """
    low, high = section.ends
    positions = index.places.get(section.partition, _NOBODY)
    current = positions.between(low, high, section.backwards)
    if not past:
        for position in current:
            yield position, table.items[_key(position)]
        return
    unchanged = (position for position in current if _key(position) not in past)
    earlier = sorted(_earlier(index, section, past), reverse=section.backwards)
    for position in heapq.merge(unchanged, earlier, reverse=section.backwards):
        key = _key(position)
        yield position, past.get(key) or table.items[key]


def _earlier(index: Index, section: Section, past: Mapping[Key, Item | None]) -> Iterator[Position]:
    """Where the items of the past stood in the section."""
    low, high = section.ends
    for key, item in past.items():
        place = index.place(key, item)
        if place and place[0] == section.partition:
            position = place[1]
            if low <= position and (high is None or position < high):
                yield position


def _key(position: Position) -> Key:
    return position[2], position[1]
