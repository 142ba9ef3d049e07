"""The simulator's webhooks over real HTTP: signed, in Meta's shapes, as the phone's digits say."""

import hashlib
import hmac
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from shared.channels.scenario import Wire
from shared.channels.scenarios import BY_NAME
from shared.channels.simulator import TOKEN, Simulator
from shared.channels.simulator_http import HttpServer, Reply, Request
from shared.channels.stories import Delivery

SECRET = "app-secret-of-the-test"
NUMBER = "100000000000001"
SOON = Delivery(delay=0.01, unread=0)
ENOUGH = 10.0  # seconds
HTTP = httpx.Client(headers={"Authorization": f"Bearer {TOKEN}", "Connection": "close"})

USUAL = ["sent", "delivered", "read"]
HEARD = {
    "accepted": USUAL,
    "held": [],
    "message-paused": [],
    "held-delivered": USUAL,
    "held-dropped": ["132015"],
    "silent": [],
    "delivered-only": ["delivered"],
    "read-first": ["sent", "read", "delivered"],
    "no-opaque": USUAL,
    "no-phone": USUAL,
    "failed-first": ["sent", "131026", "delivered"],
    "late-undeliverable": ["sent", "131026"],
    "late-opted-out": ["sent", "131050"],
    "late-user-limit": ["sent", "131049"],
    "late-experiment": ["sent", "130472"],
    "failed-after-delivered": ["sent", "delivered", "131000"],
    "late-unavailable-once": ["sent", "131016"],
    "replies": [*USUAL, "text Thank you!"],
    "replies-elsewhere": [*USUAL, "text Thank you!"],
    "stop-text": [*USUAL, "text STOP"],
    "stop-button": [*USUAL, "button Unsubscribe"],
    "stop-preference": [*USUAL, "stop"],
    "something-wrong": USUAL,
    "reply-lost": USUAL,
    "no-answer": USUAL,
    "unreadable": USUAL,
}
"""What is heard of an accepted message; of all others nothing."""


class Webhook:
    """A receiver that checks signatures, keeps the bodies, and answers what it is told to."""

    def __init__(self, answer: Callable[[int], int] = lambda _: 200) -> None:
        self._answer, self._lock = answer, threading.Lock()
        self.bodies: list[dict[str, Any]] = []
        self.times: list[float] = []
        self.unsigned = 0
        self._server = HttpServer("127.0.0.1", 0, self._take)
        self.url = f"http://127.0.0.1:{self._server.port}/hooks?of=meta"

    def __enter__(self) -> "Webhook":
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    def _take(self, request: Request) -> Reply:
        expected = hmac.new(SECRET.encode(), request.body, hashlib.sha256).hexdigest()
        with self._lock:
            if request.headers.get("x-hub-signature-256") != f"sha256={expected}":
                self.unsigned += 1
            assert (request.method, request.target) == ("POST", "/hooks?of=meta")
            self.times.append(time.monotonic())
            self.bodies.append(json.loads(request.body))
            return Reply(self._answer(len(self.bodies)), b"")

    @property
    def changes(self) -> list[dict[str, Any]]:
        with self._lock:
            return [c for body in self.bodies for e in body["entry"] for c in e["changes"]]

    @property
    def items(self) -> list[dict[str, Any]]:
        """Every status, message and preference in the order of arrival."""
        parts = ("statuses", "messages", "user_preferences")
        return [item for c in self.changes for p in parts for item in c["value"].get(p, [])]

    def heard(self) -> list[str]:
        return [words(item) for item in self.items]


def words(item: dict[str, Any]) -> str:
    if "errors" in item:
        return str(item["errors"][0]["code"])
    match item:
        case {"status": status} | {"value": status}:
            return str(status)
        case {"type": "button"}:
            return f"button {item['button']['text']}"
        case _:
            return f"text {item['text']['body']}"


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with Webhook() as receiver:
        yield receiver


def reporting(webhook: Webhook, delivery: Delivery = SOON, seed: int = 0) -> Simulator:
    return Simulator(webhook_url=webhook.url, app_secret=SECRET, delivery=delivery, seed=seed)


def call(
    url: str,
    phone: str,
    *,
    number: str = NUMBER,
    opaque: str | None = "cmp_1:a",
    patience: float = ENOUGH,
) -> str | None:
    """Send to a phone; the message id if the answer has one."""
    body = {
        "messaging_product": "whatsapp",
        "to": f"+{phone}",
        "type": "template",
        "template": {"name": "welcome", "language": {"code": "en_US"}},
    }
    if opaque:
        body["biz_opaque_callback_data"] = opaque
    try:
        answer = HTTP.post(f"{url}/v26.0/{number}/messages", json=body, timeout=patience).json()
    except (httpx.HTTPError, ValueError):
        return None
    return answer["messages"][0]["id"] if "messages" in answer else None


def delivered(simulator: Simulator) -> None:
    """Wait until nothing is on its way any more."""
    assert simulator.webhooks is not None
    until = time.monotonic() + ENOUGH
    while simulator.webhooks.waiting:
        assert time.monotonic() < until, "the simulator does not come to rest"
        time.sleep(0.005)


@pytest.mark.parametrize("name", BY_NAME)
def test_the_digits_of_a_phone_choose_what_is_reported(webhook: Webhook, name: str) -> None:
    with reporting(webhook) as simulator:
        scenario = BY_NAME[name]
        call(
            simulator.url,
            scenario.phone(),
            patience=0.3 if scenario.wire is Wire.SILENCE else ENOUGH,
        )
        delivered(simulator)
        [received] = simulator.received

    assert webhook.heard() == HEARD.get(name, [])
    assert received.accepted == (name in HEARD)
    assert webhook.unsigned == 0


def test_a_status_looks_like_metas(webhook: Webhook) -> None:
    began = int(time.time())
    with reporting(webhook, replace(SOON, batch=1)) as simulator:
        message_id = call(simulator.url, "15551230000")
        delivered(simulator)

    sent, arrived, read = webhook.bodies
    status = sent["entry"][0]["changes"][0]["value"]["statuses"][0]
    assert began <= int(status.pop("timestamp")) <= time.time()
    pricing = {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "marketing"}
    assert sent == {
        "object": "whatsapp_business_account",
        "entry": [
            {
                "id": "200000000000001",
                "changes": [
                    {
                        "field": "messages",
                        "value": {
                            "messaging_product": "whatsapp",
                            "metadata": {
                                "display_phone_number": "15550000001",
                                "phone_number_id": NUMBER,
                            },
                            "contacts": [
                                {"profile": {"name": "Person 0000"}, "wa_id": "15551230000"}
                            ],
                            "statuses": [
                                {
                                    "id": message_id,
                                    "status": "sent",
                                    "recipient_id": "15551230000",
                                    "biz_opaque_callback_data": "cmp_1:a",
                                    "pricing": pricing,
                                }
                            ],
                        },
                    }
                ],
            }
        ],
    }
    later = [body["entry"][0]["changes"][0]["value"]["statuses"][0] for body in (arrived, read)]
    assert ["pricing" in status for status in later] == [True, False]


def test_a_failure_has_metas_error_and_no_contacts(webhook: Webhook) -> None:
    with reporting(webhook, replace(SOON, batch=1)) as simulator:
        call(simulator.url, BY_NAME["late-undeliverable"].phone())
        delivered(simulator)

    value = webhook.changes[-1]["value"]
    assert "contacts" not in value
    [error] = value["statuses"][0]["errors"]
    assert (error["code"], error["title"]) == (131026, "Message undeliverable")
    assert set(error) == {"code", "title", "message", "error_data", "href"}
    assert set(error["error_data"]) == {"details"}
    assert value["statuses"][0]["biz_opaque_callback_data"] == "cmp_1:a"


def test_some_updates_lack_our_id_or_the_phone(webhook: Webhook) -> None:
    with reporting(webhook) as simulator:
        message_id = call(simulator.url, BY_NAME["no-opaque"].phone())
        delivered(simulator)
        no_opaque = webhook.items
        call(simulator.url, BY_NAME["no-phone"].phone())
        delivered(simulator)

    assert {status["id"] for status in no_opaque} == {message_id}
    assert not any("biz_opaque_callback_data" in status for status in no_opaque)
    no_phone = webhook.items[len(no_opaque) :]
    assert not any("recipient_id" in status for status in no_phone)
    assert all(status["recipient_user_id"].startswith("US.") for status in no_phone)
    assert BY_NAME["no-phone"].phone() not in json.dumps(webhook.changes[-1])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("replies", {"type": "text", "text": {"body": "Thank you!"}}),
        ("stop-text", {"type": "text", "text": {"body": "STOP"}}),
        (
            "stop-button",
            {"type": "button", "button": {"payload": "Unsubscribe", "text": "Unsubscribe"}},
        ),
    ],
)
def test_an_answer_names_the_message_that_it_answers(
    webhook: Webhook, name: str, content: dict[str, Any]
) -> None:
    phone = BY_NAME[name].phone()
    with reporting(webhook) as simulator:
        message_id = call(simulator.url, phone)
        delivered(simulator)

    answer = webhook.items[-1]
    assert answer.pop("id").startswith("wamid.")
    assert int(answer.pop("timestamp")) > 0
    context = {"from": "15550000001", "id": message_id}
    assert answer == {"from": phone, "context": context} | content


def test_an_answer_may_come_without_context_and_a_preference_has_a_field_of_its_own(
    webhook: Webhook,
) -> None:
    with reporting(webhook) as simulator:
        call(simulator.url, BY_NAME["replies-elsewhere"].phone())
        delivered(simulator)
        assert "context" not in webhook.items[-1]
        call(simulator.url, BY_NAME["stop-preference"].phone())
        delivered(simulator)

    change = webhook.changes[-1]
    assert change["field"] == "user_preferences"
    [preference] = change["value"]["user_preferences"]
    assert isinstance(preference.pop("timestamp"), int)
    assert preference == {
        "wa_id": BY_NAME["stop-preference"].phone(),
        "detail": "User requested to stop marketing messages",
        "category": "marketing_messages",
        "value": "stop",
    }


@pytest.mark.parametrize(
    ("phone", "wa_id"),
    [
        ("5531985550175", "553185550175"),
        ("5511985550175", "5511985550175"),
        ("5211205550175", "521205550175"),
        ("5491055550175", "541055550175"),
    ],
)
def test_whatsapp_may_know_a_person_by_another_number(
    webhook: Webhook, phone: str, wa_id: str
) -> None:
    with reporting(webhook) as simulator:
        call(simulator.url, phone)
        delivered(simulator)

    statuses, answer = webhook.items[:-1], webhook.items[-1]
    assert {status["recipient_id"] for status in statuses} == {wa_id}
    assert answer["from"] == wa_id


def everybodys(webhook: Webhook) -> dict[str, list[str]]:
    """What was heard of each phone, in order."""
    found: dict[str, list[str]] = {}
    for item in webhook.items:
        found.setdefault(item["recipient_id"], []).append(words(item))
    return found


def crowd(seed: int, delivery: Delivery, order: Iterable[int]) -> dict[str, list[str]]:
    """What is heard of sixty people who are written to in some order."""
    with Webhook() as webhook, reporting(webhook, delivery, seed) as simulator:
        for n in order:
            call(simulator.url, f"1201555{1000 + n}")
        delivered(simulator)
        assert webhook.unsigned == 0
        return everybodys(webhook)


def test_the_seed_alone_decides_who_reads_what_comes_twice_and_what_is_overtaken() -> None:
    wild = Delivery(delay=0.01, duplicates=0.3, disorder=0.3, unread=0.5, gather=0.05)

    first, again = crowd(7, wild, range(60)), crowd(7, wild, reversed(range(60)))
    other = crowd(8, wild, range(60))

    assert {p: Counter(heard) for p, heard in first.items()} == {
        p: Counter(heard) for p, heard in again.items()
    }
    assert first != other
    assert len(first) == 60
    unread = sum("read" not in heard for heard in first.values())
    twice = sum(len(heard) != len(set(heard)) for heard in first.values())
    overtaken = sum(
        heard.index("delivered") < heard.index("sent") for heard in first.values()
    ) + sum(
        heard.index("read") < heard.index("delivered")
        for heard in first.values()
        if "read" in heard
    )
    assert 15 < unread < 45
    assert twice > 15
    assert overtaken > 10


def test_updates_travel_together_up_to_the_batch() -> None:
    together = Delivery(delay=0, unread=0, gather=0.5, batch=60)

    with Webhook() as webhook, reporting(webhook, together) as simulator:
        for n in range(50):
            call(simulator.url, f"1201555{1000 + n}")
        delivered(simulator)
        sizes = [
            sum(len(change["value"]["statuses"]) for change in body["entry"][0]["changes"])
            for body in webhook.bodies
        ]

    assert sum(sizes) == 150
    assert 3 < max(sizes) <= 60
    assert len(sizes) < 15


def test_numbers_don_t_share_a_change(webhook: Webhook) -> None:
    with reporting(webhook, Delivery(delay=0, gather=0.3)) as simulator:
        for number in ("7", "8"):
            call(simulator.url, "15551230000", number=number, opaque=None)
        delivered(simulator)

    numbers = [c["value"]["metadata"]["phone_number_id"] for c in webhook.changes]
    assert set(numbers) == {"7", "8"}
    assert {len(c["value"]["statuses"]) for c in webhook.changes} <= {2, 3}
    assert not any("biz_opaque_callback_data" in item for item in webhook.items)


def test_what_is_not_answered_with_200_comes_again_unchanged_and_ever_later() -> None:
    with Webhook(lambda n: 200 if n > 3 else (500, 302, 204)[n - 1]) as webhook:
        one = Delivery(delay=0, retry=0.1)
        with reporting(webhook, one) as simulator:
            call(simulator.url, BY_NAME["delivered-only"].phone())
            delivered(simulator)
            assert simulator.webhooks is not None
            posted = simulator.webhooks.posted

    assert webhook.heard() == ["delivered"] * 4
    assert all(body == webhook.bodies[0] for body in webhook.bodies)
    waits = [
        later - sooner for sooner, later in zip(webhook.times, webhook.times[1:], strict=False)
    ]
    assert waits == sorted(waits)
    assert waits[0] >= 0.1
    assert waits[2] >= 0.4
    assert [(p.tries, p.status) for p in posted] == [(1, 500), (2, 302), (3, 204), (4, 200)]


def test_a_refused_update_holds_up_nobody_else() -> None:
    with (
        Webhook(lambda n: 500 if n == 1 else 200) as webhook,
        reporting(webhook, Delivery(delay=0, retry=0.5)) as simulator,
    ):
        call(simulator.url, BY_NAME["delivered-only"].phone(1))
        while not webhook.bodies:
            time.sleep(0.005)
        call(simulator.url, BY_NAME["delivered-only"].phone(2))
        delivered(simulator)

    phones = [BY_NAME["delivered-only"].phone(n) for n in (1, 2, 1)]
    assert [item["recipient_id"] for item in webhook.items] == phones


def test_a_webhook_that_is_away_gets_everything_when_it_is_back() -> None:
    with socket.create_server(("127.0.0.1", 0)) as place:
        port = place.getsockname()[1]
    simulator = Simulator(
        webhook_url=f"http://127.0.0.1:{port}/",
        app_secret=SECRET,
        delivery=Delivery(delay=0, unread=0, retry=0.05),
    )
    heard: list[Any] = []
    with simulator:
        call(simulator.url, "15551230000")
        time.sleep(0.2)
        assert simulator.webhooks is not None
        assert simulator.webhooks.waiting
        server = HttpServer("127.0.0.1", port, lambda r: heard.append(r.body) or Reply(200, b""))
        server.start()
        delivered(simulator)
        server.stop()

    statuses = b"".join(heard)
    assert all(statuses.count(f'"status":"{each}"'.encode()) == 1 for each in USUAL)


def test_a_webhook_that_never_answers_is_in_nobodys_way() -> None:
    stuck = threading.Event()

    def wait(_: int) -> int:
        stuck.wait(ENOUGH)
        return 200

    with Webhook(wait) as webhook:
        simulator = reporting(webhook, Delivery(delay=0))
        simulator.start()
        call(simulator.url, "15551230000")
        while not webhook.bodies:
            time.sleep(0.005)

        began = time.monotonic()
        assert call(simulator.url, "15551230001")
        answered = time.monotonic()
        simulator.stop()
        stopped = time.monotonic()
        stuck.set()

    assert answered - began < 3
    assert stopped - answered < 3
    assert len(webhook.bodies) == 1


def test_anybody_can_make_it_send_any_webhook(webhook: Webhook) -> None:
    change = {
        "field": "message_template_status_update",
        "value": {"event": "PAUSED", "message_template_name": "welcome", "reason": "Größe ☎"},
    }
    with reporting(webhook) as simulator:
        page = f"{simulator.url}/simulator/webhooks"
        answer = httpx.post(page, json=change)
        listed = httpx.get(page).json()

    assert (answer.status_code, answer.json()) == (200, {"status": 200, "answer": ""})
    assert webhook.changes == [change]
    assert webhook.unsigned == 0
    assert listed["waiting"] == 0
    [post] = listed["posts"]
    assert (post["tries"], post["status"], post["body"]) == (1, 200, webhook.bodies[0])


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"field":1,"value":{}}', b'{"field":"a"}', b"[" * 100_000]
)
def test_what_is_no_change_is_refused_and_nothing_is_sent(webhook: Webhook, content: bytes) -> None:
    with reporting(webhook) as simulator:
        answer = httpx.post(f"{simulator.url}/simulator/webhooks", content=content)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 100)
    assert "field" in answer.json()["error"]["error_data"]["details"]
    assert webhook.bodies == []


def test_without_a_webhook_nothing_is_sent_and_the_page_says_why() -> None:
    with Simulator() as simulator:
        call(simulator.url, "15551230000")
        answer = httpx.get(f"{simulator.url}/simulator/webhooks")

    assert simulator.webhooks is None
    assert answer.status_code == 400
    assert "without a webhook URL" in answer.text


def test_a_webhook_that_can_t_be_reached_is_told_to_who_asked() -> None:
    with Simulator(webhook_url="http://127.0.0.1:9/") as simulator:
        change = {"field": "messages", "value": {}}
        answer = httpx.post(f"{simulator.url}/simulator/webhooks", json=change)

    assert answer.status_code == 502
    assert answer.json()["status"] is None


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://127.0.0.1/", "http:///path"])
def test_a_webhook_that_is_no_url_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="http or https"):
        Simulator(webhook_url=url)


def test_as_a_program_it_takes_the_same_settings(webhook: Webhook) -> None:
    command = [sys.executable, "-m", "shared.channels.simulator", "--port", "0"]
    options = ["--webhook-url", webhook.url, "--app-secret", SECRET]
    travel = ["--webhook-delay", "0.01", "--webhook-unread", "0", "--webhook-duplicates", "1"]
    with subprocess.Popen(
        [*command, *options, *travel], stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        url = program.stdout.readline().strip()
        call(url, "15551230000")
        until = time.monotonic() + ENOUGH
        while len(webhook.items) < 6 and time.monotonic() < until:
            time.sleep(0.01)
        program.send_signal(signal.SIGTERM)
        assert program.wait(5) == 0

    assert Counter(webhook.heard()) == dict.fromkeys(USUAL, 2)
    assert webhook.unsigned == 0
    wrong = subprocess.run(
        [*command, "--webhook-unread", "2"], capture_output=True, text=True, timeout=20, check=False
    )
    assert wrong.returncode == 2
    assert "unread is a share from 0 to 1" in wrong.stderr
