"""What happens to campaigns, as it is told to whoever listens, and who wants to hear what. Pure.

An event is made of what was committed: of lines of histories, of counters, of recipients' states.
It may come twice; its id is then the same, but for `campaign.progress`, which is always anew.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.domain.access import SYSTEM
from shared.domain.campaign import Campaign, Event, What
from shared.domain.instants import from_text, to_text
from shared.domain.stats import Stats

PROGRESS, MESSAGE_STATUS = "campaign.progress", "message.status"
NEEDS_ATTENTION = "campaign.needs_attention"

MOST_CHANGES = 100
"""Recipients in one `message.status`."""

LARGEST = 24_000
"""Characters of the list in one event: a frame of API Gateway's WebSocket has 32 KB."""

MOST_SUBSCRIPTIONS = 50
"""Campaigns that one connection can follow by name."""

_ALARMING = frozenset({What.WORKER_LOST, What.WRITTEN_OFF, "FAILED"})
_MOST_WORDS = 1000  # characters of a reason
_LONGEST_REQUEST = 4096
_CAMPAIGN_ID = re.compile(r"cmp_[0-9A-Za-z-]{1,64}", re.ASCII)
_USAGE = (
    'Send {"action": "subscribe"} for all campaigns, with "campaignId" for one of them, then also '
    '"messages": true for its recipients, and "since": the id of the last event that you have; or '
    '{"action": "ping"}.'
)


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """One event. `event_id` begins with an instant, so ids sort by time."""

    event_id: str
    kind: str
    at: datetime
    tenant_id: str
    campaign_id: str
    data: Mapping[str, Any]

    def body(self) -> dict[str, Any]:
        """As it is sent."""
        return {
            "id": self.event_id,
            "type": self.kind,
            "at": to_text(self.at),
            "tenantId": self.tenant_id,
            "campaignId": self.campaign_id,
            "data": dict(self.data),
        }


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a history, with its id and whose it is."""

    tenant_id: str
    event: Event


@dataclass(frozen=True, slots=True)
class Change:
    """A recipient came into another state. `number` is its place in the store's stream."""

    tenant_id: str
    campaign_id: str
    number: str
    at: datetime
    phone: str
    status: str
    message_id: str | None = None
    code: str | None = None
    message: str | None = None

    def body(self) -> dict[str, str]:
        """As it is sent; what is not known is left out."""
        told = {
            "phone": self.phone,
            "status": self.status,
            "at": to_text(self.at),
            "messageId": self.message_id,
            "errorCode": self.code,
            "errorMessage": self.message and self.message[:_MOST_WORDS],
        }
        return {name: value for name, value in told.items() if value is not None}


@dataclass(frozen=True, slots=True)
class News:
    """What was committed, in the order of the store's stream."""

    lines: Sequence[Line] = ()
    counted: Sequence[tuple[str, str]] = ()  # tenant and campaign whose counters have changed
    changes: Sequence[Change] = ()


def of_line(line: Line) -> Iterator[LiveEvent]:
    """`campaign.paused` and its like; and once more if it is something for a person."""
    event = line.event
    data = {
        "actor": event.actor.subject,
        "actorRole": event.actor.role,
        "reason": event.reason,
        "details": dict(event.details),
    }
    kind = f"campaign.{event.what.lower()}"
    who = (event.at, line.tenant_id, event.campaign_id)
    yield LiveEvent(event.line, kind, *who, data)
    if needs_attention(event):
        yield LiveEvent(f"{event.line}#attention", NEEDS_ATTENTION, *who, data | {"cause": kind})


def needs_attention(event: Event) -> bool:
    """Whether it goes on only if a person looks at it: who pauses by hand knows already."""
    stopped = event.what == What.PAUSED and event.actor == SYSTEM
    return event.what in _ALARMING or (stopped and "resumeAt" not in event.details)


def of_counters(
    tenant_id: str, campaign_id: str, stats: Stats, at: datetime, nonce: str
) -> LiveEvent:
    """How far a campaign is now; `nonce` keeps two of one millisecond apart."""
    event_id = f"{to_text(at)}#{nonce}"
    return LiveEvent(event_id, PROGRESS, at, tenant_id, campaign_id, counters(stats))


def counters(stats: Stats) -> dict[str, Any]:
    """The counters as they are sent: how many recipients are in each state."""
    return {
        "total": stats.total,
        "progress": stats.progress,
        "replied": stats.replied,
        "counts": {status.value: count for status, count in stats.counts.items()},
    }


def shown(campaign: Campaign, stats: Stats) -> dict[str, Any]:
    """A campaign in a snapshot."""
    return {
        "campaignId": campaign.campaign_id,
        "name": campaign.name,
        "status": campaign.status.value,
        "pausedReason": campaign.paused_reason,
        "resumesAt": to_text(campaign.resume_at) if campaign.resume_at else None,
        **counters(stats),
    }


def of_changes(changes: Iterable[Change]) -> Iterator[LiveEvent]:
    """Bundled by campaign: an event for each 100 recipients, fewer if their words are long."""
    by_campaign: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        by_campaign.setdefault((change.tenant_id, change.campaign_id), []).append(change)
    for (tenant_id, campaign_id), all_of_it in by_campaign.items():
        for some in _bundles(all_of_it):
            at = max(change.at for change in some)
            data = {"changes": [change.body() for change in some]}
            event_id = f"{to_text(at)}#{some[0].number}"
            yield LiveEvent(event_id, MESSAGE_STATUS, at, tenant_id, campaign_id, data)


def _bundles(changes: Sequence[Change]) -> Iterator[list[Change]]:
    bundle: list[Change] = []
    room = LARGEST
    for change in changes:
        size = len(json.dumps(change.body()))
        if bundle and (len(bundle) == MOST_CHANGES or size > room):
            yield bundle
            bundle, room = [], LARGEST
        bundle.append(change)
        room -= size
    if bundle:
        yield bundle


@dataclass(frozen=True, slots=True)
class Connection:
    """Somebody who listens. `campaigns`: those followed by name, True with their recipients."""

    connection_id: str
    everything: bool = False
    campaigns: Mapping[str, bool] = field(default_factory=dict)

    def wants(self, event: LiveEvent) -> bool:
        """Whether an event of the same tenant is sent to it."""
        if event.kind == MESSAGE_STATUS:
            return self.campaigns.get(event.campaign_id, False)
        return self.everything or event.campaign_id in self.campaigns


@dataclass(frozen=True, slots=True)
class Ticket:
    """Lets whoever has it connect once, for the tenant and the person it was given to."""

    tenant_id: str
    subject: str
    expires_at: datetime


class NotUnderstoodError(Exception):
    """A client's message can't be used; the words say what can."""


@dataclass(frozen=True, slots=True)
class Ping:
    """Keeps a connection open."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """What a client wants to hear from now on; `since`: and what it has missed."""

    campaign_id: str | None = None
    messages: bool = False
    since: datetime | None = None


def understand(text: str) -> Ping | Subscribe:
    """A client's message. Raises NotUnderstoodError."""
    if len(text) > _LONGEST_REQUEST:
        raise NotUnderstoodError(f"The message is longer than {_LONGEST_REQUEST} characters.")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise NotUnderstoodError(f"The message is not JSON. {_USAGE}") from None
    if not isinstance(message, dict):
        raise NotUnderstoodError(_USAGE)
    action = message.pop("action", None)
    if action == "ping" and not message:
        return Ping()
    if action != "subscribe" or message.keys() - {"campaignId", "messages", "since"}:
        raise NotUnderstoodError(_USAGE)
    return _subscribe(message)


def _subscribe(message: Mapping[str, Any]) -> Subscribe:
    campaign_id, messages = message.get("campaignId"), message.get("messages", False)
    if campaign_id is not None and not (
        isinstance(campaign_id, str) and _CAMPAIGN_ID.fullmatch(campaign_id)
    ):
        raise NotUnderstoodError("campaignId must be the id of a campaign.")
    if not isinstance(messages, bool):
        raise NotUnderstoodError("messages must be true or false.")
    if messages and campaign_id is None:
        raise NotUnderstoodError("messages needs a campaignId: recipients come for one campaign.")
    return Subscribe(campaign_id, messages, _instant(message.get("since")))


def _instant(since: Any) -> datetime | None:
    """The instant that an id begins with."""
    if since is None:
        return None
    try:
        return from_text(str(since).partition("#")[0])
    except ValueError:
        raise NotUnderstoodError(
            "since must be the id of an event, or an instant as 2026-11-20T09:05:00.000Z."
        ) from None
