"""Posts to addresses that strangers have chosen: to the internet only, verified, and in time.

A name is resolved once, every address of it is checked, and the connection goes to one of those
that were checked: a name that says something else a moment later leads nowhere.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from shared.domain.endpoints import LOOPBACK, Attempt, checked_url, is_public
from shared.domain.errors import EndpointUrlError

SECONDS = 10.0
"""For connecting, sending and the answer, all together; resolving the name has the system's own
limit."""

_EXCERPT = 500  # bytes of an answer that are looked at
_NOT_OF_THE_INTERNET = "the name leads to an address that is not one of the internet"

Resolve = Callable[..., list[tuple[Any, ...]]]


class Post:
    """See `shared.usecases.endpoint_ports.Post`. No redirects, no proxies, TLS always verified.

    `loopback`: `http://127.0.0.1` may be posted to as well.
    """

    def __init__(
        self,
        loopback: bool,
        *,
        seconds: float = SECONDS,
        resolve: Resolve = socket.getaddrinfo,
    ) -> None:
        self._loopback = loopback
        self._seconds = seconds
        self._resolve = resolve

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> Attempt:
        """One POST of JSON."""
        try:
            return self._post(checked_url(url, self._loopback), body, headers)
        except EndpointUrlError as error:
            return Attempt(problem=error.message)
        except socket.gaierror:
            return Attempt(problem="the name can't be resolved")
        except ssl.SSLCertVerificationError as error:
            return Attempt(problem=f"the certificate is refused: {error.verify_message}")
        except TimeoutError:
            return Attempt(problem=f"no answer within {self._seconds:g} seconds")
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Attempt(problem=f"the connection failed ({type(error).__name__})")

    def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Attempt:
        parts = urlsplit(url)
        secure, host = parts.scheme == "https", parts.hostname or ""
        port = parts.port or (443 if secure else 80)
        addresses = self._addresses(host, port)
        until = time.monotonic() + self._seconds
        raw = _connected(addresses, port, until)
        ender = _Ender(raw, until)
        try:
            connection = _connection(secure, host, port)
            connection.sock = _tls().wrap_socket(raw, server_hostname=host) if secure else raw
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", target, body, {**headers, "User-Agent": "campaign-executor"})
            answer = connection.getresponse()
            excerpt = answer.read(_EXCERPT).decode("utf-8", "replace")
            if ender.ended:
                raise TimeoutError
            return Attempt(answer.status, excerpt)
        except (OSError, http.client.HTTPException):
            if ender.ended:
                raise TimeoutError from None
            raise
        finally:
            ender.close()
            connection.close()
            raw.close()

    def _addresses(self, host: str, port: int) -> list[str]:
        """Those of the name; none of them may be of another network than the internet."""
        if self._loopback and host == LOOPBACK:
            return [host]
        found = self._resolve(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        if not addresses or not all(is_public(ip_address(each)) for each in addresses):
            raise EndpointUrlError(f"Nothing was sent: {_NOT_OF_THE_INTERNET}.")
        return addresses


class _Ender:
    """Ends a connection when its time is up, also for a peer that sends a byte now and then."""

    def __init__(self, raw: socket.socket, until: float) -> None:
        self.ended = False
        self._handle = raw.dup()  # wrapping it in TLS takes the original away
        self._timer = threading.Timer(max(0.0, until - time.monotonic()), self._end)
        self._timer.daemon = True
        self._timer.start()

    def _end(self) -> None:
        self.ended = True
        try:
            self._handle.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # the other side was quicker

    def close(self) -> None:
        self._timer.cancel()
        self._timer.join()
        self._handle.close()


def _connected(addresses: list[str], port: int, until: float) -> socket.socket:
    """A connection to the first address that takes one."""
    for last, address in enumerate(addresses, 1 - len(addresses)):
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        try:
            return socket.create_connection((address, port), timeout=left)
        except OSError:
            if last == 0:
                raise
    raise TimeoutError  # no address: `_addresses` has refused that


def _connection(secure: bool, host: str, port: int) -> http.client.HTTPConnection:
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    return kind(host, port)


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
