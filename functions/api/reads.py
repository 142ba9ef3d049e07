"""The routes that only look. Each one: parse, one use case, answer."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Query

from functions import wiring
from functions.api.analytics import progress_ports
from functions.api.app import CampaignId, app
from functions.api.request import campaign_key, only, sender_key
from shared.domain import errors as domain
from shared.domain.campaign import CampaignStatus
from shared.http import answers
from shared.http.documented import answers as documented
from shared.http.present import campaign_answer, quota_answer
from shared.usecases import progress, read

Limit = Annotated[int, Query(ge=1, le=100, description="Entries a page")]
Cursor = Annotated[
    str | None, Query(min_length=1, max_length=2048, description="`nextCursor` of the last page")
]


@app.get(
    "/api/campaigns",
    summary="List campaigns, newest first",
    tags=["campaigns"],
    operation_id="listCampaigns",
    middlewares=[only("status", "limit", "cursor", "forecast")],
    responses=documented(
        200, answers.CampaignList, RequestValidationError, domain.InvalidCursorError
    ),
)
def list_campaigns(
    status: Annotated[CampaignStatus | None, Query(description="Only these")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
    forecast: Annotated[
        bool, Query(description="With what comes next for those that were started")
    ] = False,
) -> answers.CampaignList:
    """A page of campaigns with their counters."""
    use = wiring.services(app.asker.tenant_id)
    page = read.list_campaigns(campaigns=use.campaigns, status=status, limit=limit, cursor=cursor)
    views = [(view.campaign, view.stats) for view in page.campaigns]
    ahead = progress.forecasts(progress_ports(use), views) if forecast else {}
    shown = [
        campaign_answer(campaign, stats, use.settings, ahead.get(campaign.campaign_id))
        for campaign, stats in views
    ]
    return answers.CampaignList(campaigns=shown, next_cursor=page.cursor)


@app.get(
    "/api/campaigns/<campaign_id>",
    summary="One campaign with its counters",
    tags=["campaigns"],
    operation_id="getCampaign",
    responses=documented(200, answers.CampaignFound, domain.CampaignNotFoundError),
)
def get_campaign(campaign_id: CampaignId) -> answers.CampaignFound:
    """The campaign as of now."""
    use = wiring.services(app.asker.tenant_id)
    view = read.get_campaign(campaigns=use.campaigns, campaign_id=campaign_key(campaign_id))
    shown = campaign_answer(view.campaign, view.stats, use.settings)
    return answers.CampaignFound(campaign=shown)


@app.get(
    "/api/quota",
    summary="The daily cap and how much of it is used",
    tags=["quota"],
    operation_id="getQuota",
    middlewares=[only("senderId")],
    responses=documented(
        200, answers.QuotaAnswer, RequestValidationError, domain.SenderNotFoundError
    ),
)
def get_quota(
    sender_id: Annotated[
        str | None, Query(alias="senderId", description="Of this sender; else of the default one")
    ] = None,
) -> answers.QuotaAnswer:
    """In conversations, over all campaigns of a sender."""
    use = wiring.services(app.asker.tenant_id)
    settings = use.settings
    sender = use.senders.registered(sender_key(sender_id or use.senders.default() or ""))
    view = read.quota(
        counters=use.quota,
        clock=use.clock,
        limit=sender.limit(settings.daily_limit),
        window=settings.limit_window,
        sender_id=sender.sender_id,
    )
    return quota_answer(view)
