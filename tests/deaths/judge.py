"""Judges a run by two histories: what reached the provider, and what is stored at the end.

It knows the promises and nothing of the code that keeps them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from shared.channels.simulator_mailbox import Received
from tests.deaths.people import LOSSY
from tests.deaths.tables import Item, Tables

TAKEN = {"SENT", "HELD"}
LOST = "WORKER_LOST"


@dataclass(frozen=True)
class Facts:
    """What whoever staged the run knows: who is in what, how many died, how much was allowed."""

    people: Mapping[str, Sequence[str]]  # by campaign
    group: int
    kills: int
    cap: int


def judge(facts: Facts, tables: Tables, calls: Sequence[Received]) -> list[str]:
    """Every broken promise, in words."""
    return [
        *_nobody_twice(calls),
        *_nobody_lost(facts, tables),
        *_states_are_true(tables, calls),
        *_bounded_doubt(facts, tables),
        *_cap_held(facts, tables, calls),
    ]


def lost(tables: Tables) -> list[Item]:
    """Those in doubt because a worker died."""
    return [r for r in _everybody(tables) if r.get("errorCode") == LOST]


def _everybody(tables: Tables) -> Iterator[Item]:
    for people in tables.recipients.values():
        yield from people.values()


def _whose(call: Received) -> tuple[str, str, str]:
    """Campaign, phone and claim of a call."""
    _, campaign, phone, claim = call.opaque.split("|")
    return campaign, phone, claim


def _nobody_twice(calls: Sequence[Received]) -> Iterator[str]:
    for claim, count in Counter(_whose(call)[2] for call in calls).items():
        if count > 1:
            yield f"{count} calls under the claim {claim}"
    taken = Counter(_whose(call)[:2] for call in calls if call.accepted)
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
        recount = Counter(item["status"] for item in stored.values())
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


def _states_are_true(tables: Tables, calls: Sequence[Received]) -> Iterator[str]:
    """Each state against what the provider knows of that person."""
    known: dict[tuple[str, str], list[Received]] = {}
    for call in calls:
        known.setdefault(_whose(call)[:2], []).append(call)
    opted_out = {call.phone for call in calls if call.outcome == "opted-out"}
    for campaign, people in tables.recipients.items():
        for phone, item in people.items():
            if item["status"] == "SKIPPED" and phone in opted_out and item.get("errorMessage"):
                continue  # by the other campaign, so this one left them alone
            words = _untrue(item, known.get((campaign, phone), []))
            if words:
                yield f"{phone} of {campaign} is {item['status']}: {words}"


def _untrue(item: Item, calls: Sequence[Received]) -> str | None:
    """What is wrong with one person's state; None if nothing is."""
    taken = [call for call in calls if call.accepted]
    match item["status"]:
        case "SENT" | "HELD":
            if [call.message_id for call in taken] != [item["messageId"]]:
                return "the provider knows nothing of that message"
        case "FAILED":
            if taken or not calls:
                return f"{len(calls)} calls, {len(taken)} of them accepted"
        case "UNCONFIRMED":
            mine = [call for call in calls if _whose(call)[2] == item["claim"]]
            if item["errorCode"] != LOST and not (mine and mine[0].outcome in LOSSY):
                return f"without a death, and the reply was not lost ({item['errorCode']})"
        case other:
            return f"{other} is no end"
    if item["status"] not in TAKEN and not (item.get("errorCode") and item.get("errorMessage")):
        return "nobody says why"
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
    spent = Counter(item["status"] for item in _everybody(tables))
    if not opened <= used <= spent["SENT"] + spent["HELD"] + spent["UNCONFIRMED"]:
        yield f"{used} units are used for {opened} conversations and {spent}"
