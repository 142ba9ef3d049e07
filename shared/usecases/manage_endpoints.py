"""Register where another system listens, change it, test it, and let it go."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from shared.domain.endpoints import TEST, Attempt, Endpoint, checked_url
from shared.domain.instants import to_text
from shared.ports import Chance, Clock
from shared.system import new_id
from shared.usecases.deliver import Delivery, send
from shared.usecases.endpoint_ports import EndpointStore, Post
from shared.usecases.sender_ports import SecretStore

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Desk:
    """What managing endpoints works with. `loopback`: `http://127.0.0.1` is allowed."""

    tenant_id: str
    endpoints: EndpointStore
    secrets: SecretStore
    post: Post
    clock: Clock
    chance: Chance
    loopback: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be different. None leaves what is there."""

    events: Sequence[str] | None = None
    enabled: bool | None = None
    new_secret: bool = False


def register(desk: Desk, url: str, events: Sequence[str], actor: str) -> tuple[Endpoint, str]:
    """The endpoint and its secret, which is kept before the endpoint is.

    Raises EndpointUrlError, TooManyEndpointsError, StoreUnavailableError; then none was added.
    """
    endpoint = Endpoint(
        new_id("whk_", desk.clock, desk.chance),
        checked_url(url, desk.loopback),
        tuple(dict.fromkeys(events)),
        desk.clock.now(),
    )
    secret = _secret(desk)
    desk.secrets.put(endpoint.endpoint_id, secret)
    try:
        desk.endpoints.add(endpoint)
    except Exception:
        desk.secrets.delete(endpoint.endpoint_id)
        raise
    _note("registered", endpoint.endpoint_id, actor)
    return endpoint, secret


def change(
    desk: Desk, endpoint_id: str, changes: Changes, actor: str
) -> tuple[Endpoint, str | None]:
    """The endpoint, and its secret if it has a new one. What went wrong before is forgotten.

    Raises EndpointNotFoundError, StoreUnavailableError.
    """
    endpoint = desk.endpoints.get(endpoint_id)
    secret = _secret(desk) if changes.new_secret else None
    if secret is not None:
        desk.secrets.put(endpoint_id, secret)
    desk.endpoints.change(
        replace(
            endpoint,
            events=tuple(dict.fromkeys(changes.events or endpoint.events)),
            enabled=endpoint.enabled if changes.enabled is None else changes.enabled,
        )
    )
    _note("changed", endpoint_id, actor)
    return desk.endpoints.get(endpoint_id), secret


def remove(desk: Desk, endpoint_id: str, actor: str) -> None:
    """What is still on its way to it is dropped. Raises EndpointNotFoundError."""
    desk.endpoints.remove(endpoint_id)
    desk.secrets.delete(endpoint_id)
    _note("removed", endpoint_id, actor)


def test(desk: Desk, endpoint_id: str) -> tuple[Attempt, float]:
    """Deliver an event of the type `endpoint.test` now, once: what came of it, and the seconds.

    Also to one that is disabled; it changes nothing about it. Raises EndpointNotFoundError.
    """
    endpoint = desk.endpoints.get(endpoint_id)
    secret = desk.secrets.get(endpoint_id)
    if secret is None:
        return Attempt(problem="the secret is not there any more: give the endpoint a new one"), 0.0
    began = desk.clock.now()
    token = desk.chance.token()
    event: dict[str, Any] = {
        "id": f"{to_text(began)}#{token[:8]}",
        "type": TEST,
        "at": to_text(began),
        "tenantId": desk.tenant_id,
        "campaignId": None,
        "data": {},
    }
    delivery = Delivery(desk.tenant_id, endpoint_id, f"dlv_{token}", began, 0, [event])
    attempt = send(desk.post, delivery, endpoint.url, secret, began)
    return attempt, (desk.clock.now() - began).total_seconds()


def _secret(desk: Desk) -> str:
    """244 bits of chance."""
    return "whsec_" + "".join(desk.chance.token().replace("-", "") for _ in range(2))


def _note(what: str, endpoint_id: str, actor: str) -> None:
    log.info(
        "endpoint %s %s by %s",
        endpoint_id,
        what,
        actor,
        extra={"event": "endpoint_changed", "endpointId": endpoint_id, "actor": actor},
    )
