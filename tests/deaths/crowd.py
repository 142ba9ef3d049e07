"""Executors, one schedule and one that works on what is told: killed at random, and born again."""

import os
import random
import signal
import time
from collections import Counter
from typing import Any

from tests.deaths.nursery import Nursery, Order

EXECUTOR, TICKER, UPDATER = "executor", "ticker", "updater"
POWER_CUT = 0.05  # the share of strikes that end everybody at once
REST = 0.3  # the share of the dead that stay away for a moment
SECONDS_AWAY = 0.7


class Crowd:
    """Its members run until `strike` meets them; `kills` counts whom it met, by role."""

    def __init__(self, nursery: Nursery, dice: random.Random, executors: int) -> None:
        self.kills: Counter[str] = Counter()
        self._nursery = nursery
        self._dice = dice
        self._roles = [TICKER, UPDATER] + [EXECUTOR] * executors
        self._living: dict[int, int] = {}  # place → process id
        self._away: dict[int, float] = {}  # place → when it comes back
        self._order: Order = {}

    def begin(self, **order: Any) -> None:
        """Everybody starts, under these orders."""
        self._order = order
        self._away = dict.fromkeys(range(len(self._roles)), 0.0)
        self._return()

    def strike(self) -> None:
        """Somebody dies, now and then everybody."""
        self._return()
        places = list(self._living)
        everybody = self._dice.random() < POWER_CUT
        for place in places if everybody else self._dice.sample(places, min(1, len(places))):
            self._kill(place)
        self._return()

    def end(self) -> None:
        """All die, whatever they are doing; it counts."""
        for place in list(self._living):
            self._kill(place)
        self._away.clear()

    def whole(self) -> None:
        """Whoever is away comes back now."""
        self._away = dict.fromkeys(self._away, 0.0)
        self._return()

    def _kill(self, place: int) -> None:
        os.kill(self._living.pop(place), signal.SIGKILL)
        self.kills[self._roles[place]] += 1
        rests = self._dice.random() < REST
        self._away[place] = time.monotonic() + (SECONDS_AWAY if rests else 0)

    def _return(self) -> None:
        now = time.monotonic()
        for place in [place for place, until in self._away.items() if until <= now]:
            del self._away[place]
            order = self._order | {"role": self._roles[place], "seed": self._dice.random()}
            self._living[place] = self._nursery.bear(order)
