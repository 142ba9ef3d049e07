"""What tests share: one emulator for the session, fresh tables for each test that asks."""

import os
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from xdist.scheduler import LoadScopeScheduling

from functions.wiring import Services
from shared.domain.access import DEFAULT_TENANT
from tests.support.ministack import new_deployment, running_ministack

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


TOGETHER = ("tests/browser/", "tests/e2e/", "tests/infra/test_synth.py")
"""Tests that share what takes long to make, such as a deployment: each of these by one worker."""


class Together(LoadScopeScheduling):
    """Every test by itself, but those of `TOGETHER`, which come first."""

    def _split_scope(self, nodeid: str) -> str:
        return next((each for each in TOGETHER if nodeid.startswith(each)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    """In place of `--dist loadgroup`: pytest 9.2 does not heed how xdist 3.8 marks its groups."""
    return Together(config, log)


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a ministack of our own: transactions, queues and concurrency like on AWS."""
    with running_ministack(tmp_path_factory.mktemp("ministack")) as url:
        yield url


@pytest.fixture(scope="session")
def aws() -> boto3.Session:
    """One session for all clients: botocore reads its descriptions of the services only once."""
    return boto3.Session(region_name="eu-west-1")


@pytest.fixture
def environment(ministack: str, aws: boto3.Session) -> dict[str, str]:
    """The settings of a fresh deployment on the emulator: its own three tables and queue."""
    return new_deployment(ministack, aws)


@pytest.fixture
def services(
    environment: dict[str, str], aws: boto3.Session, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Services]:
    """Services on a fresh deployment, in this process."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", environment["AWS_ENDPOINT_URL"])
    services = Services(environment, DEFAULT_TENANT)
    services.__dict__["_session"] = aws
    yield services
    services.close()
