"""Create a campaign: a DRAFT with its settings, without recipients."""

from dataclasses import dataclass, field

from shared.domain.access import Actor
from shared.domain.campaign import Campaign, Event, OnUnconfirmed, Retry, Throttle, What
from shared.domain.errors import NoSenderError, TooFastError
from shared.domain.template import TemplateParams
from shared.ports import CampaignStore, Chance, Clock
from shared.system import new_id
from shared.usecases.sender_ports import SenderStore


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person decides about a new campaign; everything else follows."""

    name: str
    template_name: str
    template_language: str = "en_US"
    sender_id: str | None = None  # None: the tenant's default
    template_params: TemplateParams = field(default_factory=TemplateParams)
    throttle: Throttle = field(default_factory=Throttle)
    retry: Retry = field(default_factory=Retry)
    on_unconfirmed: OnUnconfirmed = OnUnconfirmed.HOLD
    daily_cap: int | None = None
    auto_resume: bool = False


def create_campaign(
    *,
    campaigns: CampaignStore,
    senders: SenderStore,
    clock: Clock,
    chance: Chance,
    draft: Draft,
    actor: Actor,
    copy_of: str | None = None,
) -> Campaign:
    """Store a new campaign in DRAFT and return it; its history says of which one it is a copy.

    Died after the write: the campaign is there and empty, nothing is sent for it, and a second call
    makes another one. Raises SenderNotFoundError, NoSenderError, TooFastError,
    StoreUnavailableError.
    """
    now = clock.now()
    campaign = Campaign(
        campaign_id=new_id("cmp_", clock, chance),
        name=draft.name,
        template_name=draft.template_name,
        template_language=draft.template_language,
        created_at=now,
        created_by=actor.subject,
        sender_id=sender_of(senders, draft.sender_id, draft.throttle),
        template_params=draft.template_params,
        throttle=draft.throttle,
        retry=draft.retry,
        on_unconfirmed=draft.on_unconfirmed,
        daily_cap=draft.daily_cap,
        auto_resume=draft.auto_resume,
    )
    details = {"copyOf": copy_of} if copy_of else {}
    event = Event(campaign.campaign_id, now, What.CREATED, actor, details=details)
    campaigns.create(campaign, event)
    return campaign


def sender_of(senders: SenderStore, wanted: str | None, throttle: Throttle) -> str:
    """The sender that a campaign names, else the tenant's default one, if it is fast enough.

    Raises SenderNotFoundError, NoSenderError, TooFastError.
    """
    sender_id = wanted or senders.default()
    if sender_id is None:
        raise NoSenderError
    sender = senders.registered(sender_id)
    most = sender.facts.most_a_second
    if throttle.messages_per_second is not None and throttle.messages_per_second > most:
        raise TooFastError(throttle.messages_per_second, most)
    return sender.sender_id
