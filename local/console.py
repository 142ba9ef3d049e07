"""The web console: its files from `console/dist`, as CloudFront serves them on AWS.

Which addresses are not the console's is a list, so that everything else is: the page itself shows
what nobody knows.
"""

import gzip
import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from local.emulator import ROOT
from local.events import Headers, HttpAnswer, HttpRequest
from shared.web import CONFIG, HEADERS, PAGE, cache_control, content_policy, content_type, is_a_page

DIST = ROOT / "console" / "dist"

NOT_ITS_OWN = ("api", "local", "swagger", "openapi.json", "webhooks", "live", "@connections")
"""First parts of paths that the gateway answers otherwise."""

_PACKED = ("text/", "application/json", "image/svg")
_NOT_BUILT = b"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Campaign Executor</title>
<h1>The console is not built</h1>
<p>Run <code>make console</code> and load this page again; the server need not be restarted.</p>
<p>The API works without it: <a href="/swagger">every route, to read and to try</a>.</p>
</html>
"""


class Console:
    """Answers for the files below `folder`, which may be built anew, or be there only later.

    `connect`: addresses besides its own that the page may talk to, as sources of CSP.
    """

    def __init__(self, folder: Path, connect: Sequence[str]) -> None:
        self._folder = folder.resolve()
        config = {"apiUrl": "", "auth": {"kind": "local"}}
        self._config = json.dumps(config).encode()
        policy = content_policy(connect)
        self._headers = [
            (name.lower().encode(), value.encode())
            for name, value in {**HEADERS, "Content-Security-Policy": policy}.items()
        ]

    @property
    def built(self) -> bool:
        """Whether there is a page to show."""
        return (self._folder / PAGE).is_file()

    def answer(self, request: HttpRequest) -> HttpAnswer | None:
        """The console's answer; None if the request is not for it."""
        path = request.path.removeprefix("/")
        if path.partition("/")[0] in NOT_ITS_OWN:
            return None
        if request.method not in ("GET", "HEAD"):
            return self._text(405, "This path takes GET.", [(b"allow", b"GET, HEAD")])
        if path == CONFIG:
            return self._sent(200, self._config, CONFIG, [(b"cache-control", b"no-store")])
        name = PAGE if is_a_page(path) else path
        content = self._content(name)
        if content is None and name == PAGE:
            return self._sent(503, _NOT_BUILT, PAGE, [(b"cache-control", b"no-store")])
        if content is None:
            return self._text(404, "There is no such file.")
        kept = [(b"cache-control", cache_control(name).encode())]
        packs = content_type(name).startswith(_PACKED)
        if packs:
            kept.append((b"vary", b"accept-encoding"))
        if packs and "gzip" in request.header("accept-encoding"):
            return self._sent(200, _packed(content), name, [*kept, (b"content-encoding", b"gzip")])
        return self._sent(200, content, name, kept)

    def _content(self, name: str) -> bytes | None:
        """What is in the file, if it is one of the console's."""
        try:
            path = (self._folder / name).resolve()
            return path.read_bytes() if path.is_relative_to(self._folder) else None
        except (OSError, ValueError):  # ValueError: a name with a null byte
            return None

    def _text(self, status: int, words: str, more: Headers | None = None) -> HttpAnswer:
        return self._sent(status, f"{words}\n".encode(), "answer.txt", more or [])

    def _sent(self, status: int, body: bytes, name: str, more: Headers) -> HttpAnswer:
        headers = [*self._headers, (b"content-type", content_type(name).encode()), *more]
        return HttpAnswer(status, headers, body)


@lru_cache(maxsize=128)
def _packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)
