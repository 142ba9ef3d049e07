"""An HTTP transport whose calls end in time, even if the other side sends one byte now and then.

A read timeout alone starts anew with every byte. A worker's lease, however, relies on the longest
that one call may take; so here all waiting of a call comes out of one budget.

Connections are plain sockets, and replies are read by the standard library: a pool for every kind
of HTTP takes twice the CPU of a call, and a worker's CPU is what limits how much it sends.
"""

import http.client
import io
import select
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

MAX_REPLY = 1_000_000
"""Bytes of a reply; Meta's are below 1 kB."""


class BoundedTransport(httpx.BaseTransport):
    """A pool of connections to one host; a call takes at most the sum of its four timeouts.

    Timeouts are in seconds. Replies are read whole. There are no retries, redirects or proxies.
    Raises the exceptions of httpx: until a byte may have left, ConnectError, ConnectTimeout or
    PoolTimeout, and never one of these afterwards. Only a name server that keeps silent is out of
    reach: the system's own limit holds there, and what has run out of time by then is not sent.
    """

    def __init__(
        self,
        ssl_context: ssl.SSLContext | None,
        *,
        max_connections: int,
        keepalive_seconds: float,
    ) -> None:
        self._ssl_context = ssl_context
        if ssl_context is not None:
            ssl_context.set_alpn_protocols(["http/1.1"])
        self._keepalive_seconds = keepalive_seconds
        self._room = threading.BoundedSemaphore(max_connections)
        self._idle: deque[_Connection] = deque()  # the one that was used last is used next

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One call. `request.extensions["timeout"]` must hold connect, write, read and pool."""
        timeouts: Mapping[str, float] = request.extensions["timeout"]
        budget = _Budget(sum(timeouts.values()))
        if not self._room.acquire(timeout=timeouts["pool"]):
            raise httpx.PoolTimeout("no connection is free")
        try:
            connection = self._waiting() or self._connected(request.url, timeouts, budget)
            try:
                reply = connection.call(_text(request), timeouts, budget)
            except BaseException:
                connection.close()
                raise
            self._keep(connection)
            return reply
        finally:
            self._room.release()

    def close(self) -> None:
        """Close the connections that nobody uses."""
        while connection := self._last():
            connection.close()

    def _waiting(self) -> "_Connection | None":
        """A connection that is open still."""
        while connection := self._last():
            idle = time.monotonic() - connection.used_at
            if idle < self._keepalive_seconds and not connection.is_readable:
                return connection
            connection.close()
        return None

    def _last(self) -> "_Connection | None":
        try:
            return self._idle.pop()
        except IndexError:  # asking first would be too early: another thread may be quicker
            return None

    def _connected(
        self, url: httpx.URL, timeouts: Mapping[str, float], budget: "_Budget"
    ) -> "_Connection":
        host = url.raw_host.decode("ascii")
        port = url.port or (443 if self._ssl_context else 80)
        with _faults(httpx.ConnectTimeout, httpx.ConnectError):
            left = budget.left(timeouts["connect"])
            plain = socket.create_connection((host, port), left)
            try:
                plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                plain.settimeout(budget.left(timeouts["connect"]))
                if self._ssl_context is None:
                    return _Connection(plain)
                return _Connection(self._ssl_context.wrap_socket(plain, server_hostname=host))
            except BaseException:
                plain.close()
                raise

    def _keep(self, connection: "_Connection") -> None:
        if connection.is_reusable:
            connection.used_at = time.monotonic()
            self._idle.append(connection)
        else:
            connection.close()


class _Budget:
    """The time that a call has left."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self, timeout: float) -> float:
        """The time limit of one step. Raises TimeoutError if the call has none left."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the call took too long")
        return min(timeout, left)


class _Connection:
    """One connection: a request, its reply, the next."""

    used_at = 0.0  # on the monotonic clock

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._incoming = _Incoming(line)
        self.is_reusable = False

    @property
    def is_readable(self) -> bool:
        """Something came since the last reply: the server's farewell, or what nobody asked for."""
        if isinstance(self._line, ssl.SSLSocket) and self._line.pending():
            return True
        poll = select.poll()
        poll.register(self._line, select.POLLIN)
        return bool(poll.poll(0))

    def call(
        self, request: bytes, timeouts: Mapping[str, float], budget: _Budget
    ) -> httpx.Response:
        """Send a request in one piece and read its reply."""
        self.is_reusable = False
        with _faults(httpx.WriteTimeout, httpx.WriteError):
            writing = _Budget(timeouts["write"])
            rest = memoryview(request)
            while rest:
                self._line.settimeout(budget.left(writing.left(timeouts["write"])))
                rest = rest[self._line.send(rest) :]
        self._incoming.allow(budget, timeouts["read"])
        with _faults(httpx.ReadTimeout, httpx.ReadError):
            reply = http.client.HTTPResponse(self, method="POST")  # type: ignore[arg-type]
            reply.begin()
            content = reply.read(MAX_REPLY + 1)
            if len(content) > MAX_REPLY:
                raise httpx.ReadError(f"the reply is longer than {MAX_REPLY} bytes")
            if reply.length:
                raise http.client.IncompleteRead(content, reply.length)
        whole = reply.isclosed() and not reply.will_close
        self.is_reusable = whole and not self._incoming.has_more
        return httpx.Response(reply.status, headers=reply.getheaders(), content=content)

    def makefile(self, mode: str) -> io.BufferedReader:
        """What the reply is read from; asked for by `HTTPResponse`."""
        return self._incoming.reader

    def close(self) -> None:
        """Close it for good."""
        self._line.close()


class _Incoming(io.RawIOBase):
    """What comes over a connection, each piece of it within the budget of the call."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._budget = _Budget(0)
        self._timeout: float | None = 0.0
        self.reader = _Reader(self)

    def allow(self, budget: _Budget, timeout: float) -> None:
        """From now on there is this time."""
        self._budget, self._timeout = budget, timeout

    @property
    def has_more(self) -> bool:
        """Something came that nobody asked for."""
        self._timeout = None
        return bool(self.reader.peek(1))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        if self._timeout is None:  # only what is there already
            return 0
        self._line.settimeout(self._budget.left(self._timeout))
        return self._line.recv_into(buffer)


class _Reader(io.BufferedReader):
    """Stays open when a reply has been read: the next one comes on the same connection."""

    def close(self) -> None:
        """Nothing: the connection is closed by itself."""


@contextmanager
def _faults(
    timeout: type[httpx.TransportError], other: type[httpx.TransportError]
) -> Iterator[None]:
    """The faults of one step as those of httpx."""
    try:
        yield
    except TimeoutError as fault:
        raise timeout(str(fault)) from fault
    except http.client.HTTPException as fault:
        raise httpx.RemoteProtocolError(repr(fault)[:200]) from fault
    except (OSError, ValueError) as fault:  # ValueError: chunks, or a host that can't be encoded
        raise other(str(fault)) from fault


def _text(request: httpx.Request) -> bytes:
    """The request as it goes over the line: one packet, not head and body apart."""
    head = b"".join(name + b": " + value + b"\r\n" for name, value in request.headers.raw)
    target = request.method.encode() + b" " + request.url.raw_path + b" HTTP/1.1\r\n"
    return target + head + b"\r\n" + request.content
