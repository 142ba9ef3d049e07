"""A ministack of our own in a process, and fresh deployments on it."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3

from shared.dynamo.provision import create_tables
from shared.dynamo.schema import TABLES


@contextmanager
def running_ministack(folder: Path) -> Iterator[str]:
    """The URL of an emulator that lives as long as the block; it keeps its log in `folder`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = os.environ | {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "PERSIST_STATE": "0",
        "TMPDIR": str(folder),
    }
    log = (folder / "ministack.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "ministack"], env=environment, stdout=log, stderr=log
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_up(url, process, folder / "ministack.log")
        yield url
    finally:
        process.terminate()
        process.wait(10)
        log.close()


def new_deployment(url: str, session: boto3.Session) -> dict[str, str]:
    """The settings of a fresh deployment on the emulator: its own three tables and queues."""
    suffix = uuid.uuid4().hex[:8]
    names = {table.name: f"{table.name}-{suffix}" for table in TABLES}
    dynamodb = session.client("dynamodb", endpoint_url=url)
    create_tables(dynamodb, names)
    dynamodb.close()
    sqs = session.client("sqs", endpoint_url=url)
    queue = sqs.create_queue(QueueName=f"executor-{suffix}")
    updates = sqs.create_queue(QueueName=f"updates-{suffix}")
    imports = sqs.create_queue(QueueName=f"imports-{suffix}")
    sqs.close()
    return {
        "AWS_ENDPOINT_URL": url,
        "EXECUTOR_QUEUE_URL": queue["QueueUrl"],
        "UPDATES_QUEUE_URL": updates["QueueUrl"],
        "IMPORT_QUEUE_URL": imports["QueueUrl"],
        "LISTS_BUCKET_NAME": new_bucket(url, session, f"lists-{suffix}"),
        "META_PHONE_NUMBER_ID": "1065",
        "LIVE_URL": "wss://live.example.com",
        "META_ACCESS_TOKEN": "test-token",
        "SEND_DELAY_MS": "0",
    } | {table.environment: names[table.name] for table in TABLES}


def new_bucket(url: str, session: boto3.Session, name: str) -> str:
    """A bucket for lists; its name."""
    s3 = session.client("s3", endpoint_url=url)
    here = {"LocationConstraint": session.region_name}
    s3.create_bucket(Bucket=name, CreateBucketConfiguration=here)
    s3.close()
    return name


def _wait_until_up(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{url}/_ministack/health", timeout=1).close()  # noqa: S310
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"ministack did not start:\n{log.read_text()[-2000:]}")
