"""From the simulator's webhooks to everybody's last state, on the whole laptop runtime."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.demo_client import Api
from local.runtime import Runtime
from local.settings import load_local_settings
from shared.channels.scenario import Wire
from shared.channels.scenarios import BY_NAME, SCENARIOS

CAMPAIGN: dict[str, Any] = {
    "name": "Funnel",
    "templateName": "order_update",
    "channel": "WHATSAPP",
    "audienceType": "CSV",
    "throttle": {"batchSize": 100},
    "retry": {"baseDelaySeconds": 0.2, "maxDelaySeconds": 1},
}
ENOUGH = 60.0  # seconds
KEEPS_IT_OPEN = "user-limit"  # not tried again for a day, so that the campaign does not end

ARRIVED = ("DELIVERED", None)
"""Or READ: that is the dice's part."""
ENDS = {
    "accepted": ARRIVED,
    "held": ("HELD", "HELD"),
    "message-paused": ("HELD", "PAUSED"),
    "held-delivered": ("READ", None),
    "silent": ("SENT", None),
    "delivered-only": ("DELIVERED", None),
    "read-first": ("READ", None),
    "no-opaque": ("READ", None),
    "no-phone": ("READ", None),
    "failed-first": ("DELIVERED", "131026"),
    "late-undeliverable": ("FAILED", "131026"),
    "late-opted-out": ("FAILED", "131050"),
    "late-user-limit": ("PENDING", "131049"),
    "late-experiment": ("FAILED", "130472"),
    "failed-after-delivered": ("DELIVERED", "131000"),
    "late-unavailable-once": ARRIVED,
    "replies": ("READ", None),
    "replies-elsewhere": ("READ", None),
    "stop-text": ("READ", None),
    "stop-button": ("READ", None),
    "stop-preference": ("READ", None),
    "something-wrong": ARRIVED,
    "reply-lost": ARRIVED,
    "unreadable": ARRIVED,
    "lost-before": ("UNCONFIRMED", "REPLY_LOST"),
    "bad-gateway": ("UNCONFIRMED", "HTTP_502"),
    KEEPS_IT_OPEN: ("PENDING", "131049"),
}
"""How everybody ends once all is heard: state and code."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Runtime]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("META_")}
    chosen = {"PORT": "0", "LOCAL_DATA_DIR": str(tmp_path / "data"), "LOCAL_TICK_SECONDS": "0"}
    environment = kept | chosen
    with Runtime(load_local_settings(environment), environment) as runtime:
        yield runtime


@pytest.fixture
def api(server: Runtime) -> Iterator[Api]:
    with Api(server.url) as client:
        yield client


def started(api: Api, folder: Path, phones: list[str]) -> str:
    path = folder / "people.csv"
    path.write_text("phone\n" + "".join(f"+{phone}\n" for phone in phones))
    campaign_id = api.create(CAMPAIGN)
    api.populate(campaign_id, path)
    api.start(campaign_id)
    return campaign_id


def until(holds: Callable[[], bool], what: str) -> None:
    give_up = time.monotonic() + ENOUGH
    while not holds():
        assert time.monotonic() < give_up, what
        time.sleep(0.2)


def states(api: Api, campaign_id: str, people: Mapping[str, str]) -> dict[str, tuple[str, Any]]:
    """State and code of everybody by scenario; READ counts as ARRIVED where that will do."""
    found = {}
    for one in api.recipients(campaign_id):
        name = people[one["phone"]]
        state = (one["status"], one["errorCode"])
        found[name] = ARRIVED if ENDS.get(name) == ARRIVED and state == ("READ", None) else state
    return found


def test_everybody_ends_as_the_webhooks_say(server: Runtime, api: Api, tmp_path: Path) -> None:
    scenarios = [s for s in SCENARIOS if s.accepted and s.wire is not Wire.SILENCE]
    names = {s.name for s in scenarios} - {"held-dropped"}
    names |= {"lost-before", "bad-gateway", KEEPS_IT_OPEN}
    people = {BY_NAME[name].phone(3): name for name in names}
    campaign_id = started(api, tmp_path, list(people))

    give_up = time.monotonic() + ENOUGH
    while states(api, campaign_id, people) != ENDS and time.monotonic() < give_up:
        api.execute_batch(campaign_id)
        time.sleep(0.2)

    assert states(api, campaign_id, people) == ENDS
    assert server.simulator is not None
    twice = [p for p, count in server.simulator.accepted_per_phone().items() if count > 1]
    assert [people[phone] for phone in twice] == ["late-unavailable-once"]


def test_answers_are_counted_and_whoever_wants_no_more_gets_no_more(
    server: Runtime, api: Api, tmp_path: Path
) -> None:
    answering = ["replies", "replies-elsewhere", "stop-text", "stop-button"]
    stopping = ["stop-text", "stop-button", "stop-preference", "late-opted-out"]
    people = {BY_NAME[name].phone(): name for name in {*answering, *stopping, "accepted"}}
    campaign_id = started(api, tmp_path, list(people))

    api.execute_batch(campaign_id)
    until(lambda: not server.unheard(), "the webhooks do not end")
    api.execute_batch(started(api, tmp_path, list(people)))

    assert api.stats(campaign_id)["replied"] == len(answering)
    assert server.simulator is not None
    accepted = server.simulator.accepted_per_phone()
    assert sorted(people[p] for p, count in accepted.items() if count == 1) == sorted(stopping)


def test_a_held_message_that_is_dropped_pauses_the_campaign_and_waits_again(
    server: Runtime, api: Api, tmp_path: Path
) -> None:
    dropped = BY_NAME["held-dropped"].phone()
    campaign_id = started(api, tmp_path, [dropped, BY_NAME[KEEPS_IT_OPEN].phone()])

    api.execute_batch(campaign_id)
    until(lambda: api.campaign(campaign_id)["status"] == "PAUSED", "the campaign is not paused")

    assert "132015" in api.campaign(campaign_id)["pausedReason"]
    until(lambda: api.campaign(campaign_id)["heldCount"] == 0, "nobody should be held")
    assert api.campaign(campaign_id)["pendingCount"] == 2


def test_what_somebody_makes_the_simulator_send_arrives(server: Runtime, api: Api) -> None:
    assert server.simulator is not None
    page = f"{server.simulator.url}/simulator/webhooks"

    answer = httpx.post(page, json={"field": "user_preferences", "value": {}})

    assert answer.json()["status"] == 200
