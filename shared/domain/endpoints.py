"""Endpoints of other systems: which events they want, when they are tried again, their signature.

Pure. Delays, signatures and the checks of addresses are here; who connects is in `shared/post.py`.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from shared.domain.campaign import What
from shared.domain.errors import EndpointUrlError
from shared.domain.live import MESSAGE_STATUS, NEEDS_ATTENTION, PROGRESS

MOST_ENDPOINTS = 10
"""Of one tenant."""

LARGEST = 200_000
"""Characters of the events in one delivery; SQS takes messages of 256 KB."""

PATIENCE = timedelta(hours=24)
"""So long a delivery is tried again, then it is given up."""

FAILING_AFTER = 10
"""Failures in a row, about two hours, after which an operator is told."""

DISABLED_AFTER = timedelta(days=3)
"""So long nothing but failures, then nothing is sent any more."""

ALL, CAMPAIGNS, MESSAGES = "*", "campaign.*", "message.*"

KINDS = frozenset(
    {
        *(ALL, CAMPAIGNS, MESSAGES, PROGRESS, NEEDS_ATTENTION, MESSAGE_STATUS, "campaign.failed"),
        *(f"campaign.{what.lower()}" for what in What),
    }
)
"""What can be asked for."""

TEST = "endpoint.test"
"""The type of the event of a test."""

LOOPBACK = "127.0.0.1"

_PAUSES = (10, 60, 300, 900)  # seconds after the first failures in a row; the last from then on
_CARRIERS_OF_V4 = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))  # NAT64


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a tenant's other system listens, and how that went.

    `events`: types of events, `campaign.*` for all that begin alike, `*` for all. `failures`: in a
    row; while there are any, one delivery at a time is tried, and none before `quiet_until`.
    """

    endpoint_id: str
    url: str
    events: tuple[str, ...]
    created_at: datetime
    enabled: bool = True
    disabled_reason: str | None = None
    failures: int = 0
    failing_since: datetime | None = None
    last_failure: str | None = None
    quiet_until: datetime | None = None
    given_up: int = 0

    def wants(self, kind: str) -> bool:
        """Whether events of this type go to it."""
        return self.enabled and any(_fits(each, kind) for each in self.events)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one delivery: the answer's status, or why there was none.

    `excerpt` is the beginning of the answer's body.
    """

    status: int | None = None
    excerpt: str = ""
    problem: str | None = None

    @property
    def delivered(self) -> bool:
        """Whether it was taken: only an answer of 200 to 299 says so."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def words(self) -> str:
        """Why it was not taken. Nothing that the other side said: it is kept and logged."""
        return self.problem or f"HTTP {self.status}"


def pause_after(failures: int) -> timedelta:
    """How long an endpoint is left alone after so many failures in a row."""
    return timedelta(seconds=_PAUSES[min(failures, len(_PAUSES)) - 1])


def signature(secret: str, at: datetime, body: bytes) -> str:
    """`t=<unix seconds>,v1=<hex>`: HMAC-SHA256 of the instant, a dot, and the body as it is."""
    seconds = str(int(at.timestamp()))
    digest = hmac.new(secret.encode(), seconds.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def checked_url(url: str, loopback: bool) -> str:
    """The address, if anything may be sent there as far as its text says. Raises EndpointUrlError.

    `loopback`: `http://127.0.0.1` is allowed as well. What a name stands for is looked at when
    something is sent: it may be something else then.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise EndpointUrlError("It can't be read as an address.") from None
    if not host or port == 0 or any(not 33 <= ord(each) <= 126 for each in url):
        raise EndpointUrlError("It must be https://host/path, in ASCII and without blanks.")
    if "@" in parts.netloc or parts.fragment:
        raise EndpointUrlError("It must have no user, password or fragment.")
    if loopback and parts.scheme == "http" and host == LOOPBACK:
        return url
    if parts.scheme != "https":
        raise EndpointUrlError("It must begin with https://.")
    try:
        address = ip_address(host)
    except ValueError:
        return url
    if not is_public(address):
        raise EndpointUrlError("It must be reachable from the internet.")
    return url


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is an address of the internet; one that only carries another counts as that."""
    if isinstance(address, IPv6Address):
        carried = address.ipv4_mapped or address.sixtofour
        if carried is None and any(address in each for each in _CARRIERS_OF_V4):
            carried = IPv4Address(int(address) & 0xFFFFFFFF)
        if carried is not None:
            return is_public(carried)
        if address.teredo is not None or address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def bundles(texts: Sequence[str]) -> list[list[str]]:
    """Events as JSON texts, as many together as one delivery holds."""
    found: list[list[str]] = []
    room = 0
    for text in texts:
        if not found or len(text) > room:
            found.append([])
            room = LARGEST
        found[-1].append(text)
        room -= len(text) + 1
    return found


def _fits(pattern: str, kind: str) -> bool:
    return pattern in (ALL, kind) or (pattern.endswith(".*") and kind.startswith(pattern[:-1]))
