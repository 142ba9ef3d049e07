"""Deployments in this process for the tests of the promises: the emulator's answers without HTTP.

The contract suite holds the simulation's DynamoDB to the emulator; the queue is the four calls that
tests and code make. What meets a request on the wire meets it here under the retries that botocore
would make, three attempts in all.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from tests.simulation.dynamo import MemoryDynamo
from tests.support import faults
from tests.support.faults import Fault, Plan

_NOWHERE = "http://127.0.0.1:9"
_ATTEMPTS = 3


class MemoryDeployments:
    """A pytest plugin: the fixtures of the emulator and its sessions, replaced for all tests."""

    def __init__(self) -> None:
        self._fixtures = {"ministack": _NOWHERE, "aws": MemorySession()}
        vars(faults)["Wire"] = MemoryWire  # before any test imports it

    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any], request: Any) -> object:
        value = self._fixtures.get(fixturedef.argname)
        if value is not None:
            fixturedef.cached_result = (value, fixturedef.cache_key(request), None)
        return value


class MemorySession:
    """Where a boto3 session stands: clients of one database and of its queues."""

    region_name = "eu-west-1"

    def __init__(self) -> None:
        self._database = MemoryDynamo(lambda: datetime.now(UTC))
        self._one_at_a_time = threading.Lock()
        self._queues = MemoryQueues()

    def client(self, service: str, **_: Any) -> Any:
        if service == "sqs":
            return self._queues
        if service == "s3":
            return MemoryBuckets()
        return MemoryClient(self._database, self._one_at_a_time)


class MemoryClient:
    """One client of the database; threads take turns."""

    def __init__(self, database: MemoryDynamo, one_at_a_time: threading.Lock) -> None:
        self.wires: list[MemoryWire] = []
        self._database = database
        self._one_at_a_time = one_at_a_time

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        return lambda **request: self._call(operation, request)

    def execute(self, operation: str, request: dict[str, Any]) -> Any:
        """What happens when a request arrives."""
        with self._one_at_a_time:
            return getattr(self._database, operation)(**request)

    def close(self) -> None:
        """Nothing is open."""

    def _call(self, operation: str, request: dict[str, Any]) -> Any:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                for wire in self.wires:
                    wire.meet(operation, request)
                return self.execute(operation, request)
            except (BotoCoreError, ClientError) as error:
                if attempt == _ATTEMPTS or not _is_retried(error):
                    raise
        raise AssertionError("the last attempt returns or raises")


class MemoryWire:
    """`tests.support.faults.Wire` for such a client."""

    def __init__(self, client: MemoryClient, operation: str, plan: Plan) -> None:
        self.met: list[Fault] = []
        self._plan = plan
        self._operation = xform_name(operation)
        self._client = client
        self._late: list[dict[str, Any]] = []
        client.wires.append(self)

    def heal(self) -> None:
        """From now on everything works."""
        self._client.wires.remove(self)

    def deliver(self) -> None:
        """What was late arrives now, in order."""
        while self._late:
            self._execute(self._late.pop(0))

    def meet(self, operation: str, request: dict[str, Any]) -> None:
        """Let a request pass, or raise what its sender hears instead of an answer."""
        fault = self._plan() if operation == self._operation else None
        if fault is None:
            return
        self.met.append(fault)
        if fault is Fault.LATE:
            self._late.append(request)
        elif fault in (Fault.ERROR_AFTER, Fault.SILENCE_AFTER):
            self._execute(request)
        match fault:
            case Fault.UNREACHABLE:
                raise EndpointConnectionError(endpoint_url=_NOWHERE)
            case Fault.CONFLICT:
                raise _conflict(operation, request)
            case Fault.THROTTLED:
                raise _refusal(operation, 400, "ThrottlingException")
            case Fault.ERROR_BEFORE | Fault.ERROR_AFTER:
                raise _refusal(operation, 500, "InternalServerError")
        raise ReadTimeoutError(endpoint_url=_NOWHERE)

    def _execute(self, request: dict[str, Any]) -> None:
        with suppress(ClientError):  # nobody hears it
            self._client.execute(self._operation, request)


class MemoryQueues:
    """SQS as far as it is used."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[dict[str, Any]]] = {}

    def create_queue(self, *, QueueName: str) -> dict[str, str]:
        self._waiting[QueueName] = []
        return {"QueueUrl": QueueName}

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, str]]) -> None:
        if len(Entries) > 10:
            raise _refusal("SendMessageBatch", 400, "TooManyEntriesInBatchRequest")
        queue = self._waiting[QueueUrl]
        for entry in Entries:
            queue.append(
                {"Body": entry["MessageBody"], "MessageId": "m1", "ReceiptHandle": str(len(queue))}
            )

    def receive_message(self, *, QueueUrl: str, MaxNumberOfMessages: int) -> dict[str, Any]:
        return {"Messages": self._waiting[QueueUrl][:MaxNumberOfMessages]}

    def delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> None:
        queue = self._waiting[QueueUrl]
        queue[:] = [message for message in queue if message["ReceiptHandle"] != ReceiptHandle]

    def close(self) -> None:
        """Nothing is open."""


class MemoryBuckets:
    """S3 for those who only need it to be there."""

    def create_bucket(self, **_: Any) -> None:
        """Nothing is kept in it."""

    def close(self) -> None:
        """Nothing is open."""


def _is_retried(error: BotoCoreError | ClientError) -> bool:
    """Whether botocore's standard mode tries again: no answer, a 500, a throttle."""
    if isinstance(error, BotoCoreError):
        return True
    return error.response["Error"]["Code"] in ("ThrottlingException", "InternalServerError")


def _conflict(operation: str, request: dict[str, Any]) -> ClientError:
    """Another transaction holds an item; a single write is told so in other words."""
    if "TransactItems" not in request:
        return _refusal(operation, 400, "TransactionConflictException")
    reasons = [{"Code": "TransactionConflict"}]
    reasons += [{"Code": "None"}] * (len(request["TransactItems"]) - 1)
    return _refusal(operation, 400, "TransactionCanceledException", CancellationReasons=reasons)


def _refusal(operation: str, status: int, code: str, **more: Any) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": "injected"},
        "ResponseMetadata": {"HTTPStatusCode": status, "RetryAttempts": 0},
        **more,
    }
    return ClientError(response, operation)
