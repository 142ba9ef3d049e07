"""Every benchmark, one after the other, as one report.

    python -m benchmarks                 twenty minutes on two cores
    python -m benchmarks --quick         two to three minutes; figures of small runs
    python -m benchmarks --million       campaigns and lists of a million too: longer

The report goes to the output as it grows, and at the end to benchmarks/results/.
"""

import argparse
import sys
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from benchmarks.comparison import comparison
from benchmarks.deployment import deployment
from benchmarks.growth import Cost as Message
from benchmarks.growth import growth
from benchmarks.growth import sizes as campaign_sizes
from benchmarks.imports import imports
from benchmarks.imports import sizes as list_sizes
from benchmarks.live import live
from benchmarks.machine import description
from benchmarks.partitions import partitions
from benchmarks.prices import prices
from benchmarks.report import Report
from benchmarks.speed import speed
from benchmarks.starts import TIMES, starts
from benchmarks.webhooks import Cost as Status
from benchmarks.webhooks import webhooks


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(prog="benchmarks", description="Measure everything.")
    parser.add_argument("--quick", action="store_true", help="small runs")
    parser.add_argument("--million", action="store_true", help="a million people too")
    options = parser.parse_args()
    quick, million = options.quick, options.million
    began, report = time.monotonic(), Report()
    report.say(f"# Benchmarks\n\n{description()}\n")
    if quick:
        report.say("\nA quick run: the figures are of small samples.\n")
    costs: Mapping[str, Message] = {}
    statuses: Sequence[Status] = ()
    parts = Parts(report)
    with parts.one("speed and comparison"), deployment() as services:
        speed(report, services, quick)
        comparison(report, services, quick)
    with parts.one("growth"), deployment() as services:  # each its emulator, which grows slower
        costs = growth(report, services, campaign_sizes(quick=quick, million=million))
    with parts.one("imports"), deployment() as services:
        imports(report, services, list_sizes(quick=quick, million=million))
    with parts.one("webhooks"), deployment() as services:
        statuses = webhooks(report, services, 2_000 if quick else 100_000)
    with parts.one("partitions"), deployment() as services:
        partitions(report, services, 1_000 if quick else 6_000)
    with parts.one("live"):
        live(report, quick=quick)
    with parts.one("cold starts"):
        starts(report, 1 if quick else TIMES)
    if costs and statuses:
        prices(report, costs, statuses)
    report.verdict()
    report.say(f"\nTook {(time.monotonic() - began) / 60:.0f} minutes.\n")
    name = f"{datetime.now(UTC):%Y-%m-%d}{'-quick' if quick else ''}"
    sys.stdout.write(f"\nKept as {report.save(name)}\n")
    sys.exit(1 if parts.failed else 0)


class Parts:
    """One that fails does not take the others' figures with it."""

    def __init__(self, report: Report) -> None:
        self.failed = False
        self._report = report

    @contextmanager
    def one(self, name: str) -> Iterator[None]:
        """Measure one; a failure is told, in the report too."""
        try:
            yield
        except Exception as fault:
            traceback.print_exc()
            self._report.say(f"\n**Not measured: {name}** ({type(fault).__name__}).\n")
            self.failed = True


if __name__ == "__main__":
    main()
