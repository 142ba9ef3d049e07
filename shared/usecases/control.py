"""Start, pause, resume, cancel: what a person may do to a campaign."""

from shared.domain.access import Actor
from shared.domain.campaign import Action, Campaign, Event, PauseCause, What
from shared.ports import CampaignStore, Clock
from shared.usecases.sender_ports import SenderStore

_PAST = {
    Action.START: What.STARTED,
    Action.PAUSE: What.PAUSED,
    Action.RESUME: What.RESUMED,
    Action.CANCEL: What.CANCELLED,
}


def control(
    *,
    campaigns: CampaignStore,
    senders: SenderStore,
    clock: Clock,
    campaign_id: str,
    action: Action,
    actor: Actor,
    reason: str | None,
) -> Campaign:
    """Move a campaign along its state machine, and return it as it is afterwards.

    After a pause has returned, no new group of it is claimed: the claim's own transaction checks
    the status. Resuming a campaign whose sender was stopped by an account error lets the sender try
    again; if the error is still there, the next call stops it again.

    Raises CampaignNotFoundError, InvalidTransitionError, NoRecipientsError, StoreUnavailableError.
    """
    if action is Action.RESUME:
        campaign = campaigns.get(campaign_id)
        if campaign.pause_cause is PauseCause.SENDER_STOPPED:
            senders.release(campaign.sender_id)
    event = Event(campaign_id, clock.now(), _PAST[action], actor, reason)
    campaigns.control(campaign_id, action, event)
    return campaigns.get(campaign_id)
