"""The real stack, deployed by the real CDK command line to an emulator that enforces IAM.

So a function that lacks a permission fails here, and not on AWS.
"""

import json
import os
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from infra.cdk import ROOT, cli, command
from shared.channels.simulator import Simulator

REGION, ACCOUNT = "eu-west-1", "000000000000"


@dataclass(frozen=True)
class Cloud:
    """An emulator: its address, and the environment that points at it."""

    url: str
    environment: Mapping[str, str]

    def client(self, service: str) -> Any:
        """A client that the emulator takes for one behind TLS."""
        client = boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        client.meta.events.register("before-sign", _claim_tls)
        return client


@dataclass(frozen=True)
class Deployment:
    """A deployed stack: its outputs, and the phone company behind it."""

    cloud: Cloud
    outputs: Mapping[str, str]
    simulator: Simulator


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    folder = tmp_path_factory.mktemp("cloud")
    port = _free_port()
    plain = {n: v for n, v in os.environ.items() if not n.startswith(("AWS_", "META_"))}
    credentials = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    settings = {
        **{"AUTH": "true", "PERSIST_STATE": "0", "MINISTACK_REGION": REGION},
        **{"SFTP_ENABLED": "0", "IOT_MTLS_ENABLED": "0", "TMPDIR": str(folder)},
        **{"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port)},
    }
    url = f"http://127.0.0.1:{port}"
    log = (folder / "ministack.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "ministack"],
        env=plain | credentials | settings,
        stdout=log,
        stderr=log,
    )
    pointers = {
        **{"AWS_ENDPOINT_URL": url, "AWS_ENDPOINT_URL_S3": url},
        # tests/infra validate the template once; here it would cost seconds again.
        **{"CDK_DISABLE_CLI_TELEMETRY": "true", "CDK_VALIDATION": "false"},
    }
    try:
        _wait_until_up(url, process, folder / "ministack.log")
        yield Cloud(url, plain | credentials | pointers)
    finally:
        process.terminate()
        process.wait(20)
        log.close()


@pytest.fixture(scope="session")
def deployment(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("deployment")
    with Simulator(token="token-of-the-secret", phone_number_id="1065") as simulator:
        # Away from cdk.json, or bootstrapping would synthesize our stack as well.
        _run(cloud, [*cli(), "bootstrap", f"aws://{ACCOUNT}/{REGION}"], folder, limit=60)
        _allow_plain_http(cloud)
        deploy = command(
            *("deploy", "--require-approval", "never", "--output", str(folder / "cdk.out")),
            *("--outputs-file", str(folder / "outputs.json")),
            *("--context", "bundle=host", "--context", f"META_GRAPH_URL={simulator.url}"),
            *("--context", "machines=default"),
            *("--app", f"{shlex.quote(sys.executable)} -m tests.e2e.app"),
        )
        _run(cloud, deploy, ROOT, limit=120)
        _allow_plain_http(cloud)
        _grant_what_the_emulator_misreads(cloud)
        outputs = json.loads((folder / "outputs.json").read_text())
        yield Deployment(cloud, outputs["CampaignExecutorDev"], simulator)


def _grant_what_the_emulator_misreads(cloud: Cloud) -> None:
    """Two grants that stand in the template, in the emulator's own spelling.

    AWS judges SendMessageBatch as sqs:SendMessage; the emulator asks for an action of that name. On
    AWS a Ref to a secret is its ARN; the emulator makes it the name, which no statement can match.
    """
    secrets = cloud.client("secretsmanager").list_secrets()["SecretList"]
    statements = [
        {"Effect": "Allow", "Action": "sqs:SendMessageBatch", "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": "secretsmanager:GetSecretValue",
            "Resource": [secret["ARN"] for secret in secrets],
        },
    ]
    for function in cloud.client("lambda").list_functions()["Functions"]:
        cloud.client("iam").put_role_policy(
            RoleName=function["Role"].rpartition("/")[2],
            PolicyName="emulator",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}),
        )


def _run(cloud: Cloud, line: list[str], folder: Path, *, limit: float) -> None:
    finished = subprocess.run(
        line,
        cwd=folder,
        env=dict(cloud.environment),
        timeout=limit,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if finished.returncode != 0:
        pytest.fail(f"{line[2]} failed:\n{finished.stdout[-4000:]}")


def _claim_tls(request: Any, **_: Any) -> None:
    request.headers["X-Forwarded-Proto"] = "https"


def _allow_plain_http(cloud: Cloud) -> None:
    """Take off what refuses requests without TLS, which the emulator's authorizer cannot do with.

    That these policies stand in the template is the business of tests/infra.
    """
    storage, queues = cloud.client("s3"), cloud.client("sqs")
    for bucket in storage.list_buckets()["Buckets"]:
        storage.delete_bucket_policy(Bucket=bucket["Name"])
    for url in queues.list_queues().get("QueueUrls", []):
        queues.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_up(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(400):
        if process.poll() is not None:
            break
        try:
            httpx.get(f"{url}/_ministack/health", timeout=1)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"the emulator did not start:\n{log.read_text()[-2000:]}")
