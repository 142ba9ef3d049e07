"""The store is out of reach for a while: nothing leaves, the log says so, and it goes on by itself.

Real executor processes; the network between them and the emulator fails. What single failed
requests do is in test_store_faults.py.
"""

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from functions.wiring import Services
from shared.channels.simulator import Simulator
from shared.channels.simulator_mailbox import Received
from shared.domain.campaign import CampaignStatus
from tests.deaths.crowd import Crowd
from tests.deaths.judge import Facts, judge
from tests.deaths.nursery import UNEXPECTED, Nursery
from tests.deaths.tables import read_tables
from tests.support.campaigns import phones, running
from tests.support.proxy import Failure, Proxy

TOKEN = "test-token"
PEOPLE = phones(220)
EXECUTORS, GROUP = 3, 5


def wait_until(true: Callable[[], bool], seconds: float = 45) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("how", "seconds"), [(Failure.REFUSED, 4), (Failure.RESET, 4), (Failure.SILENCE, 7)]
)
def test_nothing_leaves_while_the_store_is_out_of_reach_and_afterwards_all_goes_on_by_itself(
    ministack: str,
    environment: dict[str, str],
    services: Services,
    tmp_path: Path,
    how: Failure,
    seconds: float,
) -> None:
    campaign_id = running(services, PEOPLE)
    log = tmp_path / "log"
    with (
        Simulator(token=TOKEN, latency=0.02) as meta,
        Proxy(ministack) as proxy,
        Nursery(log) as nursery,
    ):
        environment |= {
            "AWS_ENDPOINT_URL": proxy.url,
            "META_GRAPH_URL": meta.url,
            "WHATSAPP_DAILY_LIMIT": "1000",
        }
        Crowd(nursery, random.Random(1), EXECUTORS).begin(
            environment=environment, campaigns=[campaign_id], byName=0.5, seconds=60, ahead=0
        )
        wait_until(lambda: len(meta.accepted) >= 40)

        proxy.fail(how)
        before = len(meta.received)
        time.sleep(1)
        called = len(meta.received)
        time.sleep(seconds - 1)
        if how is not Failure.SILENCE:  # three tries of five seconds each come before the words
            # A worker with results in its hands only tries on; the schedule's next look says it.
            wait_until(lambda: '"event": "store_unavailable"' in log.read_text())

        assert called - before <= EXECUTORS * GROUP, "only groups that were claimed before"
        assert len(meta.received) == called, "nothing leaves without the guard"
        assert called < len(PEOPLE)
        assert services.campaigns.get(campaign_id).status is CampaignStatus.RUNNING

        proxy.heal()
        status = services.campaigns.get
        wait_until(lambda: status(campaign_id).status is CampaignStatus.COMPLETED)
        calls = meta.received

    assert_nothing_broken(services, campaign_id, calls)
    assert UNEXPECTED not in log.read_text()


def assert_nothing_broken(services: Services, campaign_id: str, calls: list[Received]) -> None:
    """Everybody once, nobody in doubt: each result was kept until it could be written."""
    settings = services.settings
    names = {
        "campaigns": settings.campaigns_table,
        "recipients": settings.recipients_table,
        "whatsapp": settings.whatsapp_table,
    }
    tables = read_tables(services._dynamodb, names, [campaign_id])
    assert judge(Facts({campaign_id: PEOPLE}, GROUP, kills=0, cap=1000), tables, calls) == []
    assert {item["status"] for item in tables.recipients[campaign_id].values()} == {"SENT"}
