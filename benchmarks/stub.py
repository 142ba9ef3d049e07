"""A store and a provider that only answer: what remains is the executor.

    python -m benchmarks.stub        the first line in is JSON: latency, items, people
                                     the first line out is the URL

The store knows the items that it is given, has so many people due in each list, and takes every
write without looking. The provider takes every message after the latency. One process with asyncio,
a fraction of the emulator's and the simulator's CPU.
"""

import asyncio
import contextlib
import itertools
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from benchmarks.naive import BATCH

Item = dict[str, Any]


@contextmanager
def stub(latency: float, items: Sequence[Item] = (), people: int = 0) -> Iterator[str]:
    """The URL of a stub in a process of its own; the provider's latency in seconds."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.stub"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the stub was started with pipes")
    order = {"latency": latency, "items": list(items), "people": people}
    process.stdin.write(json.dumps(order) + "\n")
    process.stdin.flush()
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


class Store:
    """Answers DynamoDB's operations as far as the executor asks for them."""

    def __init__(self, items: Sequence[Item], people: int) -> None:
        self._items = {_id(item): item for item in items}
        self._left: dict[str, int] = defaultdict(lambda: people)
        self._lists = itertools.count(10_000)
        self._prefixes: dict[str, int] = {}

    def answer(self, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer as DynamoDB would give it."""
        match operation:
            case "GetItem":
                found = self._items.get(_id(request["Key"]))
                return {"Item": found} if found else {}
            case "Query":
                values = request["ExpressionAttributeValues"]
                if request.get("IndexName") == "pending":
                    return _page(self._due(values, int(request["Limit"])))
                if "FilterExpression" in request:  # the naive executor; favoured: only a batch
                    return _page(self._due(values, BATCH))
                return _page(self._counters(values))
            case "BatchGetItem":
                return {"Responses": {}, "UnprocessedKeys": {}}
            case "UpdateItem":
                following = request["ExpressionAttributeValues"].get(":next", {"N": "0"})
                return {"Attributes": {"nextAt": following}}
        return {}

    def _due(self, values: Mapping[str, Any], limit: int) -> list[Item]:
        shard = next(v["S"] for v in values.values() if "CAMPAIGN#" in v.get("S", ""))
        prefix = self._prefixes.setdefault(shard, next(self._lists))
        left = self._left[shard]
        self._left[shard] = max(0, left - limit)
        return [
            {
                "PK": {"S": shard},
                "SK": {"S": f"USER#1{prefix}{n:07d}"},
                "phone": {"S": f"1{prefix}{n:07d}"},
                "attempts": {"N": "0"},
                "parameters": {"S": '{"body":["Ana","order 1234"]}'},
                "pendingShard": {"S": shard},
                "dueAt": {"S": "2026-01-01T00:00:00.000Z"},
            }
            for n in range(left, max(0, left - limit), -1)
        ]

    def _counters(self, values: Mapping[str, Any]) -> list[Item]:
        """Of a campaign in which somebody is always left, so that nobody tries to complete it."""
        for value in values.values():
            if "STATS" in value.get("S", ""):
                partition = next(v for v in values.values() if "CAMPAIGN#" in v.get("S", ""))
                counters = {"PENDING": {"N": "1"}, "SENT": {"N": "1"}}
                return [{"PK": partition, "SK": {"S": "STATS#0"}, **counters}]
        return []


class Connection(asyncio.Protocol):
    """One kept-alive connection: a request, its answer, the next."""

    def __init__(self, store: Store, latency: float) -> None:
        self._store = store
        self._latency = latency
        self._read = b""
        self._transport: asyncio.WriteTransport | None = None
        self._numbers = itertools.count()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, separator, body = self._read.partition(b"\r\n\r\n")
        if not separator:
            return
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (ln.partition(": ") for ln in lines)}
        if len(body) < int(headers.get("content-length", "0")):
            return
        self._read = b""
        if target := headers.get("x-amz-target"):
            self._write(self._store.answer(target.rpartition(".")[2], json.loads(body)))
        else:
            taken = {"messages": [{"id": f"wamid.{id(self)}.{next(self._numbers)}"}]}
            asyncio.get_running_loop().call_later(self._latency, self._write, taken)

    def _write(self, answer: Mapping[str, Any]) -> None:
        body = json.dumps(answer).encode()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: "
        if self._transport and not self._transport.is_closing():
            self._transport.write(head + str(len(body)).encode() + b"\r\n\r\n" + body)


def _id(item: Mapping[str, Any]) -> tuple[str, str]:
    return item["PK"]["S"], item["SK"]["S"]


def _page(items: list[Item]) -> Mapping[str, Any]:
    return {"Items": items, "Count": len(items), "ScannedCount": len(items)}


async def serve(order: Mapping[str, Any]) -> None:
    """Until the process is killed, or its parent is gone."""
    store = Store(order["items"], order["people"])
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(store, order["latency"]), "127.0.0.1", 0)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(json.loads(sys.stdin.readline())))
