"""DynamoDB misbehaving on the wire: under botocore's retries, so that those are tested too."""

import json
import uuid
from collections.abc import Callable
from copy import copy
from enum import StrEnum
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from botocore.httpsession import URLLib3Session


class Fault(StrEnum):
    """What happens to one HTTP request instead of what should."""

    UNREACHABLE = "unreachable"  # no connection: surely not executed
    CONFLICT = "conflict"  # another transaction holds an item
    THROTTLED = "throttled"
    ERROR_BEFORE = "error before"  # a 500, and nothing was written
    ERROR_AFTER = "error after"  # a 500, though it was written
    SILENCE_AFTER = "silence after"  # written, and the reply never comes
    FORGOTTEN = "forgotten"  # the same, and the store does not know its token any more
    LATE = "late"  # no reply, and not written before `Wire.deliver`


Plan = Callable[[], Fault | None]


class Wire:
    """Stands between one client and DynamoDB: `plan` decides what each request meets."""

    def __init__(self, client: Any, operation: str, plan: Plan) -> None:
        self.met: list[Fault] = []
        self._plan = plan
        self._session = URLLib3Session()
        self._event = f"before-send.dynamodb.{operation}"
        self._client = client
        self._late: list[Any] = []
        self._executed: set[str | None] = set()
        client.meta.events.register(self._event, self._send)

    def heal(self) -> None:
        """From now on everything works."""
        self._client.meta.events.unregister(self._event, self._send)
        self._session.close()

    def deliver(self) -> None:
        """What was late arrives now, in order."""
        while self._late:
            self._execute(self._late.pop(0))

    def _execute(self, request: Any) -> None:
        """Once: a repetition under the same token changes nothing, and would only take time."""
        token = json.loads(request.body).get("ClientRequestToken")
        if token is None or token not in self._executed:
            self._session.send(request)
            self._executed.add(token)

    def _send(self, request: Any, **_: Any) -> AWSResponse | None:
        fault = self._plan()
        if fault is None:
            return None
        self.met.append(fault)
        match fault:
            case Fault.UNREACHABLE:
                raise EndpointConnectionError(endpoint_url=request.url)
            case Fault.CONFLICT:
                return _conflict(request)
            case Fault.THROTTLED:
                return _answer(request, 400, "ThrottlingException")
            case Fault.ERROR_BEFORE:
                return _answer(request, 500, "InternalServerError")
            case Fault.LATE:
                self._late.append(request)
                raise ReadTimeoutError(endpoint_url=request.url)
        self._execute(request if fault is not Fault.FORGOTTEN else _under_another_token(request))
        if fault is Fault.ERROR_AFTER:
            return _answer(request, 500, "InternalServerError")
        raise ReadTimeoutError(endpoint_url=request.url)


def _under_another_token(request: Any) -> Any:
    token = json.loads(request.body)["ClientRequestToken"]
    other = copy(request)
    other.body = request.body.replace(token.encode(), str(uuid.uuid4()).encode())
    return other


def without_waiting(patch: pytest.MonkeyPatch) -> None:
    """Botocore's own pauses between retries take no time; ours are the clock's business."""
    patch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda seconds: None))


def _conflict(request: Any) -> AWSResponse:
    """Another transaction holds an item; a single write is told so in other words."""
    items = json.loads(request.body).get("TransactItems")
    if items is None:
        return _answer(request, 400, "TransactionConflictException")
    reasons = [{"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}]
    reasons += [{"Code": "None"}] * (len(items) - 1)
    return _answer(request, 400, "TransactionCanceledException", CancellationReasons=reasons)


def _answer(request: Any, status: int, code: str, **more: Any) -> AWSResponse:
    body = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "Message": "injected", **more}
    headers = {"Content-Type": "application/x-amz-json-1.0"}
    return AWSResponse(request.url, status, headers, _Raw(json.dumps(body).encode()))


class _Raw(BytesIO):
    """A body as botocore reads it."""

    def stream(self, **_: Any) -> Any:
        yield self.read()
