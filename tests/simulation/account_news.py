"""What Meta tells of a template, a limit and an account in one run: late, twice, in any order."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from shared.domain.updates import AccountChange, Change, LimitChange, TemplateChange

ACCOUNT, NUMBER = "102290129340398", "106540352242922"

_LATE = (0, 0, 1, 5, 60, 900, 4000)  # seconds


def told(random: Random, start: datetime, cap: int) -> Iterator[tuple[Change, timedelta]]:
    """The changes, and how long after the start of the run each reaches us."""
    for _ in range(random.randint(2, 8)):
        happens = timedelta(seconds=random.choice([30, 90, 200, 600, 1800, 7200]))
        change = _change(random, start + happens, cap)
        for _ in range(random.choice([1, 1, 2, 3])):
            yield change, happens + timedelta(seconds=random.choice(_LATE))


def _change(random: Random, at: datetime, cap: int) -> Change:
    good = random.random() < 0.5
    match random.choice(["template", "template", "account", "limit"]):
        case "template":
            event = "APPROVED" if good else "PAUSED"
            return TemplateChange(at, "hello", "en_US", event, f"It is {event}.", good)
        case "account":
            until = at + timedelta(hours=random.randint(1, 30)) if random.random() < 0.5 else None
            event = "REINSTATE" if good else "DISABLE"
            return AccountChange(at, event, f"{event}.", good, None if good else until)
    limit = "TIER_UNLIMITED" if good else f"TIER_{max(5, cap // 2)}"
    return LimitChange(at, limit, f"The limit is {limit}.")
