"""The stores on either DynamoDB: the same calls, the same answers, the same tables at the end.

A story is drawn from a seed and told twice: campaigns of one sender are filled, started, sent,
paused, killed and swept, and every call of a store is written down with its answer.
"""

import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from functions.wiring import Services
from shared.domain.access import DEFAULT_TENANT
from shared.domain.boundary import Refusal
from shared.domain.campaign import TERMINAL, Action, CampaignStatus, OnUnconfirmed, PauseCause
from shared.domain.errors import DomainError
from shared.domain.outcome import Outcome, OutcomeKind
from shared.domain.recipient import Recipient, RecipientStatus
from shared.domain.suppression import Source, Suppression
from shared.dynamo.provision import create_tables
from shared.dynamo.schema import TABLES
from shared.ports import Message
from shared.usecases.execute_batch import execute_batch
from shared.usecases.tick import tick
from tests.simulation.dynamo import MemoryDynamo
from tests.support.campaigns import MINUTE, act, new_campaign, phones
from tests.support.caps import HandedOut
from tests.support.edges import Killed, Life, ManualClock, Mortal, RecordingChannel

PORTS = (
    *("campaigns", "recipients", "boundaries", "quota", "senders", "contacts", "schedule"),
    "suppressions",
)
SEEDS = range(4)
METHODS = {
    *(f"campaigns.{name}" for name in ("create", "get", "stats", "list", "control", "pause")),
    *(f"campaigns.{name}" for name in ("complete", "postpone")),
    *(f"recipients.{name}" for name in ("add", "known", "get", "pending", "list")),
    *(f"boundaries.{name}" for name in ("write", "journal", "postpone")),
    *(f"senders.{name}" for name in ("get", "stop", "halt", "release")),
    *("quota.day", "quota.campaign_day", "contacts.contacts", "schedule.due"),
    *(f"suppressions.{name}" for name in ("version", "among", "add", "remove", "resume", "list")),
}
Log = list[tuple[str, Any]]


class Dice:
    """Ids and fractions from a seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def fraction(self) -> float:
        return self._random.random()

    def token(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))


class Recorded:
    """A port that writes down every call and what came of it."""

    def __init__(self, name: str, port: Any, log: Log) -> None:
        self._name = name
        self._port = port
        self._log = log

    def __getattr__(self, method: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            what = f"{self._name}.{method}{args!r}{kwargs!r}"
            try:
                answer = getattr(self._port, method)(*args, **kwargs)
            except DomainError as error:
                self._log.append((what, repr(error)))
                raise
            if method == "due":
                answer = list(answer)
            self._log.append((what, answer))
            return answer

        return call


class Story:
    """What happens, decided by the seed alone."""

    def __init__(
        self, environment: dict[str, str], client: Any, clock: ManualClock, seed: int
    ) -> None:
        self.log: Log = []
        self.random = Random(seed)
        self.clock = clock
        self._environment = environment | {"WHATSAPP_DAILY_LIMIT": f"{20 + seed * 10}"}
        self._client = client
        self._chance = Dice(seed)
        self._channel = RecordingChannel(self.clock, self.answer, timedelta(milliseconds=3))
        self._queue = HandedOut()
        self.process = self.new_process(None)
        self.campaigns: dict[int, str] = {}
        self.life: Life | None = None  # of a process that is to die at call `last_call`
        self.last_call = 0

    def new_process(self, life: Life | None) -> Services:
        """One invocation; with a life that ends somewhere."""
        process = Services(self._environment, DEFAULT_TENANT)
        process.clock, process.chance = self.clock, self._chance
        process.channel, process.queue = self._channel, self._queue
        process.__dict__["_dynamodb"] = self._client
        for name in PORTS:
            port: Any = Recorded(name, getattr(process, name), self.log)
            setattr(process, name, Mortal(life, port) if life else port)
        return process

    def answer(self, message: Message) -> Outcome:
        """The provider in every mood."""
        kinds = [OutcomeKind.ACCEPTED] * 20 + list(OutcomeKind)
        kind = self.random.choice([k for k in kinds if k is not OutcomeKind.NOT_CALLED])
        called = len(self._channel.calls)
        if self.life and called >= self.last_call:
            self.life.end()
        if kind in (OutcomeKind.ACCEPTED, OutcomeKind.HELD):
            return Outcome(kind, message_id=f"wamid.{called}")
        suppress = kind is OutcomeKind.REJECTED and self.random.random() < 0.3
        return Outcome(kind, code=f"{called}", message="said the provider", suppress=suppress)

    def tell(self) -> None:
        """Sixty things that happen to two campaigns at a time."""
        happenings = [self.send] * 4 + [self.die] * 3 + [self.tick, self.look] * 2
        happenings += [self.control, self.stop, self.refill, self.wait]
        happenings += [self.suppress]
        for _ in range(60):
            self.clock.advance(timedelta(milliseconds=self.random.randrange(1, 5000)))
            campaign_id = self.one_of_two()
            try:
                self.random.choice(happenings)(campaign_id)
            except DomainError as error:
                self.log.append(("refused", repr(error)))

    def one_of_two(self) -> str:
        """A campaign that has not ended; the second of the two has a cap of its own and resends."""
        slot = self.random.randrange(2)
        running = self.campaigns.get(slot)
        if running and self.process.campaigns.get(running).status not in TERMINAL:
            return running
        options = {"on_unconfirmed": OnUnconfirmed.RESEND, "daily_cap": 25} if slot else {}
        self.campaigns[slot] = new_campaign(self.process, [], **options)
        self.fill(self.campaigns[slot])
        act(self.process, self.campaigns[slot], Action.START)
        return self.campaigns[slot]

    def fill(self, campaign_id: str) -> None:
        """One by one: an index does not say in which order people of one instant come."""
        campaign = self.process.campaigns.get(campaign_id)
        for phone in self.random.sample(phones(30), 10):
            self.clock.advance(timedelta(milliseconds=1))
            self.process.recipients.add(campaign, [Recipient(campaign_id, phone)])

    def refill(self, campaign_id: str) -> None:
        self.process.recipients.known(self.process.campaigns.get(campaign_id), phones(40))
        self.fill(campaign_id)

    def clear(self, campaign_id: str) -> None:
        """Away with whatever stands in the way, or little would happen."""
        self.process.senders.release("default")
        if self.process.campaigns.get(campaign_id).status is CampaignStatus.PAUSED:
            act(self.process, campaign_id, Action.RESUME)

    def send(self, campaign_id: str) -> None:
        self.clear(campaign_id)
        execute_batch(self.process, campaign_id, self.clock.now() + MINUTE)

    def die(self, campaign_id: str) -> None:
        """In the middle of a call of the provider, so that the journal has something to tell."""
        self.clear(campaign_id)
        self.fill(campaign_id)
        self.life = Life()
        self.last_call = len(self._channel.calls) + self.random.randrange(1, 6)
        try:
            execute_batch(self.new_process(self.life), campaign_id, self.clock.now() + MINUTE)
        except Killed:
            self.log.append(("killed", None))
            self.clock.advance(timedelta(minutes=10))  # the dead worker's lease ends
            self.put_off()
            self.tick(campaign_id)
        finally:
            self.life = None

    def put_off(self) -> None:
        """The dead's journal entries, as if they could not be read, but only for this moment."""
        now = self.clock.now()
        for due in self.process.schedule.due(now):
            if due.worker:
                self.process.boundaries.postpone(due.campaign_id, due.worker, now, now + MINUTE)

    def tick(self, campaign_id: str) -> None:
        tick(self.process, self.clock.now() + MINUTE)
        self.log.append(("handed out", sorted(self._queue.take())))

    def control(self, campaign_id: str) -> None:
        act(self.process, campaign_id, self.random.choice([Action.PAUSE, Action.RESUME]))

    def stop(self, campaign_id: str) -> None:
        senders, now = self.process.senders, self.clock.now()
        what = self.random.randrange(4)
        if what < 2:
            senders.stop("default", now + timedelta(seconds=(what + 1) * 40), "too fast")
        elif what == 2:
            senders.halt("default", now, "token expired")
        senders.get("default")
        if what > 1:
            senders.release("default")

    def wait(self, campaign_id: str) -> None:
        later = self.clock.now() + timedelta(minutes=30)
        self.process.campaigns.postpone(campaign_id, PauseCause.DAILY_LIMIT, later)
        self.clock.advance(timedelta(hours=self.random.choice([0.1, 1, 13])))

    def suppress(self, campaign_id: str) -> None:
        """Some ask for no more messages, in some way, and some take it back, in some way."""
        source, some = self.random.choice(list(Source)), self.random.sample(phones(30), 3)
        wishes = [Suppression(phone, self.clock.now(), source, reason="?") for phone in some]
        self.process.suppressions.add(wishes)
        for phone in self.random.sample(phones(30), 8):
            if self.random.random() < 0.7:
                self.process.suppressions.resume(phone, self.clock.now())
            else:
                self.process.suppressions.remove(phone)

    def look(self, campaign_id: str) -> None:
        """Read everything that can be read."""
        process = self.process
        process.campaigns.get(campaign_id)
        process.campaigns.stats(campaign_id)
        process.recipients.get(campaign_id, phones(30)[7])
        process.contacts.contacts("default", phones(30))
        process.quota.day("default", self.clock.now().date())
        process.quota.campaign_day(campaign_id, self.clock.now().date())
        for status in (None, RecipientStatus.SENT):
            page = process.recipients.list(campaign_id, status, 5, None)
            if page.cursor:
                process.recipients.list(campaign_id, status, 5, page.cursor)
        page = process.suppressions.list("1555", 2, None)
        if page.cursor:
            process.suppressions.list("1555", 2, page.cursor)
        page = process.campaigns.list(None, 1, None)
        process.campaigns.list(None, 1, page.cursor)


def stored(client: Any, environment: dict[str, str]) -> dict[str, list[Any]]:
    """All items of all tables, read behind the stores' back."""
    tables = {table.name: environment[table.environment] for table in TABLES}
    if isinstance(client, MemoryDynamo):
        return {name: list(client.dump(table).values()) for name, table in tables.items()}
    return {
        name: sorted(
            (
                item
                for page in client.get_paginator("scan").paginate(TableName=table)
                for item in page["Items"]
            ),
            key=lambda item: (item["PK"]["S"], item["SK"]["S"]),
        )
        for name, table in tables.items()
    }


@pytest.mark.parametrize("seed", SEEDS[:3])
def test_a_story_goes_the_same_way_on_both(
    services: Services, environment: dict[str, str], seed: int
) -> None:
    emulated = Story(environment, services._dynamodb, ManualClock(), seed)
    clock = ManualClock()
    memory = MemoryDynamo(clock.now)
    create_tables(memory, {table.name: environment[table.environment] for table in TABLES})
    simulated = Story(environment, memory, clock, seed)

    emulated.tell()
    simulated.tell()

    for there, here in zip(emulated.log, simulated.log, strict=False):
        assert there == here
    assert len(emulated.log) == len(simulated.log)
    assert stored(services._dynamodb, environment) == stored(memory, environment)


def test_the_stories_tell_of_all_that_the_stores_do() -> None:
    called: Counter[str] = Counter()
    environment = {table.environment: table.name for table in TABLES} | {"SEND_DELAY_MS": "0"}
    for seed in SEEDS:
        clock = ManualClock()
        memory = MemoryDynamo(clock.now)
        create_tables(memory, {table.name: table.name for table in TABLES})
        story = Story(environment, memory, clock, seed)
        story.tell()
        called.update(what.split("(")[0] for what, _ in story.log)
        called["refusals"] += sum(isinstance(answer, Refusal) for _, answer in story.log)
    assert called.keys() >= METHODS
    assert called["boundaries.write"] > 100
    assert called["refusals"] > 20
    assert called["killed"] > 5
