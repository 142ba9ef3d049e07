"""What a million messages cost on AWS, from counted calls and units.

List prices on demand of us-east-1 in US dollars, as known in November 2026 from the price pages of
DynamoDB (on demand), Lambda (arm64), SQS (standard queue), API Gateway (HTTP API), CloudWatch Logs,
EventBridge (custom events) and X-Ray; without tax and without any free tier.

Units are counted in the same run; durations are assumed, and the table says which. Lambda bills
time, and most of a worker's time is waiting for the sender's pace or for Meta.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from benchmarks.growth import BATCHED, THIRTY
from benchmarks.growth import Cost as Message
from benchmarks.report import Report
from benchmarks.webhooks import Cost as Status

AS_OF = "November 2026"
MILLION = 1_000_000

WRITE_UNIT = 0.625 / MILLION
READ_UNIT = 0.125 / MILLION
LAMBDA_RUN = 0.20 / MILLION
LAMBDA_GB_SECOND = 0.0000133334
SQS_REQUEST = 0.40 / MILLION
API_REQUEST = 1.00 / MILLION
LOG_GB = 0.50
EVENT = 1.00 / MILLION
TRACE = 5.00 / MILLION

UPLOAD_WRITES = 3 + 5 / 48  # docs/data-model.md: for each person, and for every 48
RATE = 80  # messages a second of a sender, unless Meta has raised it
BATCH, BATCH_SECONDS = 25, 5.0  # a call of Meta's takes 0.2 s
WORKER_SECONDS = 118  # of one run of a continuous worker
STATUSES = 3  # sent, delivered, read
DOOR_MB, MB = 512, 1024
CORE_MB = 1769  # the memory with which Lambda gives one core
SEND, READ, WRITE = 0.010, 0.005, 0.015  # seconds of a call to SQS, of a read, of a transaction
TELL_SECONDS = 0.1
LAMBDAS_LINES_GB = 0.7e-6  # of log for each run: its start and its report
OWN_LINE_GB = 0.5e-6  # about the door there is none, neither Lambda's nor ours
TRACED = 0.05  # of the runs, and one a second


@dataclass(frozen=True, slots=True)
class Bill:
    """What one thing costs for a million messages, by service."""

    name: str
    parts: Mapping[str, float]

    @property
    def total(self) -> float:
        return sum(self.parts.values())


def prices(report: Report, messages: Mapping[str, Message], statuses: Iterable[Status]) -> None:
    """The table of dollars, and the targets."""
    report.heading(f"(g) Dollars for a million messages (us-east-1, list prices of {AS_OF})")
    bills = [
        continuous(messages[THIRTY]),
        batches(messages[BATCHED]),
        *(webhook_bill(each) for each in statuses),
    ]
    services = list(bills[0].parts)
    report.columns("what", *services, "together")
    for bill in bills:
        report.row(bill.name, *(f"{bill.parts[s]:.2f}" for s in services), f"{bill.total:.2f}")
    report.say(
        f"\nWith the upload of the list. Assumed: {RATE} a second; a batch of {BATCH} runs for "
        f"{BATCH_SECONDS:.0f} s, a run that tells {TELL_SECONDS} s; a call of SQS takes {SEND} s, "
        f"a read {READ} s, a transaction {WRITE} s. CPU as counted above.\n"
    )
    _judge(report, bills)


def _judge(report: Report, bills: list[Bill]) -> None:
    sent, _, *told = bills
    words = f"{sent.total:.2f} dollars"
    report.target("at most 10 dollars for a million messages, continuous", words, sent.total <= 10)
    single = told[0].total
    words = ", ".join(f"{bill.total:.2f} ({bill.name})" for bill in told)
    report.target("at most 10 dollars for their webhooks", words, single <= 10)


def continuous(cost: Message) -> Bill:
    """Sent by one worker without pause, at the sender's pace."""
    seconds = MILLION / RATE
    runs = seconds / WORKER_SECONDS
    told = 2 * seconds  # the streams of two tables, a batch of records each second
    return _bill("messages, continuous", cost, runs, seconds, told, seconds)


def batches(cost: Message) -> Bill:
    """Sent by a batch every minute."""
    runs = MILLION / BATCH
    told = 2 * runs * BATCH_SECONDS
    return _bill("messages, in batches", cost, runs, runs * BATCH_SECONDS, told, told / 2)


def _bill(
    name: str, cost: Message, runs: float, gb_seconds: float, told: float, seconds: float
) -> Bill:
    progress = seconds * (WRITE_UNIT + READ_UNIT)  # a turn, and the counters
    return Bill(
        name,
        {
            "DynamoDB": MILLION
            * ((cost.writes + UPLOAD_WRITES) * WRITE_UNIT + cost.reads * READ_UNIT)
            + progress,
            "Lambda": _lambda(runs, gb_seconds) + _lambda(told, told * TELL_SECONDS),
            "SQS": 3 * runs * SQS_REQUEST,
            "API Gateway": 0.0,
            "EventBridge": told * EVENT,
            "logs": (runs + told) * (LAMBDAS_LINES_GB + OWN_LINE_GB) * LOG_GB,
            "X-Ray": _traces(runs, seconds) + _traces(told, seconds),
        },
    )


def webhook_bill(cost: Status) -> Bill:
    """Of all statuses of a million messages, so many in each of Meta's requests."""
    statuses = STATUSES * MILLION
    posts, seconds = statuses / cost.portion, MILLION / RATE
    runs = max(posts / 10, min(posts, seconds))  # ten queue messages at most
    door = SEND + cost.door_ms / 1000 * CORE_MB / DOOR_MB
    work = READ + WRITE + statuses / runs * cost.cpu_ms / 1000 * CORE_MB / MB
    units = statuses * (cost.writes * WRITE_UNIT + cost.reads * READ_UNIT)
    told = min(statuses, seconds)
    return Bill(
        f"webhooks, {cost.portion} status{'es' * (cost.portion > 1)} a request",
        {
            "DynamoDB": units,
            "Lambda": _lambda(posts, posts * door * DOOR_MB / 1024)
            + _lambda(runs, runs * work)
            + _lambda(told, told * TELL_SECONDS),
            "SQS": (posts + 2 * runs) * SQS_REQUEST,
            "API Gateway": posts * API_REQUEST,
            "EventBridge": max(told, statuses / 100) * EVENT,
            "logs": ((runs + told) * LAMBDAS_LINES_GB + told * OWN_LINE_GB) * LOG_GB,
            "X-Ray": _traces(posts, seconds) + _traces(runs, seconds) + _traces(told, seconds),
        },
    )


def _lambda(runs: float, gb_seconds: float) -> float:
    return runs * LAMBDA_RUN + gb_seconds * LAMBDA_GB_SECOND


def _traces(runs: float, seconds: float) -> float:
    """X-Ray's default rule: the first run of every second, and a share of the others."""
    first = min(runs, seconds)
    return (first + TRACED * (runs - first)) * TRACE
