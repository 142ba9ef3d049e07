"""What the simulator remembers: every call, and which phones have had their special answer."""

import base64
import hashlib
import threading
import time
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.channels.scenario import Lasts, Scenario
from shared.channels.scenarios import ACCEPTED, scenario_of
from shared.channels.simulator_checks import Refused


@dataclass(frozen=True, slots=True)
class Received:
    """One call to the message endpoint, in the order of arrival.

    `phone` has no plus sign; `parameters` are the components as they came; `outcome` is the name of
    a scenario, or "refused" for a bad token or body; `at` is seconds since the simulator's start.
    """

    phone: str
    opaque: str
    template: str
    language: str
    parameters: Sequence[Any]
    outcome: str
    accepted: bool
    code: int | None
    message_id: str | None
    phone_number_id: str
    at: float


class Mailbox:
    """Decides what a call meets and writes it down, in one step: calls come from many threads."""

    def __init__(self, throttle_seconds: float) -> None:
        self._throttle_seconds = throttle_seconds
        self._lock = threading.Lock()
        self._received: list[Received] = []
        self._first_seen: dict[str, float] = {}
        self._scripts: defaultdict[str, deque[Scenario]] = defaultdict(deque)
        self._calls = 0
        self._started = time.monotonic()

    def received(self) -> list[Received]:
        """Every call since the last `clear`."""
        with self._lock:
            return list(self._received)

    def script(self, phone: str, scenarios: Sequence[Scenario]) -> None:
        """What the next calls to a phone meet, one each."""
        with self._lock:
            self._scripts[phone].extend(scenarios)

    def clear(self) -> None:
        """Forget every call, every script, and who was unlucky once."""
        with self._lock:
            self._received.clear()
            self._first_seen.clear()
            self._scripts.clear()

    def take(
        self, phone_number_id: str, message: Mapping[str, Any], refused: Refused | None
    ) -> tuple[Received, Scenario, int]:
        """Record one call: what it was, the scenario it meets, and its number from 1 on."""
        phone = str(message.get("to", "")).lstrip("+")
        with self._lock:
            scenario = ACCEPTED if refused else self._scenario(phone)
            self._calls += 1
            call = self._record(phone_number_id, phone, message, scenario, refused)
            self._received.append(call)
            return call, scenario, self._calls

    def _scenario(self, phone: str) -> Scenario:
        if script := self._scripts.get(phone):
            return script.popleft()
        scenario, now = scenario_of(phone), time.monotonic()
        if scenario.lasts is Lasts.ALWAYS:
            return scenario
        first = self._first_seen.get(phone)
        if first is None:
            self._first_seen[phone] = now
            return scenario
        still = scenario.lasts is Lasts.A_WHILE and now - first < self._throttle_seconds
        return scenario if still else ACCEPTED

    def _record(
        self,
        phone_number_id: str,
        phone: str,
        message: Mapping[str, Any],
        scenario: Scenario,
        refused: Refused | None,
    ) -> Received:
        template = _mapping(message.get("template"))
        opaque = str(message.get("biz_opaque_callback_data", ""))
        accepted = refused is None and scenario.accepted
        return Received(
            phone=phone,
            opaque=opaque,
            template=str(template.get("name", "")),
            language=str(_mapping(template.get("language")).get("code", "")),
            parameters=template.get("components", []),
            outcome="refused" if refused else scenario.name,
            accepted=accepted,
            code=refused.code if refused else scenario.code,
            message_id=_message_id(phone, opaque, self._calls) if accepted else None,
            phone_number_id=phone_number_id,
            at=round(time.monotonic() - self._started, 6),
        )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _message_id(phone: str, opaque: str, call: int) -> str:
    """Unique also over restarts, because no two attempts share an opaque id."""
    digest = hashlib.blake2b(
        f"{phone} {opaque} {call}".encode("utf-8", "backslashreplace"), digest_size=24
    ).digest()
    return "wamid." + base64.b64encode(digest).decode()
