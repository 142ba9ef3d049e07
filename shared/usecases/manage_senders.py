"""Register a WhatsApp number, change it, check it with Meta, and let it go."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from shared.domain.campaign import DEFAULT_SENDER
from shared.domain.errors import (
    LimitTooHighError,
    NumberTakenError,
    SenderFixedError,
    SenderInUseError,
    SenderUnusableError,
)
from shared.domain.sender import NumberFacts, Sender
from shared.ports import CampaignStore, Chance, Clock
from shared.system import new_id
from shared.usecases.sender_ports import NumberDirectory, SecretStore, SenderStore

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Desk:
    """What managing senders works with. `own_number` is the environment's phone-number id."""

    senders: SenderStore
    campaigns: CampaignStore
    secrets: SecretStore
    numbers: NumberDirectory
    clock: Clock
    chance: Chance
    own_number: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person says of a number. None leaves what is there."""

    phone_number_id: str | None = None
    business_account_id: str | None = None
    access_token: str | None = None
    name: str | None = None
    daily_limit: int | None = None
    messages_per_second: float | None = None
    default: bool = False

    def __repr__(self) -> str:  # the token must not reach a log by accident
        return f"Wanted({self.phone_number_id})"


def list_senders(senders: SenderStore) -> tuple[Sequence[Sender], str | None]:
    """The tenant's senders, the environment's first, and which of them is the default."""
    default = senders.default()
    found = list(senders.list())
    if default == DEFAULT_SENDER or not default:
        found = [senders.get(DEFAULT_SENDER), *found] if default else found
    return found, default


def register(desk: Desk, wanted: Wanted, actor: str) -> Sender:
    """Check a number with Meta, keep its token, and store it.

    The token is kept first: a sender without one could not send; a token without a sender harms
    nobody. Raises NumberRefusedError, ProviderUnavailableError, LimitTooHighError,
    NumberTakenError, StoreUnavailableError; then nothing was registered.
    """
    number, token = wanted.phone_number_id or "", wanted.access_token or ""
    if number == desk.own_number:
        raise NumberTakenError
    facts = desk.numbers.look_up(number, token)
    now = desk.clock.now()
    sender = Sender(
        new_id("snd_", desk.clock, desk.chance),
        name=wanted.name,
        phone_number_id=number,
        business_account_id=wanted.business_account_id,
        facts=facts,
        daily_limit=_allowed(wanted.daily_limit, facts),
        messages_per_second=wanted.messages_per_second,
        created_at=now,
        checked_at=now,
    )
    desk.secrets.put(sender.sender_id, token)
    try:
        desk.senders.add(sender)
    except NumberTakenError:
        desk.secrets.delete(sender.sender_id)
        raise
    if wanted.default:
        desk.senders.make_default(sender.sender_id)
    _note("registered", sender, actor)
    return sender


def change(desk: Desk, sender_id: str, wanted: Wanted, actor: str) -> Sender:
    """Change what was said of a sender; a new token is checked with Meta before it is kept.

    Raises SenderNotFoundError, SenderFixedError, and like `register`.
    """
    sender = desk.senders.registered(sender_id)
    if sender_id == DEFAULT_SENDER:
        if wanted != Wanted(default=True):
            raise SenderFixedError
        desk.senders.make_default(sender_id)
        return sender
    if wanted.access_token:
        facts = desk.numbers.look_up(sender.phone_number_id or "", wanted.access_token)
        sender = replace(sender, facts=facts, checked_at=desk.clock.now())
    changed = replace(
        sender,
        name=wanted.name or sender.name,
        business_account_id=wanted.business_account_id or sender.business_account_id,
        daily_limit=_allowed(wanted.daily_limit or sender.daily_limit, sender.facts),
        messages_per_second=wanted.messages_per_second or sender.messages_per_second,
    )
    if wanted.access_token:
        desk.secrets.put(sender_id, wanted.access_token)
    desk.senders.change(changed)
    if wanted.default:
        desk.senders.make_default(sender_id)
    _note("changed", changed, actor)
    return changed


def check(desk: Desk, sender_id: str) -> Sender:
    """Ask Meta again what it says of a number, with the token that is kept."""
    sender = desk.senders.registered(sender_id)
    if sender_id == DEFAULT_SENDER:
        raise SenderFixedError
    token = desk.secrets.get(sender_id)
    if token is None:
        raise SenderUnusableError(
            "The sender's access token is not there any more. Give it a new one: PATCH accessToken."
        )
    facts = desk.numbers.look_up(sender.phone_number_id or "", token)
    checked = replace(sender, facts=facts, checked_at=desk.clock.now())
    desk.senders.change(checked)
    return checked


def release(desk: Desk, sender_id: str, actor: str) -> Sender:
    """A person lets a stopped sender try again."""
    sender = desk.senders.registered(sender_id)
    desk.senders.release(sender_id)
    _note("released", sender, actor)
    return desk.senders.get(sender_id)


def remove(desk: Desk, sender_id: str, actor: str) -> None:
    """Forget a sender and its token. Raises SenderInUseError while campaigns need it."""
    sender = desk.senders.registered(sender_id)
    if sender_id == DEFAULT_SENDER:
        raise SenderFixedError
    if using := len(desk.campaigns.open_of(sender_id)):
        raise SenderInUseError(using)
    desk.senders.remove(sender)
    desk.secrets.delete(sender_id)
    _note("removed", sender, actor)


def _allowed(wanted: int | None, facts: NumberFacts) -> int | None:
    most = facts.most_conversations
    if wanted is not None and most is not None and wanted > most:
        raise LimitTooHighError(wanted, most)
    return wanted


def _note(what: str, sender: Sender, actor: str) -> None:
    log.info(
        "sender %s %s by %s",
        sender.sender_id,
        what,
        actor,
        extra={"event": "sender_changed", "senderId": sender.sender_id, "actor": actor},
    )
