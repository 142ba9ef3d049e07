"""Executors that are killed all the while: nobody twice, nobody lost, never over the cap."""

from pathlib import Path

import pytest

from tests.deaths import executors
from tests.deaths.executors import Plan

pytestmark = pytest.mark.deaths


def test_executors_may_die_at_any_moment(ministack: str, tmp_path: Path) -> None:
    report = executors.run(Plan(seed=1, sizes=(1500, 500)), ministack, tmp_path)

    print(report)  # noqa: T201 -- the figures, with -rP
    assert not report.violations, "\n".join(report.violations[:20])
    assert report.messages > 1000
    assert report.kills >= 30
    assert report.in_doubt, "a death must have hit a worker with a group in hand"
