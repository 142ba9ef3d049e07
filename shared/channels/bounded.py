"""An HTTP transport whose calls end in time, even if the other side sends one byte now and then.

A read timeout alone starts anew with every byte. A worker's lease, however, relies on the longest
that one call may take; so here all waiting of a call comes out of one budget.
"""

import ssl
import threading
import time
from collections import deque
from collections.abc import Iterable
from types import MappingProxyType

import httpcore
import httpx

MAX_REPLY = 1_000_000
"""Bytes of a reply; Meta's are below 1 kB."""

_AS_HTTPX = MappingProxyType(
    {
        httpcore.ConnectError: httpx.ConnectError,
        httpcore.ConnectTimeout: httpx.ConnectTimeout,
        httpcore.PoolTimeout: httpx.PoolTimeout,
        httpcore.ReadError: httpx.ReadError,
        httpcore.ReadTimeout: httpx.ReadTimeout,
        httpcore.WriteError: httpx.WriteError,
        httpcore.WriteTimeout: httpx.WriteTimeout,
        httpcore.LocalProtocolError: httpx.LocalProtocolError,
        httpcore.RemoteProtocolError: httpx.RemoteProtocolError,
        httpcore.UnsupportedProtocol: httpx.UnsupportedProtocol,
    }
)


class BoundedTransport(httpx.BaseTransport):
    """A pool of connections; a call takes at most the sum of its four timeouts, in seconds.

    Replies are read whole. There are no retries, redirects or proxies. Raises the exceptions of
    httpx. Only a name server that keeps silent is out of reach: the system's own limit holds there,
    and what has run out of time by then is not sent.
    """

    def __init__(
        self,
        ssl_context: ssl.SSLContext | None,
        *,
        max_connections: int,
        keepalive_seconds: float,
    ) -> None:
        self._budget = _Budget()
        self._ssl_context = ssl_context
        self._keepalive_seconds = keepalive_seconds
        self._backend = _Backend(self._budget)
        # httpcore's own pool asks the system about every idle connection, twice a call: with the
        # thirty of a worker this takes twice the CPU of the call itself.
        self._room = threading.BoundedSemaphore(max_connections)
        self._idle: deque[httpcore.HTTPConnection] = deque()  # the last one used is used next

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One call. `request.extensions["timeout"]` must hold connect, write, read and pool."""
        self._budget.open(sum(request.extensions["timeout"].values()))
        url = request.url
        call = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            ),
            headers=request.headers.raw,
            content=request.content,
            extensions=request.extensions,
        )
        try:
            reply, content = self._answered(call)
        except tuple(_AS_HTTPX) as fault:
            raise _AS_HTTPX[type(fault)](str(fault), request=request) from fault
        return httpx.Response(reply.status, headers=reply.headers, content=content)

    def close(self) -> None:
        """Close the connections that nobody uses."""
        while connection := self._last_used():
            connection.close()

    def _answered(self, call: httpcore.Request) -> tuple[httpcore.Response, bytes]:
        if not self._room.acquire(timeout=call.extensions["timeout"]["pool"]):
            raise httpcore.PoolTimeout("no connection is free")
        try:
            connection = self._open() or self._new(call.url.origin)
            try:
                reply = connection.handle_request(call)
                try:
                    content = _read(reply)
                finally:
                    reply.close()
            except BaseException:
                connection.close()
                raise
            if connection.is_idle():
                self._idle.append(connection)
            else:
                connection.close()
        finally:
            self._room.release()
        return reply, content

    def _open(self) -> httpcore.HTTPConnection | None:
        """One that is open, was used lately, and has nothing to say before it is asked."""
        while connection := self._last_used():
            if connection.is_idle() and not connection.has_expired():
                return connection
            connection.close()
        return None

    def _last_used(self) -> httpcore.HTTPConnection | None:
        try:
            return self._idle.pop()
        except IndexError:  # to look first would be no help: another thread may be quicker
            return None

    def _new(self, origin: httpcore.Origin) -> httpcore.HTTPConnection:
        return httpcore.HTTPConnection(
            origin,
            ssl_context=self._ssl_context,
            keepalive_expiry=self._keepalive_seconds,
            network_backend=self._backend,
        )


def _read(reply: httpcore.Response) -> bytes:
    content = bytearray()
    for part in reply.iter_stream():
        content += part
        if len(content) > MAX_REPLY:
            raise httpcore.ReadError(f"the reply is longer than {MAX_REPLY} bytes")
    return bytes(content)


class _Budget(threading.local):
    """When the call of this thread must be over; a call does all its waiting in one thread."""

    end = 0.0

    def open(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds

    def left(self, timeout: float | None, error: type[Exception]) -> float:
        """The time limit of one step. Raises `error` if the call has none left."""
        left = self.end - time.monotonic()
        if left <= 0:
            raise error("the call took too long")
        return left if timeout is None else min(timeout, left)


class _Backend(httpcore.NetworkBackend):
    """Opens connections whose every step respects the budget."""

    def __init__(self, budget: _Budget) -> None:
        self._budget = budget
        self._real = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        limit = self._budget.left(timeout, httpcore.ConnectTimeout)
        stream = self._real.connect_tcp(host, port, limit, local_address, socket_options)
        return _Stream(stream, self._budget)


class _Stream(httpcore.NetworkStream):
    """Holds what is written until an answer is wanted: one packet, not head and body apart."""

    def __init__(self, stream: httpcore.NetworkStream, budget: _Budget) -> None:
        self._stream = stream
        self._budget = budget
        self._held = b""
        self._write_timeout: float | None = None

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._held:
            held, self._held = self._held, b""
            limit = self._budget.left(self._write_timeout, httpcore.WriteTimeout)
            self._stream.write(held, limit)
        return self._stream.read(max_bytes, self._budget.left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._held += buffer
        self._write_timeout = timeout

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        limit = self._budget.left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, limit), self._budget)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)
