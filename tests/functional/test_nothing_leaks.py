"""A whole run with every kind of trouble, and then a search of all that was written down."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from local.demo_client import Api, ApiError
from local.emulator import ROOT
from local.gateway import WEBHOOK
from shared.channels.scenarios import BY_NAME
from shared.channels.simulator import Simulator
from tests.support.meta_webhooks import change, messages_value, post, signature, status
from tests.support.receiver import events_of, signature_of
from tests.support.scripted_server import Answer, Server, scripted_server
from tests.support.webhook_page import verified

SECRETS = {
    "META_ACCESS_TOKEN": "EAAG-secret-of-the-environment",
    "META_APP_SECRET": "app-secret-of-the-environment",
    "META_WEBHOOK_VERIFY_TOKEN": "verify-secret-of-the-environment",
}
SENDERS_TOKEN, WRONG_TOKEN = "EAAG-secret-of-a-sender", "EAAG-secret-that-is-wrong"
HALTING = ("token-expired", "account-locked")  # after them the sender sends nothing more
PEOPLE = [
    scenario.phone()
    for name, scenario in BY_NAME.items()
    if name not in ("no-answer", "lost-before")
]


@pytest.fixture
def graph() -> Iterator[Simulator]:
    token = SECRETS["META_ACCESS_TOKEN"]
    with Simulator(token=token, phone_number_id="1065", tokens={"2002": SENDERS_TOKEN}) as it:
        yield it


@pytest.fixture
def system() -> Iterator[Server]:
    """Another system, which does not take the first delivery after the test."""
    with scripted_server() as server:
        server.answers = [Answer(200), Answer(500, "no"), Answer(200)]
        yield server


def test_no_secret_and_no_phone_is_in_any_log_and_no_secret_in_any_answer(
    graph: Simulator, system: Server, tmp_path: Path
) -> None:
    # given the laptop runtime with secrets of its own, in processes
    process = subprocess.Popen(
        [sys.executable, "-m", "local"],
        cwd=ROOT,
        env={name: v for name, v in os.environ.items() if not name.startswith("META_")}
        | SECRETS
        | {
            "META_GRAPH_URL": graph.url,
            "META_PHONE_NUMBER_ID": "1065",
            "PORT": "0",
            "LOCAL_DATA_DIR": str(tmp_path / "data"),
            "LOCAL_TICK_SECONDS": "1",
            "THROTTLE_STOP_SECONDS": "1",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout
    url = process.stdout.readline().split()[1].removesuffix("/api/campaigns")

    # when everything happens that can go wrong
    try:
        answers, token, signed = everything(url, tmp_path, system)
    finally:
        process.send_signal(signal.SIGTERM)
        logged = process.communicate(timeout=60)[0]

    # then nothing of it is in what was written down
    secrets = (*SECRETS.values(), SENDERS_TOKEN, WRONG_TOKEN, token, signed)
    for secret in secrets:
        assert secret not in logged
        assert secret not in answers
    for words in ("campaign paused", "an unknown number", "without Meta's signature"):
        assert words in logged, "the run had nothing to tell"
    for phone in PEOPLE:
        assert phone not in logged
        assert phone[-10:] not in logged
    stored = b"".join(path.read_bytes() for path in (tmp_path / "data").glob("*") if path.is_file())
    for secret in secrets:
        assert secret.encode() not in stored
    # and the other system has heard of it, signed with the secret that only it was told
    asked = system.asked[-1]
    assert verified(signed, signature_of(asked), asked.body, time.time())
    assert not [secret for secret in secrets for each in system.asked if secret in str(each)]


def everything(url: str, folder: Path, system: Server) -> tuple[str, str, str]:
    """All answers as one text, the token that asked, and the secret of an endpoint."""
    answers: list[str] = []
    with Api(url) as api, httpx.Client(base_url=url, timeout=30, trust_env=False) as http:
        http.headers["Authorization"] = f"Bearer {api.token}"

        def ask(method: str, path: str, **content: object) -> httpx.Response:
            answer = http.request(method, path, **content)  # type: ignore[arg-type]
            answers.append(f"{answer.headers} {answer.text}")
            return answer

        signed = registered(http, system)
        for sent in (SENDERS_TOKEN, WRONG_TOKEN):
            sender = ask(
                "POST", "/api/senders", json={"phoneNumberId": "2002", "accessToken": sent}
            )
        ask("POST", "/api/senders", json={"phoneNumberId": 7, "accessToken": SENDERS_TOKEN})
        ask("GET", "/api/senders")
        for name in BY_NAME:
            if name not in HALTING:
                campaigns(api, folder, [BY_NAME[name].phone()])
        until = time.monotonic() + 30  # the schedule has what a stopped sender could not have
        while "PAUSED" not in ask("GET", "/api/campaigns").text and time.monotonic() < until:
            time.sleep(0.5)
        for name in HALTING:
            campaigns(api, folder, [BY_NAME[name].phone()])
        for bad in (api.token[:-3], f"{api.token}x", WRONG_TOKEN):
            ask("GET", "/api/campaigns", headers={"Authorization": f"Bearer {bad}"})
        ask("GET", "/api/campaigns", params={"token": WRONG_TOKEN})
        ask("POST", "/api/campaigns/create", content=json.dumps({"name": 1})[:-1])
        webhooks(ask)
        ask("GET", "/api/webhook-endpoints")
        heard(system, {"campaign.started", "campaign.paused", "message.status"})
        assert sender.status_code == 400
        return " ".join(answers), api.token, signed


def registered(http: httpx.Client, system: Server) -> str:
    """The secret of an endpoint, which gets everything."""
    wanted = {"url": system.url, "events": ["*"]}
    made = http.post("/api/webhook-endpoints", json=wanted)
    assert made.status_code == 201
    path = f"/api/webhook-endpoints/{made.json()['endpoint']['endpointId']}/test"
    assert http.post(path).json()["test"]["delivered"] is True
    time.sleep(1)  # the runtime looks for endpoints twice a second
    return str(made.json()["secret"])


def heard(system: Server, kinds: set[str]) -> None:
    """Wait until the other system was told of events of these types, with nobody connected."""
    until = time.monotonic() + 30
    while kinds - {event["type"] for asked in list(system.asked) for event in events_of(asked)}:
        assert time.monotonic() < until
        time.sleep(0.1)


def webhooks(ask: Callable[..., httpx.Response]) -> None:
    """What Meta tells of these people, what is nobody's, and what somebody else made up."""
    token = SECRETS["META_WEBHOOK_VERIFY_TOKEN"]
    asked = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "1"}
    assert ask("GET", WEBHOOK, params=asked).text == "1"
    said = {"id": "wamid.in", "timestamp": "1795176000", "text": {"body": "STOP"}}
    value = {
        "statuses": [status(message_id=f"wamid.{p}", recipient_id=p) for p in PEOPLE],
        "messages": [said | {"from": phone} for phone in PEOPLE],
    }
    bodies = (
        post(change(messages_value("1065", **value))),
        post(change(messages_value("999", **value))),
        f"junk of {PEOPLE[0]}".encode(),
    )
    for body in bodies:
        for secret in (SECRETS["META_APP_SECRET"], "another"):
            ask("POST", WEBHOOK, content=body, headers=signature(body, secret))
    until = time.monotonic() + 30
    while "not JSON" not in ask("GET", "/api/webhooks/unused").text and time.monotonic() < until:
        time.sleep(0.5)


def campaigns(api: Api, folder: Path, people: list[str]) -> None:
    """A campaign for one kind of trouble, one batch of it."""
    listed = folder / "people.csv"
    listed.write_text("phone\n" + "\n".join(people) + "\n")
    campaign_id = api.create(
        {"name": "n", "templateName": "t", "channel": "WHATSAPP", "audienceType": "CSV"}
    )
    api.populate(campaign_id, listed)
    try:
        api.start(campaign_id)
        api.execute_batch(campaign_id)
    except ApiError:
        time.sleep(0.1)  # the tick was quicker
