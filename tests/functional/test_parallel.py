"""Promises 1, 2 and 3 with real concurrency: threads and processes, real stores, real HTTP."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from functions.wiring import Services
from shared.channels.simulator import Simulator
from shared.domain.campaign import Action, CampaignStatus
from shared.domain.errors import CampaignClosedError, CampaignNotRunningError
from shared.domain.recipient import RecipientStatus
from tests.support.campaigns import (
    act,
    add,
    assert_adds_up,
    batch,
    everybody,
    phones,
    running,
    states,
)
from tests.support.processes import in_threads

ROOT = Path(__file__).parents[2]
SENT = RecipientStatus.SENT
TOKEN = "test-token"
BATCHES = 100
"""Far more than any thread needs."""


@pytest.fixture
def meta() -> Iterator[Simulator]:
    """The provider, with its own record of whom it took."""
    with Simulator(token=TOKEN) as simulator:
        yield simulator


@pytest.fixture
def deployment(environment: dict[str, str], services: Services, meta: Simulator) -> Services:
    """Real everything; the cap is out of the way unless a test sets one."""
    environment |= {"META_GRAPH_URL": meta.url, "WHATSAPP_DAILY_LIMIT": "1000"}
    return services


def execute(services: Services, campaigns: list[str]) -> None:
    """Batch after batch of each in turn until none is RUNNING."""
    left = list(campaigns)
    for _ in range(BATCHES):
        for campaign_id in list(left):
            try:
                result = batch(services, campaign_id)
            except CampaignNotRunningError:
                left.remove(campaign_id)
            else:
                if result.paused or result.completed:
                    left.remove(campaign_id)
        if not left:
            return
    pytest.fail("the campaigns do not come to an end")


def run_processes(environment: dict[str, str], orders: list[list[str]]) -> None:
    """One process for each order, a list of campaigns; all begin together."""
    command = [sys.executable, "-m", "tests.support.executor_process"]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [
        subprocess.Popen([*command, *order], cwd=ROOT, env=os.environ | environment, **pipes)
        for order in orders
    ]
    try:
        for process in processes:
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in processes:
            process.communicate(timeout=60)
            assert process.returncode == 0
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def assert_everybody_got_one(meta: Simulator, people: list[str]) -> None:
    """By the provider's own record."""
    assert meta.accepted_per_phone() == dict.fromkeys(people, 1)


def units_since(services: Services, start: datetime) -> int:
    """What the counters hold, should midnight have passed meanwhile."""
    days = {start.date(), services.clock.now().date()}
    return sum(services.quota.day("default", day).total for day in days)


def undeliverable(count: int) -> list[str]:
    """Numbers that the simulator refuses: not on WhatsApp."""
    return [f"1{area}5550160" for area in range(201, 201 + count)]


# --- threads ------------------------------------------------------------------------------------


def test_eight_threads_on_one_campaign_write_to_everybody_once(
    deployment: Services, meta: Simulator
) -> None:
    start, people = deployment.clock.now(), phones(120)
    campaign_id = running(deployment, people)

    in_threads(*[partial(execute, deployment, [campaign_id])] * 8)

    assert_everybody_got_one(meta, people)
    assert states(deployment, campaign_id) == {SENT: 120}
    assert {r.attempts for r in everybody(deployment, campaign_id).values()} == {1}
    assert units_since(deployment, start) == 120
    assert_adds_up(deployment, campaign_id, 120)


def test_six_threads_on_three_campaigns_send_exactly_the_cap(
    deployment: Services, meta: Simulator
) -> None:
    deployment.settings = replace(deployment.settings, daily_limit=50)
    start = deployment.clock.now()
    campaigns = [running(deployment, phones(40, first=1000 * n)) for n in range(3)]

    in_threads(*(partial(execute, deployment, campaigns[n % 3 :] + campaigns) for n in range(6)))

    assert len(meta.accepted) == 50
    assert set(meta.accepted_per_phone().values()) == {1}
    assert units_since(deployment, start) == 50
    sent = 0
    for campaign_id in campaigns:
        assert_adds_up(deployment, campaign_id, 40)
        sent += deployment.campaigns.stats(campaign_id).sent
        campaign = deployment.campaigns.get(campaign_id)
        if campaign.status is not CampaignStatus.COMPLETED:
            assert campaign.paused_reason == "Daily limit reached: 50/50 conversations"
    assert sent == 50


def test_units_of_refused_sends_are_used_by_other_threads_and_never_twice(
    deployment: Services, meta: Simulator
) -> None:
    deployment.settings = replace(deployment.settings, daily_limit=40)
    start = deployment.clock.now()
    campaigns = [
        running(deployment, undeliverable(15) + phones(40, first=1000 * n)) for n in range(2)
    ]

    in_threads(*[partial(execute, deployment, campaigns)] * 6)
    for campaign_id in campaigns:  # units may have come back after everybody had paused
        if deployment.campaigns.get(campaign_id).status is CampaignStatus.PAUSED:
            act(deployment, campaign_id, Action.RESUME)
            execute(deployment, [campaign_id])

    assert len(meta.accepted) == 40
    assert set(meta.accepted_per_phone().values()) == {1}
    assert units_since(deployment, start) == 40
    for campaign_id in campaigns:
        assert_adds_up(deployment, campaign_id, 55)


def test_people_are_added_while_others_are_sent_to_and_nobody_is_forgotten(
    deployment: Services, meta: Simulator
) -> None:
    meta.latency = 0.005
    people = phones(150)
    campaign_id = running(deployment, people[:60])
    campaign = deployment.campaigns.get(campaign_id)
    added = [60]

    def populate() -> None:
        while added[0] < len(people):
            try:
                add(deployment, campaign, people[added[0] : added[0] + 6])
            except CampaignClosedError:
                return
            added[0] += 6

    in_threads(populate, *[partial(execute, deployment, [campaign_id])] * 4)

    assert added[0] > 60, "somebody must have been added meanwhile"
    assert deployment.campaigns.get(campaign_id).status is CampaignStatus.COMPLETED
    assert_everybody_got_one(meta, people[: added[0]])
    assert_adds_up(deployment, campaign_id, added[0])


# --- processes ----------------------------------------------------------------------------------


def test_four_processes_on_one_campaign_write_to_everybody_once(
    deployment: Services, environment: dict[str, str], meta: Simulator
) -> None:
    people = phones(150)
    campaign_id = running(deployment, people)

    run_processes(environment, [[campaign_id]] * 4)

    assert_everybody_got_one(meta, people)
    assert states(deployment, campaign_id) == {SENT: 150}
    assert_adds_up(deployment, campaign_id, 150)


def test_four_processes_on_two_campaigns_send_exactly_the_cap(
    deployment: Services, environment: dict[str, str], meta: Simulator
) -> None:
    environment["WHATSAPP_DAILY_LIMIT"] = "70"
    start = deployment.clock.now()
    one, two = (running(deployment, phones(60, first=1000 * n)) for n in range(2))

    run_processes(environment, [[one, two], [two, one], [one], [two]])

    assert len(meta.accepted) == 70
    assert set(meta.accepted_per_phone().values()) == {1}
    assert units_since(deployment, start) == 70
    reasons = set()
    for campaign_id in (one, two):
        assert_adds_up(deployment, campaign_id, 60)
        reasons.add(deployment.campaigns.get(campaign_id).paused_reason)
    assert "Daily limit reached: 70/70 conversations" in reasons
