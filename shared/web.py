"""What browsers are told: with every answer, and with the files of the web console.

The console has two hosts, the laptop runtime and CloudFront. Both say what stands here, so that a
page which works on the one works on the other.
"""

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

HEADERS: Mapping[str, str] = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""With every answer, of the API and of the console."""

PAGE = "index.html"
"""The console's one page: it shows whatever its address says."""

CONFIG = "config.json"
"""Where the console learns what it talks to: the one file that differs between deployments."""

ASSETS = "assets/"
"""Files whose names change with their content."""

CONTENT_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}
"""By the ending of a file's name; the machine's own table may know others."""


def content_policy(connect: Iterable[str] = ()) -> str:
    """What a page of the console may load and do: its own files, and talk to `connect`.

    No inline script, no inline style sheet, nobody else's frame, no other host. `connect` are
    sources of CSP besides its own host, such as `wss://live.example.com`.
    """
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data: blob:",
            "font-src 'self'",
            " ".join(["connect-src 'self'", *connect]),
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )


def content_type(name: str) -> str:
    """The media type of a file of the console, by its ending."""
    return CONTENT_TYPES.get(PurePosixPath(name).suffix.lower(), "application/octet-stream")


def cache_control(name: str) -> str:
    """How long browsers and CloudFront may keep a file of the console.

    A file whose name tells its content, for ever; any other is asked for anew each time, so that a
    deployment is seen at once.
    """
    return "public, max-age=31536000, immutable" if name.startswith(ASSETS) else "no-cache"


def is_a_page(path: str) -> bool:
    """Whether `path` is one of the console's own addresses, and not the name of a file.

    Phones and ids have no dots. CloudFront's function in `infra/console.py` says the same.
    """
    return "." not in path.rpartition("/")[2]
