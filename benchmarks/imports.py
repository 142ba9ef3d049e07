"""How fast long lists are imported, and what memory it takes whatever their length.

    python -m benchmarks.imports [--quick | --million]

    python -m benchmarks.imports --worker       a process that imports one; JSON in, JSON out

The list is in the emulator's S3 and its people go to the emulator's DynamoDB. One process does one
part after another; Lambda does ten at once. The emulator's time is in the seconds, not in the CPU.
A million people take the emulator a quarter of an hour, so without `--million` that list is only
read, checked and cut, which is what has to hold in memory.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from benchmarks.deployment import create, deployment
from benchmarks.report import Report
from benchmarks.worker import resident
from functions.wiring import Services
from shared.domain.access import DEFAULT_TENANT, Actor
from shared.domain.imports import ImportStatus, Task
from shared.usecases.import_files import list_key
from shared.usecases.import_list import make_import, start_import
from shared.usecases.import_parts import carry_out

BUCKET = "bench-lists"
ROWS_PER_CPU, MEMORY = 5_000, 256  # the targets
READ_ONLY = 1_000_000


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds and seconds of CPU of checking the list, and of its parts; MB; what came of it."""

    check_seconds: float
    check_cpu: float
    seconds: float
    cpu: float
    memory: float
    inserted: int
    rejected: int
    status: str
    rows: int


def imports(report: Report, services: Services, sizes: Sequence[int]) -> None:
    """The table and its targets."""
    report.heading("(d) Imports")
    services._session.client("s3").create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    report.columns(
        "rows", "inserted", "rejected", "check: seconds", "rows for each second of CPU: check",
        "parts", "both", "MB", "rows a second",
    )  # fmt: skip
    found = {size: imported(services, size, parts=True) for size in sizes}
    for size, took in found.items():
        _row(report, size, took)
    if READ_ONLY not in found:
        _row(report, READ_ONLY, checked := imported(services, READ_ONLY, parts=False))
        found[READ_ONLY] = checked
    report.say("\nRows a second: one process on the emulator, which limits it.\n")
    slowest = min(size / (t.check_cpu + t.cpu) for size, t in found.items() if t.cpu)
    report.target(
        f"import: {ROWS_PER_CPU:,} rows for each second of CPU",
        f"{slowest:,.0f}",
        slowest >= ROWS_PER_CPU,
    )
    most = max(took.memory for took in found.values())
    report.target(
        f"import: at most {MEMORY} MB whatever the size", f"{most:.0f} MB", most <= MEMORY
    )


def _row(report: Report, size: int, took: Took) -> None:
    figures = [f"{size / took.check_cpu:,.0f}", "–", "–", f"{took.memory:.0f}", "–"]
    if took.cpu:
        figures[1:3] = f"{size / took.cpu:,.0f}", f"{size / (took.check_cpu + took.cpu):,.0f}"
        figures[4] = f"{size / (took.check_seconds + took.seconds):,.0f}"
    counted = (f"{took.inserted:,}", f"{took.rejected:,}") if took.cpu else ("–", "–")
    report.row(f"{size:,}", *counted, f"{took.check_seconds:.1f}", *figures)


def imported(services: Services, size: int, *, parts: bool) -> Took:
    """Import a list of so many rows into a new campaign, in a process of its own."""
    queue = services._session.client("sqs").create_queue(QueueName="bench-imports")["QueueUrl"]
    more = {"LISTS_BUCKET_NAME": BUCKET, "IMPORT_QUEUE_URL": queue}
    environment = {**services._environment, **more}
    own = Services(environment, DEFAULT_TENANT)
    campaign_id = create(own).campaign_id
    content = "".join(lines(size)).encode()
    made, _ = make_import(own, campaign_id, len(content), "people.csv", Actor("bench", "service"))
    own.files.write(list_key(made), content)
    start_import(own, campaign_id, made.import_id, Actor("bench", "service"))
    own.close()
    order = {
        "environment": environment,
        "campaign": campaign_id,
        "import": made.import_id,
        "parts": parts,
    }
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.imports", "--worker"],
        input=json.dumps(order),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    took = Took(**json.loads(done.stdout))
    wanted = ImportStatus.DONE if parts else ImportStatus.IMPORTING
    if took.status != wanted or took.rows != size:
        raise RuntimeError(f"the import is {took.status} with {took.rows} rows")
    return took


def lines(size: int) -> Iterator[str]:
    """A list; one row in a hundred has an impossible number."""
    yield "phone,first_name,order\n"
    for n in range(size):
        phone = f"+1 201 {200 + n // 10_000} {n % 10_000:04d}" if n % 100 else "12345"
        yield f"{phone},Ana {n},A-{n}\n"


def worker() -> None:
    """Check the list, do its parts, and tell what it took."""
    order = json.loads(sys.stdin.readline())
    os.environ |= order["environment"]
    services = Services(order["environment"], DEFAULT_TENANT)
    campaign_id, import_id = order["campaign"], order["import"]
    began, used = time.perf_counter(), time.process_time()
    carry_out(services, Task(DEFAULT_TENANT, campaign_id, import_id), lambda: True)
    check = time.perf_counter() - began, time.process_time() - used
    began, used = time.perf_counter(), time.process_time()
    parts = services.imports.get(campaign_id, import_id).parts or 0
    for part in range(parts if order["parts"] else 0):
        carry_out(services, Task(DEFAULT_TENANT, campaign_id, import_id, part), lambda: True)
    wall, cpu = time.perf_counter() - began, time.process_time() - used
    found = services.imports.get(campaign_id, import_id)
    took = Took(
        *check,
        wall,
        cpu if order["parts"] else 0.0,
        resident(),
        found.counts.inserted,
        found.counts.rejected,
        found.status.value,
        found.rows or 0,
    )
    sys.stdout.write(json.dumps(asdict(took)) + "\n")
    services.close()


def main() -> None:
    """By itself."""
    parser = argparse.ArgumentParser(description="Measure what imports cost.")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--worker", action="store_true")
    options = parser.parse_args()
    if options.worker:
        worker()
        return
    report = Report()
    with deployment() as services:
        imports(report, services, sizes(quick=options.quick, million=options.million))
    report.verdict()


def sizes(*, quick: bool, million: bool) -> Sequence[int]:
    """The lengths of lists to import whole."""
    return (10_000, 100_000, 1_000_000) if million else (10_000,) if quick else (10_000, 100_000)


if __name__ == "__main__":
    main()
