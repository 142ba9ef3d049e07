"""Judges a run from the outside: from what was stored and what reached the provider, nothing else.

It imports no production code and shares no key builder with it; the literal keys are the documented
ones. Every commit is judged at once, the provider's record at the end.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from tests.simulation.meta_news import reached
from tests.simulation.provider import Call

OPEN = {"PENDING", "SENDING"}
EXPLAINED = {"FAILED", "SKIPPED", "HELD", "UNCONFIRMED"}
ENDED = {"COMPLETED", "CANCELLED", "FAILED"}
DAY = timedelta(hours=24)

RECIPIENT_MOVES = {
    (None, "PENDING"),  # populate
    ("PENDING", "SENDING"),  # claim
    ("PENDING", "SKIPPED"),
    ("SENDING", "PENDING"),  # a refusal, or surely not called
    ("SENDING", "SENT"),
    ("SENDING", "HELD"),
    ("SENDING", "FAILED"),
    ("SENDING", "UNCONFIRMED"),
    ("UNCONFIRMED", "SENT"),  # evidence
    ("UNCONFIRMED", "HELD"),
    ("UNCONFIRMED", "FAILED"),
    ("UNCONFIRMED", "PENDING"),
    ("PENDING", "SENT"),  # evidence for one that waits to be sent again
    ("PENDING", "HELD"),
    ("PENDING", "FAILED"),
    ("PENDING", "PENDING"),
    # what webhooks tell, in any order
    *(
        (low, high)
        for low in ("UNCONFIRMED", "HELD", "PENDING", "SENT", "SKIPPED")
        for high in ("DELIVERED", "READ")
    ),
    ("HELD", "SENT"),
    ("HELD", "FAILED"),
    ("HELD", "PENDING"),
    ("SENT", "FAILED"),
    ("SENT", "PENDING"),
    ("FAILED", "DELIVERED"),
    ("FAILED", "READ"),
    ("DELIVERED", "READ"),
    ("FAILED", "PENDING"),  # a person's order
}
CAMPAIGN_MOVES = {
    (None, "DRAFT"),
    ("DRAFT", "RUNNING"),
    ("RUNNING", "PAUSED"),
    ("PAUSED", "RUNNING"),
    ("RUNNING", "COMPLETED"),
    ("PAUSED", "COMPLETED"),
    ("DRAFT", "CANCELLED"),
    ("RUNNING", "CANCELLED"),
    ("PAUSED", "CANCELLED"),
    ("COMPLETED", "RUNNING"),  # a person's order
}
ORDERED = {("FAILED", "PENDING"), ("COMPLETED", "RUNNING")}
"""Moves that only a person's order leads to."""

PAUSES = {"PERSON", "DAILY_LIMIT", "CAMPAIGN_ERROR", "SENDER_STOPPED", "TEMPLATE", "HELD"}
LOOKED_AT = {"DAILY_LIMIT"}  # the others end by news that may never come: a person does not wait

Item = dict[str, Any]


class Checker:
    """Collects violations in words; a run without any is a good one."""

    def __init__(self, cap: int, group: int, resend: set[str]) -> None:
        self.violations: list[str] = []
        self.campaigns: dict[str, Item] = {}
        self.recipients: dict[str, dict[str, Item]] = defaultdict(dict)
        self._stats: dict[str, dict[str, Item]] = defaultdict(dict)  # by shard
        self._claims_seen: dict[str, str] = {}  # claim → the phone it was made for
        self._journal: dict[str, dict[str, Item]] = defaultdict(dict)
        self._frozen: dict[tuple[str, str], str] = {}
        self._changed: set[str] = set()
        self._suppressed: dict[str, Item | None] = {}  # as long as it is there
        self._cap = cap
        self._halted = False  # the sender, of which there is one
        self._group = group
        self.resend = resend  # campaigns whose owner chose it
        self.ordered: set[str] = set()  # campaigns in which a person has decided about recipients
        self._asked: Counter[tuple[str, str]] = Counter()  # how often one shall be sent to again
        self._accepted: set[tuple[str, str]] = set()  # by a person, or by evidence at that time
        self._told_failed: dict[str, datetime] = {}  # message id → since when that was known

    def commit(self, changes: list[tuple[Item | None, Item | None]]) -> None:
        """Judge one committed write: (old, new) of every item that it changed."""
        self._changed.clear()
        for old, new in changes:
            self._item(old, new)
        for _, item in changes:
            if _status(item) == "SENDING":
                self._claimed(item or {})
        for campaign in self._changed:
            self._adds_up(campaign)

    def _item(self, old: Item | None, new: Item | None) -> None:
        item = new or old or {}
        partition, sort = item["PK"]["S"], item["SK"]["S"]
        if partition == "SUPPRESSIONS":
            self._suppressed[sort] = new
        elif sort.startswith("USER#"):
            self._recipient(partition.split("#")[1], old, new)
        elif partition.startswith("CAMPAIGN#"):
            self._campaign_item(partition.split("#")[1], sort, old, new)
        elif partition.startswith("SENDER#"):
            self._halted = "haltedAt" in (new or {})
        elif partition.startswith("DAILY_COUNTER#"):
            self._counter(new or {})

    def _claimed(self, item: Item) -> None:
        campaign = item["PK"]["S"].split("#")[1]
        if _status(self.campaigns.get(campaign)) != "RUNNING":
            self._wrong(f"{item['SK']['S']} was claimed while its campaign was not RUNNING")
        if self._halted:
            self._wrong(f"{item['SK']['S']} was claimed while its sender was halted")
        if self._suppressed.get(item["SK"]["S"]):
            self._wrong(f"{item['SK']['S']} was claimed after asking for no more messages")

    def _recipient(self, campaign: str, old: Item | None, new: Item | None) -> None:
        if new is None:
            self._wrong("a recipient was deleted")
            return
        phone = new["SK"]["S"].removeprefix("USER#")
        before, after = _status(old), _status(new)
        moved = before != after or before == "SENDING"
        if moved and (before, after) not in RECIPIENT_MOVES:
            self._wrong(f"{phone} went from {before} to {after}")
        self._order(campaign, phone, before, after)
        self._claim_of(phone, old or {}, new)
        if after in ("FAILED", "SKIPPED", "UNCONFIRMED") and "errorCode" not in new:
            self._wrong(f"{phone} is {after} without a reason")
        frozen = self._frozen.setdefault((campaign, phone), new["parameters"]["S"])
        if frozen != new["parameters"]["S"]:
            self._wrong(f"the parameters of {phone} changed")
        self.recipients[campaign][phone] = new
        self._changed.add(campaign)

    def _order(self, campaign: str, phone: str, before: str | None, after: str | None) -> None:
        if (before, after) in ORDERED and campaign not in self.ordered:
            self._wrong(f"{phone} went from {before} to {after}, and nobody wanted that")
        if campaign in self.ordered and before in ("FAILED", "UNCONFIRMED"):
            self._asked[campaign, phone] += after == "PENDING"
            if after == "SENT":
                self._accepted.add((campaign, phone))

    def _claim_of(self, phone: str, old: Item, new: Item) -> None:
        claim = new.get("claim", {}).get("S", "")
        if _status(new) == "SENDING":
            if claim in self._claims_seen:
                self._wrong(f"the claim of {phone} is not new")
            self._claims_seen[claim] = phone
        elif _status(old) == "SENDING" and old.get("claim") != new.get("claim"):
            self._wrong(f"{phone} was settled under another claim than it was made")

    def _campaign_item(self, campaign: str, sort: str, old: Item | None, new: Item | None) -> None:
        self._changed.add(campaign)
        if sort == "METADATA" and new:
            self._campaign(campaign, old, new)
        elif sort.startswith("STATS#") and new:
            self._stats[campaign][sort] = new
        elif sort.startswith("RUN#"):
            self._journal[campaign].pop(sort, None)
            if new:
                self._journal[campaign][sort] = new
                if len(_claims(new)) > self._group:
                    self._wrong(f"{sort} holds more than one group")

    def _campaign(self, campaign: str, old: Item | None, new: Item) -> None:
        before, after = _status(old), _status(new)
        unwanted = (before, after) in ORDERED and campaign not in self.ordered
        if before != after and ((before, after) not in CAMPAIGN_MOVES or unwanted):
            self._wrong(f"{campaign} went from {before} to {after}")
        cause = new.get("pauseCause", {}).get("S")
        if after == "PAUSED" and cause not in PAUSES:
            self._wrong(f"{campaign} is PAUSED for {cause}")
        if after == "PAUSED" and cause != "PERSON" and not new.get("pausedReason"):
            self._wrong(f"{campaign} paused itself without a reason")
        self.campaigns[campaign] = new

    def _counter(self, item: Item) -> None:
        hours = sum(int(v["N"]) for k, v in item.items() if k[0] == "h" and k[1:].isdigit())
        if hours != int(item["count"]["N"]):
            self._wrong("a day's count is not the sum of its hours")
        if int(item["count"]["N"]) > self._cap or int(item["count"]["N"]) < 0:
            self._wrong(f"a day's counter stands at {item['count']['N']}, the cap is {self._cap}")

    def _adds_up(self, campaign: str) -> None:
        """Counters equal a recount, the total is the population, COMPLETED means nobody open."""
        recount: Counter[str] = Counter()
        for item in self.recipients[campaign].values():
            recount.update(_counted_as(item))
        stored = _sums(self._stats[campaign].values())
        if recount != stored:
            self._wrong(f"{campaign}: counters {stored}, recount {recount}")
        held = {claim for entry in self._journal[campaign].values() for claim in _claims(entry)}
        for item in self.recipients[campaign].values():
            if _status(item) == "SENDING" and item["claim"]["S"] not in held:
                self._wrong(f"{item['SK']['S']} is SENDING, and no worker's journal holds it")
        metadata = self.campaigns.get(campaign)
        if not metadata:
            return
        if int(metadata["totalRecipients"]["N"]) != len(self.recipients[campaign]):
            self._wrong(f"{campaign}: totalRecipients is not the population")
        if _status(metadata) == "COMPLETED" and (recount["PENDING"] or recount["SENDING"]):
            self._wrong(f"{campaign} is COMPLETED with somebody open")

    def next_instant(self) -> datetime | None:
        """When something is to be done again; None if all that was started has ended."""
        instants = []
        for campaign, metadata in self.campaigns.items():
            held = [entry["tickAt"]["S"] for entry in self._journal[campaign].values()]
            instants += held  # of whatever campaign: a worker may die after the cancel
            if _status(metadata) == "RUNNING":
                people = self.recipients[campaign].values()
                due = [item["dueAt"]["S"] for item in people if _status(item) == "PENDING"]
                instants.append(min(due + held, default=metadata["tickAt"]["S"]))
            elif _status(metadata) == "PAUSED":
                instants.append(metadata.get("resumeAt", metadata["pausedAt"])["S"])
        return min(map(datetime.fromisoformat, instants), default=None)

    def waits_for_a_person(self, campaign: str) -> bool:
        """Whether the campaign is paused for something that no tick will look at again."""
        metadata = self.campaigns[campaign]
        if _status(metadata) != "PAUSED":
            return False
        return metadata["pauseCause"]["S"] not in LOOKED_AT or "resumeAt" not in metadata

    def heard_failure(self, message_id: str, at: datetime) -> None:
        """The system was told that a message had failed."""
        self._told_failed.setdefault(message_id, at)

    def call(self, call: Call) -> None:
        """Judge a call when it is made: only who is claimed for it may be called."""
        _, campaign, phone, claim = call.opaque.split("|")[:4]
        item = self.recipients[campaign].get(phone, {})
        if item.get("claim", {}).get("S") != claim or item["status"]["S"] != "SENDING":
            self._wrong(f"{phone} was called though it was not claimed for that, or no more")

    def judge_calls(self, calls: list[Call], moving: bool) -> None:
        """Nobody twice, never over the cap, what was sent is what was frozen.

        `moving`: the cap holds in every 24 hours, not only in every UTC day.
        """
        taken = [call for call in calls if call.taken]
        self._nobody_twice(calls, taken)
        opened = _conversations(taken, self._told_failed)
        for call in opened:
            window = [one.at for one in opened if call.at - DAY < one.at <= call.at]
            if moving and len(window) > self._cap:
                self._wrong(f"{len(window)} conversations in the 24 hours before {call.at}")
        days = Counter(call.worker_time.date() for call in opened)
        for day, count in days.items():
            if count > self._cap:
                self._wrong(f"{count} conversations on {day}")

    def _nobody_twice(self, calls: list[Call], taken: list[Call]) -> None:
        attempts = Counter(call.opaque for call in calls)
        for opaque, count in attempts.items():
            if count > 1:
                self._wrong(f"{opaque} was called {count} times under one claim")
        messages = Counter(_person(call) for call in taken if reached(call.fate))
        for (campaign, phone), count in messages.items():
            if count > 1 + self._asked[campaign, phone] and campaign not in self.resend:
                self._wrong(f"{phone} got {count} messages in {campaign}")
        for call in calls:
            _, campaign, phone, _ = call.opaque.split("|")[:4]
            if call.phone != phone or not _carries(call, self._frozen.get((campaign, phone))):
                self._wrong(f"what was sent to {phone} is not what was frozen")

    def judge_end(self, calls: list[Call], told: bool) -> None:
        """When all is quiet: nobody is open, and every state agrees with the truth.

        `told`: Meta sent its statuses, all of them have come, and the states must say so.
        """
        by_person: dict[tuple[str, str], list[Call]] = defaultdict(list)
        for call in calls:
            by_person[_person(call)].append(call)
        for campaign, metadata in self.campaigns.items():
            status = _status(metadata)
            people = self.recipients[campaign]
            open_ones = [p for p, item in people.items() if _status(item) in OPEN]
            if status == "RUNNING":
                self._wrong(f"{campaign} does not come to an end: {len(open_ones)} open")
            if status == "PAUSED" and not open_ones:
                self._wrong(f"{campaign} is PAUSED with nobody open")
            for phone, item in people.items():
                theirs = by_person[campaign, phone]
                self._truth(campaign, phone, _status(item), theirs)
                if told:
                    self._evidence(campaign, phone, item, theirs)

    def _truth(self, campaign: str, phone: str, status: str | None, calls: list[Call]) -> None:
        taken = [call for call in calls if call.taken]
        if status == "SENDING":
            self._wrong(f"{phone} is left in SENDING")
        accepted = status == "SENT" and (campaign, phone) in self._accepted
        if status in ("SENT", "HELD", "DELIVERED", "READ") and not taken and not accepted:
            self._wrong(f"{phone} is {status}, but Meta never took it")
        lost = status in ("FAILED", "SKIPPED", "PENDING") and any(reached(c.fate) for c in taken)
        if lost and campaign not in self.resend and not self._asked[campaign, phone]:
            self._wrong(f"{phone} is {status}, but Meta took it")
        if status == "FAILED" and not calls:
            self._wrong(f"{phone} is FAILED without a call")

    def _evidence(self, campaign: str, phone: str, item: Item, calls: list[Call]) -> None:
        """The highest that any message of theirs came to; else what became of the last one."""
        heard = {status for call in calls for status in call.fate}
        status = _status(item)
        wanted: set[str] = set()
        if "read" in heard:
            wanted = {"READ"}
        elif "delivered" in heard:
            wanted = {"DELIVERED"}
        elif calls and calls[-1].taken and calls[-1].fate:
            failed = calls[-1].fate[-1].startswith("failed")
            again = {"FAILED", "PENDING", "SKIPPED", "UNCONFIRMED"}  # the last: claimed, not called
            wanted = again if failed else {"SENT"}
        if wanted and status not in wanted:
            self._wrong(f"{phone} is {status} in {campaign}, but heard {[c.fate for c in calls]}")
        for attribute, told in (("deliveredAt", "delivered"), ("readAt", "read")):
            if (told in heard) != (attribute in item):
                self._wrong(f"{phone} was told {heard}, and {attribute} does not show it")

    def _wrong(self, words: str) -> None:
        self.violations.append(words)


def _status(item: Item | None) -> str | None:
    return (item or {}).get("status", {}).get("S")


def _counted_as(item: Item) -> Iterator[str]:
    """The counters that a recipient must be part of."""
    status = _status(item) or ""
    yield status
    if status in EXPLAINED and "errorCode" in item:
        yield f"{status}#{item['errorCode']['S']}"
    if status == "PENDING" and int(item["attempts"]["N"]):
        yield "WAITING"
    if "repliedAt" in item:
        yield "REPLIED"


def _sums(shards: Iterable[Item]) -> Counter[str]:
    """Over all shards, without what is no counter of people."""
    sums: Counter[str] = Counter()
    for shard in shards:
        for name, value in shard.items():
            if "N" in value and not name.startswith("RETRY_"):
                sums[name] += int(value["N"])
    return Counter({name: number for name, number in sums.items() if number})


def _person(call: Call) -> tuple[str, str]:
    """Campaign and phone that a call was for."""
    _, campaign, phone, _ = call.opaque.split("|")[:4]
    return campaign, phone


def _claims(entry: Item) -> list[str]:
    return [claim for _, _, _, claim, _ in json.loads(entry["claims"]["S"])]


def _conversations(taken: list[Call], told_failed: dict[str, datetime]) -> list[Call]:
    """Messages that opened one: the first to a phone, and the first after its 24 hours.

    One that failed opened none. But what is sent before anybody could know that is inside of the
    conversation that it seemed to open.
    """
    opened: list[Call] = []
    begun: dict[str, list[Call]] = defaultdict(list)
    for call in taken:
        seen = [one for one in begun[call.phone] if call.at < one.at + DAY]
        if not any(reached(one.fate) or _not_told(one, told_failed, call.at) for one in seen):
            begun[call.phone].append(call)
            if reached(call.fate):
                opened.append(call)
    return opened


def _not_told(failed: Call, told: dict[str, datetime], at: datetime) -> bool:
    return failed.message_id not in told or told[failed.message_id] > at


def _carries(call: Call, frozen: str | None) -> bool:
    """Every frozen text is in the message, in order, and no other."""
    wanted = json.loads(frozen or "{}").get("body", [])
    components = call.payload["template"].get("components", [])
    sent = [p["text"] for c in components if c["type"] == "body" for p in c["parameters"]]
    return sent == wanted
