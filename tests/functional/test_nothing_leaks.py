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

SECRETS = {
    "META_ACCESS_TOKEN": "EAAG-secret-of-the-environment",
    "META_APP_SECRET": "app-secret-of-the-environment",
    "META_WEBHOOK_VERIFY_TOKEN": "verify-secret-of-the-environment",
}
SENDERS_TOKEN, WRONG_TOKEN = "EAAG-secret-of-a-sender", "EAAG-secret-that-is-wrong"
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


def test_no_secret_and_no_phone_is_in_any_log_and_no_secret_in_any_answer(
    graph: Simulator, tmp_path: Path
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
        answers, token = everything(url, tmp_path)
    finally:
        process.send_signal(signal.SIGTERM)
        logged = process.communicate(timeout=60)[0]

    # then nothing of it is in what was written down
    for secret in (*SECRETS.values(), SENDERS_TOKEN, WRONG_TOKEN, token):
        assert secret not in logged
        assert secret not in answers
    for words in ("campaign paused", "an unknown number", "without Meta's signature"):
        assert words in logged, "the run had nothing to tell"
    for phone in PEOPLE:
        assert phone not in logged
        assert phone[-10:] not in logged
    stored = b"".join(path.read_bytes() for path in (tmp_path / "data").glob("*") if path.is_file())
    for secret in (*SECRETS.values(), SENDERS_TOKEN, WRONG_TOKEN, token):
        assert secret.encode() not in stored


def everything(url: str, folder: Path) -> tuple[str, str]:
    """All answers as one text, and the token that asked."""
    answers: list[str] = []
    with Api(url) as api, httpx.Client(base_url=url, timeout=30, trust_env=False) as http:
        http.headers["Authorization"] = f"Bearer {api.token}"

        def ask(method: str, path: str, **content: object) -> httpx.Response:
            answer = http.request(method, path, **content)  # type: ignore[arg-type]
            answers.append(f"{answer.headers} {answer.text}")
            return answer

        for sent in (SENDERS_TOKEN, WRONG_TOKEN):
            sender = ask(
                "POST", "/api/senders", json={"phoneNumberId": "2002", "accessToken": sent}
            )
        ask("POST", "/api/senders", json={"phoneNumberId": 7, "accessToken": SENDERS_TOKEN})
        ask("GET", "/api/senders")
        for name in BY_NAME:
            campaigns(api, folder, [BY_NAME[name].phone()])
        for bad in (api.token[:-3], f"{api.token}x", WRONG_TOKEN):
            ask("GET", "/api/campaigns", headers={"Authorization": f"Bearer {bad}"})
        ask("GET", "/api/campaigns", params={"token": WRONG_TOKEN})
        ask("POST", "/api/campaigns/create", content=json.dumps({"name": 1})[:-1])
        webhooks(ask)
        until = time.monotonic() + 30  # the schedule has what a stopped sender could not have
        while "PAUSED" not in ask("GET", "/api/campaigns").text and time.monotonic() < until:
            time.sleep(0.5)
        assert sender.status_code == 400
        return " ".join(answers), api.token


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
