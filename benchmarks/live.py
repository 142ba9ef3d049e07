"""How soon somebody who listens hears of a status: from Meta's POST at the door to the WebSocket.

    python -m benchmarks.live            400 statuses one by one, then 400 at once; a minute
    python -m benchmarks.live --quick    60

All of the laptop's runtime is on the way: the door's process, the queue, the work on the status,
the tables with their log, the stream, the function that tells, the socket. The polling of queue and
stream is the laptop's; on AWS other waits stand in its place.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import httpx

from benchmarks.report import Report
from benchmarks.webhooks import post, signature, status
from local.demo_client import Api
from local.runtime import Runtime
from local.settings import LocalSettings
from shared.channels.scenarios import BY_NAME
from shared.channels.simulator import PHONE_NUMBER_ID
from shared.channels.simulator_mailbox import Received
from tests.support.websocket import WebSocket

KINDS = ("delivered", "read")
PATIENCE = 60.0  # seconds for one message


class Ear:
    """A connection that hears of a campaign's recipients, and remembers when."""

    def __init__(self, runtime: Runtime, token: str, campaign_id: str) -> None:
        answer = httpx.post(
            f"{runtime.url}/api/live/ticket",
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
        )
        ticket = answer.raise_for_status().json()
        self._socket = WebSocket(f"{ticket['url']}?ticket={ticket['ticket']}")
        order = {"action": "subscribe", "campaignId": campaign_id, "messages": True}
        self._socket.send(order)
        self._socket.until("snapshot", PATIENCE)
        self._heard: dict[tuple[str, str], float] = {}  # by phone and state: when, monotonic

    def heard(self, phone: str, state: str) -> float:
        """When it was first told of; waits for it."""
        while (phone, state) not in self._heard:
            message = self._socket.receive(PATIENCE)
            now = time.perf_counter()
            if message["type"] == "message.status":
                for change in message["data"]["changes"]:
                    self._heard.setdefault((change["phone"], change["status"]), now)
        return self._heard[phone, state]

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def live(report: Report, *, quick: bool) -> None:
    """The table."""
    report.heading("(e) Webhooks: how soon a status is told")
    people = 30 if quick else 200
    phones = [BY_NAME["silent"].phone(n) for n in range(2 * people)]
    report.columns("statuses", "median, ms", "99th percentile, ms", "slowest, ms")
    with running(phones) as (runtime, ear):
        calls = {call.phone: call for call in runtime.simulator.received if call.accepted}
        first = [calls[phone] for phone in phones[:people]]
        row(report, "one by one", one_by_one(runtime, ear, first))
        last = [calls[phone] for phone in phones[people:]]
        row(report, "in two POSTs", at_once(runtime, ear, last))
    report.say("\nOn the laptop: from Meta's POST at the webhook to the WebSocket.\n")


def main() -> None:
    """By itself."""
    parser = argparse.ArgumentParser(description="Measure how soon a status is told.")
    parser.add_argument("--quick", action="store_true", help="60 statuses instead of 400")
    live(Report(), quick=parser.parse_args().quick)


@contextmanager
def running(phones: Sequence[str]) -> Iterator[tuple[Any, Ear]]:
    """The laptop's runtime with a campaign that was sent, of which Meta tells nothing by itself."""
    environment = {"PATH": os.environ["PATH"], "WHATSAPP_DAILY_LIMIT": str(len(phones))}
    with tempfile.TemporaryDirectory() as name:
        folder, log = Path(name), (Path(name) / "functions.log").open("wb")
        settings = LocalSettings(0, folder / "data", tick_seconds=0)
        with log, Runtime(settings, environment, log) as runtime, Api(runtime.url) as api:
            campaign_id = api.create(
                {
                    "name": "bench",
                    "templateName": "bench",
                    "channel": "WHATSAPP",
                    "audienceType": "CSV",
                    "throttle": {"batchSize": 1000, "messagesPerSecond": 80},
                }
            )
            people = folder / "people.csv"
            people.write_text("phone\n" + "".join(f"+{phone}\n" for phone in phones))
            api.populate(campaign_id, people)
            api.start(campaign_id)
            while api.campaign(campaign_id)["status"] != "COMPLETED":
                api.execute_batch(campaign_id)
            ear = Ear(runtime, api.token, campaign_id)
            yield runtime, ear
            ear.close()


def one_by_one(runtime: Runtime, ear: Ear, calls: Sequence[Received]) -> list[float]:
    """Seconds for each status, the next one posted when the last one was heard of."""
    delays = []
    with httpx.Client(trust_env=False) as meta:
        for kind in KINDS:
            for call in calls:
                began = time.perf_counter()
                tell(runtime, meta, kind, [call])
                delays.append(ear.heard(call.phone, kind.upper()) - began)
    return delays


def at_once(runtime: Runtime, ear: Ear, calls: Sequence[Received]) -> list[float]:
    """Seconds for each status of one POST for each kind, as after a pause of Meta's."""
    delays = []
    with httpx.Client(trust_env=False) as meta:
        for kind in KINDS:
            began = time.perf_counter()
            tell(runtime, meta, kind, calls)
            delays += [ear.heard(call.phone, kind.upper()) - began for call in calls]
    return delays


def tell(runtime: Runtime, meta: httpx.Client, kind: str, calls: Sequence[Received]) -> None:
    """One signed POST at the door, as Meta's servers send it."""
    statuses = [status(kind, call.message_id or "", call.opaque) for call in calls]
    body = post(statuses, PHONE_NUMBER_ID)
    headers = {"X-Hub-Signature-256": signature(body, runtime.app_secret)}
    meta.post(runtime.webhook_url, content=body, headers=headers).raise_for_status()


def row(report: Report, what: str, delays: Sequence[float]) -> None:
    """One line of the table."""
    p99 = quantiles(delays, n=100, method="inclusive")[98]
    figures = [f"{seconds * 1000:.0f}" for seconds in (median(delays), p99, max(delays))]
    report.row(f"{len(delays)} {what}", *figures)


if __name__ == "__main__":
    main()
