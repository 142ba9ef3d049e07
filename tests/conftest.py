"""What tests share: one emulator for the session, fresh tables for each test that asks."""

import os
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from functions.wiring import Services
from shared.dynamo.provision import create_tables
from shared.dynamo.schema import TABLES

_OFFLINE = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",  # nothing of a test may reach AWS
}
os.environ.update(_OFFLINE)
for leftover in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "META_GRAPH_URL", "META_ACCESS_TOKEN"):
    os.environ.pop(leftover, None)


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a ministack of our own: transactions, queues and concurrency like on AWS."""
    folder = tmp_path_factory.mktemp("ministack")
    port = _free_port()
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


@pytest.fixture(scope="session")
def aws() -> boto3.Session:
    """One session for all clients: botocore reads its descriptions of the services only once."""
    return boto3.Session(region_name="eu-west-1")


@pytest.fixture
def environment(ministack: str, aws: boto3.Session) -> dict[str, str]:
    """The settings of a fresh deployment on the emulator: its own three tables and queue."""
    suffix = uuid.uuid4().hex[:8]
    names = {table.name: f"{table.name}-{suffix}" for table in TABLES}
    dynamodb = aws.client("dynamodb", endpoint_url=ministack)
    create_tables(dynamodb, names)
    dynamodb.close()
    sqs = aws.client("sqs", endpoint_url=ministack)
    queue = sqs.create_queue(QueueName=f"executor-{suffix}")
    sqs.close()
    return {
        "AWS_ENDPOINT_URL": ministack,
        "EXECUTOR_QUEUE_URL": queue["QueueUrl"],
        "META_PHONE_NUMBER_ID": "1065",
        "META_ACCESS_TOKEN": "test-token",
        "SEND_DELAY_MS": "0",
    } | {table.environment: names[table.name] for table in TABLES}


@pytest.fixture
def services(
    environment: dict[str, str], aws: boto3.Session, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Services]:
    """Services on a fresh deployment, in this process."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", environment["AWS_ENDPOINT_URL"])
    services = Services(environment)
    services.__dict__["_session"] = aws
    yield services
    services.close()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_up(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{url}/_ministack/health", timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"ministack did not start:\n{log.read_text()[-2000:]}")
