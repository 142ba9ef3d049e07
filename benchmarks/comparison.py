"""The same campaign through other executors, in the same run, on the same store and provider.

    python -m benchmarks.comparison [--quick]

The naive executor goes one by one (see `naive.py`), the Celery worker in eight processes (see
`celery_campaign.py`), ours in one process. What each sends is new people of its own campaign; the
slow ones are stopped early, which favours the naive one: its queries grow with who was sent to.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from uv import find_uv_bin

from benchmarks.deployment import deployment, phones
from benchmarks.provider import simulated
from benchmarks.report import Report, ratio
from benchmarks.speed import Speed, against_stub, drained, some
from functions.wiring import Services

ROOT = Path(__file__).parents[1]
ENVIRONMENT = ROOT / ".build" / "bench"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
OURS, NAIVE = "ours, continuous, groups of 30", "naive"
BATCHED = "ours, batches of 25"
USUAL, TUNED = "Celery, usual libraries", "Celery, our libraries"


def comparison(report: Report, services: Services, quick: bool) -> None:
    """The table and the targets that are ratios."""
    report.heading("(b) Beside other executors")
    size = 800 if quick else 6_000
    trouble = _installed()
    found: dict[float, dict[str, Speed]] = {}
    for latency in (0.0, 0.05):
        slow = 1 if not latency else 5
        with simulated(latency) as url:
            found[latency] = one = {
                NAIVE: some(services, url, size // 4 // slow, "naive"),
                BATCHED: some(services, url, size // 4 // slow, "batch"),
            }
            if not trouble:
                one[USUAL] = celery(services, url, size // 2 if quick else size, tuned=False)
                one[TUNED] = celery(services, url, size // 2 if quick else size, tuned=True)
            one[OURS] = drained(services, url, 1, size)
        _table(report, f"Provider with {latency * 1000:.0f} ms", one)
    stubbed = {
        NAIVE: against_stub(services, 0.05, 1, size // 20, "naive"),
        OURS: against_stub(services, 0.05, 1, size),
    }
    _table(report, "Store and provider a stub that only answers, the provider after 50 ms", stubbed)
    if trouble:
        report.say(f"\nCelery: not measured: {trouble}\n")
    _judge(report, found, stubbed)


def _table(report: Report, where: str, found: Mapping[str, Speed]) -> None:
    report.say(f"\n{where}:\n\n")
    report.columns(
        "executor", "messages a second", "for each second of CPU", "MB",
        "ours, a second", "ours, for each second of CPU",
    )  # fmt: skip
    ours = found[OURS]
    for name, each in found.items():
        report.row(
            name,
            f"{each.rate:,.0f}",
            f"{each.per_cpu:,.0f}",
            f"{each.memory:.0f}",
            ratio(ours.rate, each.rate),
            ratio(ours.per_cpu, each.per_cpu),
        )


def _judge(
    report: Report, found: Mapping[float, Mapping[str, Speed]], stubbed: Mapping[str, Speed]
) -> None:
    near = found[0.0]
    rates = [each[OURS].rate / each[NAIVE].rate for each in (found[0.05], stubbed)]
    cpu = near[OURS].per_cpu / near[NAIVE].per_cpu
    words = "{:.1f} × on the emulator, {:.1f} × on the stub".format(*rates)
    report.target("20 × the naive executor a second at 50 ms", words, max(rates) >= 20)
    report.target("4 × the naive executor for each second of CPU", f"{cpu:.1f} ×", cpu >= 4)
    if USUAL not in near:
        report.target("2 × the Celery worker for each second of CPU", "–", None)
        return
    usual, tuned = (near[OURS].per_cpu / near[name].per_cpu for name in (USUAL, TUNED))
    words = f"{usual:.1f} × with usual libraries, {tuned:.1f} × with ours"
    report.target("2 × the Celery worker for each second of CPU", words, usual >= 2)


def celery(services: Services, url: str, size: int, *, tuned: bool) -> Speed:
    """A campaign through the Celery worker."""
    order = {
        "campaign": f"celery-{tuned}",
        "people": list(phones(size)),
        "tuned": tuned,
        "environment": {**services._environment, "META_GRAPH_URL": url},
    }
    done = subprocess.run(  # noqa: S603
        [str(ENVIRONMENT / "bin" / "python"), "-m", "benchmarks.celery_campaign"],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    took = json.loads(done.stdout)
    return Speed(1, took["sent"], took["wall"], took["cpu"], took["memory"])


def _installed() -> str | None:
    """What keeps the Celery worker from running here; None if nothing does."""
    if not Path("/proc/self/smaps_rollup").exists():
        return "it needs Linux's /proc"
    if (ENVIRONMENT / "done").exists():
        return None
    python = str(ENVIRONMENT / "bin" / "python")
    steps: Sequence[Sequence[str]] = (
        ["venv", "-q", "--clear", "--python", sys.executable, str(ENVIRONMENT)],
        ["pip", "install", "-q", "--python", python, "--require-hashes", "-r", str(REQUIREMENTS)],
    )
    for step in steps:
        done = subprocess.run(  # noqa: S603
            [find_uv_bin(), *step],
            capture_output=True,
            text=True,
            env={**os.environ, "UV_SYSTEM_CERTS": "1"},
        )
        if done.returncode:
            return f"it can't be installed ({done.stderr.strip().splitlines()[-1][:200]})"
    (ENVIRONMENT / "done").touch()
    return None


def main() -> None:
    """By itself."""
    parser = argparse.ArgumentParser(description="Compare executors.")
    parser.add_argument("--quick", action="store_true")
    report = Report()
    with deployment() as services:
        comparison(report, services, parser.parse_args().quick)
    report.verdict()


if __name__ == "__main__":
    main()
