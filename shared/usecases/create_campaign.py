"""Create a campaign: a DRAFT with its settings, without recipients."""

from dataclasses import dataclass, field

from shared.domain.access import Actor
from shared.domain.campaign import Campaign, Event, OnUnconfirmed, Retry, Throttle, What
from shared.domain.errors import NoSenderError
from shared.domain.template import TemplateParams
from shared.ports import CampaignStore, Chance, Clock, SenderStore
from shared.system import new_id


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


def create_campaign(
    *,
    campaigns: CampaignStore,
    senders: SenderStore,
    clock: Clock,
    chance: Chance,
    draft: Draft,
    actor: Actor,
) -> Campaign:
    """Store a new campaign in DRAFT and return it.

    Died after the write: the campaign is there and empty, nothing is sent for it, and a second call
    makes another one. Raises SenderNotFoundError, NoSenderError, StoreUnavailableError.
    """
    sender_id = draft.sender_id or senders.default()
    if sender_id is None:
        raise NoSenderError
    if draft.sender_id:
        senders.registered(draft.sender_id)
    now = clock.now()
    campaign = Campaign(
        campaign_id=new_id("cmp_", clock, chance),
        name=draft.name,
        template_name=draft.template_name,
        template_language=draft.template_language,
        created_at=now,
        sender_id=sender_id,
        template_params=draft.template_params,
        throttle=draft.throttle,
        retry=draft.retry,
        on_unconfirmed=draft.on_unconfirmed,
        daily_cap=draft.daily_cap,
    )
    campaigns.create(campaign, Event(campaign.campaign_id, now, What.CREATED, actor))
    return campaign
