"""Where the provider's webhooks arrive: the door's own code behind a real port.

It remembers what it took: that, and nothing else, must be known in the end.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Self

from shared.channels.webhook_door import is_signed, queue_messages
from shared.domain.errors import StoreUnavailableError

SECRET = "the-app-secret"


class Door:
    """`with Door(put) as door`: statuses that are posted to `door.url` go to the queue by `put`."""

    def __init__(self, put: Callable[[Sequence[str]], None]) -> None:
        self._put = put
        self._lock = Lock()
        self._told: list[dict[str, Any]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """What the provider must be told."""
        return f"http://127.0.0.1:{self._server.server_port}/webhooks/whatsapp"

    @property
    def told(self) -> list[dict[str, Any]]:
        """Every status that was answered with 200, as Meta writes it."""
        with self._lock:
            return list(self._told)

    def _take(self, body: bytes, signature: str) -> int:
        if not is_signed(body, signature, SECRET):
            return 401
        try:
            self._put(queue_messages(body))
        except StoreUnavailableError:
            return 503
        with self._lock:
            self._told += _statuses(json.loads(body))
        return 200

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        take = self._take

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(take(body, self.headers["X-Hub-Signature-256"]))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Not to the terminal."""

        return Handler


def _statuses(post: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for entry in post["entry"]:
        for change in entry["changes"]:
            yield from change["value"].get("statuses", [])
