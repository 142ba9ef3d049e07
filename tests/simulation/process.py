"""One process: production code on simulated edges, with a clock of its own and a life that ends."""

import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from functions.wiring import Services
from shared.channels.whatsapp import WhatsAppChannel
from shared.domain.access import DEFAULT_TENANT
from shared.domain.outcome import Outcome
from tests.simulation.dynamo import MemoryDynamo
from tests.simulation.faults import Faults
from tests.simulation.provider import Provider
from tests.simulation.scheduler import Scheduler
from tests.support.edges import Killed


class Process:
    """The ports of one Lambda invocation. Dead, it does nothing any more, in `finally` neither."""

    def __init__(
        self,
        name: str,
        scheduler: Scheduler,
        store: MemoryDynamo,
        provider: Provider,
        faults: Faults,
        chance: Any,
        queue: Any,
        environment: dict[str, str],
        skew: timedelta,
    ) -> None:
        self.name = name
        self.dead = False
        self._scheduler = scheduler
        self._faults = faults
        self._skew = skew
        self.services = Services(environment, DEFAULT_TENANT)
        self.services.clock = self
        self.services.chance = chance
        self.services.crew = lambda: Deck(scheduler.random)
        channel = WhatsAppChannel("http://meta", "v26.0", "1065", "token")
        channel._transport = provider.transport(self.edge, lambda: scheduler.now, self.now)
        self.services.__dict__.update(
            {"_dynamodb": Client(self, store), "channel": channel, "queue": queue}
        )

    def now(self) -> datetime:
        """This machine's clock, which is not the world's."""
        return self._scheduler.now + self._skew

    def sleep(self, seconds: float) -> None:
        """Others go on meanwhile."""
        self.edge(timedelta(seconds=max(0.0, seconds)))

    def edge(self, delay: timedelta = timedelta()) -> None:
        """An instant at which anything may happen: to others, or to this process."""
        self._alive()
        frozen = self._faults.freeze() or timedelta()
        self._scheduler.switch(delay + frozen)
        self._alive()
        if self._faults.death():
            self.kill()

    def kill(self) -> None:
        """End here."""
        self.dead = True
        raise Killed

    def _alive(self) -> None:
        if self.dead:
            raise Killed

    def store_call(self, operation: str, request: dict[str, Any], call: Callable[[], Any]) -> Any:
        """One call of the database: it may fail before or after it took effect."""
        self.edge()
        fault = self._faults.store(operation, request)
        if fault is None:
            answer = call()
        else:
            effective, error = fault
            if effective:
                call()
            self.edge()
            raise error
        self.edge()
        return answer


class Deck:
    """Calls beside each other, as far as one thread can show it: they end in any order."""

    size = 4

    def __init__(self, random: Random) -> None:
        self._random = random
        self._under_way: list[tuple[str, Callable[[], Outcome]]] = []

    def start(self, name: str, call: Callable[[], Outcome]) -> None:
        """It is under way, but nothing of it has happened yet."""
        self._under_way.append((name, call))

    def finished(self, wait: bool) -> list[tuple[str, Outcome]]:
        """Any of them ends; without `wait`, perhaps none."""
        if not self._under_way or not (wait or self._random.random() < 0.5):
            return []
        name, call = self._under_way.pop(self._random.randrange(len(self._under_way)))
        return [(name, call())]

    def close(self) -> None:
        """What is under way goes on in the network, and nobody hears of it."""
        for _, call in self._under_way:
            with contextlib.suppress(Exception, Killed):
                call()


class Client:
    """Looks like boto3's client."""

    def __init__(self, process: Process, store: MemoryDynamo) -> None:
        self._process = process
        self._store = store

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        method = getattr(self._store, operation)
        return lambda **request: self._process.store_call(
            operation, request, lambda: method(**request)
        )
