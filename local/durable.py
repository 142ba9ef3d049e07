"""Tables that survive a kill: a layer around the emulator that keeps every write in a log.

ministack keeps its tables in memory. Here it is called as the ASGI application that it is, behind a
layer that lets DynamoDB's writes through one at a time, looks at the items as they are afterwards,
and has the write log keep them *before* the answer leaves. Queues need no keeping: the next tick
fills them again.

What if it dies before the append: the caller got no answer, and after a restart nothing happened.
After the append: the caller got no answer, and after a restart it has happened. Both are what a
caller must expect of any lost answer.
"""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from local.failure import LocalError, complain
from local.writelog import Image, Item, Record, WriteLog

LISTS = "local-lists"
"""The bucket of uploaded lists: files in the data folder, which the emulator keeps by itself."""

App = Callable[[dict[str, Any], Any, Any], Awaitable[None]]
Reply = tuple[int, list[tuple[bytes, bytes]], bytes]

_PREFIX = "DynamoDB_20120810."
_STREAMS_PREFIX = "DynamoDBStreams_20120810."
_READS = frozenset(
    {"GetItem", "BatchGetItem", "TransactGetItems", "Query", "Scan"}
    | {"ListTables", "DescribeTable", "DescribeTimeToLive", "DescribeContinuousBackups"}
)
_WRITES = frozenset(
    {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}
    | {"CreateTable", "DeleteTable", "UpdateTimeToLive"}
)
_BATCH_WRITE_LIMIT = 25  # items in one BatchWriteItem (DynamoDB's own limit)
# One account and region whatever a client is set to: data must not depend on AWS_REGION.
_CREDENTIAL = (
    b"AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, Signature=0"
)


class DurableTables:
    """The ASGI application: DynamoDB with a write log; SQS, streams and the lists as they are.

    Guarantee: a DynamoDB write that was answered with 200 is in the log. If the log can't be
    written, nothing is answered any more: memory would be ahead of what a restart finds.
    """

    def __init__(self, app: App, log: WriteLog) -> None:
        self._app = app
        self._log = log
        self._tables = Image()  # definitions only: which attributes are a table's key
        self._writing = asyncio.Lock()

    async def load(self, image: Image) -> None:
        """Put into the empty emulator what the log holds. Raises LocalError if it is refused."""
        for name, definition in image.tables.items():
            await self._load("CreateTable", definition)
            self._tables.apply({"create": definition})
            if name in image.ttl:
                setting = {"Enabled": True, "AttributeName": image.ttl[name]}
                await self._load(
                    "UpdateTimeToLive", {"TableName": name, "TimeToLiveSpecification": setting}
                )
            items = list(image.items[name].values())
            for start in range(0, len(items), _BATCH_WRITE_LIMIT):
                puts = [
                    {"PutRequest": {"Item": item}}
                    for item in items[start : start + _BATCH_WRITE_LIMIT]
                ]
                await self._load("BatchWriteItem", {"RequestItems": {name: puts}})

    async def _load(self, operation: str, request: Record) -> None:
        status, _, body = await self._ask(_PREFIX + operation, json.dumps(request).encode())
        if status != 200:
            raise LocalError(f"The emulator refused its own data ({operation}): {body.decode()}")

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if (
            scope["type"] == "lifespan"
        ):  # not passed on: it would start schedulers and look for Docker
            return await _lifespan(receive, send)
        if scope["type"] != "http":
            return None
        headers = dict(scope["headers"])
        if scope["path"].startswith(f"/{LISTS}"):
            if not _may_have_lists(headers, scope["query_string"]):
                return await _answer(send, _refusal("This address is not signed for you."))
            return await self._app(scope, receive, send)
        target = headers.get(b"x-amz-target", b"").decode("latin-1")
        if target.startswith("AmazonSQS."):
            return await self._app(scope, receive, send)
        if target.startswith(_STREAMS_PREFIX):
            return await _answer(send, await self._ask(target, await _body(receive)))
        body = await _body(receive)  # before the lock: a slow client holds up nobody
        await _answer(send, await self._dynamodb(target, body))
        return None

    async def _dynamodb(self, target: str, body: bytes) -> Reply:
        operation = target.removeprefix(_PREFIX)
        if target.startswith(_PREFIX) and operation in _READS:
            return await self._ask(target, body)
        if target.startswith(_PREFIX) and operation == "UpdateTable" and _only_streams(body):
            return await self._ask(target, body)  # not kept: a stream begins anew at every start
        if target.startswith(_PREFIX) and operation in _WRITES:
            async with self._writing:
                reply = await self._ask(target, body)
                if reply[0] == 200:
                    await self._keep(operation, json.loads(body))
            return reply
        # Anything else might change something that the log would not know of.
        return _refusal(f"The local emulator does not serve {target or 'this request'}.")

    async def _keep(self, operation: str, request: Record) -> None:
        try:
            for record in await self._records(operation, request):
                self._log.append(record)
        except Exception as error:  # any: an answer now would promise what a restart breaks
            complain(f"The data folder can't be written ({error}): stopped.")
            os._exit(1)

    async def _records(self, operation: str, request: Record) -> list[Record]:
        """What the log must remember of a request that was carried out."""
        if operation == "CreateTable":
            self._tables.apply({"create": request})
            return [{"create": request}]
        if operation == "DeleteTable":
            self._tables.apply({"drop": request["TableName"]})
            return [{"drop": request["TableName"]}]
        if operation == "UpdateTimeToLive":
            setting = request["TimeToLiveSpecification"]
            attribute = setting["AttributeName"] if setting["Enabled"] else None
            return [{"ttl": {"table": request["TableName"], "attribute": attribute}}]
        put: list[tuple[str, Item]] = []
        gone: list[tuple[str, Item]] = []
        changed: list[tuple[str, Item]] = []
        for action, table, item in _touched(operation, request):
            {"Put": put, "Delete": gone, "Update": changed}[action].append((table, item))
        if changed:
            put += await self._current(changed)
        return [{"put": put, "gone": gone}] if put or gone else []

    async def _current(self, keys: list[tuple[str, Item]]) -> list[tuple[str, Item]]:
        """The items with these keys, still under the lock: just as they were written."""
        wanted: dict[str, Any] = {}
        for table, key in keys:
            wanted.setdefault(table, {"Keys": [], "ConsistentRead": True})["Keys"].append(key)
        found: list[tuple[str, Item]] = []
        while wanted:
            status, _, body = await self._ask(
                f"{_PREFIX}BatchGetItem", json.dumps({"RequestItems": wanted}).encode()
            )
            if status != 200:
                raise RuntimeError(f"The emulator can't read what it just wrote: {body.decode()}")
            answer = json.loads(body)
            found += [
                (table, item) for table, items in answer["Responses"].items() for item in items
            ]
            wanted = answer.get("UnprocessedKeys") or {}
        return found

    async def _ask(self, target: str, body: bytes) -> Reply:
        """One request to ministack, in this process."""
        headers = [
            (b"host", b"127.0.0.1"),
            (b"x-amz-target", target.encode()),
            (b"content-type", b"application/x-amz-json-1.0"),
            (b"authorization", _CREDENTIAL),
            (b"content-length", b"%d" % len(body)),
        ]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": "/",
            "raw_path": b"/",
            "query_string": b"",
            "headers": headers,
        }
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        content = b"".join(message.get("body", b"") for message in sent[1:])
        return sent[0]["status"], sent[0]["headers"], content


def _touched(operation: str, request: Record) -> Iterable[tuple[str, str, Item]]:
    """(Put | Delete | Update, table, item or key) of everything that a write changed."""
    if operation == "TransactWriteItems":
        for entry in request["TransactItems"]:
            for action, part in entry.items():
                if action != "ConditionCheck":
                    yield action, part["TableName"], part["Item" if action == "Put" else "Key"]
    elif operation == "BatchWriteItem":
        for table, entries in request["RequestItems"].items():
            for entry in entries:
                action = "Put" if "PutRequest" in entry else "Delete"
                part = entry[f"{action}Request"]
                yield action, table, part["Item" if action == "Put" else "Key"]
    else:
        action = operation.removesuffix("Item")
        yield action, request["TableName"], request["Item" if action == "Put" else "Key"]


def _may_have_lists(headers: dict[bytes, bytes], query: bytes) -> bool:
    """The emulator lets everybody in whose address is not signed, and browsers read its answers.

    So a page of another site may come only with a signed address; and under no other name, because
    a page could make its own site's name lead to this machine.
    """
    host = headers.get(b"host", b"").rpartition(b":")[0]
    if host not in (b"127.0.0.1", b"localhost"):
        return False
    return b"origin" not in headers or b"X-Amz-Signature=" in query


def _only_streams(body: bytes) -> bool:
    return set(json.loads(body)) <= {"TableName", "StreamSpecification"}


async def _body(receive: Any) -> bytes:
    chunks = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)


async def _answer(send: Any, reply: Reply) -> None:
    status, headers, body = reply
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _refusal(message: str) -> Reply:
    body = json.dumps({"__type": "UnknownOperationException", "message": message}).encode()
    headers = [
        (b"content-type", b"application/x-amz-json-1.0"),
        (b"content-length", b"%d" % len(body)),
    ]
    return 400, headers, body


async def _lifespan(receive: Any, send: Any) -> None:
    for phase in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{phase}.complete"})
