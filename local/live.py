"""The WebSocket port: what API Gateway's WebSocket API is on AWS, in front of the same handler.

A client connects to `/live`, the handler answers it through `POST /@connections/{id}`: both on the
port of the HTTP API. It keeps AWS's limits: two hours for a connection, 128 KB for a message.
"""

import asyncio
import contextlib
import json
import logging
import secrets
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from local.environment import Function, FunctionError
from local.events import HttpAnswer, HttpRequest
from local.failure import LocalError
from local.streams import StreamPoller, StreamReader

logger = logging.getLogger(__name__)

PATH, CALLBACK = "/live", "/@connections/"
MESSAGE_LIMIT = 128 * 1024
LIFETIME_SECONDS = 2 * 3600.0
_WRITE_SECONDS = 2.0  # a client that takes longer to read is let go
_GOING_AWAY, _TOO_SLOW = 1001, 1008  # WebSocket status codes

_GONE = HttpAnswer(410, [(b"x-amzn-errortype", b"GoneException")], b"{}")


class _Client:
    """An open connection. Used in the gateway's event loop only."""

    def __init__(self, send: Any) -> None:
        self._send = send
        self._one_at_a_time = asyncio.Lock()
        self.life = asyncio.timeout(LIFETIME_SECONDS)

    def end(self) -> None:
        """Let its life be over now; nothing if it has not begun, or has ended already."""
        with contextlib.suppress(AssertionError, RuntimeError):
            self.life.reschedule(asyncio.get_running_loop().time())

    async def write(self, text: str) -> bool:
        """False if it is gone, or too slow; then it is closed."""
        try:
            async with asyncio.timeout(_WRITE_SECONDS), self._one_at_a_time:
                await self._send({"type": "websocket.send", "text": text})
        except TimeoutError:
            await self.close(_TOO_SLOW)
            self.end()
            return False
        return True

    async def close(self, code: int) -> None:
        with contextlib.suppress(Exception):  # it is gone already
            await self._send({"type": "websocket.close", "code": code})


class Live:
    """Everything about live connections on a laptop. The gateway hands them over."""

    def __init__(
        self, start: Callable[[], Function], readers: Callable[[], list[StreamReader]]
    ) -> None:
        """`start` starts the function `live`; that happens when somebody connects first."""
        self._start = start
        self._started: Function | None = None
        self._starting = threading.Lock()
        self._clients: dict[str, _Client] = {}
        self._systems = False  # whether events are posted to any
        self._poller = StreamPoller(readers, self._tell)
        self._threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="live")

    async def connection(
        self, request: HttpRequest, receive: Any, send: Any, status: int | None
    ) -> None:
        """Serve one client, from its handshake to its end; refuse it if there is a `status`."""
        connection_id, client = secrets.token_hex(16), _Client(send)
        await receive()  # websocket.connect
        if status is None and request.path == PATH:
            status = await self._opened(connection_id, request)
        if status != 200:
            return await _refuse(send, status or 404)
        self._clients[connection_id] = client
        try:
            await send({"type": "websocket.accept"})
            await self._serve(connection_id, client, receive)
        finally:
            self._clients.pop(connection_id, None)
            self._rest()
            await self._ask(_event("DISCONNECT", "$disconnect", connection_id))
        return None

    async def _opened(self, connection_id: str, request: HttpRequest) -> int:
        """The status of the handshake; from now on nothing that is committed is missed."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._threads, self._poller.start)
        except Exception as error:  # the emulator is stopping: a refused handshake is answer enough
            logger.error("the streams can't be read: %s", error)
            return 500
        event = _event("CONNECT", "$connect", connection_id)
        if request.query:
            event["queryStringParameters"] = dict(parse_qsl(request.query))
        status = await self._ask(event)
        if status != 200:
            self._rest()
        return status

    def systems(self, there: bool) -> None:
        """Whether there are other systems that events are posted to. Called from a thread."""
        self._systems = there
        if there:
            self._poller.start()
        else:
            self._rest()

    def _rest(self) -> None:
        """Nothing is read while nobody listens."""
        if not self._clients and not self._systems:
            self._poller.stop()

    async def _serve(self, connection_id: str, client: _Client, receive: Any) -> None:
        with contextlib.suppress(TimeoutError):
            async with client.life:
                while (message := await receive())["type"] == "websocket.receive":
                    text = message.get("text") or (message.get("bytes") or b"").decode("latin-1")
                    event = _event("MESSAGE", "$default", connection_id) | {"body": text}
                    if await self._ask(event) != 200:
                        sorry = {"message": "Internal server error", "connectionId": connection_id}
                        await client.write(json.dumps(sorry))
                return
        await client.close(_GOING_AWAY)

    async def post(self, request: HttpRequest) -> HttpAnswer:
        """`POST /@connections/{id}`: the function writes to a client."""
        client = self._clients.get(unquote(request.path.removeprefix(CALLBACK)))
        if client is None or not await client.write(request.body.decode()):
            return _GONE
        return HttpAnswer(200, [], b"")

    async def close_all(self) -> None:
        """The runtime stops: clients come back when it is there again."""
        self._systems = False
        self._poller.stop()
        for client in self._clients.values():
            client.end()

    def stop(self, grace_seconds: float) -> None:
        """End the function, after `close_all`."""
        self._poller.stop()
        self._threads.shutdown()
        if self._started:
            self._started.stop(grace_seconds)

    async def _ask(self, event: dict[str, Any]) -> int:
        """The status that the handler answers; 500 if it fails."""
        loop = asyncio.get_running_loop()
        try:
            answer = await loop.run_in_executor(self._threads, self._invoke, event)
        except (FunctionError, LocalError, RuntimeError) as error:
            logger.error("the function live failed: %s", error)
            return 500
        return int(answer["statusCode"])

    def _tell(self, event: dict[str, Any]) -> None:
        self._invoke(event)

    def _invoke(self, event: dict[str, Any]) -> Any:
        with self._starting:
            if self._started is None:
                self._started = self._start()
        return self._started.invoke(event, str(uuid.uuid4()))


def _event(kind: str, route: str, connection_id: str) -> dict[str, Any]:
    """What a WebSocket API hands to its function."""
    now = datetime.now(UTC)
    return {
        "requestContext": {
            "routeKey": route,
            "eventType": kind,
            "connectionId": connection_id,
            "requestId": str(uuid.uuid4()),
            "requestTimeEpoch": int(now.timestamp() * 1000),
            "apiId": "local",
            "stage": "live",
        },
        "isBase64Encoded": False,
    }


async def _refuse(send: Any, status: int) -> None:
    await send({"type": "websocket.http.response.start", "status": status, "headers": []})
    await send({"type": "websocket.http.response.body", "body": b""})
