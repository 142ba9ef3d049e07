"""What a message costs in a campaign of a thousand, and in one of a million: calls and units.

    python -m benchmarks.growth [--quick | --million]

The people before the last ones are put into the table as they are after they were sent to. The
rest is sent by every executor in turn, to a provider without latency: calls and units don't depend
on it.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from benchmarks.deployment import HELLO, deployment, filled, phones, portions, soon, standard_sender
from benchmarks.meter import Meter
from benchmarks.naive import BATCH, NaiveExecutor
from benchmarks.offline import InstantChannel, Offline
from benchmarks.report import Report
from functions.wiring import Services
from shared.domain.access import DEFAULT_TENANT
from shared.domain.campaign import Mode, Throttle
from shared.dynamo.client import key, to_attributes
from shared.dynamo.items import parameters_text
from shared.dynamo.keys import Keys
from shared.ports import Message
from shared.usecases.drain import serve
from shared.usecases.execute_batch import execute_batch

NAIVE_BATCHES, BATCHES = 2, 8
NAIVE_MOST = 100_000  # beyond, one batch of it takes the emulator an hour: it reads everybody
LAST = 3_000  # so many of a campaign are sent by continuous workers, or all of a smaller one
PUT_LIMIT = 25  # items of one BatchWriteItem (DynamoDB quota)
AT = "2026-11-20T09:00:00.000Z"


@dataclass(frozen=True, slots=True)
class Cost:
    """For each message; `calls` also by operation."""

    calls: float
    kinds: Mapping[str, float]
    writes: float
    reads: float

    @property
    def units(self) -> float:
        """In write units: a read unit costs a fifth (on demand, November 2026)."""
        return self.writes + self.reads / 5


def growth(report: Report, services: Services, sizes: Sequence[int]) -> dict[str, Cost]:
    """The table and its targets; the costs at the smallest size by executor."""
    report.heading("(c) Cost of a message, by the size of its campaign")
    report.columns(
        "executor", "recipients", "calls a message", "write units", "read units", "of the calls"
    )
    found: dict[tuple[str, int], Cost] = {}
    for size in sizes:
        for name, cost in costs(services, size).items():
            found[name, size] = cost
            report.row(
                name,
                f"{size:,}",
                f"{cost.calls:.3f}",
                f"{cost.writes:.2f}",
                f"{cost.reads:.2f}",
                ", ".join(f"{kind} {count:.3f}" for kind, count in cost.kinds.items()),
            )
    report.say(
        "\nThe last ones of each campaign; units by AWS's rules, from requests and answers.\n"
    )
    return _judge(report, found, sizes)


def _judge(
    report: Report, found: dict[tuple[str, int], Cost], sizes: Sequence[int]
) -> dict[str, Cost]:
    smallest = {name: cost for (name, size), cost in found.items() if size == sizes[0]}
    thirty, five, batch, paced = (smallest[name] for name in (THIRTY, FIVE, BATCHED, PACED))
    most = found[THIRTY, sizes[-1]]
    report.target(
        "at most 0.06 store calls a message, groups of 30",
        f"{most.calls:.4f} at {sizes[-1]:,}; {thirty.calls:.4f} in one of {sizes[0]:,} with its "
        f"beginning and end; {paced.calls:.4f} there at 80 a second",
        most.calls <= 0.06,
    )
    report.target(
        "at most 0.25 store calls a message, groups of 5",
        f"{five.calls:.3f} continuous; {batch.calls:.3f} in batches of {BATCH}, of which "
        f"{batch.kinds['TransactWriteItems']:.3f} are transactions",
        five.calls <= 0.25,
    )
    grown = most.units / thirty.units - 1
    report.target(
        "cost at 1,000,000 within 5 % of 1,000",
        f"{grown:+.1%} at {sizes[-1]:,}",
        abs(grown) <= 0.05,
    )
    return smallest


NAIVE, BATCHED = "naive", f"batches of {BATCH}, groups of 5"
FIVE, THIRTY = "continuous, groups of 5", "continuous, groups of 30"
PACED = "continuous, groups of 30, at 80 a second"


def costs(services: Services, size: int) -> dict[str, Cost]:
    """Of every executor at the end of a campaign of `size`; the small groups in the first only."""
    ours = Offline(services._environment, DEFAULT_TENANT)
    small = Offline({**services._environment, "CONTINUOUS_GROUP_SIZE": "5"}, DEFAULT_TENANT)
    rest = min(size, LAST)
    before = list(phones(size - rest))  # before the others in the order of phones, as at the end
    campaign_id = filled(
        services, rest + BATCH * (NAIVE_BATCHES + BATCHES), Throttle(mode=Mode.CONTINUOUS)
    )
    pad(services, campaign_id, before)
    found = {}
    if size <= NAIVE_MOST:
        found[NAIVE] = _measured(ours, lambda: _naive(ours, campaign_id))
    found[BATCHED] = _measured(ours, lambda: _batches(ours, campaign_id))
    found[THIRTY] = _measured(ours, lambda: _drained(ours, campaign_id))
    if rest == size:
        other = filled(services, size, Throttle(mode=Mode.CONTINUOUS))
        found[FIVE] = _measured(small, lambda: _drained(small, other))
        slow = filled(services, size, Throttle(mode=Mode.CONTINUOUS), standard_sender(services))
        found[PACED] = _measured(ours, lambda: _drained(ours, slow))
    ours.close()
    small.close()
    return found


def _measured(services: Services, send: Callable[[], int]) -> Cost:
    meter = Meter(services._dynamodb)
    sent = send()
    meter.detach()
    return Cost(
        meter.calls.total() / sent,
        {kind: count / sent for kind, count in meter.calls.most_common()},
        meter.write_units / sent,
        meter.read_units / sent,
    )


def _naive(services: Services, campaign_id: str) -> int:
    settings = services.settings
    client: Any = services._dynamodb
    naive = NaiveExecutor(
        client, settings.recipients_table, settings.campaigns_table, settings.whatsapp_table
    )
    message = Message("", "hello", "en_US", HELLO, "opaque")
    channel = InstantChannel()
    sent = sum(naive.batch(campaign_id, channel, message, BATCH) for _ in range(NAIVE_BATCHES))
    _count(services, campaign_id, pending=-sent, sent=sent)  # which it does not
    return sent


def _batches(services: Services, campaign_id: str) -> int:
    results = [execute_batch(services, campaign_id, soon(services)) for _ in range(BATCHES)]
    return sum(result.tally.sent for result in results)


def _drained(services: Services, campaign_id: str) -> int:
    return serve(services, campaign_id, soon(services)).tally.sent


def pad(services: Services, campaign_id: str, people: Sequence[str]) -> None:
    """Put recipients into the campaign who were sent to already."""
    client: Any = services._dynamodb
    table = services.settings.recipients_table

    def put(some: Sequence[str]) -> None:
        puts = [{"PutRequest": {"Item": _sent(campaign_id, phone)}} for phone in some]
        client.batch_write_item(RequestItems={table: puts})

    with ThreadPoolExecutor(4) as threads:
        for _ in threads.map(put, portions(people, PUT_LIMIT)):
            pass
    _count(services, campaign_id, pending=0, sent=len(people))


def _sent(campaign_id: str, phone: str) -> dict[str, Any]:
    """As the executor leaves a recipient."""
    return to_attributes(
        {
            **Keys(DEFAULT_TENANT).recipient(campaign_id, phone, 0),
            "phone": phone,
            "status": "SENT",
            "attempts": 1,
            "parameters": parameters_text(HELLO),
            "createdAt": AT,
            "claim": "7b0e3f5e-9a50-4a2f-8f0a-2d8a4f5f6c11",
            "claimedAt": AT,
            "updatedAt": AT,
            "sentAt": AT,
            "messageId": f"wamid.{phone}",
        }
    )


def _count(services: Services, campaign_id: str, *, pending: int, sent: int) -> None:
    client: Any = services._dynamodb
    client.update_item(
        TableName=services.settings.campaigns_table,
        Key=key(Keys(DEFAULT_TENANT).stats(campaign_id, 0)),
        UpdateExpression="ADD PENDING :pending, SENT :sent",
        ExpressionAttributeValues={":pending": {"N": str(pending)}, ":sent": {"N": str(sent)}},
    )


def main() -> None:
    """By itself."""
    parser = argparse.ArgumentParser(description="Measure what a message costs as lists grow.")
    parser.add_argument("--quick", action="store_true", help="up to 10,000")
    parser.add_argument("--million", action="store_true", help="up to 1,000,000: half an hour")
    options = parser.parse_args()
    report = Report()
    with deployment() as services:
        growth(report, services, sizes(quick=options.quick, million=options.million))
    report.verdict()


def sizes(*, quick: bool, million: bool) -> Sequence[int]:
    """The sizes of campaigns to measure."""
    every = (1_000, 10_000, 100_000, 1_000_000)
    return every if million else every[:2] if quick else every[:3]


if __name__ == "__main__":
    main()
