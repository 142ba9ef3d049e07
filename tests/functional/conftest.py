"""What the tests of the HTTP API share: the handler on a deployment with a simulated Meta."""

import uuid
from collections.abc import Iterator

import boto3
import pytest

from functions import wiring
from functions.wiring import Services
from shared.channels.simulator import Simulator
from shared.domain.access import DEFAULT_TENANT
from shared.dynamo.provision import create_tables
from shared.dynamo.schema import TABLES
from tests.support.databases import Database, emulated, in_memory
from tests.support.edges import ManualClock, RecordingChannel
from tests.support.ministack import new_bucket

TOKEN = "test-token"


@pytest.fixture(scope="module")
def meta() -> Iterator[Simulator]:
    """The simulator that the deployments of a module send to."""
    with Simulator(token=TOKEN) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def module_api(ministack: str, meta: Simulator) -> Iterator[Services]:
    """One deployment for a whole module: a second to build, so tests share it where they can."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", ministack)
        services = Services(deployment(ministack, meta), DEFAULT_TENANT)
        yield services
        services.close()


@pytest.fixture
def api(module_api: Services, monkeypatch: pytest.MonkeyPatch) -> Services:
    """The services behind the API's handler, with whatever other tests have left in them."""
    monkeypatch.setattr(wiring, "services", lambda _tenant: module_api)
    return module_api


@pytest.fixture
def tenants(module_api: Services, monkeypatch: pytest.MonkeyPatch) -> Services:
    """The same, but each request gets the services of the tenant of its token."""
    monkeypatch.setattr(wiring, "services", module_api.tenant)
    return module_api


@pytest.fixture
def fresh_api(
    environment: dict[str, str],
    meta: Simulator,
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
) -> Services:
    """The services behind the API's handler, on tables of their own."""
    environment["META_GRAPH_URL"] = meta.url
    monkeypatch.setattr(wiring, "services", lambda _tenant: services)
    return services


def deployment(endpoint: str, meta: Simulator) -> dict[str, str]:
    """The settings of a new deployment: its own three tables."""
    suffix = uuid.uuid4().hex[:8]
    names = {table.name: f"{table.name}-{suffix}" for table in TABLES}
    session = boto3.Session(region_name="eu-west-1")
    client = session.client("dynamodb", endpoint_url=endpoint)
    create_tables(client, names)
    client.close()
    sqs = session.client("sqs", endpoint_url=endpoint)
    imports = sqs.create_queue(QueueName=f"imports-{suffix}")
    sqs.close()
    return {
        "IMPORT_QUEUE_URL": imports["QueueUrl"],
        "LISTS_BUCKET_NAME": new_bucket(endpoint, session, f"lists-{suffix}"),
        "META_GRAPH_URL": meta.url,
        "META_PHONE_NUMBER_ID": "1065",
        "LIVE_URL": "wss://live.example.com",
        "META_ACCESS_TOKEN": TOKEN,
        "WHATSAPP_DAILY_LIMIT": "100000",
        "SEND_DELAY_MS": "0",
    } | {table.environment: names[table.name] for table in TABLES}


@pytest.fixture(name="deployment")
def deployment_in_hand(services: Services) -> Services:
    """Real stores; the clock and the provider are in the test's hand."""
    services.clock = ManualClock()
    services.channel = RecordingChannel(services.clock)
    return services


@pytest.fixture(scope="module", params=["ministack", "memory"])
def either_database(
    request: pytest.FixtureRequest, ministack: str, aws: boto3.Session
) -> Iterator[Database]:
    """A table on the emulator, then one in the simulation's own DynamoDB."""
    if request.param == "memory":
        yield in_memory()
    else:
        with emulated(ministack, aws) as database:
            yield database


@pytest.fixture
def database(either_database: Database) -> Database:
    """The same with a partition that no other test uses."""
    either_database.partition = uuid.uuid4().hex
    return either_database
