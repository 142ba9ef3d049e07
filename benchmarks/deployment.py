"""An emulator of our own with tables, and campaigns in it."""

import itertools
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from functions.wiring import Services
from shared.domain.access import DEFAULT_TENANT, Actor
from shared.domain.campaign import Action, Campaign, Throttle
from shared.domain.recipient import Recipient
from shared.domain.sender import NumberFacts, Sender
from shared.domain.template import TemplateParams
from shared.dynamo.provision import create_tables
from shared.dynamo.schema import TABLES
from shared.ports import ADD_LIMIT
from shared.usecases.control import control
from shared.usecases.create_campaign import Draft, create_campaign

T = TypeVar("T")

TOKEN = "simulator"  # noqa: S105 - opens nothing but the simulator
NUMBER = "1065"
HELLO = TemplateParams(body=("Ana", "order 1234"))
MOST = 5_000_000
"""People of one campaign: beyond it the simulator's magic numbers begin."""

_lists = itertools.count(10_000)  # no phone is in two campaigns
_numbers = itertools.count(2_000_000)


@contextmanager
def deployment() -> Iterator[Services]:
    """An emulator, and services of the default tenant on it. It forgets all at the end.

    Processes that are started meanwhile find it too: its address is in the environment.
    """
    with tempfile.TemporaryDirectory() as folder, _ministack(Path(folder)) as url:
        os.environ |= {
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ENDPOINT_URL": url,
        }
        names = {table.environment: f"bench-{table.name}" for table in TABLES}
        services = Services(
            names
            | {
                "META_PHONE_NUMBER_ID": NUMBER,
                "META_ACCESS_TOKEN": TOKEN,
                "WHATSAPP_DAILY_LIMIT": "10000000",
                "SEND_DELAY_MS": "0",
                "SENDER_SECRETS_DIR": str(Path(folder, "tokens")),
            },
            DEFAULT_TENANT,
        )
        create_tables(services._dynamodb, {t.name: names[t.environment] for t in TABLES})
        yield services
        services.close()


@contextmanager
def _ministack(folder: Path) -> Iterator[str]:
    """DynamoDB and SQS in a process of their own, without the laptop's write log."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    settings = {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "SERVICES": "dynamodb,dynamodbstreams,sqs,s3",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "PERSIST_STATE": "0",
        "LOG_LEVEL": "ERROR",
        "TMPDIR": str(folder),
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "ministack"], env=os.environ | settings, stdout=log, stderr=log
        )
    try:
        _wait_until_up(f"http://127.0.0.1:{port}/_ministack/health", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _wait_until_up(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(400):
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(url, timeout=1).close()  # noqa: S310
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("ministack did not start")


def fast_sender(services: Services) -> str:
    """A new sender of which Meta takes a thousand a second, so that the pace is not measured."""
    return _sender(services, "HIGH")


def standard_sender(services: Services) -> str:
    """A new sender of which Meta takes eighty a second."""
    return _sender(services, "STANDARD")


def _sender(services: Services, throughput: str) -> str:
    number = next(_numbers)
    sender = Sender(
        f"snd_{number}", phone_number_id=str(number), facts=NumberFacts(throughput=throughput)
    )
    services.secrets.put(sender.sender_id, TOKEN)
    services.senders.add(sender)
    return sender.sender_id


def create(
    services: Services, throttle: Throttle | None = None, sender_id: str | None = None
) -> Campaign:
    """A campaign without people; of a new fast sender unless one is named."""
    return create_campaign(
        campaigns=services.campaigns,
        senders=services.senders,
        clock=services.clock,
        chance=services.chance,
        draft=Draft(
            name="bench",
            template_name="hello",
            sender_id=sender_id or fast_sender(services),
            throttle=throttle or Throttle(),
        ),
        actor=Actor("bench", "service"),
    )


def filled(
    services: Services, size: int, throttle: Throttle | None = None, sender_id: str | None = None
) -> str:
    """A RUNNING campaign of new people; its sender as in `create`."""
    campaign = create(services, throttle, sender_id)
    if throttle and throttle.workers:
        campaign = services.campaigns.fix_shards(campaign.campaign_id, throttle.workers)
    for some in portions(list(phones(size)), ADD_LIMIT):
        people = [Recipient(campaign.campaign_id, phone, parameters=HELLO) for phone in some]
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


def phones(size: int) -> Iterator[str]:
    """So many numbers that nobody else has, and on which nothing special happens."""
    if size > MOST:
        raise ValueError(f"at most {MOST:,}")
    prefix = next(_lists)
    return (f"1{prefix}{n:07d}" for n in range(size))


def portions(whole: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Cut into pieces; the last may be shorter."""
    return (whole[start : start + size] for start in range(0, len(whole), size))


def soon(services: Services) -> datetime:
    """Time enough for a batch."""
    return services.clock.now() + timedelta(minutes=5)
