"""Change the settings of a draft, and make a new draft of any campaign."""

from dataclasses import fields, replace

from shared.domain.access import Actor
from shared.domain.campaign import Campaign, CampaignStatus, Event, What
from shared.domain.errors import CampaignNotDraftError
from shared.ports import CampaignStore, Chance, Clock
from shared.usecases.create_campaign import Draft, create_campaign, sender_of
from shared.usecases.edit_ports import DraftStore
from shared.usecases.sender_ports import SenderStore

_NAME_LIMIT = 120
_COPY = " (copy)"


def draft_of(campaign: Campaign) -> Draft:
    """What a person decided about a campaign."""
    return Draft(**{each.name: getattr(campaign, each.name) for each in fields(Draft)})


def change_campaign(
    *,
    drafts: DraftStore,
    senders: SenderStore,
    clock: Clock,
    campaign: Campaign,
    draft: Draft,
    changed: str,
    actor: Actor,
) -> Campaign:
    """Give a draft the settings of `draft`; `changed` names them for the history.

    Nothing different is written as nothing. Raises CampaignNotFoundError, CampaignNotDraftError,
    TextsFrozenError, SenderNotFoundError, NoSenderError, TooFastError, StoreUnavailableError.
    """
    if campaign.status is not CampaignStatus.DRAFT:
        raise CampaignNotDraftError(campaign.status)
    sender_id = campaign.sender_id
    if draft.sender_id != sender_id or draft.throttle != campaign.throttle:
        sender_id = sender_of(senders, draft.sender_id, draft.throttle)
    settings = {each.name: getattr(draft, each.name) for each in fields(Draft)}
    after = replace(campaign, **(settings | {"sender_id": sender_id}))
    if after != campaign:
        details = {"changed": changed}
        event = Event(
            campaign.campaign_id, clock.now(), What.CHANGED, actor, reason=None, details=details
        )
        drafts.change(campaign, after, event)
    return after


def duplicate_campaign(
    *,
    campaigns: CampaignStore,
    senders: SenderStore,
    clock: Clock,
    chance: Chance,
    campaign_id: str,
    name: str | None,
    actor: Actor,
) -> Campaign:
    """A new draft with the settings of a campaign in whatever state, and nobody in it.

    Raises CampaignNotFoundError, SenderNotFoundError (its number is gone), StoreUnavailableError.
    """
    original = campaigns.get(campaign_id)
    own_name = name or original.name[: _NAME_LIMIT - len(_COPY)] + _COPY
    return create_campaign(
        campaigns=campaigns,
        senders=senders,
        clock=clock,
        chance=chance,
        draft=replace(draft_of(original), name=own_name),
        actor=actor,
        copy_of=campaign_id,
    )
