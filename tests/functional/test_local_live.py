"""Listening on the laptop: real WebSockets, real streams, real processes."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.demo_client import Api
from local.runtime import Runtime
from local.settings import LocalSettings
from shared.channels.scenarios import ACCEPTED, BY_NAME
from shared.domain.instants import from_text
from tests.support.websocket import RefusedError, WebSocket

CAMPAIGN = {
    "name": "n",
    "templateName": "t",
    "channel": "WHATSAPP",
    "audienceType": "CSV",
    "throttle": {"batchSize": 10},
}
GOING_AWAY = 1001
Listen = Callable[..., WebSocket]


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """The laptop's server; nothing happens by itself."""
    settings = LocalSettings(0, tmp_path_factory.mktemp("live"), tick_seconds=0)
    with Runtime(settings, os.environ) as runtime:
        yield runtime


@pytest.fixture
def listen(runtime: Runtime) -> Iterator[Listen]:
    """Opens connections, each with a ticket of its own."""
    opened: list[WebSocket] = []

    def connect(tenant: str = "default", role: str = "viewer") -> WebSocket:
        opened.append(WebSocket(address(ticket(runtime, tenant, role))))
        return opened[-1]

    yield connect
    for socket in opened:
        socket.close()


def token(runtime: Runtime, tenant: str, role: str) -> str:
    answer = httpx.get(f"{runtime.url}/local/token?tenant={tenant}&role={role}", trust_env=False)
    return str(answer.json()["token"])


def ticket(runtime: Runtime, tenant: str = "default", role: str = "viewer") -> dict[str, Any]:
    answer = httpx.post(
        f"{runtime.url}/api/live/ticket",
        headers={"Authorization": f"Bearer {token(runtime, tenant, role)}"},
        trust_env=False,
    )
    assert answer.status_code == 201
    return dict(answer.json())


def address(issued: dict[str, Any]) -> str:
    return f"{issued['url']}?ticket={issued['ticket']}"


def people(folder: Path, phones: list[str]) -> Path:
    path = folder / "list.csv"
    path.write_text("phone\n" + "".join(f"+{phone}\n" for phone in phones))
    return path


def draft(api: Api, folder: Path, phones: list[str]) -> str:
    campaign_id = api.create(CAMPAIGN)
    api.populate(campaign_id, people(folder, phones))
    return campaign_id


def control(runtime: Runtime, campaign_id: str, action: str) -> None:
    answer = httpx.post(
        f"{runtime.url}/api/campaigns/{campaign_id}/control",
        headers={"Authorization": f"Bearer {token(runtime, 'default', 'org_admin')}"},
        json={"action": action},
        trust_env=False,
    )
    assert answer.status_code == 200


def of(messages: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [message for message in messages if message["type"] == kind]


def changes(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for event in of(messages, "message.status") for each in event["data"]["changes"]]


def settled(messages: list[dict[str, Any]]) -> set[str]:
    return {each["phone"] for each in changes(messages) if each["status"] != "PENDING"}


def kinds(messages: list[dict[str, Any]]) -> list[str]:
    return [message["type"] for message in messages]


def test_somebody_hears_everything_of_a_campaign_as_it_happens(
    runtime: Runtime, listen: Listen, tmp_path: Path
) -> None:
    phones = [ACCEPTED.phone(n) for n in range(3)] + [BY_NAME["undeliverable"].phone()]
    with Api(runtime.url) as api:
        campaign_id = draft(api, tmp_path, phones)
        socket = listen()
        socket.send({"action": "subscribe", "campaignId": campaign_id, "messages": True})
        (snapshot,) = socket.until("snapshot")

        api.start(campaign_id)
        api.execute_batch(campaign_id)
        heard: list[dict[str, Any]] = []
        while not (
            {"campaign.started", "campaign.completed"} <= set(kinds(heard))
            and settled(heard) == set(phones)
            and any(event["data"]["progress"] == 100 for event in of(heard, "campaign.progress"))
        ):
            heard.append(socket.receive())

    (shown,) = snapshot["data"]["campaigns"]
    assert (shown["status"], shown["counts"]) == ("DRAFT", {"PENDING": 4})
    assert kinds(heard).count("campaign.started") == kinds(heard).count("campaign.completed") == 1
    assert {event["campaignId"] for event in heard} == {campaign_id}
    assert {event["tenantId"] for event in heard} == {"default"}
    sent = {change["phone"] for change in changes(heard) if change["status"] == "SENT"}
    assert sent == set(phones[:3])
    (failed,) = [change for change in changes(heard) if change["phone"] == phones[3]]
    assert (failed["status"], failed["errorCode"]) == ("FAILED", "131026")
    assert of(heard, "campaign.progress")[-1]["data"]["counts"]["FAILED"] == 1


def test_recipients_come_only_to_who_asked_for_them_and_only_of_that_campaign(
    runtime: Runtime, listen: Listen, tmp_path: Path
) -> None:
    with Api(runtime.url) as api:
        one, other = (draft(api, tmp_path, [ACCEPTED.phone(n)]) for n in (10, 11))
        everything, named = listen(), listen()
        everything.send({"action": "subscribe"})
        named.send({"action": "subscribe", "campaignId": one})
        for socket in (everything, named):
            socket.until("snapshot")

        for campaign_id in (other, one):
            api.start(campaign_id)
            api.execute_batch(campaign_id)

        of_all = everything.until("campaign.completed") + everything.until("campaign.completed")
        of_one = named.until("campaign.completed")
    assert {event["campaignId"] for event in of_all} >= {one, other}  # and of earlier tests
    assert {event["campaignId"] for event in of_one} == {one}
    assert "message.status" not in kinds(of_all + of_one)


def test_progress_comes_once_a_second_at_most_and_the_last_state_is_told(
    runtime: Runtime, listen: Listen, tmp_path: Path
) -> None:
    with Api(runtime.url) as api:
        campaign_id = draft(api, tmp_path, [ACCEPTED.phone(n) for n in range(20, 60)])
        socket = listen()
        socket.send({"action": "subscribe", "campaignId": campaign_id})
        socket.until("snapshot")
        api.start(campaign_id)

        for _ in range(4):
            api.execute_batch(campaign_id)

        heard: list[dict[str, Any]] = []
        while not heard or heard[-1]["data"]["progress"] != 100:
            heard.append(socket.until("campaign.progress")[-1])
    instants = [from_text(event["at"]) for event in heard]
    assert len(instants) > 2
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(instants)]
    assert min(gaps) >= 0.99


def test_another_tenant_hears_nothing_and_can_not_ask(
    runtime: Runtime, listen: Listen, tmp_path: Path
) -> None:
    with Api(runtime.url) as api:
        campaign_id = draft(api, tmp_path, [ACCEPTED.phone(70)])
        stranger, own = listen("acme"), listen()
        stranger.send({"action": "subscribe"})
        stranger.until("snapshot")
        stranger.send({"action": "subscribe", "campaignId": campaign_id, "messages": True})
        theirs = stranger.receive()
        stranger.send({"action": "subscribe", "campaignId": "cmp_nobody", "messages": True})
        nobodys = stranger.receive()
        own.send({"action": "subscribe"})
        own.until("snapshot")

        api.start(campaign_id)
        api.execute_batch(campaign_id)
        own.until("campaign.completed")

    assert theirs["data"]["code"] == nobodys["data"]["code"] == "CAMPAIGN_NOT_FOUND"
    assert (
        theirs["data"]["message"].replace(campaign_id, "cmp_nobody") == nobodys["data"]["message"]
    )
    assert stranger.silence(1)


def test_who_comes_back_is_told_what_was_missed_and_hears_on(
    runtime: Runtime, listen: Listen, tmp_path: Path
) -> None:
    with Api(runtime.url) as api:
        campaign_id = draft(api, tmp_path, [ACCEPTED.phone(n) for n in range(80, 82)])
        first = listen()
        first.send({"action": "subscribe", "campaignId": campaign_id})
        first.until("snapshot")
        api.start(campaign_id)
        last = first.until("campaign.started")[-1]["id"]
        first.cut()

        control(runtime, campaign_id, "pause")
        again = listen()
        again.send({"action": "subscribe", "campaignId": campaign_id, "since": last})
        missed = again.until("snapshot")[-1]["data"]
        control(runtime, campaign_id, "resume")
        then = again.until("campaign.resumed")[-1]

    assert missed["complete"] is True
    new = [event for event in missed["events"] if event["id"] > last]
    assert kinds(new) == ["campaign.paused"]
    assert new[0]["data"]["actor"] == "org_admin@default"
    assert missed["campaigns"][0]["status"] == "PAUSED"
    assert then["id"] > new[0]["id"]


def test_a_ticket_lets_one_in_once(runtime: Runtime) -> None:
    issued = ticket(runtime)
    WebSocket(address(issued)).close()

    for url in (
        address(issued),
        issued["url"],
        f"{issued['url']}?ticket=",
        address({**issued, "ticket": "x" * 36}),
    ):
        with pytest.raises(RefusedError) as refused:
            WebSocket(url)
        assert refused.value.status == 401


def test_a_page_of_another_site_can_not_listen(runtime: Runtime) -> None:
    for headers in ((b"origin", b"https://evil.example"),), ():
        url = address(ticket(runtime))
        if headers:
            with pytest.raises(RefusedError) as refused:
                WebSocket(url, headers)
            assert refused.value.status == 403
        else:
            WebSocket(url).close()


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ("{", "not JSON"),
        ("[" * 4000, "not JSON"),
        ("x" * 5000, "longer than"),
        ([], '"action": "subscribe"'),
        ({}, '"action": "subscribe"'),
        ({"action": "shout"}, '"action": "ping"'),
        ({"action": "ping", "x": 1}, '"action": "ping"'),
        ({"action": "subscribe", "campaign": "x"}, '"campaignId"'),
        ({"action": "subscribe", "campaignId": "CAMPAIGN#x"}, "campaignId must"),
        ({"action": "subscribe", "campaignId": 7}, "campaignId must"),
        ({"action": "subscribe", "messages": True}, "needs a campaignId"),
        ({"action": "subscribe", "messages": "yes"}, "true or false"),
        ({"action": "subscribe", "since": "yesterday"}, "since must"),
        ({"action": "subscribe", "since": "2026-11-20T09:05:00"}, "since must"),
    ],
)
def test_what_can_not_be_understood_is_answered_in_words(
    listen: Listen, said: Any, part: str
) -> None:
    socket = listen()

    socket.send(said)

    answer = socket.receive()
    assert (answer["type"], answer["data"]["code"]) == ("error", "NOT_UNDERSTOOD")
    assert part in answer["data"]["message"]
    socket.send({"action": "ping"})
    assert socket.receive()["type"] == "pong"


def test_who_is_gone_is_forgotten(runtime: Runtime, listen: Listen, tmp_path: Path) -> None:
    gone, there = listen(), listen()
    for socket in (gone, there):
        socket.send({"action": "subscribe"})
        socket.until("snapshot")
    before = time.monotonic()
    gone.cut()

    with Api(runtime.url) as api:
        campaign_id = draft(api, tmp_path, [ACCEPTED.phone(90)])
        api.start(campaign_id)
        there.until("campaign.started")

    assert time.monotonic() - before < 10


def test_a_line_has_the_same_id_in_the_history(
    runtime: Runtime, listen: Listen, tmp_path: Path
) -> None:
    with Api(runtime.url) as api:
        campaign_id = draft(api, tmp_path, [ACCEPTED.phone(91)])
        socket = listen()
        socket.send({"action": "subscribe", "campaignId": campaign_id})
        socket.until("snapshot")
        control(runtime, campaign_id, "start")
        started = socket.until("campaign.started")[-1]
        answer = httpx.get(
            f"{runtime.url}/api/campaigns/{campaign_id}/events",
            headers={"Authorization": f"Bearer {api.token}"},
            trust_env=False,
        )

    (line,) = [each for each in answer.json()["events"] if each["what"] == "STARTED"]
    assert (line["id"], line["at"]) == (started["id"], started["at"])


def test_a_runtime_that_stops_says_good_bye_and_does_not_wait(tmp_path: Path) -> None:
    with Runtime(LocalSettings(0, tmp_path, tick_seconds=0), os.environ) as stopping:
        socket = WebSocket(address(ticket(stopping)))
        socket.send({"action": "subscribe"})
        socket.until("snapshot")
        began = time.monotonic()
        closing = threading.Thread(target=stopping.stop)
        closing.start()

        assert socket.until_closed() == GOING_AWAY
        closing.join()
        assert time.monotonic() - began < 10
        socket.close()
