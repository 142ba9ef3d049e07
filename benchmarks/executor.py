"""What a send costs: store calls, capacity units, time and CPU; at the start and at the end.

    python -m benchmarks.executor            10,000 recipients, about two minutes
    python -m benchmarks.executor --quick    1,000 recipients

Prints a table in Markdown. The store is ministack, the provider is the simulator, both in processes
or threads of their own on this machine, so absolute figures are the machine's; ratios travel.
"""

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.meter import Meter
from benchmarks.naive import NaiveExecutor
from functions.wiring import Services
from local.emulator import Emulator
from shared.channels.simulator import Simulator
from shared.domain.access import DEFAULT_TENANT, Actor
from shared.domain.campaign import Action
from shared.domain.outcome import Outcome, OutcomeKind
from shared.domain.recipient import Recipient
from shared.domain.template import TemplateParams
from shared.dynamo.provision import create_tables
from shared.dynamo.schema import TABLES
from shared.ports import ADD_LIMIT, Message
from shared.usecases.control import control
from shared.usecases.create_campaign import Draft, create_campaign
from shared.usecases.execute_batch import execute_batch

BATCH = 25
TOKEN = "bench"  # noqa: S105 - opens nothing but the simulator
HELLO = TemplateParams(body=("Ana", "order 1234"))


class InstantChannel:
    """A provider without latency or CPU: what remains is the executor and the store."""

    call_limit_seconds = 1.0

    def send(self, message: Message) -> Outcome:
        return Outcome(OutcomeKind.ACCEPTED, message_id="wamid.bench")

    def close(self) -> None:
        """Nothing is open."""


def main() -> None:
    """Run everything and print the tables."""
    parser = argparse.ArgumentParser(description="Measure what a send costs.")
    parser.add_argument("--quick", action="store_true", help="1,000 recipients instead of 10,000")
    size = 1_000 if parser.parse_args().quick else 10_000
    say(f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, ")
    say(f"Python {platform.python_version()}, {size:,} recipients, batches of {BATCH}\n\n")
    with deployment() as services:
        cost_along_a_campaign(services, size)
        speed(services)


def cost_along_a_campaign(services: Services, size: int) -> None:
    """Calls, units and time of the first and the last batches, ours and the naive executor's."""
    client: Any = services._dynamodb
    meter = Meter(client)
    settings = services.settings
    naive = NaiveExecutor(
        client, settings.recipients_table, settings.campaigns_table, settings.whatsapp_table
    )
    services.channel = InstantChannel()
    message = Message("15551234567", "hello", "en_US", HELLO, "opaque")
    ours, theirs = filled(services, size), filled(services, size)

    say("| executor | where | calls a message | write units | read units | ms | CPU ms |\n")
    say("|---|---|---|---|---|---|---|\n")
    for name, campaign_id, send in (
        ("ours", ours, lambda c: run_batch(services, c)),
        ("naive", theirs, lambda c: naive.batch(c, services.channel, message, BATCH)),
    ):
        measure(meter, name, "start", campaign_id, send)
        if name == "ours":
            for _ in range(size // BATCH - 20):
                send(campaign_id)
        else:  # the same place in the list, reached without sending
            mark_sent(services, campaign_id, size - 10 * BATCH)
        measure(meter, name, "end", campaign_id, send)
    say("\nPer message, means over ten batches.\n\n")


def speed(services: Services) -> None:
    """Messages a second of one executor over real HTTP, without a pace."""
    say("| provider latency | messages a second | CPU ms a message |\n|---|---|---|\n")
    for latency in (0.0, 0.05):
        with Simulator(token=TOKEN, latency=latency) as simulator:
            process = Services(
                {**services._environment, "META_GRAPH_URL": simulator.url}, DEFAULT_TENANT
            )
            campaign_id = filled(process, 500)
            started, cpu = time.perf_counter(), time.process_time()
            batches = 0
            while not execute_batch(process, campaign_id, soon(process)).completed:
                batches += 1
            seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
            process.close()
        say(f"| {latency * 1000:.0f} ms | {500 / seconds:.0f} | {cpu / 500 * 1000:.2f} |\n")
    say("\nCPU is of this process: the executor, and the simulator that runs in it.\n")


def measure(meter: Meter, name: str, where: str, campaign_id: str, send: Any) -> None:
    """Ten batches, per message."""
    meter.reset()
    started, cpu = time.perf_counter(), time.process_time()
    for _ in range(10):
        send(campaign_id)
    count = 10 * BATCH
    wall, cpu = time.perf_counter() - started, time.process_time() - cpu
    say(
        f"| {name} | {where} | {meter.calls.total() / count:.3f} | {meter.write_units / count:.2f} "
        f"| {meter.read_units / count:.2f} | {wall / count * 1000:.2f} "
        f"| {cpu / count * 1000:.2f} |\n"
    )


def run_batch(services: Services, campaign_id: str) -> None:
    """One batch of ours."""
    execute_batch(services, campaign_id, soon(services))


def soon(services: Services) -> datetime:
    """Time enough for a batch."""
    return services.clock.now() + timedelta(minutes=5)


def filled(services: Services, size: int) -> str:
    """A RUNNING campaign of new people."""
    campaign = create_campaign(
        campaigns=services.campaigns,
        senders=services.senders,
        clock=services.clock,
        chance=services.chance,
        draft=Draft(name="bench", template_name="hello"),
        actor=Actor("bench", "service"),
    )
    first = time.monotonic_ns() % 1_000_000 * 1000
    for start in range(0, size, ADD_LIMIT):
        people = [
            Recipient(campaign.campaign_id, f"1{first + n:012d}", parameters=HELLO)
            for n in range(start, min(size, start + ADD_LIMIT))
        ]
        services.recipients.add(campaign, people)
    control(
        campaigns=services.campaigns,
        senders=services.senders,
        clock=services.clock,
        campaign_id=campaign.campaign_id,
        action=Action.START,
        actor=Actor("bench", "service"),
        reason=None,
    )
    return campaign.campaign_id


def mark_sent(services: Services, campaign_id: str, count: int) -> None:
    """Bring the naive executor's campaign to its end without waiting for it."""
    client: Any = services._dynamodb
    cursor, done = None, 0
    while done < count:
        page = services.recipients.list(campaign_id, None, min(500, count - done), cursor)
        for recipient in page.items:
            client.update_item(
                TableName=services.settings.recipients_table,
                Key={
                    "PK": {"S": f"CAMPAIGN#{campaign_id}"},
                    "SK": {"S": f"USER#{recipient.phone}"},
                },
                UpdateExpression="SET #status = :sent REMOVE pendingShard, dueAt",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={":sent": {"S": "SENT"}},
            )
        done += len(page.items)
        cursor = page.cursor


@contextmanager
def deployment() -> Iterator[Services]:
    """An emulator of our own, and services on it."""
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
    with tempfile.TemporaryDirectory() as folder, Emulator(Path(folder)) as emulator:
        os.environ["AWS_ENDPOINT_URL"] = emulator.url
        names = {table.environment: f"bench-{table.name}" for table in TABLES}
        services = Services(
            names
            | {
                "META_PHONE_NUMBER_ID": "1065",
                "META_ACCESS_TOKEN": TOKEN,
                "WHATSAPP_DAILY_LIMIT": "10000000",
                "SEND_DELAY_MS": "0",
            },
            DEFAULT_TENANT,
        )
        create_tables(services._dynamodb, {t.name: names[t.environment] for t in TABLES})
        yield services
        services.close()


def say(text: str) -> None:
    """Print as it comes."""
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
