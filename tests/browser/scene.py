"""A laptop runtime with something to see: what every page is looked at and photographed with."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from local.runtime import Runtime
from local.settings import load_local_settings

NAMES = ("Ana", "Bruno", "Carla", "Diego", "Elena", "Fatima", "Goran", "Hana", "Ivo", "Jana")
ENDINGS = ("0150", "0160", "0160", "0161", "0165", "0177", "0184", "0184")
"""Of phones with a story: held, not on WhatsApp, opted out, failed late, answers STOP, in doubt."""

DRAFT: dict[str, Any] = {
    "templateName": "order_update",
    "channel": "WHATSAPP",
    "audienceType": "CSV",
    "templateParams": {"body": ["{{first_name}}", "{{order}}"]},
    "throttle": {"messagesPerSecond": 80, "batchSize": 20},
}


@dataclass(frozen=True)
class Scene:
    """Where the console is, and the campaigns by what can be seen of them."""

    url: str
    ids: dict[str, str]
    """`completed`, `running`, `paused`, `stopped` by the system, `draft`, `ready` to start."""


@contextmanager
def running_scene(folder: Path) -> Iterator[Scene]:
    """A furnished runtime on a free port, without a tick: nothing moves unless a test moves it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("META_")}
    chosen = {"PORT": "0", "LOCAL_DATA_DIR": str(folder / "data"), "LOCAL_TICK_SECONDS": "0"}
    environment = kept | chosen
    with (
        (folder / "functions.log").open("ab") as log,
        Runtime(load_local_settings(environment), environment, log) as runtime,
        httpx.Client(base_url=runtime.url, timeout=30, trust_env=False) as client,
    ):
        token = client.get("/local/token").json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield Scene(runtime.url, _furnish(client))


def _furnish(api: httpx.Client) -> dict[str, str]:
    ids = {
        "completed": _campaign(api, "Order updates", rows(20, ENDINGS)),
        "running": _campaign(api, "Autumn offer", rows(90, first=2000)),
        "paused": _campaign(api, "Appointment reminders", rows(30, first=3000)),
        "stopped": _campaign(api, "New opening hours", rows(20, ("0190",), first=4000)),
        "draft": _campaign(api, "Welcome", ""),
        "ready": _campaign(api, "Spring sale", rows(450, first=5000)),
    }
    for name in ("completed", "running", "stopped", "paused"):
        _post(api, f"{ids[name]}/control", {"action": "start", "reason": "ready"})
    with ThreadPoolExecutor() as threads:
        sending = [
            threads.submit(_post, api, f"{ids[name]}/execute-batch")
            for name in ("completed", "running", "stopped")
        ]
    for each in sending:
        each.result()
    _post(api, f"{ids['paused']}/control", {"action": "pause", "reason": "wait for the new prices"})
    return ids


def _campaign(api: httpx.Client, name: str, listed: str) -> str:
    answer = _post(api, "create", {**DRAFT, "name": name})
    campaign_id = str(answer["campaignId"])
    if listed:
        file = {"file": ("people.csv", listed.encode(), "text/csv")}
        _post(api, f"{campaign_id}/populate", files=file)
    return campaign_id


def rows(count: int, endings: tuple[str, ...] = (), first: int = 1000) -> str:
    """A list of `count` people; the first of them have phones that end like this."""
    lines = ["phone,first_name,order"]
    for n in range(count):
        area, ending = 201 + n % 700, endings[n] if n < len(endings) else f"{first + n}"
        lines.append(f"+1{area}555{ending},{NAMES[n % len(NAMES)]},A-{first + n}")
    return "\n".join(lines) + "\n"


def _post(api: httpx.Client, path: str, json: Any = None, files: Any = None) -> dict[str, Any]:
    answer = api.post(f"/api/campaigns/{path}", json=json, files=files)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found
