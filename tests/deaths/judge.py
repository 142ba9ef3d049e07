"""Judges a run by two histories: what reached the provider and what it told, and what is stored.

It knows the promises and nothing of the code that keeps them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from shared.channels.simulator_mailbox import Received
from tests.deaths.people import LOSSY
from tests.deaths.tables import Item, Tables

TAKEN = {"SENT", "HELD", "DELIVERED", "READ"}
EXPLAINED = {"FAILED", "SKIPPED", "HELD", "UNCONFIRMED"}
LOST = "WORKER_LOST"
REACHED = {"delivered": "DELIVERED", "read": "READ"}  # the higher one last

Told = Mapping[str, Mapping[str, int]]
"""By message id: what was told of it, and the earliest instant of each, in seconds since 1970."""


@dataclass(frozen=True)
class Facts:
    """What whoever staged the run knows: who is in what, how many died, how much was allowed.

    `statuses`: what the provider told, and the deployment took, until all of it was worked on.
    """

    people: Mapping[str, Sequence[str]]  # by campaign
    group: int
    kills: int
    cap: int
    statuses: Sequence[Mapping[str, Any]] = ()

    @property
    def told(self) -> Told:
        told: dict[str, dict[str, int]] = defaultdict(dict)
        for status in self.statuses:
            known, at = told[status["id"]], int(status["timestamp"])
            known[status["status"]] = min(at, known.get(status["status"], at))
        return told


def judge(facts: Facts, tables: Tables, calls: Sequence[Received]) -> list[str]:
    """Every broken promise, in words."""
    return [
        *_nobody_twice(facts.told, calls),
        *_nobody_lost(facts, tables),
        *_states_are_true(facts.told, tables, calls),
        *_bounded_doubt(facts, tables),
        *_cap_held(facts, tables, calls),
    ]


def lost(tables: Tables) -> list[Item]:
    """Those in doubt because a worker died."""
    return [r for r in _everybody(tables) if _counted_as(r)[-1] == f"UNCONFIRMED#{LOST}"]


def _everybody(tables: Tables) -> Iterator[Item]:
    for people in tables.recipients.values():
        yield from people.values()


def _whose(call: Received) -> tuple[str, str, str]:
    """Campaign, phone and claim of a call."""
    _, campaign, phone, claim = call.opaque.split("|")[:4]
    return campaign, phone, claim


def _of(call: Received, told: Told) -> Mapping[str, int]:
    """What was told of this call's message."""
    return told.get(call.message_id or "", {})


def _failed(call: Received, told: Told) -> bool:
    """Whether the provider took the message and told that nobody got it."""
    return "failed" in _of(call, told) and not REACHED.keys() & _of(call, told).keys()


def _nobody_twice(told: Told, calls: Sequence[Received]) -> Iterator[str]:
    for claim, count in Counter(_whose(call)[2] for call in calls).items():
        if count > 1:
            yield f"{count} calls under the claim {claim}"
    taken = Counter(_whose(c)[:2] for c in calls if c.accepted and not _failed(c, told))
    for (campaign, phone), count in taken.items():
        if count > 1:
            yield f"{phone} got {count} messages of {campaign}"
    for call in calls:
        if _whose(call)[1] != call.phone:
            yield f"{call.phone} was called in the name of {_whose(call)[1]}"


def _nobody_lost(facts: Facts, tables: Tables) -> Iterator[str]:
    for campaign, people in facts.people.items():
        stored = tables.recipients[campaign]
        if set(stored) != set(people):
            yield f"{campaign}: {len(stored)} of {len(people)} people are stored"
        recount = Counter(name for item in stored.values() for name in _counted_as(item))
        if recount != tables.counters[campaign]:
            yield f"{campaign}: counters {tables.counters[campaign]}, recount {recount}"
        if tables.campaigns[campaign]["totalRecipients"] != len(people):
            yield f"{campaign}: totalRecipients is not the population"
        if tables.campaigns[campaign]["status"] != "COMPLETED":
            yield f"{campaign} is {tables.campaigns[campaign]['status']} at the end"
        if recount["PENDING"] or recount["SENDING"]:
            yield f"{campaign} has left people open: {recount}"
        if tables.journals[campaign]:
            yield f"{campaign} has left {len(tables.journals[campaign])} journal entries"


def _counted_as(item: Item) -> list[str]:
    """The counters that one recipient is part of."""
    code = item.get("errorCode")
    coded = [f"{item['status']}#{code}"] if code and item["status"] in EXPLAINED else []
    return [item["status"], *coded]


def _states_are_true(told: Told, tables: Tables, calls: Sequence[Received]) -> Iterator[str]:
    """Each state against what the provider knows of that person."""
    known: dict[tuple[str, str], list[Received]] = {}
    for call in calls:
        known.setdefault(_whose(call)[:2], []).append(call)
    opted_out = {call.phone for call in calls if call.outcome == "opted-out"}
    for campaign, people in tables.recipients.items():
        for phone, item in people.items():
            if item["status"] == "SKIPPED" and phone in opted_out and item.get("errorMessage"):
                continue  # by the other campaign, so this one left them alone
            theirs = known.get((campaign, phone), [])
            words = _untrue(item, theirs, told) or _unlike(item, theirs, told)
            if words:
                yield f"{phone} of {campaign} is {item['status']}: {words}"


def _untrue(item: Item, calls: Sequence[Received], told: Told) -> str | None:
    """What is wrong with one person's state; None if nothing is."""
    taken = [call for call in calls if call.accepted]
    match item["status"]:
        case "SENT" | "HELD" | "DELIVERED" | "READ":
            got = [call.message_id for call in taken if not _failed(call, told)]
            if got != [item["messageId"]]:
                return "the provider knows nothing of that message"
        case "FAILED":
            if not calls or not all(_failed(call, told) for call in taken):
                return f"{len(calls)} calls, {len(taken)} of them accepted"
        case "UNCONFIRMED":
            mine = [call for call in calls if _whose(call)[2] == item["claim"]]
            if words := _needless(item, mine, told):
                return words
        case other:
            return f"{other} is no end"
    if item["status"] not in TAKEN and not (item.get("errorCode") and item.get("errorMessage")):
        return "nobody says why"
    return None


def _needless(item: Item, mine: Sequence[Received], told: Told) -> str | None:
    """Why this one should not be in doubt; `mine` are the calls under its claim."""
    if item["errorCode"] != LOST and not (mine and mine[0].outcome in LOSSY):
        return f"without a death, and the reply was not lost ({item['errorCode']})"
    if mine and _of(mine[0], told):
        return f"told was {sorted(_of(mine[0], told))}"
    return None


def _unlike(item: Item, calls: Sequence[Received], told: Told) -> str | None:
    """What was told of this person's messages and is not in the state; None if all of it is."""
    heard: dict[str, int] = {}
    for call in calls:
        for kind, at in _of(call, told).items():
            heard[kind] = min(at, heard.get(kind, at))
    highest = [state for kind, state in REACHED.items() if kind in heard][-1:]
    if highest not in ([], [item["status"]]):
        return f"told was {sorted(heard)}"
    if item["status"] == "HELD" and heard:
        return f"told was {sorted(heard)}"
    for kind in REACHED:
        stored = item.get(f"{kind}At")
        if (stored and datetime.fromisoformat(stored).timestamp()) != heard.get(kind):
            return f"{kind}At is {stored}, told was {heard.get(kind)}"
    return None


def _bounded_doubt(facts: Facts, tables: Tables) -> Iterator[str]:
    """At most one group for each death. A group was claimed at one instant."""
    groups = Counter(item["claimedAt"] for item in lost(tables))
    deaths_needed = sum(ceil(people / facts.group) for people in groups.values())
    if deaths_needed > facts.kills:
        yield f"{facts.kills} deaths can't leave {deaths_needed} groups in doubt"


def _cap_held(facts: Facts, tables: Tables, calls: Sequence[Received]) -> Iterator[str]:
    """All of a run is within 24 hours, so each person who was written to is one conversation."""
    opened = len({call.phone for call in calls if call.accepted})
    if opened > facts.cap:
        yield f"{opened} conversations, the cap is {facts.cap}"
    used = 0
    for day in tables.days:
        hours = sum(units for name, units in day.items() if name[0] == "h" and name[1:].isdigit())
        if hours != day["count"]:
            yield f"{day['PK']} counts {day['count']}, its hours {hours}"
        used += day["count"]
    # A message that fails later keeps its unit; so does one in doubt that was never taken.
    taken = {_whose(call)[2] for call in calls if call.accepted}
    doubtful = [r for r in _everybody(tables) if r["status"] == "UNCONFIRMED"]
    most = len(taken) + sum(item["claim"] not in taken for item in doubtful)
    if not opened <= used <= most:
        yield f"{used} units are used for {opened} conversations and at most {most} messages"
