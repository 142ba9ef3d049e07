"""A run on ministack: executors in parallel, killed all the while, and judged at the end.

Two acts. In the first the cap has room for only a part of the people, so that workers die at the
cap too; in the second, limits are raised, a person resumes, and after the last death everything
must come to its end by itself. All the while the provider tells what became of its messages.
"""

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3

from functions.wiring import Services
from shared.channels.simulator import Simulator
from shared.channels.stories import Delivery
from shared.domain.access import DEFAULT_TENANT
from shared.domain.campaign import Action, CampaignStatus, Retry
from tests.deaths.crowd import EXECUTOR, Crowd
from tests.deaths.door import SECRET, Door
from tests.deaths.judge import Facts, judge, lost
from tests.deaths.nursery import UNEXPECTED, Nursery
from tests.deaths.people import LATER, SCRIPTED, audiences, make_unlucky
from tests.deaths.report import Report
from tests.deaths.tables import read_tables
from tests.support.campaigns import act, new_campaign
from tests.support.ministack import new_deployment

TOKEN = "test-token"
PATIENCE = 90.0  # seconds after the last death in which nothing comes nearer to its end
SEES_LEASES_END = 44.0  # how fast the schedule's clock is, in seconds; see `nursery.tick`
TIME_LIMIT = 26.0  # of an invocation: the least in which a call may begin is 22
TELLS = Delivery(delay=0.1, jitter=0.4, duplicates=0.1, disorder=0.2, gather=0.25, retry=0.2)
QUEUES = ("EXECUTOR_QUEUE_URL", "UPDATES_QUEUE_URL")


@dataclass(frozen=True)
class Plan:
    """One run; everything random in it comes from `seed` and the machine's own timing."""

    seed: int
    sizes: tuple[int, ...] = (1600, 500)
    executors: int = 3
    group: int = 5
    seconds_between_deaths: float = 0.35
    act_seconds: float = 20.0  # at most, for each of the two
    latency: float = 0.004
    jitter: float = 0.03


def run(plan: Plan, url: str, folder: Path) -> Report:
    """Stage the run on the emulator at `url`; the processes' log goes to `folder`."""
    log = folder / f"executors-{plan.seed}.log"
    simulator = Simulator(token=TOKEN, latency=plan.latency, jitter=plan.jitter, seed=plan.seed)
    with (
        simulator,
        _deployment(url, plan, simulator) as (environment, services),
        Door(services.updates.put) as door,
    ):
        simulator.report_to(door.url, SECRET, TELLS)
        return _Stage(plan, environment, services, simulator, door, log).run()


@contextmanager
def _deployment(
    url: str, plan: Plan, simulator: Simulator
) -> Iterator[tuple[dict[str, str], Services]]:
    """Fresh tables, and queues that deliver again what takes longer than two seconds."""
    session = boto3.Session(region_name="eu-west-1")
    environment = new_deployment(url, session) | {
        "META_GRAPH_URL": simulator.url,
        "META_ACCESS_TOKEN": TOKEN,
        "GROUP_SIZE": str(plan.group),
        "THROTTLE_STOP_SECONDS": "1",
    }
    before = os.environ.get("AWS_ENDPOINT_URL")
    os.environ["AWS_ENDPOINT_URL"] = url
    services = Services(environment, DEFAULT_TENANT)
    services.__dict__["_session"] = session
    for name in QUEUES:
        services._sqs.set_queue_attributes(
            QueueUrl=environment[name], Attributes={"VisibilityTimeout": "2"}
        )
    try:
        yield environment, services
    finally:
        services.close()
        os.environ.pop("AWS_ENDPOINT_URL")
        if before is not None:
            os.environ["AWS_ENDPOINT_URL"] = before


class _Stage:
    def __init__(
        self,
        plan: Plan,
        environment: dict[str, str],
        services: Services,
        simulator: Simulator,
        door: Door,
        log: Path,
    ) -> None:
        self._plan, self._environment, self._services = plan, environment, services
        self._simulator, self._door, self._log = simulator, door, log
        self._dice = random.Random(plan.seed)
        self._violations: list[str] = []

    def run(self) -> Report:
        lists = audiences(self._dice, self._plan.sizes)
        make_unlucky(self._dice, self._simulator, lists, SCRIPTED + LATER)
        retry = Retry(base_delay_seconds=0.5, max_delay_seconds=2)
        people = {new_campaign(self._services, each, retry=retry): each for each in lists}
        everybody = {phone for each in lists for phone in each}
        for campaign_id in people:
            act(self._services, campaign_id, Action.START)
        began = time.monotonic()
        with Nursery(self._log) as nursery:
            crowd = Crowd(nursery, self._dice, self._plan.executors)
            self._first_act(crowd, list(people), cap=len(everybody) // 2)
            # In doubt, a unit stays used; so the cap must have room for those too.
            cap = 2 * len(everybody)
            self._second_act(crowd, list(people), cap)
            seconds = time.monotonic() - began
            kills = crowd.kills.copy()
        facts = Facts(people, self._plan.group, kills[EXECUTOR], cap, self._door.told)
        return self._report(facts, kills, seconds)

    def _first_act(self, crowd: Crowd, campaigns: list[str], cap: int) -> None:
        self._begin(crowd, campaigns, cap)
        self._deaths_until(lambda: not self._running(campaigns), crowd)
        crowd.end()
        time.sleep(0.2)  # a call that was on its way arrives
        opened = len({call.phone for call in self._simulator.accepted})
        if opened > cap:
            self._violations.append(f"{opened} conversations, the first cap was {cap}")

    def _second_act(self, crowd: Crowd, campaigns: list[str], cap: int) -> None:
        self._begin(crowd, campaigns, cap)
        for campaign_id in campaigns:
            if self._services.campaigns.get(campaign_id).status is CampaignStatus.PAUSED:
                act(self._services, campaign_id, Action.RESUME)
        self._deaths_until(lambda: not self._running(campaigns), crowd)
        crowd.whole()
        self._let_it_end(campaigns)

    def _let_it_end(self, campaigns: list[str]) -> None:
        """As long as it takes on a busy machine, unless it stands still.

        What is told late can open a campaign again.
        """
        seen, since = (-1, -1), time.monotonic()
        while time.monotonic() - since < PATIENCE:
            untold = self._untold()
            if not untold and not self._running(campaigns):
                return
            time.sleep(0.2)
            if (len(self._simulator.received), untold) != seen:
                seen, since = (len(self._simulator.received), untold), time.monotonic()

    def _untold(self) -> int:
        """What the provider has still to tell, and what waits to be worked on."""
        assert self._simulator.webhooks
        waiting = self._simulator.webhooks.waiting  # first: from there it goes to the queue
        answer = self._services._sqs.get_queue_attributes(
            QueueUrl=self._environment["UPDATES_QUEUE_URL"], AttributeNames=["All"]
        )
        counts = (n for k, n in answer["Attributes"].items() if k.startswith("ApproximateNumber"))
        return waiting + sum(int(n) for n in counts)

    def _begin(self, crowd: Crowd, campaigns: list[str], cap: int) -> None:
        crowd.begin(
            environment=self._environment | {"WHATSAPP_DAILY_LIMIT": str(cap)},
            campaigns=campaigns,
            byName=0.5,
            seconds=TIME_LIMIT,
            ahead=SEES_LEASES_END,
        )

    def _deaths_until(self, over: Callable[[], bool], crowd: Crowd) -> None:
        deadline = time.monotonic() + self._plan.act_seconds
        while time.monotonic() < deadline and not over():
            time.sleep(self._dice.expovariate(1 / self._plan.seconds_between_deaths))
            crowd.strike()

    def _running(self, campaigns: list[str]) -> bool:
        get = self._services.campaigns.get
        return any(get(each).status is CampaignStatus.RUNNING for each in campaigns)

    def _report(self, facts: Facts, kills: dict[str, int], seconds: float) -> Report:
        settings = self._services.settings
        names = {
            "campaigns": settings.campaigns_table,
            "recipients": settings.recipients_table,
            "whatsapp": settings.whatsapp_table,
        }
        tables = read_tables(self._services._dynamodb, names, list(facts.people))
        calls = self._simulator.received
        log = self._log.read_text()
        if UNEXPECTED in log:
            self._violations.append(log[log.index(UNEXPECTED) :][:3000])
        violations = [*self._violations, *judge(facts, tables, calls)]
        others = sum(kills.values()) - facts.kills
        return Report.of(violations, calls, lost(tables), facts.kills, others, seconds)
