"""Whom the campaigns write to, and what the provider does to whom."""

import random
from collections.abc import Sequence

from shared.channels.scenarios import BY_NAME
from shared.channels.simulator import Simulator
from tests.support.campaigns import phones

SCRIPTED = (
    "undeliverable",
    "unavailable-once",
    "held",
    "something-wrong",
    "reply-lost",
    "unreadable",
    "lost-before",
    "bad-gateway",
)
"""What the first call to an unlucky one may meet."""

LATER = (
    "late-undeliverable",
    "late-unavailable-once",
    "held-delivered",
    "failed-first",
    "failed-after-delivered",
    "delivered-only",
    "silent",
)
"""What its message may come to besides, where webhooks tell of it."""

MAGIC = (*SCRIPTED, "message-paused", "opted-out", "experiment", "throttled-once", "no-answer")
"""One of each is in the first campaign, by its own number."""

LOSSY = frozenset(
    {"something-wrong", "reply-lost", "unreadable", "lost-before", "bad-gateway", "no-answer"}
)
"""Scenarios whose reply leaves the caller in doubt."""

UNLUCKY = 0.08  # the share of people whose first call meets something else than acceptance
IN_BOTH = 0.1  # the share of the second campaign's people who are in the first one too


def audiences(dice: random.Random, sizes: Sequence[int]) -> list[list[str]]:
    """The people of each campaign; some are in two of them."""
    lists: list[list[str]] = []
    for number, size in enumerate(sizes):
        people = phones(size, first=100_000 * number)
        if lists:
            shared = dice.sample(lists[0], min(len(lists[0]), int(size * IN_BOTH)))
            people[: len(shared)] = shared
        else:
            people[: len(MAGIC)] = [BY_NAME[name].phone() for name in MAGIC]
        dice.shuffle(people)
        lists.append(people)
    return lists


def make_unlucky(
    dice: random.Random,
    simulator: Simulator,
    lists: Sequence[list[str]],
    scenarios: Sequence[str] = SCRIPTED,
) -> None:
    """Tell the simulator what the first call to some of them meets."""
    everybody = sorted({phone for people in lists for phone in people})
    for phone in dice.sample(everybody, int(len(everybody) * UNLUCKY)):
        simulator.script(phone, BY_NAME[dice.choice(scenarios)])
