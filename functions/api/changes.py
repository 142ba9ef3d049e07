"""The routes that change something. Each one: parse, one use case, answer.

Use cases that need more than a store are imported by their route: a cold start does not pay.
"""

from dataclasses import asdict
from io import BytesIO

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from functions import wiring
from functions.api.app import CampaignId, app
from functions.api.request import campaign_key, deadline
from shared.domain import errors as domain
from shared.domain.instants import to_text
from shared.http import answers, errors
from shared.http.body import read_upload
from shared.http.documented import UPLOAD
from shared.http.documented import answers as documented
from shared.http.models import Control, CreateCampaign
from shared.http.present import rejected_row
from shared.usecases.create_campaign import create_campaign

_BODY = (errors.MalformedBodyError, errors.UnsupportedMediaTypeError, errors.BodyTooLargeError)


@app.post(
    "/api/campaigns/create",
    summary="Create a campaign",
    tags=["campaigns"],
    operation_id="createCampaign",
    status_code=201,
    responses=documented(
        201,
        answers.Created,
        RequestValidationError,
        *_BODY,
        domain.SenderNotFoundError,
        domain.NoSenderError,
        domain.TooFastError,
    ),
)
def create(campaign: CreateCampaign) -> answers.Created:
    """A DRAFT with its settings, to be populated and started."""
    asked = app.asker
    use = wiring.services(asked.tenant_id)
    made = create_campaign(
        campaigns=use.campaigns,
        senders=use.senders,
        clock=use.clock,
        chance=use.chance,
        draft=campaign.draft(),
        actor=asked.actor,
    )
    return answers.Created(campaign_id=made.campaign_id, status=made.status)


@app.post(
    "/api/campaigns/<campaign_id>/populate",
    summary="Add recipients from a CSV file",
    tags=["campaigns"],
    operation_id="populateCampaign",
    openapi_extensions=UPLOAD,
    responses=documented(
        200,
        answers.PopulatedAnswer,
        *_BODY,
        domain.AudienceError,
        domain.CampaignNotFoundError,
        domain.CampaignClosedError,
    ),
)
def populate_campaign(campaign_id: CampaignId) -> answers.PopulatedAnswer:
    """Adds who is new, says of everybody else why not, and can be repeated."""
    from shared.usecases.populate import populate

    asked = app.asker
    use = wiring.services(asked.tenant_id)
    populated = populate(
        campaigns=use.campaigns,
        recipients=use.recipients,
        suppressions=use.suppressions,
        history=use.history,
        clock=use.clock,
        campaign_id=campaign_key(campaign_id),
        file=BytesIO(read_upload(app.current_event)),
        actor=asked.actor,
    )
    return answers.PopulatedAnswer(
        inserted=populated.inserted,
        skipped=dict(populated.skipped),
        total_recipients=populated.total_recipients,
        rejected=[rejected_row(row) for row in populated.rejected],
    )


@app.post(
    "/api/campaigns/<campaign_id>/control",
    summary="Start, pause, resume or cancel",
    tags=["campaigns"],
    operation_id="controlCampaign",
    responses=documented(
        200,
        answers.Controlled,
        RequestValidationError,
        *_BODY,
        domain.CampaignNotFoundError,
        domain.InvalidTransitionError,
        domain.NoRecipientsError,
    ),
)
def control_campaign(campaign_id: CampaignId, order: Control) -> answers.Controlled:
    """After a pause is answered, no new group is claimed."""
    from shared.usecases.control import control

    asked = app.asker
    use = wiring.services(asked.tenant_id)
    campaign = control(
        campaigns=use.campaigns,
        senders=use.senders,
        clock=use.clock,
        campaign_id=campaign_key(campaign_id),
        action=order.action,
        actor=asked.actor,
        reason=order.reason,
    )
    return answers.Controlled(
        campaign_id=campaign.campaign_id, action=order.action, new_status=campaign.status
    )


@app.post(
    "/api/campaigns/<campaign_id>/execute-batch",
    summary="Send the next batch now",
    tags=["campaigns"],
    operation_id="executeBatch",
    responses=documented(
        200,
        answers.BatchExecuted,
        domain.CampaignNotFoundError,
        domain.CampaignNotRunningError,
    ),
)
def execute_batch_now(campaign_id: CampaignId) -> answers.BatchExecuted:
    """The same as the schedule does, without waiting for the minute."""
    from shared.usecases.execute_now import execute_now

    asked = app.asker
    use = wiring.services(asked.tenant_id)
    until = deadline(use.clock.now(), app.lambda_context)
    result = execute_now(use, campaign_key(campaign_id), until, asked.actor)
    return answers.BatchExecuted(
        result=answers.BatchAnswer(
            **asdict(result.tally),
            paused=result.paused,
            completed=result.completed,
            pause_reason=result.pause_reason,
            wait_until=None if result.wait_until is None else to_text(result.wait_until),
        )
    )
