"""A run on the laptop runtime: all of it, or a part, is killed in the middle of a campaign.

The provider lives outside, so it remembers whatever the laptop forgets. After every death the
runtime is started again on the same data folder, as a person would.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import boto3

from local.demo_client import Api, ApiError
from local.emulator import Emulator
from local.settings import TABLE_NAMES
from shared.channels.simulator import Simulator
from tests.deaths.judge import Facts, judge, lost
from tests.deaths.nursery import ROOT
from tests.deaths.people import audiences, make_unlucky
from tests.deaths.report import Report
from tests.deaths.tables import Tables, read_tables

TOKEN = "test-token"
PATIENCE = 60.0  # seconds that the end may take, besides the leases
LEASE = 180.0  # seconds; more than the 148 that an executor of the runtime holds a group
GROUP = 5
FATAL = {"everything": 0.4, "the parent": 0.2, "the emulator": 0.2, "an executor": 0.2}
"""What is killed, and how often."""


@dataclass(frozen=True)
class Plan:
    """One run. With `waits`, leases end in real time, which takes minutes; else the last start is
    with a clock that is ahead, as if somebody had started the runtime only then."""

    seed: int
    people: int = 600
    deaths: int = 8
    waits: bool = False
    latency: float = 0.005
    jitter: float = 0.05


def run(plan: Plan, folder: Path) -> Report:
    """Stage the run on the data folder `folder / "data"`."""
    dice = random.Random(plan.seed)
    simulator = Simulator(token=TOKEN, latency=plan.latency, jitter=plan.jitter, seed=plan.seed)
    with simulator:
        (people,) = audiences(dice, [plan.people])
        make_unlucky(dice, simulator, [people])
        began = time.monotonic()
        kills, campaign_id = _campaign_with_deaths(plan, dice, folder, simulator, people)
        seconds = time.monotonic() - began
        # A death ends at most all executors that the runtime has.
        facts = Facts({campaign_id: people}, GROUP, 3 * kills.total(), cap=10 * len(people))
        tables = _read(folder / "data", campaign_id)
        calls = simulator.received
    return Report.of(judge(facts, tables, calls), calls, lost(tables), kills.total(), 0, seconds)


def _campaign_with_deaths(
    plan: Plan, dice: random.Random, folder: Path, simulator: Simulator, people: list[str]
) -> tuple[Counter[str], str]:
    kills: Counter[str] = Counter()
    laptop = Laptop(folder, simulator)
    try:
        campaign_id = started(laptop, folder, people)
        for _ in range(plan.deaths):
            time.sleep(dice.uniform(0.05, 1.5))
            what = dice.choices(list(FATAL), list(FATAL.values()))[0]
            laptop.kill(what)
            kills[what] += 1
        laptop.kill("everything", ahead=0 if plan.waits else LEASE)
        kills["everything"] += 1
        laptop.wait_for_the_end(campaign_id, PATIENCE + (LEASE if plan.waits else 0))
    finally:
        laptop.end()
    return kills, campaign_id


def started(laptop: "Laptop", folder: Path, people: list[str]) -> str:
    """A campaign under way, made over HTTP."""
    csv = folder / "people.csv"
    csv.write_text("phone\n" + "".join(f"+{phone}\n" for phone in people))
    laptop.start()
    with Api(laptop.url) as api:
        campaign_id = api.create(
            {
                "name": "deaths",
                "templateName": "hello",
                "channel": "WHATSAPP",
                "audienceType": "CSV",
                "throttle": {"batchSize": 100, "messagesPerSecond": 60},
                "retry": {"baseDelaySeconds": 1, "maxDelaySeconds": 2},
            }
        )
        answer = api.populate(campaign_id, csv)
        assert answer["inserted"] == len(people), answer
        api.start(campaign_id)
    return campaign_id


def _read(data: Path, campaign_id: str) -> Tables:
    """The tables as the next start would find them."""
    with Emulator(data) as emulator:
        client = boto3.client(
            "dynamodb",
            endpoint_url=emulator.url,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )
        try:
            return read_tables(client, TABLE_NAMES, [campaign_id])
        finally:
            client.close()


class Laptop:
    """`python -m local`, started and killed."""

    def __init__(self, folder: Path, simulator: Simulator) -> None:
        self.url = ""
        self._log = folder / "laptop.log"
        self._variables = _variables(folder, simulator)
        self._process: subprocess.Popen[str] | None = None

    def start(self, ahead: float = 0) -> None:
        """Start it; its executor's clock is `ahead` seconds fast."""
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *(["tests.deaths.later"] if ahead else ["local"])],
                cwd=ROOT,
                env=self._variables | {"CLOCK_AHEAD_SECONDS": str(ahead)},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, self._log.read_text()[-3000:]
        self.url = line.split()[1]

    def kill(self, what: str, ahead: float = 0) -> None:
        """Kill it or a part of it, and have it running again."""
        assert self._process
        if what == "everything":
            self._kill_all()
        elif what == "the parent":
            self._process.kill()  # its children must end by themselves
        else:
            self._kill_child("local.emulator" if what == "the emulator" else "functions.executor")
        if what == "an executor":
            return  # the runtime itself goes on
        self._process.wait(30)
        self._close()
        self.start(ahead)

    def end(self) -> None:
        """End all of it, asked nicely."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._kill_all()
                self._process.wait()
            self._close()

    def wait_for_the_end(self, campaign_id: str, seconds: float) -> None:
        """Until the campaign is COMPLETED, or the time is over; the judge says which."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with suppress(ApiError), Api(self.url) as api:
                if api.campaign(campaign_id)["status"] == "COMPLETED":
                    return
            time.sleep(0.2)

    def _kill_all(self) -> None:
        """The whole tree at once, as if the power went."""
        assert self._process
        for pid in [*_children(self._process.pid), self._process.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _kill_child(self, name: str) -> None:
        assert self._process
        for pid in _children(self._process.pid):
            with suppress(OSError):
                if name.encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(pid, signal.SIGKILL)
                    return

    def _close(self) -> None:
        assert self._process
        assert self._process.stdout
        self._process.stdout.close()
        self._process = None


def _variables(folder: Path, simulator: Simulator) -> Mapping[str, str]:
    unwanted = ("META_", "WHATSAPP_", "LOCAL_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return kept | {
        "PORT": "0",
        "LOCAL_DATA_DIR": str(folder / "data"),
        "LOCAL_TICK_SECONDS": "0.5",
        "META_GRAPH_URL": simulator.url,
        "META_ACCESS_TOKEN": TOKEN,
        "META_PHONE_NUMBER_ID": "1065",
        "WHATSAPP_DAILY_LIMIT": "100000",
        "THROTTLE_STOP_SECONDS": "1",
    }


def _children(pid: int) -> list[int]:
    """The ids of a process's children; the runtime's have none themselves."""
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    return [int(word) for word in listed.stdout.split()]
