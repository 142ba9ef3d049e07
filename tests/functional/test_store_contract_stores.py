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
from shared.domain.campaign import Action, CampaignStatus, OnUnconfirmed
from shared.domain.errors import DomainError
from shared.domain.outcome import Outcome, OutcomeKind
from shared.domain.recipient import Recipient, RecipientStatus
from shared.dynamo.provision import create_tables
from shared.dynamo.schema import TABLES
from shared.ports import Message
from shared.usecases.execute_batch import execute_batch
from shared.usecases.tick import tick
from tests.simulation.dynamo import MemoryDynamo
from tests.support.campaigns import MINUTE, act, new_campaign, phones
from tests.support.caps import HandedOut
from tests.support.edges import Killed, Life, ManualClock, Mortal, RecordingChannel

PORTS = ("campaigns", "recipients", "boundaries", "quota", "senders", "contacts")
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
        self._environment = environment | {"WHATSAPP_DAILY_LIMIT": "20", "BATCH_SIZE": "7"}
        self._client = client
        self._chance = Dice(seed)
        self._channel = RecordingChannel(self.clock, self.answer, timedelta(milliseconds=3))
        self._queue = HandedOut()
        self.process = self.new_process(None)
        self.campaigns: list[str] = []

    def new_process(self, life: Life | None) -> Services:
        """One invocation; with a life that ends somewhere."""
        process = Services(self._environment)
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
        if kind in (OutcomeKind.ACCEPTED, OutcomeKind.HELD):
            return Outcome(kind, message_id=f"wamid.{called}")
        return Outcome(kind, code=f"{called}", message="said the provider")

    def tell(self) -> None:
        """Two campaigns, then sixty things that happen."""
        for n in range(2):
            options = {"on_unconfirmed": OnUnconfirmed.RESEND, "daily_cap": 9} if n else {}
            campaign_id = new_campaign(self.process, [], **options)
            self.campaigns.append(campaign_id)
            self.fill(campaign_id)
            act(self.process, campaign_id, Action.START)
        happenings = [self.send] * 5 + [self.die, self.look] * 2
        happenings += [self.tick, self.tick, self.control, self.stop, self.refill, self.wait]
        for _ in range(60):
            self.clock.advance(timedelta(milliseconds=self.random.randrange(1, 5000)))
            try:
                self.random.choice(happenings)(self.random.choice(self.campaigns))
            except DomainError as error:
                self.log.append(("refused", repr(error)))
        for campaign_id in self.campaigns:
            self.look(campaign_id)

    def fill(self, campaign_id: str) -> None:
        """One by one: an index does not say in which order people of one instant come."""
        campaign = self.process.campaigns.get(campaign_id)
        for phone in self.random.sample(phones(30), 14):
            self.clock.advance(timedelta(milliseconds=1))
            self.process.recipients.add(campaign, [Recipient(campaign_id, phone)])

    def refill(self, campaign_id: str) -> None:
        self.process.recipients.known(campaign_id, phones(40))
        self.fill(campaign_id)

    def send(self, campaign_id: str) -> None:
        """A batch; whatever stands in its way is cleared first, or little would happen."""
        self.process.senders.release("default")
        if self.process.campaigns.get(campaign_id).status is CampaignStatus.PAUSED:
            act(self.process, campaign_id, Action.RESUME)
        execute_batch(self.process, campaign_id, self.clock.now() + MINUTE)

    def die(self, campaign_id: str) -> None:
        life = Life(self.random.randrange(1, 20), after_effect=self.random.random() < 0.5)
        try:
            execute_batch(self.new_process(life), campaign_id, self.clock.now() + MINUTE)
        except Killed:
            self.log.append(("killed", None))

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
        self.clock.advance(timedelta(hours=self.random.choice([0.1, 1, 13])))

    def look(self, campaign_id: str) -> None:
        """Read everything that can be read."""
        process = self.process
        process.campaigns.get(campaign_id)
        process.campaigns.stats(campaign_id)
        process.contacts.contacts("default", phones(30))
        process.quota.day("default", self.clock.now().date())
        process.quota.campaign_day(campaign_id, self.clock.now().date())
        for status in (None, RecipientStatus.SENT):
            page = process.recipients.list(campaign_id, status, 5, None)
            if page.cursor:
                process.recipients.list(campaign_id, status, 5, page.cursor)
        page = process.campaigns.list("default", None, 1, None)
        process.campaigns.list("default", None, 1, page.cursor)


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


@pytest.mark.parametrize("seed", range(5))
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
    methods = Counter(what.split("(")[0] for what, _ in simulated.log)
    assert methods["boundaries.write"] > 20, "a story in which nothing happens proves nothing"
