"""A WebSocket client: as plain as a browser's, and as patient as the test says."""

import json
import socket
import time
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    CloseConnection,
    RejectConnection,
    Request,
    TextMessage,
)

ABNORMAL = 1006


class RefusedError(Exception):
    """The handshake was refused; `status` says how."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the handshake was answered {status}")
        self.status = status


class WebSocket:
    """An open connection to `ws://…`. Raises RefusedError."""

    def __init__(self, url: str, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        parts = urlsplit(url)
        self._socket = socket.create_connection((parts.hostname or "", parts.port or 80), 20)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection = WSConnection(ConnectionType.CLIENT)
        self._received: list[dict[str, Any]] = []
        self._text = ""
        self.closed: int | None = None
        target = f"{parts.path}?{parts.query}"
        self._write(Request(host=parts.netloc, target=target, extra_headers=list(headers)))
        accepted = False
        while not accepted:
            for event in self._events(20):
                if isinstance(event, RejectConnection):
                    self._socket.close()
                    raise RefusedError(event.status_code)
                accepted = accepted or isinstance(event, AcceptConnection)

    def send(self, message: Any) -> None:
        """A message as JSON; text goes as it is."""
        self._write(TextMessage(message if isinstance(message, str) else json.dumps(message)))

    def receive(self, seconds: float = 10) -> dict[str, Any]:
        """The next message. Fails if there is none in time."""
        deadline = time.monotonic() + seconds
        while not self._received:
            left = deadline - time.monotonic()
            assert left > 0, "no message came"
            assert self.closed is None, f"closed with {self.closed}"
            self._read(left)
        return self._received.pop(0)

    def until(self, kind: str, seconds: float = 10) -> list[dict[str, Any]]:
        """All messages up to the next of this type."""
        seen = [self.receive(seconds)]
        while seen[-1].get("type") != kind:
            seen.append(self.receive(seconds))
        return seen

    def silence(self, seconds: float) -> bool:
        """Whether nothing comes for so long."""
        deadline = time.monotonic() + seconds
        while not self._received and (left := deadline - time.monotonic()) > 0:
            self._read(left)
        return not self._received

    def until_closed(self, seconds: float = 10) -> int:
        """The code that the other side closes with."""
        deadline = time.monotonic() + seconds
        while self.closed is None:
            left = deadline - time.monotonic()
            assert left > 0, "still open"
            self._read(left)
        return self.closed

    def close(self) -> None:
        if self.closed is None:
            self._write(CloseConnection(1000))
        self._socket.close()

    def cut(self) -> None:
        """The network is gone, without a word."""
        self.closed = ABNORMAL
        self._socket.close()

    def _read(self, seconds: float) -> None:
        for event in self._events(seconds):
            if isinstance(event, TextMessage):
                self._text += event.data
                if event.message_finished:
                    self._received.append(json.loads(self._text))
                    self._text = ""
            elif isinstance(event, CloseConnection):
                self.closed = event.code

    def _events(self, seconds: float) -> list[Any]:
        self._socket.settimeout(max(seconds, 0.001))
        try:
            data = self._socket.recv(65536)
        except TimeoutError:
            return []
        except OSError:
            data = b""
        self._connection.receive_data(data or None)
        return list(self._connection.events())

    def _write(self, event: Any) -> None:
        self._socket.sendall(self._connection.send(event))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
