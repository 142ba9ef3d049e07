"""Delivers events to other systems' endpoints, and tries again what they do not take."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from shared.domain.endpoints import (
    DISABLED_AFTER,
    FAILING_AFTER,
    PATIENCE,
    Attempt,
    Endpoint,
    pause_after,
    signature,
)
from shared.domain.errors import EndpointNotFoundError
from shared.domain.instants import from_text, to_text
from shared.usecases.endpoint_ports import DeliveryPorts, EndpointStore, Post

log = logging.getLogger(__name__)

_TURN = timedelta(seconds=30)  # longer than one attempt
_LONGEST_DELAY = 900  # seconds, SQS's
_SECRET_GONE = "the secret is not there any more: give the endpoint a new one"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Delivery:
    """Events for one endpoint. `at`: when it was put on the queue first."""

    tenant_id: str
    endpoint_id: str
    delivery_id: str
    at: datetime
    tries: int
    events: Sequence[Mapping[str, Any]]

    @property
    def body(self) -> bytes:
        """What is posted: the same bytes at every try."""
        told = {"id": self.delivery_id, "at": to_text(self.at), "events": self.events}
        return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()

    @property
    def message(self) -> str:
        """What is put on the queue; see `shared.usecases.hand_out`."""
        told = {
            "v": 1,
            "tenantId": self.tenant_id,
            "endpointId": self.endpoint_id,
            "id": self.delivery_id,
            "at": to_text(self.at),
            "tries": self.tries,
            "events": self.events,
        }
        return json.dumps(told)


def send(post: Post, delivery: Delivery, url: str, secret: str, now: datetime) -> Attempt:
    """One try, signed."""
    body = delivery.body
    headers = {
        "Content-Type": "application/json",
        "X-Campaign-Executor-Delivery": delivery.delivery_id,
        "X-Campaign-Executor-Signature": signature(secret, now, body),
    }
    return post(url, body, headers)


def deliver(ports: DeliveryPorts, message: str) -> None:
    """Work on one message of the queue. Raises StoreUnavailableError: then give it again.

    While an endpoint fails, one delivery at a time is tried there, after growing pauses; the others
    wait on the queue, so that a dead endpoint takes nobody's time.
    """
    delivery = _read(message)
    if delivery is None:
        log.error("a queue message is not ours and is dropped")
        return
    store, now = ports.tenant(delivery.tenant_id).endpoints, ports.clock.now()
    try:
        endpoint = store.get(delivery.endpoint_id)
    except EndpointNotFoundError:
        return
    if not endpoint.enabled:
        return
    if now - delivery.at >= PATIENCE:
        _give_up(store, delivery)
    elif endpoint.failures and not store.turn(endpoint.endpoint_id, now, now + _TURN):
        quiet = endpoint.quiet_until or now
        ports.queue.put([delivery.message], _delay(max(quiet - now, pause_after(1))))
    else:
        _try(ports, store, delivery, endpoint)


def _try(
    ports: DeliveryPorts, store: EndpointStore, delivery: Delivery, endpoint: Endpoint
) -> None:
    secret = ports.secret(delivery.tenant_id, endpoint.endpoint_id)
    attempt = Attempt(problem=_SECRET_GONE)
    if secret is not None:
        attempt = send(ports.post, delivery, endpoint.url, secret, ports.clock.now())
    if attempt.delivered:
        if endpoint.failures:
            store.works(endpoint.endpoint_id)
        return
    now = ports.clock.now()
    again = replace(delivery, tries=delivery.tries + 1)
    log.info(
        "a delivery to %s failed: %s",
        endpoint.endpoint_id,
        attempt.words,
        extra={
            "event": "outgoing_failed",
            "endpointId": endpoint.endpoint_id,
            "tries": again.tries,
        },
    )
    if failing := store.fails(endpoint, now, attempt.words):
        _judge(store, failing, now)
    ports.queue.put([again.message], _delay(pause_after(max(again.tries, endpoint.failures + 1))))


def _judge(store: EndpointStore, endpoint: Endpoint, now: datetime) -> None:
    """Is it time to tell somebody, or to end it?"""
    reason = endpoint.last_failure or ""
    if endpoint.failures == FAILING_AFTER:
        log.warning(
            "the endpoint %s fails: %s",
            endpoint.endpoint_id,
            reason,
            extra={"event": "endpoint_failing", "endpointId": endpoint.endpoint_id},
        )
    since = endpoint.failing_since or now
    if endpoint.failures >= FAILING_AFTER and now - since >= DISABLED_AFTER:
        words = f"Nothing could be delivered since {to_text(since)}. The last time: {reason}"
        store.disable(endpoint.endpoint_id, words)
        log.warning(
            "the endpoint %s is disabled: %s",
            endpoint.endpoint_id,
            reason,
            extra={"event": "endpoint_disabled", "endpointId": endpoint.endpoint_id},
        )


def _give_up(store: EndpointStore, delivery: Delivery) -> None:
    store.give_up(delivery.endpoint_id)
    log.warning(
        "the delivery %s to %s is given up after %d tries",
        delivery.delivery_id,
        delivery.endpoint_id,
        delivery.tries,
        extra={"event": "outgoing_given_up", "endpointId": delivery.endpoint_id},
    )


def _delay(pause: timedelta) -> int:
    return max(1, min(_LONGEST_DELAY, int(pause.total_seconds())))


def _read(message: str) -> Delivery | None:
    try:
        told = json.loads(message)
        return Delivery(
            str(told["tenantId"]),
            str(told["endpointId"]),
            str(told["id"]),
            from_text(told["at"]),
            int(told["tries"]),
            list(told["events"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
