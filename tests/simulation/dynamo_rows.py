"""Reads a part of one index in order: as it is, or as it was some writes ago."""

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tests.simulation.dynamo_tables import Index, Key, Position, Table
from tests.simulation.dynamo_values import Item


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

    def holds(self, position: Position) -> bool:
        """Whether a position is in it."""
        if not self.bounds.hold(position[0]):
            return False
        if self.start is None:
            return True
        return position < self.start if self.backwards else position > self.start


def rows(
    table: Table, index: Index, section: Section, past: Mapping[Key, Item | None]
) -> Iterator[tuple[Position, Item]]:
    """The items of a section, in order.

    `past` holds items as they were: the index has not seen yet what became of them since.
    """
    positions = index.places.get(section.partition, [])
    numbers = _numbers(positions, section)
    if not past:
        for n in numbers:
            position = positions[n]
            yield position, table.items[position[1:]]
        return
    unchanged = (positions[n] for n in numbers if positions[n][1:] not in past)
    for position in heapq.merge(
        unchanged, _earlier(index, section, past), reverse=section.backwards
    ):
        yield position, past.get(position[1:]) or table.items[position[1:]]


def _numbers(positions: list[Position], section: Section) -> range:
    """Which positions of a sorted list are in the section. (A shorter tuple sorts first.)"""
    wanted: list[Any] = positions
    low, high = 0, len(positions)
    if section.bounds.low is not None:
        low = bisect_left(wanted, (section.bounds.low,))
    if section.bounds.high is not None:
        high = bisect_left(wanted, (section.bounds.high,))
    if section.backwards:
        if section.start:
            high = min(high, bisect_left(positions, section.start))
        return range(high - 1, low - 1, -1)
    if section.start:
        low = max(low, bisect_right(positions, section.start))
    return range(low, high)


def _earlier(index: Index, section: Section, past: Mapping[Key, Item | None]) -> list[Position]:
    """Where the items of the past stood."""
    places = (index.place(key, item) for key, item in past.items())
    stood = [
        place[1]
        for place in places
        if place and place[0] == section.partition and section.holds(place[1])
    ]
    return sorted(stood, reverse=section.backwards)
