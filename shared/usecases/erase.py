"""Erasing a campaign, or everything of one phone: ordered at once, carried out step by step.

A step takes the order in hand, works until its time is up, writes down how far it came and puts the
order down. One that dies holds the order until its time would have been up; then the next tick goes
on. Whatever was deleted before is not found again, so going on is all there is to recovery.

A campaign   vanishes with the order. When no worker has anybody of it in hand, its recipients are
             deleted, then everything else: in this order nothing that is on its way can add to it.
A phone      is looked for in every campaign; whoever is SENDING is left to settle first. The order
             is done when a whole walk, begun a while after it, has found nobody: what was uploaded
             just before it was perhaps not in the index yet. Conversations go last, because sending
             writes them.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.access import Actor
from shared.domain.erasure import Erasure, Held, Listed, NotHeldError, Walk
from shared.domain.errors import StoreUnavailableError
from shared.domain.phone import mask
from shared.domain.recipient import RecipientStatus
from shared.domain.suppression import spellings
from shared.system import new_id
from shared.usecases.decisions import complete_if_done
from shared.usecases.erasure_ports import ErasurePorts

log = logging.getLogger(__name__)

INDEX_LAG = timedelta(minutes=1)
"""How long a new campaign may be missing in the list; on AWS it is mostly below a second."""

PAUSE = timedelta(seconds=30)
"""How long an order waits for those who are SENDING, and for workers."""

LONGEST_LEASE = timedelta(minutes=15)
"""Lambda's longest run: no worker is alive so long after its campaign has ended."""

COMPLAINT = timedelta(hours=1)
"""After that an order that is not done is worth a line in the log."""

_GRACE = timedelta(seconds=30)  # a hold outlives its step's last write
_PAGE = 50  # campaigns at a time: a BatchGet takes 100 keys, and a phone may have two spellings


def delete_campaign(
    ports: ErasurePorts, campaign_id: str, actor: Actor, until: datetime
) -> Erasure:
    """Order a campaign's deletion, begin with it, and return the order as it stands.

    Raises CampaignNotFoundError, CampaignOpenError, StoreUnavailableError.
    """
    order = replace(_new_order(ports, actor), campaign_id=campaign_id)
    ports.erasures.order_campaign(order)
    return _begun(ports, order, until)


def erase_phone(ports: ErasurePorts, phone: str, actor: Actor, until: datetime) -> Erasure:
    """Order that everything of a phone is erased, begin with it, and return the order as it stands.

    `phone` as `shared.domain.phone.normalise` returns it. Raises StoreUnavailableError.
    """
    order = _new_order(ports, actor)
    walk = Walk(began_at=order.requested_at)
    order = replace(order, phone=phone, masked_phone=mask(phone), walk=walk)
    ports.erasures.order(order)
    return _begun(ports, order, until)


def carry_on(ports: ErasurePorts, erasure_id: str, until: datetime) -> None:
    """Work on an order, at most until then; nothing if it is in other hands.

    Safe to run twice, at once, or to kill.
    """
    held = ports.erasures.hold(erasure_id, until + _GRACE)
    if held is None:
        return
    _complain(held.erasure, ports.clock.now())
    try:
        if held.erasure.campaign_id:
            _delete_campaign(ports, held, held.erasure.campaign_id, until)
        else:
            _erase_phone(ports, held, until)
    except NotHeldError:
        log.info("the erasure %s has passed into other hands", erasure_id)


def _new_order(ports: ErasurePorts, actor: Actor) -> Erasure:
    return Erasure(new_id("era_", ports.clock, ports.chance), ports.clock.now(), actor)


def _begun(ports: ErasurePorts, order: Erasure, until: datetime) -> Erasure:
    """A small order is carried out at once. It is safely kept, so no trouble is the caller's."""
    try:
        carry_on(ports, order.erasure_id, until)
        return ports.erasures.get(order.erasure_id)
    except StoreUnavailableError:
        log.warning("the erasure %s is kept, and the next tick begins with it", order.erasure_id)
        return order


def _complain(order: Erasure, now: datetime) -> None:
    age = now - order.requested_at
    if age > COMPLAINT:
        log.warning(
            "the erasure %s is not done after %d minutes",
            order.erasure_id,
            age.total_seconds() // 60,
            extra={"event": "erasure_waits", "erasureId": order.erasure_id},
        )


def _delete_campaign(ports: ErasurePorts, held: Held, campaign_id: str, until: datetime) -> None:
    now, order = ports.clock.now(), held.erasure
    if ports.eraser.workers(campaign_id) and now < order.requested_at + LONGEST_LEASE:
        ports.erasures.put_down(held, None, now + PAUSE)
        return
    for delete_some in (ports.eraser.some_recipients, ports.eraser.some_remains):
        while delete_some(held):
            if ports.clock.now() >= until:
                ports.erasures.put_down(held, None, ports.clock.now())
                return
    ports.erasures.finish(held, ports.clock.now(), campaigns=1, opt_outs_kept=0)


def _erase_phone(ports: ErasurePorts, held: Held, until: datetime) -> None:
    order = held.erasure
    walk = order.walk or Walk(order.requested_at)
    while page := ports.eraser.campaigns(walk.after, _PAGE):
        found = _erase_in(ports, held, page)
        walk = Walk(
            walk.began_at,
            page[-1].campaign_id,
            walk.campaigns + len(page),
            walk.found or found,
        )
        if ports.clock.now() >= until:
            ports.erasures.put_down(held, walk, ports.clock.now())
            return
        ports.erasures.keep(held, walk)
    sure = walk.began_at >= order.requested_at + INDEX_LAG
    if walk.found or not sure or ports.erasures.deleting():
        again_at = max(ports.clock.now() + PAUSE, order.requested_at + INDEX_LAG)
        ports.erasures.put_down(held, Walk(again_at), again_at)
        return
    phones = spellings(order.phone or "")
    for phone in phones:
        ports.eraser.conversations(held, phone)
    opt_outs = sum(ports.eraser.opt_out(held, phone) for phone in phones)
    ports.erasures.finish(held, ports.clock.now(), walk.campaigns, opt_outs)


def _erase_in(ports: ErasurePorts, held: Held, page: Sequence[Listed]) -> bool:
    """Delete the phone's recipients of these campaigns; whether there were any.

    The last one may have been all that a campaign waited for. A RUNNING one sees that by itself; so
    that a PAUSED one does, also if this dies in between, all of them are asked.
    """
    found = ports.eraser.find(page, spellings(held.erasure.phone or ""))
    for recipient in found:
        if recipient.status != RecipientStatus.SENDING:
            ports.eraser.recipient(held, recipient)
    for each in page:
        if each.in_progress:
            complete_if_done(ports, each.campaign_id)
    return bool(found)
