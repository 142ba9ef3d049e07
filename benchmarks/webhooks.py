"""What webhooks cost: the door for a POST, and the work on a status; and whether the counters hold.

    python -m benchmarks.webhooks [--quick]        100,000 statuses, about three minutes; or 2,000

The statuses are shuffled and three in ten come twice. Store and queue are ministack in a process of
its own on this machine: its time is in the seconds, not in the CPU, which is of our process alone.
"""

import argparse
import hashlib
import hmac
import json
import os
import random
import sys
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any

from benchmarks.deployment import deployment, fast_sender, filled
from benchmarks.meter import Meter
from benchmarks.offline import Offline
from benchmarks.report import Report
from functions.updates.intake import Intake
from functions.webhook import handler as webhook
from functions.wiring import Services
from shared.channels.webhook_door import is_signed, queue_messages
from shared.domain.access import DEFAULT_TENANT
from shared.domain.campaign import Mode, Throttle
from shared.domain.recipient import RecipientStatus
from shared.domain.updates import Reference
from shared.usecases.drain import serve

SECRET = "bench"  # noqa: S105 - opens nothing
KINDS = ("sent", "delivered", "read")
DUPLICATES = 0.3
AT_ONCE = 10  # queue messages of one invocation


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a status: CPU of the work on it, and units. `portion` of them in a queue message.

    `door_ms` is the CPU of taking a POST with so many of them.
    """

    portion: int
    door_ms: float
    cpu_ms: float
    writes: float
    reads: float


def webhooks(report: Report, services: Services, total: int) -> list[Cost]:
    """The tables, and what a status costs by how many come together."""
    report.heading("(e) Webhooks")
    queue = services._session.client("sqs").create_queue(QueueName="bench")["QueueUrl"]
    taken = door(report, queue)
    return work(report, services, total, taken)


def main() -> None:
    """By itself."""
    parser = argparse.ArgumentParser(description="Measure what webhooks cost.")
    parser.add_argument("--quick", action="store_true", help="2,000 statuses instead of 100,000")
    total = 2_000 if parser.parse_args().quick else 100_000
    with deployment() as services:
        webhooks(Report(), services, total)


def door(report: Report, queue: str) -> dict[int, float]:
    """CPU in ms of a POST with so many statuses: the whole handler with the queue's client."""
    os.environ |= {
        "META_APP_SECRET": SECRET,
        "META_WEBHOOK_VERIFY_TOKEN": SECRET,
        "UPDATES_QUEUE_URL": queue,
    }
    report.columns(
        "statuses in a POST", "KB", "CPU ms a POST", "of it checking and cutting", "ms a POST"
    )
    taken = {}
    for count, times in ((1, 200), (100, 50), (1000, 20)):
        body = post([status(KINDS[0], f"wamid.{n}", "1|cmp_1|1555|c") for n in range(count)])
        event, signed = request(body), signature(body)
        whole, wall = timed(lambda event=event: webhook.handler(event, None), times)
        ours, _ = timed(
            lambda body=body, signed=signed: (
                is_signed(body, signed, SECRET),
                queue_messages(body),
            ),
            times,
        )
        kilobytes = f"{len(body) / 1000:.1f}"
        report.row(count, kilobytes, f"{whole:.2f}", f"{ours:.2f}", f"{wall:.1f}")
        taken[count] = whole
    return taken


def work(report: Report, services: Services, total: int, taken: Mapping[int, float]) -> list[Cost]:
    """Statuses of a campaign that was sent: units, CPU and time of each, and the counters."""
    size = round(total / len(KINDS) / (1 + DUPLICATES))
    sender = fast_sender(services)
    campaign_id = sent(services, size, sender)
    number = services.senders.get(sender).phone_number_id or ""
    statuses = list(told(services, campaign_id))
    dice = random.Random(1)  # noqa: S311 - a shuffle that can be repeated
    statuses += dice.sample(statuses, round(DUPLICATES * len(statuses)))
    dice.shuffle(statuses)
    tenth = len(statuses) // 10
    report.say(f"\n{len(statuses):,} statuses of {size:,} messages, shuffled, 30 % twice:\n\n")
    report.columns(
        "statuses a queue message", "a second, one process", "for each second of CPU", "CPU ms",
        "write units", "read units",
    )  # fmt: skip
    costs = [
        _measured(report, services, some, portion, number, taken[portion])
        for portion, some in ((1, statuses[:tenth]), (100, statuses[tenth:]))
    ]
    found = services.campaigns.stats(campaign_id).counts
    right = {state: n for state, n in found.items() if n} == {RecipientStatus.READ: size}
    words = "exact" if right else f"WRONG: {dict(found)}"
    report.say(f"\nPer status. The counters are {words}.\n")
    report.target("counters exact after shuffled and doubled statuses", words, right)
    return costs


def _measured(
    report: Report,
    services: Services,
    some: Sequence[dict[str, Any]],
    portion: int,
    number: str,
    door_ms: float,
) -> Cost:
    meter, n = Meter(services._dynamodb), len(some)
    wall, cpu = applied(services, some, portion, number)
    meter.detach()
    cost = Cost(portion, door_ms, cpu / n * 1000, meter.write_units / n, meter.read_units / n)
    units = f"{cost.writes:.2f}", f"{cost.reads:.2f}"
    report.row(portion, f"{n / wall:,.0f}", f"{n / cpu:,.0f}", f"{cost.cpu_ms:.2f}", *units)
    return cost


def sent(services: Services, size: int, sender_id: str) -> str:
    """A campaign whose messages were all accepted."""
    offline = Offline(services._environment, DEFAULT_TENANT)
    campaign_id = filled(offline, size, Throttle(mode=Mode.CONTINUOUS), sender_id)
    while not serve(offline, campaign_id, offline.clock.now() + timedelta(minutes=2)).completed:
        pass
    offline.close()
    return campaign_id


def told(services: Services, campaign_id: str) -> Iterator[dict[str, Any]]:
    """All that Meta would tell of these messages."""
    cursor, shards = None, services.campaigns.get(campaign_id).shards
    while True:
        page = services.recipients.list(campaign_id, None, 500, cursor, shards)
        for person in page.items:
            reference = Reference(campaign_id, person.phone, person.claim or "", person.shard)
            for kind in KINDS:
                yield status(kind, person.message_id or "", str(reference))
        cursor = page.cursor
        if cursor is None:
            return


def applied(
    services: Services, statuses: Sequence[dict[str, Any]], portion: int, number: str
) -> tuple[float, float]:
    """Wall clock and CPU seconds of working on them, in queue messages of `portion` statuses."""
    records = [
        {"messageId": str(uuid.uuid4()), "body": message, "attributes": {}}
        for start in range(0, len(statuses), portion)
        for message in queue_messages(post(statuses[start : start + portion], number))
    ]
    intake = Intake(services.tenant)
    began, cpu = time.perf_counter(), time.process_time()
    for start in range(0, len(records), AT_ONCE):
        if failed := intake.take(records[start : start + AT_ONCE]):
            sys.exit(f"{len(failed)} messages failed")
    return time.perf_counter() - began, time.process_time() - cpu


def timed(action: Any, times: int) -> tuple[float, float]:
    """CPU and wall clock milliseconds of one call: medians, the first ones left out."""
    cpu, wall = [], []
    for _ in range(times + 3):
        began, used = time.perf_counter(), time.process_time()
        action()
        cpu.append(time.process_time() - used)
        wall.append(time.perf_counter() - began)
    return median(cpu[3:]) * 1000, median(wall[3:]) * 1000


def status(kind: str, message_id: str, reference: str) -> dict[str, Any]:
    """As Meta writes it, with the price."""
    return {
        "id": message_id,
        "status": kind,
        "timestamp": str(int(time.time())),
        "recipient_id": "15551234567",
        "biz_opaque_callback_data": reference,
        "pricing": {
            "billable": True,
            "pricing_model": "PMP",
            "type": "regular",
            "category": "marketing",
        },
    }


def post(statuses: Sequence[dict[str, Any]], number: str = "1065") -> bytes:
    """The body of one POST."""
    metadata = {"display_phone_number": "15550783881", "phone_number_id": number}
    value = {"messaging_product": "whatsapp", "metadata": metadata, "statuses": list(statuses)}
    entry = {"id": "102290129340398", "changes": [{"value": value, "field": "messages"}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def signature(body: bytes, secret: str = SECRET) -> str:
    """Meta's header."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def request(body: bytes) -> dict[str, Any]:
    """The event of an HTTP API."""
    return {
        "requestContext": {"http": {"method": "POST"}},
        "headers": {"x-hub-signature-256": signature(body)},
        "body": body.decode(),
        "isBase64Encoded": False,
    }


if __name__ == "__main__":
    main()
