"""WhatsApp's message endpoint on this machine: it answers like Meta and writes to nobody.

A real HTTP server for demos, tests and benchmarks. It checks the token and the shape of the body,
and the last seven digits of a phone number choose what happens (see scenarios.py):

| last digits | name | what happens | reply | went out |
|---|---|---|---|---|
| any other | `accepted` | accepted | 200 | yes |
| 555 0150 | `held` | accepted, held for a quality check | 200 | yes |
| 555 0151 | `message-paused` | accepted with message status "paused" | 200 | yes |
| 555 0160 | `undeliverable` | not on WhatsApp | 400 / 131026 | no |
| 555 0161 | `opted-out` | asked for no more marketing | 400 / 131050 | no |
| 555 0162 | `user-limit` | got enough marketing today | 400 / 131049 | no |
| 555 0163 | `experiment` | is part of an experiment | 400 / 130472 | no |
| 555 0164 | `parameter-mismatch` | wrong number of parameters | 400 / 132000 | no |
| 555 0170 | `throttled-once` | too fast, once | 400 / 130429 | no, then yes |
| 555 0171 | `throttled-a-while` | too fast, for some seconds | 400 / 130429 | no, then yes |
| 555 0172 | `unavailable-once` | service unavailable, once | 500 / 131016 | no, then yes |
| 555 0173 | `pair-limit-once` | too fast to one person, once | 400 / 131056 | no, then yes |
| 555 0180 | `something-wrong` | an error, though it went out | 500 / 131000 | yes |
| 555 0181 | `reply-lost` | accepted, the reply is lost | none | yes |
| 555 0182 | `no-answer` | accepted, but no answer comes | none | yes |
| 555 0183 | `unreadable` | accepted, the reply is unreadable | 200 | yes |
| 555 0184 | `lost-before` | connection lost, not accepted | none | no |
| 555 0185 | `bad-gateway` | a gateway's HTML page, not accepted | 502 | no |
| 555 0190 | `template-missing` | template not found: stops the campaign | 404 / 132001 | no |
| 555 0191 | `template-paused` | template paused: stops the campaign | 400 / 132015 | no |
| 555 0192 | `token-expired` | token expired: stops the sender | 401 / 190 | no |
| 555 0193 | `account-locked` | account locked: stops the sender | 403 / 131031 | no |

`GET /simulator/messages` lists what was received, `DELETE /simulator/messages` forgets it.
By itself: `python -m shared.channels.simulator --port 8001`.
"""

import argparse
import json
import re
import signal
import sys
import threading
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from types import TracebackType
from typing import Any, Self

from shared.channels.scenarios import Scenario, Wire
from shared.channels.simulator_checks import (
    Refused,
    accepted_body,
    check_message,
    check_token,
    number_facts,
)
from shared.channels.simulator_http import HttpServer, Reply, Request
from shared.channels.simulator_mailbox import Mailbox, Received

TOKEN = "simulator"  # noqa: S105 -- opens nothing but the simulator
PHONE_NUMBER_ID = "100000000000001"

_MESSAGES = re.compile(r"/v\d+\.\d+/(\d+)/messages")
_NUMBER = re.compile(r"/v\d+\.\d+/(\d+)")
_LIST = "/simulator/messages"


class Simulator:
    """The simulated endpoint: `with Simulator() as simulator: … simulator.url`.

    `latency` and `jitter` are seconds; the jitter of the n-th call depends on `seed` alone. `token`
    and `phone_number_id` None let any pass; `tokens` are those of more numbers, by phone-number id.
    `on_message` runs after a call is recorded and before it is answered, in the thread of its
    connection: tests use it to act in the middle of a send.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        token: str | None = TOKEN,
        phone_number_id: str | None = None,
        tokens: Mapping[str, str] | None = None,
        latency: float = 0.0,
        jitter: float = 0.0,
        seed: int = 0,
        throttle_seconds: float = 3.0,
        on_message: Callable[[Received], None] | None = None,
    ) -> None:
        self.latency = latency
        self.jitter = jitter
        self.on_message = on_message
        self._host, self._token, self._phone_number_id = host, token, phone_number_id
        self._tokens = dict(tokens or {})
        self._seed, self._mailbox = seed, Mailbox(throttle_seconds)
        self._server = HttpServer(host, port, self._answer)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Answer from now on, in threads."""
        self._server.start()

    def stop(self) -> None:
        """End every connection and free the port."""
        self._server.stop()

    @property
    def url(self) -> str:
        """What `META_GRAPH_URL` must be to send here."""
        return f"http://{self._host}:{self._server.port}"

    @property
    def received(self) -> list[Received]:
        """Every call so far, refused ones too."""
        return self._mailbox.received()

    @property
    def accepted(self) -> list[Received]:
        """The calls that at Meta would have reached a person."""
        return [call for call in self.received if call.accepted]

    def accepted_per_phone(self) -> Counter[str]:
        """How often each phone was written to: nobody may have more than one."""
        return Counter(call.phone for call in self.accepted)

    def script(self, phone: str, *scenarios: Scenario) -> None:
        """What the next calls to a phone meet, one each, before its own digits count again."""
        self._mailbox.script(phone, scenarios)

    def clear(self) -> None:
        """Forget every call, and who was throttled or unlucky once."""
        self._mailbox.clear()

    def _answer(self, request: Request) -> Reply:
        path = request.target.partition("?")[0]
        match request.method, path:
            case "GET", "/simulator/messages":
                return _json(200, self._listing())
            case "DELETE", "/simulator/messages":
                self.clear()
                return Reply(204, b"")
        number = _NUMBER.fullmatch(path)
        if number and request.method == "GET":
            return self._number(number[1], request)
        endpoint = _MESSAGES.fullmatch(path)
        if endpoint is None or request.method != "POST":
            return _refusal(Refused(400, 2500, "Unknown path components", f"See {_LIST}."))
        return self._receive(endpoint[1], request)

    def _stranger(self, phone_number_id: str, request: Request) -> Refused | None:
        """The token must be the number's, and the number one that is here."""
        token = self._tokens.get(phone_number_id, self._token)
        refused = check_token(request.headers.get("authorization"), token)
        known = self._phone_number_id in (None, phone_number_id) or phone_number_id in self._tokens
        if refused is None and (not known or phone_number_id.endswith("0404")):
            words = f"Unsupported request. Object with ID '{phone_number_id}' does not exist"
            refused = Refused(400, 100, words, "Check the phone number id.", "GraphMethodException")
        return refused

    def _number(self, phone_number_id: str, request: Request) -> Reply:
        """What Meta says of a number; the id's last digits choose it (see docs/simulator.md)."""
        if refused := self._stranger(phone_number_id, request):
            return _refusal(refused)
        if phone_number_id.endswith("0503"):
            return _refusal(Refused(503, 2, "Service temporarily unavailable", "Try again."))
        return _json(200, number_facts(phone_number_id))

    def _listing(self) -> dict[str, Any]:
        calls = self.received
        return {
            "received": len(calls),
            "accepted": sum(call.accepted for call in calls),
            "messages": [asdict(call) for call in calls],
        }

    def _receive(self, phone_number_id: str, request: Request) -> Reply:
        message, refused = self._parsed(phone_number_id, request)
        call, scenario, number = self._mailbox.take(phone_number_id, message, refused)
        delay = self.latency + self.jitter * _fraction(self._seed, number)
        if self.on_message is not None:
            self.on_message(call)
        if refused:
            return _refusal(refused, delay)
        return _reply(scenario, message["to"], call.message_id or "", delay)

    def _parsed(
        self, phone_number_id: str, request: Request
    ) -> tuple[Mapping[str, Any], Refused | None]:
        try:
            message = json.loads(request.body)
        except (ValueError, RecursionError):
            message = None
        refused = self._stranger(phone_number_id, request)
        if not isinstance(message, dict):
            return {}, refused or Refused(
                400, 100, "Invalid parameter", "The body is no JSON object."
            )
        return message, refused or check_message(message)


def _fraction(seed: int, call: int) -> float:
    return zlib.crc32(f"{seed} {call}".encode()) / 2**32


def _json(status: int, content: object) -> Reply:
    return Reply(status, json.dumps(content).encode())


def _refusal(refused: Refused, delay: float = 0.0) -> Reply:
    return Reply(refused.status, refused.body(), delay=delay)


def _reply(scenario: Scenario, to: str, message_id: str, delay: float) -> Reply:
    match scenario:
        case Scenario(wire=Wire.HTML):
            page = f"<html><body><h1>{scenario.status} Bad Gateway</h1></body></html>"
            return Reply(scenario.status, page.encode(), "text/html", delay)
        case Scenario(wire=Wire.GARBAGE):
            return Reply(scenario.status, b'{"messages":[{"id', delay=delay)
        case Scenario(code=int(code)):
            refused = Refused(scenario.status, code, scenario.title, scenario.words)
            return Reply(scenario.status, refused.body(), delay=delay, wire=scenario.wire)
    body = accepted_body(to, message_id, scenario.message_status)
    return Reply(scenario.status, body, delay=delay, wire=scenario.wire)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until Ctrl-C or SIGTERM; the first line on stdout is the URL."""
    parser = argparse.ArgumentParser(description="Meta's WhatsApp message endpoint, simulated.")
    parser.add_argument("--port", type=int, default=8001, help="0 takes a free one (default 8001)")
    parser.add_argument("--token", default=TOKEN, help=f'the access token (default "{TOKEN}")')
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before an answer")
    parser.add_argument("--jitter", type=float, default=0.0, help="up to so many seconds more")
    parser.add_argument("--seed", type=int, default=0, help="what the jitter is drawn from")
    parser.add_argument("--throttle-seconds", type=float, default=3.0)
    options = vars(parser.parse_args(arguments))
    try:
        simulator = Simulator(**options)
    except (OSError, OverflowError) as fault:
        sys.stderr.write(f"Port {options['port']} can't be used: {fault}\n")
        return 2
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    with simulator:
        sys.stdout.write(f"{simulator.url}\n")
        sys.stdout.flush()
        done.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
