"""Carry out what a person decides about failed and doubtful recipients, however many they are.

Each write is some recipients with their counters, on condition that they are as they were read: so
evidence that comes at the same time wins or loses cleanly, and an order that is given twice, or
whose answer was lost, finds nothing left to do.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.access import Actor
from shared.domain.campaign import Campaign, CampaignStatus, Event, What
from shared.domain.errors import NotRetryableError
from shared.domain.evidence import Change
from shared.domain.orders import SENDS_AGAIN, Refused, accepted, resent, retried
from shared.domain.reasons import Meanings
from shared.domain.recipient import Recipient, RecipientStatus
from shared.domain.search import Search
from shared.domain.shards import shard_of
from shared.ports import Page
from shared.usecases.order_ports import OrderPorts

AT_ONCE = 48
"""Recipients in one write: a transaction has 100 items, and large ones meet others more often."""

_READ_AT_ONCE = 45
_PATIENCE = timedelta(seconds=3)  # how long after its time a write tries to get past conflicts


class Resolution(StrEnum):
    """What shall become of a message that may have gone out."""

    RESEND = "resend"
    ACCEPT = "accept"


@dataclass(slots=True)
class Done:
    """What one call did. `cursor`: time was up, and there may be more from here on."""

    status: CampaignStatus
    count: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class _Order:
    """How an order is carried out. `decide` may be asked again about who moved meanwhile."""

    actor: Actor
    until: datetime
    decide: Callable[[Recipient], Recipient | Refused]
    queues: bool  # whether anybody may be sent to again by it
    why: str
    codes: Collection[str] = ()


def retry_failed(
    ports: OrderPorts,
    campaign_id: str,
    *,
    meanings: Meanings,
    codes: Collection[str],
    force: bool,
    cursor: str | None,
    actor: Actor,
    until: datetime,
) -> Done:
    """Put failed recipients back into the queue: all, or those with one of the codes.

    Raises CampaignNotFoundError, NotRetryableError, InvalidCursorError, SenderNotFoundError (of a
    campaign that would be reopened), StoreUnavailableError.
    """
    campaign = _ready(ports, campaign_id)
    single = next(iter(codes)) if len(codes) == 1 else None
    search = Search(RecipientStatus.FAILED, code=single)
    pages = ports.search.pages(campaign_id, search, cursor, campaign.shards)
    order = _Order(
        actor,
        until,
        lambda one: retried(one, meanings(one.error_code or ""), force, ports.clock.now()),
        queues=True,
        why="Failed recipients are tried again.",
        codes=codes,
    )
    done = _carry_out(ports, campaign, pages, order)
    _note(ports, campaign_id, What.RETRIED, done, actor, forced=int(force))
    return done


def resolve(
    ports: OrderPorts,
    campaign_id: str,
    *,
    resolution: Resolution,
    phones: Sequence[str] | None,
    cursor: str | None,
    actor: Actor,
    until: datetime,
) -> Done:
    """Settle doubt: those with these phones, or all (None).

    Raises as `retry_failed`; taking messages as sent is possible in every state of a campaign.
    """
    again = resolution is Resolution.RESEND
    campaign = _ready(ports, campaign_id) if again else ports.campaigns.get(campaign_id)
    decide = resent if again else accepted
    order = _Order(
        actor,
        until,
        lambda one: decide(one, ports.clock.now()),
        queues=again,
        why="Unconfirmed messages are sent again.",
    )
    missing = 0
    pages = ports.search.pages(
        campaign_id, Search(RecipientStatus.UNCONFIRMED), cursor, campaign.shards
    )
    if phones is not None:
        named = _named(ports, campaign, sorted(set(phones)))
        missing = len(set(phones)) - len(named)
        pages = iter([Page(named)])
    done = _carry_out(ports, campaign, pages, order)
    if missing:
        done.refused["NOT_FOUND"] = missing
    _note(ports, campaign_id, What.RESOLVED, done, actor, action=resolution.value)
    return done


def _ready(ports: OrderPorts, campaign_id: str) -> Campaign:
    """The campaign, if anybody can be sent to again in it."""
    campaign = ports.campaigns.get(campaign_id)
    if campaign.status not in SENDS_AGAIN:
        raise NotRetryableError(campaign.status)
    if campaign.status is CampaignStatus.COMPLETED:
        ports.senders.registered(campaign.sender_id)  # it may have gone since
    return campaign


def _named(ports: OrderPorts, campaign: Campaign, phones: Sequence[str]) -> list[Recipient]:
    found: list[Recipient] = []
    for start in range(0, len(phones), _READ_AT_ONCE):
        some = phones[start : start + _READ_AT_ONCE]
        places = {phone: shard_of(phone, campaign.shards) for phone in some}
        found += ports.evidence.recipients(campaign.campaign_id, places).values()
    return sorted(found, key=lambda recipient: recipient.phone)


def _carry_out(
    ports: OrderPorts, campaign: Campaign, pages: Iterator[Page[Recipient]], order: _Order
) -> Done:
    """Group by group, until all are done or time is up."""
    done = Done(campaign.status)
    changes: list[Change] = []
    for page in pages:
        for recipient in page.items:
            changes += _decided(recipient, order, done)
            if len(changes) == AT_ONCE:
                campaign = _write(ports, campaign, changes, order, done)
                changes = []
                if ports.clock.now() >= order.until:
                    done.cursor = ports.search.after(recipient)
                    return done
        if page.cursor and ports.clock.now() >= order.until:
            done.cursor = page.cursor
            break
    if changes:
        _write(ports, campaign, changes, order, done)
    return done


def _decided(recipient: Recipient, order: _Order, done: Done) -> list[Change]:
    if order.codes and recipient.error_code not in order.codes:
        return []
    decided = order.decide(recipient)
    if isinstance(decided, Refused):
        done.refused[decided.code] += 1
        return []
    return [Change(recipient, decided)]


def _write(
    ports: OrderPorts, campaign: Campaign, changes: list[Change], order: _Order, done: Done
) -> Campaign:
    """Write those who are still as they were read; whoever has moved is somebody else's."""
    while changes:
        now = ports.clock.now()
        event = Event(campaign.campaign_id, now, What.REOPENED, order.actor, order.why)
        outdated = ports.orders.write(campaign, changes, event, order.until + _PATIENCE)
        if outdated is None:
            done.count += len(changes)
            break
        if outdated.ended:  # or has gone on, or been paused: it is in another state
            campaign = ports.campaigns.get(campaign.campaign_id)
            if order.queues and campaign.status not in SENDS_AGAIN:
                raise NotRetryableError(campaign.status)
        changes = [change for change in changes if change.before.phone not in outdated.phones]
    if order.queues and campaign.status is CampaignStatus.COMPLETED and changes:
        campaign = ports.campaigns.get(campaign.campaign_id)
    done.status = campaign.status
    return campaign


def _note(
    ports: OrderPorts, campaign_id: str, what: What, done: Done, actor: Actor, **details: str | int
) -> None:
    """One line for what this call did; nothing if it did nothing."""
    if done.count:
        told = {"recipients": done.count, "refused": done.refused.total(), **details}
        ports.history.note(Event(campaign_id, ports.clock.now(), what, actor, details=told))
