"""WhatsApp's message endpoint on this machine: it answers like Meta and writes to nobody.

A real HTTP server for demos, tests and benchmarks. It checks the token and the shape of the body,
and the last seven digits of a phone number choose what happens and what it reports of the message
by webhook: `SCENARIOS` in scenarios.py has them, docs/simulator.md shows them as a table.

`GET /simulator/messages` lists what was received, `DELETE /simulator/messages` forgets it;
`GET /simulator/webhooks` lists what was reported, `POST /simulator/webhooks` reports anything.
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

from shared.channels.scenario import Scenario
from shared.channels.simulator_checks import (
    Refused,
    check_message,
    check_token,
    json_reply,
    number_facts,
    refusal,
    scenario_reply,
)
from shared.channels.simulator_http import HttpServer, Reply, Request
from shared.channels.simulator_mailbox import Mailbox, Received
from shared.channels.simulator_postman import Postman, webhooks_page
from shared.channels.simulator_templates import templates_reply
from shared.channels.stories import Delivery

TOKEN = "simulator"  # noqa: S105 -- opens nothing but the simulator
APP_SECRET = "simulator"  # noqa: S105 -- what it signs is made up
PHONE_NUMBER_ID = "100000000000001"

_MESSAGES = re.compile(r"/v\d+\.\d+/(\d+)/messages")
_NUMBER = re.compile(r"/v\d+\.\d+/(\d+)")
_TEMPLATES = re.compile(r"/v\d+\.\d+/(\d+)/message_templates")
_LIST = "/simulator/messages"


class Simulator:
    """The simulated endpoint: `with Simulator() as simulator: … simulator.url`.

    `latency` and `jitter` are seconds; the jitter of the n-th call depends on `seed` alone. `token`
    and `phone_number_id` None let any pass; `tokens` are those of more numbers, by phone-number id.
    With a `webhook_url`, what becomes of the messages is reported there, signed with `app_secret`,
    as `delivery` says. `on_message` runs after a call is recorded and before it is answered, in the
    thread of its connection: tests use it to act in the middle of a send.
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
        webhook_url: str | None = None,
        app_secret: str = APP_SECRET,
        delivery: Delivery | None = None,
    ) -> None:
        """Raises OSError if the port is taken, ValueError if the webhook is no HTTP URL."""
        self.latency = latency
        self.jitter = jitter
        self.on_message = on_message
        self._host, self._token, self._phone_number_id = host, token, phone_number_id
        self._tokens = dict(tokens or {})
        self._seed, self._mailbox = seed, Mailbox(throttle_seconds)
        self.webhooks: Postman | None = None
        if webhook_url:
            self.webhooks = Postman(webhook_url, app_secret, delivery or Delivery(), seed)
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
        if self.webhooks:
            self.webhooks.start()
        self._server.start()

    def report_to(self, url: str, app_secret: str, delivery: Delivery) -> Postman:
        """Report there from now on. Raises ValueError if it is no HTTP URL."""
        self.webhooks = Postman(url, app_secret, delivery, self._seed)
        self.webhooks.start()
        return self.webhooks

    def stop(self) -> None:
        """End every connection and free the port; what is not reported yet is forgotten."""
        self._server.stop()
        if self.webhooks:
            self.webhooks.stop()

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
                return json_reply(200, self._listing())
            case "DELETE", "/simulator/messages":
                self.clear()
                return Reply(204, b"")
            case "GET" | "POST", "/simulator/webhooks":
                return webhooks_page(self.webhooks, request)
        number = _NUMBER.fullmatch(path)
        if number and request.method == "GET":
            return self._number(number[1], request)
        account = _TEMPLATES.fullmatch(path)
        if account and request.method == "GET":
            return templates_reply(account[1], request, (self._token, *self._tokens.values()))
        endpoint = _MESSAGES.fullmatch(path)
        if endpoint is None or request.method != "POST":
            return refusal(Refused(400, 2500, "Unknown path components", f"See {_LIST}."))
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
            return refusal(refused)
        if phone_number_id.endswith("0503"):
            return refusal(Refused(503, 2, "Service temporarily unavailable", "Try again."))
        return json_reply(200, number_facts(phone_number_id))

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
        if self.webhooks and call.accepted:
            self.webhooks.follow(call, scenario)
        delay = self.latency + self.jitter * _fraction(self._seed, number)
        if self.on_message is not None:
            self.on_message(call)
        if refused:
            return refusal(refused, delay)
        return scenario_reply(scenario, message["to"], call.message_id or "", delay)

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


_DELIVERY = {
    "webhook_delay": "seconds from one status of a message to the next",
    "webhook_jitter": "up to so many seconds more",
    "webhook_duplicates": "the share that comes twice",
    "webhook_disorder": "the share that the next one overtakes",
    "webhook_unread": "the share of ordinary phones that never read",
    "webhook_batch": "the most updates in one POST",
    "webhook_gather": "updates wait for the next multiple of so many seconds",
    "webhook_retry": "seconds before a POST is tried again; they double",
}


def _add_delivery(parser: argparse.ArgumentParser) -> None:
    for name, words in _DELIVERY.items():
        default = getattr(Delivery(), name.removeprefix("webhook_"))
        flag, words = f"--{name.replace('_', '-')}", f"{words} (default {default})"
        parser.add_argument(flag, type=type(default), default=default, help=words)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until Ctrl-C or SIGTERM; the first line on stdout is the URL."""
    parser = argparse.ArgumentParser(description="Meta's WhatsApp message endpoint, simulated.")
    parser.add_argument("--port", type=int, default=8001, help="0 takes a free one (default 8001)")
    parser.add_argument("--token", default=TOKEN, help=f'the access token (default "{TOKEN}")')
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before an answer")
    parser.add_argument("--jitter", type=float, default=0.0, help="up to so many seconds more")
    parser.add_argument("--seed", type=int, default=0, help="what chance is drawn from")
    parser.add_argument("--throttle-seconds", type=float, default=3.0)
    parser.add_argument("--webhook-url", help="where the statuses are reported")
    parser.add_argument("--app-secret", default=APP_SECRET, help="signs them")
    _add_delivery(parser)
    options = vars(parser.parse_args(arguments))
    travel = {name.removeprefix("webhook_"): options.pop(name) for name in _DELIVERY}
    try:
        simulator = Simulator(**options, delivery=Delivery(**travel))
    except ValueError as fault:
        parser.error(str(fault))
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
