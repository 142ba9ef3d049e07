"""Meta, as the simulation has it: takes the real client's requests, and remembers the truth."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import httpx

from tests.simulation.faults import Faults


@dataclass(frozen=True)
class Call:
    """One request that reached Meta, and whether Meta took it."""

    at: datetime
    worker_time: datetime  # by the clock of the process that called
    phone: str
    opaque: str
    taken: bool
    payload: dict[str, Any]
    message_id: str
    fate: tuple[str, ...] = ()  # its statuses, if it was taken


TAKEN = b'{"messages":[{"id":"wamid.%d","message_status":"accepted"}]}'
HELD = b'{"messages":[{"id":"wamid.%d","message_status":"held_for_quality_assessment"}]}'

_ANSWERED = (  # how likely, HTTP status, Meta's code, taken after all
    (10, 400, 131026, False),  # no WhatsApp
    (10, 500, 131016, False),  # unavailable: surely not taken
    (6, 400, 130429, False),  # too fast
    (4, 500, 131000, False),  # something went wrong: doubt
    (4, 500, 131000, True),
    (2, 400, 131049, False),  # not before a day
    (2, 400, 131050, False),  # does not want marketing
    (1, 404, 132015, False),  # template paused
    (1, 403, 131031, False),  # account locked
)


class Provider:
    """One for all processes."""

    def __init__(self, random: Random, faults: Faults, on_call: Callable[[Call], None]) -> None:
        self.calls: list[Call] = []
        self.on_call = on_call
        self.fate_of: Callable[[Call], tuple[str, ...]] = lambda call: ()
        self._random = random
        self._faults = faults

    def transport(
        self,
        edge: Callable[[timedelta], None],
        now: Callable[[], datetime],
        worker_now: Callable[[], datetime],
    ) -> "Transport":
        """What one process uses instead of a network."""
        return Transport(self, edge, now, worker_now)

    def answer(
        self, call: Callable[[bool], None], wait: Callable[[timedelta], None]
    ) -> tuple[int, bytes]:
        """Decide, record by `call(taken)`, and answer or raise what the network raises."""
        draw = self._random
        number = len(self.calls)
        if not self._faults.provider():
            call(True)
            wait(timedelta(milliseconds=draw.randint(5, 400)))
            return 200, TAKEN % number
        kind = draw.choice(["answered"] * 6 + ["held", "lost", "hang", "unreachable", "garbage"])
        if kind == "held":
            call(True)
            return 200, HELD % number
        if kind == "garbage":
            call(draw.random() < 0.5)
            return 200, b"<html>"
        if kind == "unreachable":
            raise httpx.ConnectError("simulated")
        if kind in ("lost", "hang"):
            call(draw.random() < 0.5)
            wait(timedelta(seconds=10 if kind == "hang" else 0))
            raise httpx.ReadTimeout("simulated")
        weights = [row[0] for row in _ANSWERED]
        _, status, code, taken = draw.choices(_ANSWERED, weights)[0]
        call(taken)
        error = {"code": code, "message": "simulated", "error_data": {"details": "simulated"}}
        return status, json.dumps({"error": error}).encode()


class Transport(httpx.BaseTransport):
    """Carries the requests of one process to the provider."""

    def __init__(
        self,
        provider: Provider,
        edge: Callable[[timedelta], None],
        now: Callable[[], datetime],
        worker_now: Callable[[], datetime],
    ) -> None:
        self._provider = provider
        self._edge = edge
        self._now = now
        self._worker_now = worker_now

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        # The call is made at this instant; whatever happens on the way can only come after it.
        body = json.loads(request.content)
        at, worker_time = self._now(), self._worker_now()

        def call(taken: bool) -> None:
            to, opaque = body["to"].removeprefix("+"), body["biz_opaque_callback_data"]
            number = len(self._provider.calls)
            made = Call(at, worker_time, to, opaque, taken, body, f"wamid.{number}")
            if taken:
                made = replace(made, fate=self._provider.fate_of(made))
            self._provider.calls.append(made)
            self._provider.on_call(made)

        status, content = self._provider.answer(call, self._edge)
        self._edge(timedelta())
        return httpx.Response(status, content=content)
