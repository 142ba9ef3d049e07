"""What people answer: a wish for no more messages, an open window, a reply to a campaign.

Safe to repeat, in any order and in parallel. The wish comes first: it must hold whatever becomes of
the rest.
"""

import logging
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared.domain.campaign import Campaign
from shared.domain.conversation import Contact
from shared.domain.errors import CampaignNotFoundError, StoreUnavailableError, UnreadableError
from shared.domain.evidence import Change
from shared.domain.opt_out import is_opt_out
from shared.domain.phone import mask
from shared.domain.recipient import Place, Recipient, RecipientStatus
from shared.domain.shards import shard_of
from shared.domain.suppression import Source, Suppression, spellings
from shared.domain.updates import Preference, Reply
from shared.usecases.evidence_ports import AT_ONCE
from shared.usecases.reply_ports import ReplyPorts

log = logging.getLogger(__name__)

LAST_CAMPAIGN = timedelta(days=7)
"""So long a reply that refers to no message belongs to the last campaign that wrote."""

FRESH = timedelta(minutes=3)
"""A message that a reply refers to may not be committed yet: a group of a slow campaign takes that
long at most, and people answer within seconds."""

_PATIENCE = timedelta(seconds=10)
_ROUNDS = 8  # how often what moves under our hands is read again
_PHONE = re.compile(r"[0-9]{10,15}", re.ASCII)

"""A campaign and a phone in it."""


@dataclass(slots=True)
class Heard:
    """What became of a number of replies.

    `later`: what they answer to is not known yet, ask again; nothing else of them is missing.
    `unknown`: they name neither a phone nor a message of ours.
    """

    replied: int = 0  # recipients that had not replied before
    opted_out: int = 0
    later: list[Reply] = field(default_factory=list)
    unknown: list[Reply] = field(default_factory=list)


def take_replies(ports: ReplyPorts, sender_id: str, replies: Sequence[Reply]) -> Heard:
    """Take replies to one sender, in any order. Raises StoreUnavailableError: then give all again.

    A reply counts for the recipient whose message it refers to, else for the last campaign that the
    sender sent to this person within seven days; a word such as STOP is a reply too.
    """
    heard, now = Heard(), ports.clock.now()
    referred = sorted({reply.context_id for reply in replies if reply.context_id})
    places = ports.evidence.find(referred) if referred else {}
    known = [
        _Known(reply, min(reply.at, now), places.get(reply.context_id or "")) for reply in replies
    ]
    heard.unknown += [each.reply for each in known if not each.phones]
    known = [each for each in known if each.phones]
    heard.opted_out = _opt_out(ports, known)
    contacts = _open_windows(ports, sender_id, known)
    answered: dict[str, dict[str, list[_Known]]] = defaultdict(lambda: defaultdict(list))
    for each in known:
        if each.place is None and each.reply.context_id and each.at > now - FRESH:
            heard.later.append(each.reply)
        elif place := each.place or _last_campaign(each, contacts):
            answered[place.campaign_id][place.phone].append(each)
    for campaign_id, people in answered.items():
        try:
            campaign = ports.campaigns.get(campaign_id)
        except (CampaignNotFoundError, UnreadableError):
            continue  # deleted since
        phones = list(people)
        for start in range(0, len(phones), AT_ONCE):
            some = {phone: people[phone] for phone in phones[start : start + AT_ONCE]}
            _count(ports, sender_id, campaign, some, heard)
    return heard


def take_preferences(ports: ReplyPorts, preferences: Sequence[Preference]) -> int:
    """Take what people set in WhatsApp, in any order; how many were put on the list.

    Switching marketing on again takes back switching it off, and no wish said otherwise.
    """
    now, stopped = ports.clock.now(), 0
    for preference in sorted(preferences, key=lambda each: each.at):
        at = min(preference.at, now)
        if not _PHONE.fullmatch(preference.phone):
            continue
        if preference.wants_marketing:
            ports.suppressions.resume(preference.phone, at)
        else:
            wish = Suppression(preference.phone, at, Source.PREFERENCE)
            stopped += not ports.suppressions.add([wish])
    return stopped


@dataclass(frozen=True, slots=True)
class _Known:
    """A reply with its instant, never in the future, and whose message it refers to."""

    reply: Reply
    at: datetime
    place: Place | None

    @property
    def phones(self) -> tuple[str, ...]:
        """The person's, as the webhook says and as the campaign wrote it."""
        given = self.reply.phone or ""
        found = [given] if _PHONE.fullmatch(given) else []
        if self.place and self.place.phone not in found:
            found.append(self.place.phone)
        return tuple(found)


def _opt_out(ports: ReplyPorts, known: Sequence[_Known]) -> int:
    wishes: dict[str, Suppression] = {}
    more = ports.settings.opt_out_words
    for each in known:
        words = (each.reply.text, each.reply.button)
        if not any(is_opt_out(text, more) for text in words):
            continue
        source = Source.REPLY if each.reply.button is None else Source.BUTTON
        campaign_id = each.place.campaign_id if each.place else None
        for phone in each.phones:
            wish = Suppression(phone, each.at, source, reason=None, campaign_id=campaign_id)
            wishes.setdefault(phone, wish)
    if not wishes:
        return 0
    new = wishes.keys() - set(ports.suppressions.add(list(wishes.values())))
    for phone in sorted(new):
        log.info("%s asked for no more messages", mask(phone))
    return len(new)


def _open_windows(
    ports: ReplyPorts, sender_id: str, known: Sequence[_Known]
) -> Mapping[str, Contact]:
    """Note who wrote when, under the number that the sender knows; the contacts by phone."""
    asked = {spelling for each in known for phone in each.phones for spelling in spellings(phone)}
    contacts = dict(ports.contacts.contacts(sender_id, sorted(asked)))
    latest: dict[str, list[datetime]] = defaultdict(list)
    for each in known:
        latest[_written_to(each, contacts)].append(each.at)
    for phone, instants in latest.items():
        contacts[phone] = _heard(ports, sender_id, contacts.get(phone, Contact(phone)), instants)
    return contacts


def _written_to(each: _Known, contacts: Mapping[str, Contact]) -> str:
    """Which spelling of the person's number the sender wrote to."""
    if each.place:
        return each.place.phone
    phone = each.phones[0]
    return max(spellings(phone), key=lambda one: (_sent(contacts, one), one == phone))


def _sent(contacts: Mapping[str, Contact], phone: str) -> float:
    contact = contacts.get(phone)
    return contact.last_sent_at.timestamp() if contact and contact.last_sent_at else 0.0


def _heard(
    ports: ReplyPorts, sender_id: str, before: Contact, instants: Sequence[datetime]
) -> Contact:
    for _ in range(_ROUNDS):
        after = before
        for at in instants:
            after = after.heard(at)
        if after == before or ports.contacts.change(sender_id, before, after):
            return after
        phone = before.phone
        before = ports.contacts.contacts(sender_id, [phone]).get(phone, Contact(phone))
    # A damaged record: what is not known to be open costs a unit, which is the safe side.
    log.warning("the window of %s could not be noted", mask(before.phone))
    return before


def _last_campaign(each: _Known, contacts: Mapping[str, Contact]) -> Place | None:
    """Of the last message that was sent to the person before the reply."""
    contact = contacts[_written_to(each, contacts)]
    if contact.last_campaign_id is None or contact.last_sent_at is None:
        return None
    # Sends are noted when their group is done, which may be after the reply.
    if not each.at - LAST_CAMPAIGN <= contact.last_sent_at <= each.at + FRESH:
        return None
    return Place(contact.last_campaign_id, contact.phone)


def _count(
    ports: ReplyPorts,
    sender_id: str,
    campaign: Campaign,
    people: Mapping[str, Sequence[_Known]],
    heard: Heard,
) -> None:
    """Each recipient once, with the earliest reply; whoever is being sent to right now waits."""
    for _ in range(_ROUNDS):
        places = {phone: shard_of(phone, campaign.shards) for phone in people}
        found = ports.evidence.recipients(campaign.campaign_id, places)
        sending = [p for p, one in found.items() if one.status is RecipientStatus.SENDING]
        changes = [
            Change(recipient, after)
            for phone, recipient in found.items()
            if phone not in sending
            and (after := _answered(recipient, people[phone])) is not recipient
        ]
        give_up_at = ports.clock.now() + _PATIENCE
        if changes and ports.evidence.write(campaign.campaign_id, sender_id, changes, give_up_at):
            continue
        heard.replied += sum(change.before.replied_at is None for change in changes)
        heard.later += [each.reply for phone in sending for each in people[phone]]
        return
    raise StoreUnavailableError


def _answered(recipient: Recipient, replies: Sequence[_Known]) -> Recipient:
    first = min(each.at for each in replies)
    if recipient.replied_at is not None and recipient.replied_at <= first:
        return recipient
    return replace(recipient, replied_at=first)
