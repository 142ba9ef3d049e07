"""A network between a client and a server that can fail as networks do."""

import socket
import struct
import threading
from contextlib import suppress
from enum import StrEnum
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER of zero seconds: closing sends a RST


class Failure(StrEnum):
    """What a connection meets."""

    REFUSED = "refused"  # nobody listens
    RESET = "reset"  # it is taken, and cut off
    SILENCE = "silence"  # nothing passes; what was sent meanwhile arrives late


class Proxy:
    """Passes bytes between its own port and the server at `target`, until it is told to fail."""

    def __init__(self, target: str) -> None:
        address = urlsplit(target)
        self._target = (str(address.hostname), int(address.port or 80))
        self._failure: Failure | None = None
        self._open = threading.Event()
        self._open.set()
        self._sockets: set[socket.socket] = set()
        self._listener = self._listen(0)
        self._port = int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"http://127.0.0.1:{self._port}"

    def fail(self, how: Failure) -> None:
        """From now on nothing gets through; connections that are open meet it too."""
        self._failure = how
        if how is Failure.SILENCE:
            self._open.clear()
            return
        if how is Failure.REFUSED:
            self._stop_listening()
        self._cut_off()

    def heal(self) -> None:
        """Everything passes again."""
        if self._failure is Failure.REFUSED:
            self._listener = self._listen(self._port)
        self._failure = None
        self._open.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.set()
        self._stop_listening()
        self._cut_off()

    def _listen(self, port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port), backlog=64)
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def _stop_listening(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept
        self._listener.close()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                if self._failure is Failure.RESET:
                    _reset(client)
                    continue
                server = socket.create_connection(self._target)
                self._sockets |= {client, server}
                for source, sink in ((client, server), (server, client)):
                    threading.Thread(target=self._pass, args=(source, sink), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while content := source.recv(65536):
                self._open.wait()
                sink.sendall(content)
        self._open.wait()
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            self._sockets.discard(each)
            each.close()

    def _cut_off(self) -> None:
        for each in list(self._sockets):
            with suppress(OSError):
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                each.shutdown(socket.SHUT_RDWR)


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    connection.close()
