"""What one campaign at full speed writes to each partition of DynamoDB.

    python -m benchmarks.partitions [--quick]

A partition takes a thousand write units a second (DynamoDB developer guide, November 2026). Here a
campaign in ten shards is sent and all its statuses are worked on, one in a webhook each; what is
counted for each message is multiplied by the messages a second that Meta lets the best numbers
send. How fast this machine is plays no part.
"""

import argparse
from collections import defaultdict

from benchmarks.deployment import deployment, fast_sender, filled, soon
from benchmarks.meter import Meter, Partition
from benchmarks.offline import Offline
from benchmarks.report import Report
from benchmarks.webhooks import KINDS, applied, told
from functions.wiring import Services
from shared.domain.access import DEFAULT_TENANT
from shared.domain.campaign import Mode, Throttle
from shared.domain.sender import HIGH as RATE
from shared.usecases.drain import serve

SHARDS = 10
MOST, ABOUT = 800, 1.05  # units a second of a partition: a fifth below what it takes


def partitions(report: Report, services: Services, size: int) -> None:
    """The table and its target."""
    report.heading(f"(h) Write units of each partition, at {RATE:,.0f} messages a second")
    offline = Offline(services._environment, DEFAULT_TENANT)
    sender = fast_sender(services)
    campaign_id = filled(services, size, Throttle(mode=Mode.CONTINUOUS, workers=SHARDS), sender)
    sent = Meter(offline._dynamodb)
    for shard in range(SHARDS):
        serve(offline, campaign_id, soon(offline), shard=shard)
    sent.detach()
    offline.close()
    number = services.senders.get(sender).phone_number_id or ""
    # Of one person they come seconds apart, and so not in one run.
    statuses = sorted(told(services, campaign_id), key=lambda each: KINDS.index(each["status"]))
    taken = Meter(services._dynamodb)
    applied(services, statuses, 1, number)
    taken.detach()
    _show(report, sent, taken, size)


def _show(report: Report, sent: Meter, taken: Meter, size: int) -> None:
    report.say(f"One campaign in {SHARDS} shards, {size:,} people; statuses one in a webhook.\n\n")
    report.columns("partitions", "how many", "units a message", "of it statuses", "the fullest")
    kinds = defaultdict[str, list[Partition]](list)
    for partition in sent.written | taken.written:
        kinds[_kind(partition)].append(partition)
    fullest = {}
    for kind, each in kinds.items():
        units = [(sent.written[one] + taken.written[one]) / size for one in each]
        statuses = sum(taken.written[one] for one in each) / size
        # All shards are sent at the same pace, though one has a few people more than another.
        most = sum(units) / SHARDS if len(each) == SHARDS else max(units)
        fullest[kind] = most * RATE
        whole = f"{sum(units):.2f}", f"{statuses:.2f}", f"{fullest[kind]:,.0f}"
        report.row(kind, f"{len(each):,}", *whole)
    worst = max(fullest, key=lambda kind: fullest[kind])
    report.target(
        f"{RATE:,.0f} messages a second: no partition above about {MOST} write units",
        f"{fullest[worst]:,.0f} ({worst})",
        fullest[worst] <= MOST * ABOUT,
    )


def _kind(partition: Partition) -> str:
    """A name for the table; of the whatsapp table's partitions the beginning tells what it is."""
    table = partition.table.removeprefix("bench-")
    if partition.index:
        return f"{table}, index {partition.index}"
    return f"{table}, {partition.key.partition('#')[0]}"


def main() -> None:
    """By itself."""
    parser = argparse.ArgumentParser(description="Count what each partition is written.")
    parser.add_argument("--quick", action="store_true")
    report = Report()
    with deployment() as services:
        partitions(report, services, 1_000 if parser.parse_args().quick else 6_000)
    report.verdict()


if __name__ == "__main__":
    main()
