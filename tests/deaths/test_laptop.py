"""The laptop runtime is killed, whole and in parts: nobody twice, nobody lost."""

import time
from pathlib import Path

import pytest

from local.demo_client import Api
from shared.channels.simulator import Simulator
from tests.deaths import laptop
from tests.deaths.laptop import Laptop, Plan
from tests.support.campaigns import phones

pytestmark = [
    pytest.mark.deaths,
    pytest.mark.skipif(not Path("/proc").exists(), reason="finds children in /proc"),
]


def test_the_laptop_may_die_at_any_moment_whole_or_in_parts(tmp_path: Path) -> None:
    report = laptop.run(Plan(seed=3, people=400, deaths=6), tmp_path)

    print(report)  # noqa: T201 -- the figures, with -rP
    assert not report.violations, "\n".join(report.violations[:20])
    assert report.messages > 250
    assert report.in_doubt, "a death must have hit a worker with a group in hand"


def test_an_emulator_that_ends_in_the_middle_of_a_batch_takes_the_runtime_with_it_at_once(
    tmp_path: Path,
) -> None:
    with Simulator(token=laptop.TOKEN, latency=0.05) as simulator:
        runtime = Laptop(tmp_path, simulator)
        campaign_id = laptop.started(runtime, tmp_path, phones(100))
        with Api(runtime.url) as api:
            while not api.campaign(campaign_id)["sendingCount"]:
                time.sleep(0.05)

        began = time.monotonic()
        runtime.kill("the emulator")
        took = time.monotonic() - began
        runtime.end()

    assert took < 15, "the end of one and the start of the next take some seconds"
