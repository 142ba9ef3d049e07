"""The routes that change a draft, or make one of another campaign: parse, one use case, answer."""

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from functions import wiring
from functions.api.app import CampaignId, app
from functions.api.request import campaign_key
from shared.domain import errors as domain
from shared.http import answers, errors
from shared.http.documented import answers as documented
from shared.http.edit_models import ChangeCampaign, DuplicateCampaign
from shared.http.present import campaign_answer

_BODY = (
    RequestValidationError,
    errors.MalformedBodyError,
    errors.UnsupportedMediaTypeError,
    errors.BodyTooLargeError,
)


@app.patch(
    "/api/campaigns/<campaign_id>",
    summary="Change the settings of a draft",
    tags=["campaigns"],
    operation_id="changeCampaign",
    responses=documented(
        200,
        answers.CampaignFound,
        *_BODY,
        domain.CampaignNotFoundError,
        domain.CampaignNotDraftError,
        domain.TextsFrozenError,
        domain.SenderNotFoundError,
        domain.NoSenderError,
        domain.TooFastError,
    ),
)
def change_campaign(campaign_id: CampaignId, change: ChangeCampaign) -> answers.CampaignFound:
    """What is not named stays; null is the default again. Template and texts only before a list."""
    from shared.usecases import edit_campaign

    asked = app.asker
    use = wiring.services(asked.tenant_id)
    campaign = use.campaigns.get(campaign_key(campaign_id))
    changed = edit_campaign.change_campaign(
        drafts=use.drafts,
        senders=use.senders,
        clock=use.clock,
        campaign=campaign,
        draft=change.draft(edit_campaign.draft_of(campaign)),
        changed=change.named,
        actor=asked.actor,
    )
    stats = use.campaigns.stats(campaign.campaign_id)
    return answers.CampaignFound(campaign=campaign_answer(changed, stats, use.settings))


@app.post(
    "/api/campaigns/<campaign_id>/duplicate",
    summary="A new draft with the same settings",
    tags=["campaigns"],
    operation_id="duplicateCampaign",
    status_code=201,
    responses=documented(
        201,
        answers.Created,
        *_BODY,
        domain.CampaignNotFoundError,
        domain.SenderNotFoundError,
        domain.TooFastError,
    ),
)
def duplicate_campaign(campaign_id: CampaignId, wanted: DuplicateCampaign) -> answers.Created:
    """Of a campaign in whatever state. Its recipients are not copied: upload a list."""
    from shared.usecases import edit_campaign

    asked = app.asker
    use = wiring.services(asked.tenant_id)
    made = edit_campaign.duplicate_campaign(
        campaigns=use.campaigns,
        senders=use.senders,
        clock=use.clock,
        chance=use.chance,
        campaign_id=campaign_key(campaign_id),
        name=wanted.name,
        actor=asked.actor,
    )
    return answers.Created(campaign_id=made.campaign_id, status=made.status)
