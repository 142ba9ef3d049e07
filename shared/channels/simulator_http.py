"""A small HTTP/1.1 server for the simulator: keep-alive, one thread a connection, loopback.

The standard library's request handler spends more time on parsing headers than the simulator on
everything else, and can't cut a connection or keep silent. Nothing here is meant for the open net.
"""

import contextlib
import logging
import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import BinaryIO, cast

from shared.channels.scenario import Wire

MAX_BODY = 1_000_000
MAX_LINE = 65_536
MAX_HEADERS = 100

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """One request; header names are lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer, after how many seconds, and what happens to it on the way."""

    status: int
    body: bytes
    content_type: str = "application/json"
    delay: float = 0.0
    wire: Wire = Wire.REPLY


Answer = Callable[[Request], Reply]


class HttpServer(socketserver.ThreadingTCPServer):
    """Serves `answer` until `stop`. Raises OSError if the port is taken."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, answer: Answer) -> None:
        self.answer = answer
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__((host, port), _Connection)
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.02}, name="simulator", daemon=True
        )

    @property
    def port(self) -> int:
        """The port in use, also where 0 was asked for."""
        return int(self.server_address[1])

    def start(self) -> None:
        """Answer from now on, in threads of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening, end every connection, whatever it waits for, and wait for its thread."""
        self.stopping.set()
        if not self._thread.is_alive():
            self.server_close()
            return
        self.shutdown()
        with self._lock:
            waiting = list(self._open)
        for connection in waiting:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()
        self._thread.join()

    def opened(self, connection: socket.socket) -> None:
        """Remember a connection, so that `stop` can end it."""
        with self._lock:
            self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        """Forget a connection."""
        with self._lock:
            self._open.discard(connection)

    def handle_error(self, request: object, client_address: object) -> None:
        """A fault of ours: into the log, not onto the console."""
        _log.exception("The simulator failed on a request")


class _Connection(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    server: HttpServer

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        self.server.closed(self.connection)
        super().finish()

    def handle(self) -> None:
        # A client that goes away in the middle is everyday life for a simulator of lost replies.
        with contextlib.suppress(ConnectionError):
            while not self.server.stopping.is_set() and self._serve_one():
                pass

    def _serve_one(self) -> bool:
        """Answer one request; False when the connection is over."""
        try:
            request = read_request(cast(BinaryIO, self.rfile))
        except ValueError as fault:
            self._send(Reply(400, str(fault).encode(), "text/plain"), keep=False)
            return False
        if request is None:
            return False
        reply = self.server.answer(request)
        if reply.delay > 0 and self.server.stopping.wait(reply.delay):
            return False
        keep = request.headers.get("connection", "").lower() != "close"
        match reply.wire:
            case Wire.CUT:
                self._cut()
                return False
            case Wire.SILENCE:
                self.connection.recv(1)  # returns when the client gives up, or on `stop`
                return False
            case _:
                self._send(reply, keep)
                return keep

    def _send(self, reply: Reply, keep: bool) -> None:
        head = (
            f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}\r\n"
            f"Content-Type: {reply.content_type}\r\n"
            f"Content-Length: {len(reply.body)}\r\n"
            f"Connection: {'keep-alive' if keep else 'close'}\r\n\r\n"
        )
        self.connection.sendall(head.encode() + reply.body)

    def _cut(self) -> None:
        # Lingering for zero seconds makes the close a reset, as when a machine in between dies.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


def read_request(stream: BinaryIO) -> Request | None:
    """The next request; None when the client has closed. Raises ValueError for what is no HTTP."""
    first = stream.readline(MAX_LINE)
    if not first:
        return None
    words = first.decode("latin-1").split()
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise ValueError("This is not an HTTP/1.1 request.")
    headers = _read_headers(stream)
    if "transfer-encoding" in headers:
        raise ValueError("Send the body with a Content-Length.")
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()) or int(length) > MAX_BODY:
        raise ValueError(f"Content-Length must be a number up to {MAX_BODY}.")
    body = stream.read(int(length))
    if len(body) < int(length):
        return None  # the client went away before the end
    return Request(words[0], words[1], headers, body)


def _read_headers(stream: BinaryIO) -> dict[str, str]:
    headers: dict[str, str] = {}
    for _ in range(MAX_HEADERS):
        line = stream.readline(MAX_LINE)
        if line in (b"\r\n", b"\n", b""):
            return headers
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    raise ValueError(f"More than {MAX_HEADERS} headers.")
