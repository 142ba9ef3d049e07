"""How fast: messages a second, for each worker and for each second of CPU.

    python -m benchmarks.speed [--quick]

Every worker is a process, with a campaign and a sender of a thousand messages a second of its own,
so that the pace is not what limits; one row is of one campaign in shards, with one sender.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.deployment import deployment, fast_sender, filled
from benchmarks.provider import simulated
from benchmarks.report import Report
from benchmarks.stub import stub
from benchmarks.worker import Order, Took, run_workers
from functions.wiring import Services
from shared.domain.campaign import Mode, Throttle
from shared.dynamo.client import key
from shared.dynamo.keys import Keys

LATENCIES = (0.0, 0.05, 0.1)
CONTINUOUS = Throttle(mode=Mode.CONTINUOUS)
WARM_UP = 60


@dataclass(frozen=True, slots=True)
class Speed:
    """What some workers did together."""

    workers: int
    sent: int
    seconds: float
    cpu: float
    memory: float  # MB, the largest

    @classmethod
    def of(cls, took: Sequence[Took], seconds: float) -> "Speed":
        sent, cpu = sum(t.sent for t in took), sum(t.cpu for t in took)
        return cls(len(took), sent, seconds, cpu, max(t.memory for t in took))

    @property
    def rate(self) -> float:
        """Messages a second, all workers together."""
        return self.sent / self.seconds

    @property
    def per_cpu(self) -> float:
        """Messages for each second of CPU of the workers."""
        return self.sent / self.cpu


def speed(report: Report, services: Services, quick: bool) -> None:
    """The tables, and the targets that are about them."""
    report.heading("(a) Messages a second")
    report.say("Provider: the simulator over HTTP. Store: the emulator, one process.\n\n")
    _columns(report)
    size, workers = (600, 4) if quick else (6_000, 4)
    latencies = LATENCIES[:2] if quick else LATENCIES
    found = {}
    for latency in latencies:
        for count in (1, workers):
            with simulated(latency) as url:
                found[latency, count] = drained(services, url, count, size)
            _row(report, "continuous, groups of 30", latency, found[latency, count])
    with simulated(0.05) as url:
        _row(report, "one campaign in shards", 0.05, sharded(services, url, workers, size))
    for latency in latencies[: 1 if quick else 2]:
        with simulated(latency) as url:
            _row(
                report,
                "batches of 25, groups of 5",
                latency,
                some(services, url, size // 6, "batch"),
            )
    report.say("\nStore and provider are a stub that only answers (one process), as the emulator\n")
    report.say("takes more CPU for a transaction than the executor:\n\n")
    _columns(report)
    stubbed = {}
    for latency in latencies:
        for count in (1, workers):
            stubbed[latency, count] = against_stub(services, latency, count, size)
            _row(report, "continuous, groups of 30", latency, stubbed[latency, count])
    report.say("\nOne machine for workers, store and provider: four workers share its cores.\n")
    _judge(report, found, stubbed, workers)


def _judge(
    report: Report,
    found: dict[tuple[float, int], Speed],
    stubbed: dict[tuple[float, int], Speed],
    workers: int,
) -> None:
    one = [each[0.05, 1].rate for each in (found, stubbed)]
    cpu = [each[0.0, 1].per_cpu for each in (found, stubbed)]
    four = [each[0.05, workers].rate for each in (found, stubbed)]
    words = "{:,.0f} on the emulator, {:,.0f} on the stub"
    report.target("one worker: 400 messages a second at 50 ms", words.format(*one), max(one) >= 400)
    report.target("1,200 messages a second of CPU at 0 ms", words.format(*cpu), max(cpu) >= 1200)
    report.target(
        f"{workers} workers: 1,200 a second at 50 ms", words.format(*four), max(four) >= 1200
    )
    memory = max(each.memory for each in (*found.values(), *stubbed.values()))
    report.target("executor: at most 150 MB resident", f"{memory:.0f} MB", memory <= 150)


def drained(services: Services, url: str, workers: int, size: int) -> Speed:
    """So many continuous campaigns at once, on the emulator."""
    environment = {**services._environment, "META_GRAPH_URL": url}
    orders = []
    for _ in range(workers):
        sender = fast_sender(services)
        campaign_id = filled(services, size // workers, CONTINUOUS, sender)
        warm_up = filled(services, WARM_UP, CONTINUOUS, sender)
        orders.append(Order("continuous", campaign_id, environment, warm_up))
    return Speed.of(*run_workers(orders))


def sharded(services: Services, url: str, workers: int, size: int) -> Speed:
    """One continuous campaign of one sender, whose workers share everything but their people."""
    environment = {**services._environment, "META_GRAPH_URL": url}
    shared = filled(services, size, replace(CONTINUOUS, workers=workers))
    orders = [
        Order("continuous", shared, environment, filled(services, WARM_UP, CONTINUOUS), shard=shard)
        for shard in range(workers)
    ]
    return Speed.of(*run_workers(orders))


def some(services: Services, url: str, size: int, kind: str) -> Speed:
    """A campaign by one worker that does one after another, in batches; ours or naive."""
    environment = {**services._environment, "META_GRAPH_URL": url}
    order = Order(kind, filled(services, size), environment, filled(services, 25), size)
    return Speed.of(*run_workers([order]))


def against_stub(
    services: Services, latency: float, workers: int, size: int, kind: str = "continuous"
) -> Speed:
    """The same without emulator and simulator; ours or naive."""
    campaigns = [filled(services, 1, CONTINUOUS) for _ in range(2 * workers)]
    items = [item for each in campaigns for item in _items(services, each)]
    most = size // workers
    with stub(latency, items, most) as url:
        environment = {**services._environment, "META_GRAPH_URL": url, "AWS_ENDPOINT_URL": url}
        pairs = zip(campaigns[:workers], campaigns[workers:], strict=True)
        return Speed.of(
            *run_workers([Order(kind, one, environment, other, most) for one, other in pairs])
        )


def _items(services: Services, campaign_id: str) -> list[dict[str, Any]]:
    """What the executor reads of a campaign and its sender, as it is stored."""
    client: Any = services._dynamodb
    keys, settings = Keys(services.tenant_id), services.settings
    sender_id = services.campaigns.get(campaign_id).sender_id
    wanted = (
        (settings.campaigns_table, keys.campaign(campaign_id)),
        (settings.whatsapp_table, keys.sender(sender_id)),
    )
    return [client.get_item(TableName=table, Key=key(one))["Item"] for table, one in wanted]


def _columns(report: Report) -> None:
    report.columns(
        "executor", "latency", "workers", "messages a second", "for each worker",
        "for each second of CPU", "MB",
    )  # fmt: skip


def _row(report: Report, name: str, latency: float, found: Speed) -> None:
    report.row(
        name,
        f"{latency * 1000:.0f} ms",
        found.workers,
        f"{found.rate:,.0f}",
        f"{found.rate / found.workers:,.0f}",
        f"{found.per_cpu:,.0f}",
        f"{found.memory:.0f}",
    )


def main() -> None:
    """By itself."""
    parser = argparse.ArgumentParser(description="Measure how fast messages go out.")
    parser.add_argument("--quick", action="store_true")
    report = Report()
    with deployment() as services:
        speed(report, services, parser.parse_args().quick)
    report.verdict()


if __name__ == "__main__":
    main()
