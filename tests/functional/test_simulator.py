"""The simulator over real HTTP: it refuses like Meta, remembers everything, and stops at once."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from shared.channels.scenarios import ACCEPTED, BY_NAME
from shared.channels.simulator import TOKEN, Simulator

PATH = "/v26.0/100/messages"
PHONE = "15551230000"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(throttle_seconds=0.15) as running:
        yield running


@pytest.fixture
def http(simulator: Simulator) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=simulator.url, headers=headers, timeout=3) as client:
        yield client


def body(**changes: Any) -> dict[str, Any]:
    template = {
        "name": "welcome",
        "language": {"code": "en_US"},
        "components": [{"type": "body", "parameters": [{"type": "text", "text": "Ana"}]}],
    }
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": f"+{PHONE}",
        "type": "template",
        "biz_opaque_callback_data": "cmp_1:a",
        "template": template,
    } | changes


def template(**changes: Any) -> dict[str, Any]:
    return {"template": body()["template"] | changes}


def with_parameter(parameter: object) -> dict[str, Any]:
    return template(components=[{"type": "body", "parameters": [parameter]}])


def test_an_accepted_message_is_answered_like_meta_and_listed(
    simulator: Simulator, http: httpx.Client
) -> None:
    answer = http.post(PATH, json=body())

    assert answer.status_code == 200
    assert answer.json()["contacts"] == [{"input": f"+{PHONE}", "wa_id": PHONE}]
    [message] = answer.json()["messages"]
    assert message["message_status"] == "accepted"
    listing = http.get("/simulator/messages").json()
    assert (listing["received"], listing["accepted"]) == (1, 1)
    [listed] = listing["messages"]
    assert listed.pop("at") > 0
    assert listed == {
        "phone": PHONE,
        "opaque": "cmp_1:a",
        "template": "welcome",
        "language": "en_US",
        "parameters": body()["template"]["components"],
        "outcome": "accepted",
        "phone_number_id": PATH.split("/")[-2],
        "accepted": True,
        "code": None,
        "message_id": message["id"],
    }


def test_two_messages_never_share_an_id(http: httpx.Client) -> None:
    ids = {http.post(PATH, json=body()).json()["messages"][0]["id"] for _ in range(20)}

    assert len(ids) == 20


@pytest.mark.parametrize(
    ("authorization", "status", "code"),
    [(None, 403, 200), ("Basic x", 403, 200), ("Bearer", 403, 200), ("Bearer wrong", 401, 190)],
)
def test_without_the_right_token_nothing_is_accepted(
    simulator: Simulator, authorization: str | None, status: int, code: int
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}

    answer = httpx.post(simulator.url + PATH, json=body(), headers=headers)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert [call.outcome for call in simulator.received] == ["refused"]
    assert simulator.accepted == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"messaging_product": "sms"}, 100),
        ({"recipient_type": "crowd"}, 100),
        ({"biz_opaque_callback_data": "x" * 513}, 100),
        ({"to": ""}, 131008),
        ({"to": PHONE}, 131009),  # without the plus sign
        ({"to": "+12"}, 131009),
        ({"to": "+1555123٠٠٠٠"}, 131009),
        ({"type": "text", "text": {"body": "Hi"}}, 131047),
        ({"type": "hologram"}, 131051),
        ({"template": None}, 131008),
        (template(name=""), 131008),
        (template(language="en_US"), 131008),
        (template(components={}), 131009),
        (template(components=[{"type": "footer"}]), 131009),
        (template(components=[{"type": "body", "parameters": []}]), 132012),
        (template(components=[{"type": "button", "parameters": [{}]}]), 131009),
        (with_parameter({"type": "text", "text": ""}), 131008),
        (with_parameter({"type": "text"}), 131008),
        (with_parameter({"type": "music"}), 132012),
        (with_parameter({"type": "text", "text": "two\nlines"}), 132018),
        (with_parameter({"type": "text", "text": "x" * 1025}), 132005),
        (
            template(
                components=[
                    {
                        "type": "body",
                        "parameters": [
                            {"type": "text", "text": "a"},
                            {"type": "text", "text": "b", "parameter_name": "b"},
                        ],
                    }
                ]
            ),
            132012,
        ),
    ],
)
def test_a_body_that_meta_would_refuse_is_refused_with_its_code(
    simulator: Simulator, http: httpx.Client, changes: dict[str, Any], code: int
) -> None:
    answer = http.post(PATH, json=body(**changes))

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert simulator.accepted == []
    assert [call.code for call in simulator.received] == [code]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(http: httpx.Client, content: bytes) -> None:
    answer = http.post(PATH, content=content)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 100)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", PATH), ("POST", "/v26.0/x/messages"), ("GET", "/")]
)
def test_other_paths_are_refused_and_not_listed(
    simulator: Simulator, http: httpx.Client, method: str, path: str
) -> None:
    assert http.request(method, path).json()["error"]["code"] == 2500
    assert simulator.received == []


def test_another_phone_number_id_is_unknown_if_one_is_given() -> None:
    with Simulator(phone_number_id="7") as simulator:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answers = [
            httpx.post(f"{simulator.url}/v26.0/{number}/messages", json=body(), headers=headers)
            for number in ("7", "8")
        ]

    assert [answer.status_code for answer in answers] == [200, 400]
    assert answers[1].json()["error"]["code"] == 100


@pytest.mark.parametrize("name", ["throttled-once", "unavailable-once", "pair-limit-once"])
def test_once_means_once_per_phone_until_everything_is_cleared(
    simulator: Simulator, http: httpx.Client, name: str
) -> None:
    scenario = BY_NAME[name]
    first, second = f"+{scenario.phone(1)}", f"+{scenario.phone(2)}"

    calls = [http.post(PATH, json=body(to=to)).status_code for to in (first, first, second)]
    cleared = http.delete("/simulator/messages").status_code
    again = http.post(PATH, json=body(to=first)).status_code

    assert calls == [scenario.status, 200, scenario.status]
    assert (cleared, again) == (204, scenario.status)
    assert len(simulator.received) == 1


def test_throttling_for_a_while_ends_after_its_time(http: httpx.Client) -> None:
    to = f"+{BY_NAME['throttled-a-while'].phone()}"

    early = [http.post(PATH, json=body(to=to)).status_code for _ in range(2)]
    time.sleep(0.2)
    late = http.post(PATH, json=body(to=to)).status_code

    assert (early, late) == ([400, 400], 200)


def test_a_script_comes_before_the_digits_of_a_phone(
    simulator: Simulator, http: httpx.Client
) -> None:
    simulator.script(PHONE, BY_NAME["token-expired"], ACCEPTED, BY_NAME["held"])

    answers = [http.post(PATH, json=body()) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [401, 200, 200, 200]
    assert [call.outcome for call in simulator.received] == [
        "token-expired",
        "accepted",
        "held",
        "accepted",
    ]
    assert simulator.accepted_per_phone() == {PHONE: 3}


def test_on_message_runs_before_the_answer_leaves() -> None:
    answered = threading.Event()
    seen: list[tuple[str, bool]] = []

    with Simulator(on_message=lambda call: seen.append((call.phone, answered.is_set()))) as running:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        httpx.post(running.url + PATH, json=body(), headers=headers)
        answered.set()

    assert seen == [(PHONE, False)]


def test_latency_delays_every_answer(http: httpx.Client, simulator: Simulator) -> None:
    simulator.latency = 0.1
    begin = time.monotonic()

    http.post(PATH, json=body())

    assert 0.1 <= time.monotonic() - begin < 1


def test_stop_ends_a_connection_that_waits_for_an_answer() -> None:
    simulator = Simulator()
    simulator.start()
    to = f"+{BY_NAME['no-answer'].phone()}"
    faults: list[Exception] = []

    def call() -> None:
        try:
            headers = {"Authorization": f"Bearer {TOKEN}"}
            httpx.post(simulator.url + PATH, json=body(to=to), headers=headers, timeout=30)
        except httpx.HTTPError as fault:
            faults.append(fault)

    caller = threading.Thread(target=call)
    caller.start()
    while not simulator.received:
        time.sleep(0.005)
    begin = time.monotonic()
    simulator.stop()
    caller.join(5)

    assert time.monotonic() - begin < 1
    assert len(faults) == 1


def test_stop_without_start_frees_the_port() -> None:
    simulator = Simulator()
    port = int(simulator.url.rpartition(":")[2])

    simulator.stop()

    with socket.socket() as free:
        free.bind(("127.0.0.1", port))


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"hello\r\n\r\n",
        b"\x16\x03\x01\x00\xa5\x01\r\n\r\n",
        b"POST /x HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /x HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET /x HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n",
    ],
)
def test_what_is_no_proper_request_gets_400_and_the_connection_ends(
    simulator: Simulator, request_bytes: bytes
) -> None:
    address = ("127.0.0.1", int(simulator.url.rpartition(":")[2]))
    with socket.create_connection(address, timeout=3) as connection:
        connection.sendall(request_bytes)
        try:
            answer = b"".join(iter(lambda: connection.recv(4096), b""))
        except ConnectionResetError:  # unread bytes were left behind
            answer = b"HTTP/1.1 400"

    assert answer.startswith(b"HTTP/1.1 400")


def test_as_a_program_it_prints_its_url_answers_and_ends_on_sigterm() -> None:
    command = [sys.executable, "-m", "shared.channels.simulator"]
    with subprocess.Popen([*command, "--port", "0"], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        url = program.stdout.readline().strip()
        listing = json.loads(httpx.get(f"{url}/simulator/messages").content)
        port = url.rpartition(":")[2]
        second = subprocess.run(
            [*command, "--port", port], capture_output=True, text=True, timeout=20, check=False
        )
        program.send_signal(signal.SIGTERM)
        code = program.wait(5)

    assert listing == {"received": 0, "accepted": 0, "messages": []}
    assert code == 0
    assert (second.returncode, second.stderr.count("\n")) == (2, 1)
    assert port in second.stderr
