"""The route of a campaign's history."""

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from functions import wiring
from functions.api.app import CampaignId, app
from functions.api.reads import Cursor, Limit
from functions.api.request import campaign_key, only
from shared.domain import errors as domain
from shared.http.audit_models import EventList, event_answer
from shared.http.documented import answers as documented
from shared.usecases import read


@app.get(
    "/api/campaigns/<campaign_id>/events",
    summary="A campaign's history, newest first",
    tags=["campaigns"],
    operation_id="listEvents",
    middlewares=[only("limit", "cursor")],
    responses=documented(
        200,
        EventList,
        RequestValidationError,
        domain.InvalidCursorError,
        domain.CampaignNotFoundError,
    ),
)
def list_events(campaign_id: CampaignId, limit: Limit = 50, cursor: Cursor = None) -> EventList:
    """Who did what and in which role, and what the system decided by itself and why."""
    use = wiring.services(app.asker.tenant_id)
    page = read.list_events(
        campaigns=use.campaigns,
        history=use.history,
        campaign_id=campaign_key(campaign_id),
        limit=limit,
        cursor=cursor,
    )
    return EventList(events=[event_answer(one) for one in page.items], next_cursor=page.cursor)
