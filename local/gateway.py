"""The HTTP port: what API Gateway is on AWS, on 127.0.0.1, in front of the same handler.

It keeps the limits of AWS (a body of 10 MB, an event of 6 MB), lets nobody to the handler without a
valid token, and answers its own failures in the API's one error shape. Tokens are handed out to
whoever asks, so pages of other sites that a browser has open must not get through: only requests to
this host by name, and only from its own pages.

| path | answered by | token |
|---|---|---|
| `/local/token?tenant=…&role=…` | here | no: it hands one out |
| `/swagger`, `/openapi.json` | the handler | no: a browser's address bar can't send one |
| `/webhooks/whatsapp` | the webhook's handler | no: Meta's signature is the key |
| `/live`, a WebSocket, and `/@connections/…` behind it | `local/live.py` | a ticket |
| `/api/…` | the handler | yes |
| everything else | the console's page and files, `local/console.py` | no: the page asks for one |

The webhook's path is the only one that also answers under other names than this host's: Meta can
reach it through a tunnel, which reaches nothing else.
"""

import asyncio
import json
import logging
import threading
import time
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from socket import create_server, socket
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from hypercorn.asyncio import serve
from hypercorn.config import Config

from local.console import Console
from local.environment import Function, FunctionError, FunctionTimeoutError
from local.events import HttpAnswer, HttpRequest, gateway_event, http_answer
from local.failure import LocalError
from local.live import CALLBACK, MESSAGE_LIMIT, Live
from local.tokens import TokenError, Tokens
from shared.domain.access import DEFAULT_TENANT, Role
from shared.domain.instants import to_text

logger = logging.getLogger(__name__)

BODY_LIMIT = 10 * 1024 * 1024  # of an HTTP API
EVENT_LIMIT = 6 * 1024 * 1024  # of a Lambda invocation, base64 included
_HAND_OUT = "/local/token"
_OPEN = frozenset({"/swagger", "/openapi.json"})
WEBHOOK = "/webhooks/whatsapp"
_TIMED_OUT = (
    "The request took too long and was ended, as it would be on AWS. What it had done is kept."
    " Uploading the same list again continues where it stopped, and so does another batch; long"
    " lists are imported instead: POST /api/campaigns/{id}/imports."
)
_OWN_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
_START_SECONDS = 10.0


class Gateway:
    """Serves `function` over HTTP on 127.0.0.1 in a thread of its own. `url` says where."""

    def __init__(
        self,
        function: Function,
        listener: socket,
        tokens: Tokens,
        webhook: Function | None = None,
        live: Live | None = None,
        console: Console | None = None,
    ) -> None:
        """Answer what comes to `listener`, which belongs to the gateway from now on."""
        self._function = function
        self._live = live
        self._console = console
        self._webhook = webhook
        self._tokens = tokens
        functions = filter(None, (function, webhook))
        self._threads = ThreadPoolExecutor(
            max_workers=sum(each.settings.concurrency for each in functions),
            thread_name_prefix="invocation",
        )
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._descriptor = listener.detach()
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._run, name="gateway", daemon=True)
        self._thread.start()
        self._up.wait(_START_SECONDS)

    def stop(self) -> None:
        """Take no new requests, and return when those in flight are answered."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._threads.shutdown()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        config = Config()
        config.bind = [f"fd://{self._descriptor}"]
        config.loglevel = "ERROR"
        config.include_server_header = False
        config.graceful_timeout = self._function.settings.timeout_seconds
        config.shutdown_timeout = config.graceful_timeout
        self._up.set()  # the socket listens already: whoever connects now only waits
        config.websocket_max_message_size = MESSAGE_LIMIT
        await serve(self._app, config, shutdown_trigger=self._asked_to_stop)

    async def _asked_to_stop(self) -> None:
        await self._stopping.wait()
        if self._live:
            await self._live.close_all()  # they would stay open for as long as they like

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for phase in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{phase}.complete"})
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        elif self._live and scope["type"] == "websocket":
            request = _request(scope, b"")
            refused = refusal(request, too_large=False)
            await self._live.connection(request, receive, send, 403 if refused else None)

    async def _http(self, scope: Any, receive: Any, send: Any) -> None:
        started, request_id = time.perf_counter(), str(uuid.uuid4())
        request, too_large = await _read(scope, receive)
        answer = refusal(request, too_large) or self._token(request)
        if answer is None and self._console:
            answer = self._console.answer(request)
        if answer is None and self._live and request.path.startswith(CALLBACK):
            return await _answer(send, await self._live.post(request))
        if answer is None:
            answer = await self._checked(request, request_id)
        took = (time.perf_counter() - started) * 1000
        logger.info("%s %s %d %.0f ms", request.method, request.path, answer.status, took)
        headers = [*answer.headers, (b"apigw-requestid", request_id.encode())]
        headers.append((b"content-length", b"%d" % len(answer.body)))
        body = b"" if request.method == "HEAD" else answer.body
        return await _answer(send, HttpAnswer(answer.status, headers, body))

    def _token(self, request: HttpRequest) -> HttpAnswer | None:
        """A token for whoever asks; None if something else is asked for."""
        if request.path != _HAND_OUT:
            return None
        if request.method != "GET":
            return failure(405, "METHOD_NOT_ALLOWED", "This path takes GET.")
        wanted = dict(parse_qsl(request.query, keep_blank_values=True))
        try:
            issued = self._tokens.issue(
                wanted.get("tenant", DEFAULT_TENANT), wanted.get("role", Role.ORG_ADMIN)
            )
        except TokenError as error:
            return failure(400, "VALIDATION_FAILED", str(error))
        ends = to_text(datetime.fromtimestamp(issued.expires, UTC))
        return _json(200, {"success": True, "token": issued.token, "expiresAt": ends})

    async def _checked(self, request: HttpRequest, request_id: str) -> HttpAnswer:
        """The handler's answer, if the request may reach it."""
        claims, function = None, self._function
        if request.path == WEBHOOK and self._webhook:
            function = self._webhook
        elif request.path not in _OPEN:
            try:
                claims = self._tokens.claims(request.header("authorization"))
            except TokenError as error:
                answer = failure(401, "UNAUTHORIZED", str(error))
                answer.headers.append((b"www-authenticate", b"Bearer"))
                return answer
        return await self._loop.run_in_executor(
            self._threads, self._invoke, function, request, request_id, claims
        )

    def _invoke(
        self,
        function: Function,
        request: HttpRequest,
        request_id: str,
        claims: Mapping[str, str] | None,
    ) -> HttpAnswer:
        event = gateway_event(request, request_id, datetime.now(UTC), claims)
        if len(event.get("body", "")) > EVENT_LIMIT:
            return _too_large()
        try:
            return http_answer(function.invoke(event, request_id))
        except FunctionTimeoutError as error:
            logger.error("request %s: %s", request_id, error)
            return failure(503, "TIMED_OUT", _TIMED_OUT)
        except (FunctionError, ValueError, TypeError) as error:
            logger.error("request %s: %s", request_id, error)
            words = f"Something went wrong on our side. The log has it under request {request_id}."
            return failure(500, "INTERNAL", words)


def listen(port: int) -> socket:
    """Take a port of 127.0.0.1 (0: any free one). Raises LocalError if it is not to be had."""
    try:
        return create_server(("127.0.0.1", port))
    except OSError as error:
        raise LocalError(
            f"Port {port} can't be used ({error.strerror}):"
            " stop what is using it, or set PORT to another."
        ) from None


def refusal(request: HttpRequest, too_large: bool) -> HttpAnswer | None:
    """The answer that the gateway gives by itself; None if the function is to be asked."""
    if request.path != WEBHOOK:
        if _host(f"//{request.header('host')}") not in _OWN_NAMES:
            return failure(403, "FORBIDDEN", "This server answers to localhost only.")
        origin = request.header("origin")
        if origin and _host(origin) not in _OWN_NAMES:
            return failure(403, "FORBIDDEN", "Pages of other sites can't use this server.")
    if too_large:
        return _too_large()
    return None


def failure(status: int, code: str, message: str) -> HttpAnswer:
    """An answer in the API's error shape."""
    error = {"code": code, "message": message, "details": []}
    return _json(status, {"success": False, "error": error})


def _json(status: int, value: Any) -> HttpAnswer:
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    return HttpAnswer(status, headers, json.dumps(value).encode())


def _too_large() -> HttpAnswer:
    return failure(
        413,
        "BODY_TOO_LARGE",
        "A request may have 6 MB, a binary or multipart body 4.5 MB."
        " Split a longer list: populating again adds to the campaign.",
    )


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


async def _read(scope: Any, receive: Any) -> tuple[HttpRequest, bool]:
    """The request, and whether its body is over the limit (then it is read, but not kept)."""
    body, too_large, more = bytearray(), False, True
    while more:
        message = await receive()
        more = message.get("more_body", False)
        too_large = too_large or len(body) + len(message.get("body", b"")) > BODY_LIMIT
        if not too_large:
            body += message.get("body", b"")
    return _request(scope, b"" if too_large else bytes(body)), too_large


def _request(scope: Any, body: bytes) -> HttpRequest:
    return HttpRequest(
        method=scope.get("method", "GET"),
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        headers=[(bytes(name), bytes(value)) for name, value in scope["headers"]],
        body=body,
        source_ip=(scope.get("client") or ("127.0.0.1",))[0],
        protocol=f"HTTP/{scope['http_version']}",
    )


async def _answer(send: Any, answer: HttpAnswer) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body})
