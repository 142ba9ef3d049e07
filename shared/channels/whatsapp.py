"""Meta's WhatsApp Cloud API: one call per message, and what became of it as a value.

Meta has no idempotency key, so nothing is ever sent again from here: whether a lost reply may be
followed by another call is for the send protocol to decide.
"""

import logging
import re
import threading
from dataclasses import replace

import httpx

from shared.channels.bounded import BoundedTransport
from shared.channels.payload import payload
from shared.channels.replies import judge
from shared.domain.outcome import Outcome, OutcomeKind
from shared.domain.phone import mask
from shared.ports import Message

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_TOKEN_FORM = re.compile(r"[\x21-\x7e]+")

_log = logging.getLogger(__name__)


class WhatsAppChannel:
    """Sends template messages through `POST {graph_url}/{version}/{phone_number_id}/messages`.

    Guarantees: at most one HTTP request per `send`; nothing is raised; a refusal before Meta took
    the message is told from doubt. Time limits are in seconds. Usable from many threads. Raises
    ValueError for settings that can never work.
    """

    def __init__(
        self,
        graph_url: str,
        version: str,
        phone_number_id: str,
        access_token: str,
        *,
        connect_timeout: float = 3.0,
        write_timeout: float = 1.0,
        read_timeout: float = 10.0,
        pool_timeout: float = 1.0,
        max_connections: int = 50,
        keepalive_seconds: float = 5.0,
    ) -> None:
        self._url = _endpoint(graph_url, version, phone_number_id)
        if not _TOKEN_FORM.fullmatch(access_token):
            raise ValueError("META_ACCESS_TOKEN is empty or holds characters that no token has")
        self._token = access_token
        self._headers = [
            (b"Host", self._url.netloc),
            (b"Authorization", f"Bearer {access_token}".encode()),
            (b"Content-Type", b"application/json"),
            (b"User-Agent", b"campaign-executor"),
        ]
        self._limits = {
            "connect": connect_timeout,
            "write": write_timeout,
            "read": read_timeout,
            "pool": pool_timeout,
        }
        self._max_connections = max_connections
        # Shorter than any server keeps an idle connection: a request on one that the server is just
        # closing would be lost, and in doubt.
        self._keepalive_seconds = keepalive_seconds
        self._transport: httpx.BaseTransport | None = None
        self._lock = threading.Lock()

    @property
    def call_limit_seconds(self) -> float:
        """The longest that one `send` may take."""
        return sum(self._limits.values())

    def send(self, message: Message) -> Outcome:
        """Send one message. Never raises."""
        try:
            content = payload(message)
        except Exception as fault:  # nothing has left: no doubt, and no use in trying again
            words = f"The message can't be built ({type(fault).__name__}); nothing was sent."
            return Outcome(OutcomeKind.REJECTED, code="UNREADABLE", message=words)
        try:
            reply = self._call(content)
            outcome = judge(reply.status_code, reply.headers, reply.content)
        except _NEVER_SENT as fault:
            outcome = _not_connected(fault)
        except Exception as fault:
            # Whatever it was, the request may have arrived: only doubt is safe.
            outcome = _reply_lost(fault)
        if outcome.kind is OutcomeKind.UNKNOWN:
            _log.warning("Send to %s is in doubt: %s", mask(message.to), outcome.code)
        return self._without_token(outcome)

    def close(self) -> None:
        """Close the connections; the next send opens new ones."""
        with self._lock:
            transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    def _call(self, content: bytes) -> httpx.Response:
        # httpx's transport without its client: cookies, redirects and settings from the environment
        # have no use here, and would take a third of the CPU time of a call.
        transport = self._transport or self._connected()
        return transport.handle_request(
            httpx.Request(
                "POST",
                self._url,
                headers=self._headers,
                content=content,
                extensions={"timeout": self._limits},
            )
        )

    def _connected(self) -> httpx.BaseTransport:
        with self._lock:
            if self._transport is None:
                self._transport = BoundedTransport(
                    # Loading the certificates takes 20 ms, and the simulator has none.
                    httpx.create_ssl_context() if self._url.scheme == "https" else None,
                    max_connections=self._max_connections,
                    keepalive_seconds=self._keepalive_seconds,
                )
            return self._transport

    def _without_token(self, outcome: Outcome) -> Outcome:
        if outcome.message and self._token in outcome.message:
            return replace(outcome, message=outcome.message.replace(self._token, "[token]"))
        return outcome


def _endpoint(graph_url: str, version: str, phone_number_id: str) -> httpx.URL:
    try:
        base = httpx.URL(graph_url.rstrip("/"))
    except httpx.InvalidURL as fault:
        raise ValueError(f"META_GRAPH_URL is no URL: {fault}") from fault
    if base.scheme not in ("http", "https") or not base.host or base.query or base.fragment:
        raise ValueError("META_GRAPH_URL must look like https://graph.facebook.com")
    if not re.fullmatch(r"v\d{1,3}\.\d{1,3}", version, re.ASCII):
        raise ValueError("META_GRAPH_VERSION must look like v26.0")
    if not re.fullmatch(r"\d{1,32}", phone_number_id, re.ASCII):
        raise ValueError("META_PHONE_NUMBER_ID must be a number")
    return httpx.URL(f"{base}/{version}/{phone_number_id}/messages")


def _not_connected(fault: Exception) -> Outcome:
    """Nobody's fault in the list: the sender waits, and an outage costs no recipient an attempt."""
    words = f"Meta could not be reached ({type(fault).__name__}); nothing was sent."
    return Outcome(OutcomeKind.THROTTLED, code="NOT_CONNECTED", message=words)


def _reply_lost(fault: Exception) -> Outcome:
    words = f"Meta's reply was lost ({type(fault).__name__}): it may have gone out."
    return Outcome(OutcomeKind.UNKNOWN, code="REPLY_LOST", message=words)
