"""How somebody comes to hear what happens: a ticket, a connection, a subscription."""

import hashlib
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from shared.domain.access import Principal
from shared.domain.campaign import Campaign
from shared.domain.errors import CampaignNotFoundError, DomainError
from shared.domain.instants import to_text
from shared.domain.live import (
    LARGEST,
    MOST_SUBSCRIPTIONS,
    Line,
    NotUnderstoodError,
    Ping,
    Subscribe,
    Ticket,
    of_line,
    shown,
    understand,
)
from shared.ports import Chance, Clock
from shared.usecases.live_ports import Entrance, LivePorts, TenantPorts

log = logging.getLogger(__name__)

TICKET_LIFETIME = timedelta(seconds=60)

CONNECTION_LIFETIME = timedelta(hours=2)
"""API Gateway closes a WebSocket then, whatever happens on it (its own quota)."""

OVERLAP = timedelta(minutes=1)
"""How far before `since` a history is sent again: clocks differ, and news overtake one another."""

MOST_CONNECTIONS = 200
"""Of one tenant: every event is sent to each of them."""

_NEWEST = 20  # campaigns in a snapshot of all
_LINES = 100  # of one history


@dataclass(frozen=True, slots=True)
class Issued:
    """A new ticket."""

    ticket: str
    expires_at: datetime


def issue_ticket(*, entrance: Entrance, clock: Clock, chance: Chance, asker: Principal) -> Issued:
    """A ticket for one connection; only its hash is kept."""
    ticket = chance.token()
    expires_at = clock.now() + TICKET_LIFETIME
    entrance.issue(_hash(ticket), Ticket(asker.tenant_id, asker.subject, expires_at))
    return Issued(ticket, expires_at)


def connect(ports: LivePorts, connection_id: str, ticket: str) -> bool:
    """Open a connection; False if the ticket does not let anybody in, or too many are open."""
    now = ports.clock.now()
    redeemed = ports.entrance.redeem(_hash(ticket), now)
    if redeemed is None:
        return False
    connections = ports.tenant(redeemed.tenant_id).connections
    if len(connections.all()) >= MOST_CONNECTIONS:
        return False
    connections.open(connection_id, redeemed.subject, now + CONNECTION_LIFETIME)
    return True


def disconnect(ports: LivePorts, connection_id: str) -> None:
    """Forget a connection. Safe to repeat."""
    tenant_id = ports.entrance.owner(connection_id)
    if tenant_id is not None:
        ports.tenant(tenant_id).connections.close(connection_id)


def answer(ports: LivePorts, connection_id: str, text: str) -> None:
    """Do what a client asks, and tell it."""
    tenant_id = ports.entrance.owner(connection_id)
    if tenant_id is None:
        return  # it was closed meanwhile
    own, now = ports.tenant(tenant_id), ports.clock.now()
    try:
        asked = understand(text)
        if isinstance(asked, Ping):
            reply = _message("pong", now, {})
        else:
            reply = _message("snapshot", now, _subscribed(own, connection_id, asked))
    except NotUnderstoodError as error:
        reply = _message("error", now, {"code": "NOT_UNDERSTOOD", "message": str(error)})
    except CampaignNotFoundError as error:
        reply = _message("error", now, {"code": "CAMPAIGN_NOT_FOUND", "message": error.message})
    except DomainError as error:
        log.exception("a subscription failed", extra={"event": "live_trouble"})
        reply = _message("error", now, {"code": "UNAVAILABLE", "message": error.message})
    if not ports.sockets.post(connection_id, [reply]):
        own.connections.close(connection_id)


def _subscribed(own: TenantPorts, connection_id: str, asked: Subscribe) -> dict[str, Any]:
    """Subscribe first, look then: nothing can happen in between that nobody tells."""
    if asked.campaign_id is not None:
        own.campaigns.get(asked.campaign_id)
    if not own.connections.subscribe(connection_id, asked.campaign_id, asked.messages):
        raise NotUnderstoodError(
            f"A connection follows at most {MOST_SUBSCRIPTIONS} campaigns by name."
            " Subscribe to all of them without a campaignId, or open another connection."
        )
    campaigns = (
        own.campaigns.list(None, _NEWEST, None).items
        if asked.campaign_id is None
        else [own.campaigns.get(asked.campaign_id)]
    )
    data: dict[str, Any] = {
        "campaigns": [shown(each, own.campaigns.stats(each.campaign_id)) for each in campaigns]
    }
    if asked.since is not None:
        after = asked.since - OVERLAP
        missed = chain.from_iterable(_missed(own, each, after) for each in campaigns)
        data |= _fitting(sorted(missed, key=lambda event: str(event["id"]), reverse=True))
    return data


def _missed(own: TenantPorts, campaign: Campaign, after: datetime) -> Iterator[dict[str, Any]]:
    """The campaign's events since then, but for progress and recipients: these are as shown."""
    if campaign.completed_at is not None and campaign.completed_at < after:
        return
    for event in own.history.list(campaign.campaign_id, _LINES, None).items:
        if event.at >= after:
            yield from (told.body() for told in of_line(Line(own.tenant_id, event)))


def _fitting(newest_first: list[dict[str, Any]]) -> dict[str, Any]:
    """As many of the newest as one message holds, in the order in which they happened."""
    events: list[dict[str, Any]] = []
    room = LARGEST
    for event in newest_first:
        room -= len(json.dumps(event))
        if room < 0 or len(events) == _LINES:
            break
        events.append(event)
    return {"events": events[::-1], "complete": len(events) == len(newest_first)}


def _message(kind: str, at: datetime, data: dict[str, Any]) -> str:
    return json.dumps({"type": kind, "at": to_text(at), "data": data}, ensure_ascii=False)


def _hash(ticket: str) -> str:
    return hashlib.sha256(ticket.encode("utf-8", "surrogatepass")).hexdigest()
