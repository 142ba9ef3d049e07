"""The routes that look for recipients: as pages, and as CSV."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Query

from functions import wiring
from functions.api.app import CampaignId, app
from functions.api.pieces import csv_answer, in_time
from functions.api.reads import Cursor, Limit
from functions.api.request import campaign_key, only
from shared.domain import errors as domain
from shared.domain.recipient import RecipientStatus
from shared.http import answers
from shared.http.documented import answers as documented
from shared.http.documented import csv_answers
from shared.http.models import as_pattern
from shared.http.order_models import CODE
from shared.http.present import recipient_answer
from shared.usecases import read

PHONE = as_pattern(
    r"^\+?[0-9 ().-]*[0-9][0-9 ().-]*$", "a phone number or its beginning, with the country code"
)
Status = Annotated[RecipientStatus | None, Query(description="Only these")]
Phone = Annotated[
    str | None,
    Query(min_length=1, max_length=30, pattern=PHONE, description="Numbers that begin like this"),
]
Code = Annotated[
    str | None, Query(min_length=1, max_length=64, pattern=CODE, description="With this errorCode")
]
Replied = Annotated[bool | None, Query(description="Whether they have answered")]

_FILTERS = ("status", "phone", "code", "replied")


@app.get(
    "/api/campaigns/<campaign_id>/recipients",
    summary="The recipients of a campaign, in order of phone",
    tags=["campaigns"],
    operation_id="listRecipients",
    middlewares=[only(*_FILTERS, "limit", "cursor")],
    responses=documented(
        200,
        answers.RecipientList,
        RequestValidationError,
        domain.InvalidCursorError,
        domain.CampaignNotFoundError,
    ),
)
def list_recipients(
    campaign_id: CampaignId,
    status: Status = None,
    phone: Phone = None,
    code: Code = None,
    replied: Replied = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> answers.RecipientList:
    """Everybody with what became of them, and why. All filters that are given must hold.

    A page of a filtered list may be short, or empty, and still have a next one.
    """
    use = wiring.services(app.asker.tenant_id)
    page = read.list_recipients(
        campaigns=use.campaigns,
        recipients=use.search,
        campaign_id=campaign_key(campaign_id),
        search=read.search(status, phone, code, replied),
        limit=limit,
        cursor=cursor,
    )
    shown = [recipient_answer(one, page.campaign.status) for one in page.recipients]
    return answers.RecipientList(recipients=shown, next_cursor=page.cursor)


@app.get(
    "/api/campaigns/<campaign_id>/recipients.csv",
    summary="The recipients of a campaign as CSV, piece by piece",
    tags=["campaigns"],
    operation_id="exportRecipients",
    middlewares=[only(*_FILTERS, "cursor")],
    responses=csv_answers(
        RequestValidationError, domain.InvalidCursorError, domain.CampaignNotFoundError
    ),
)
def export_recipients(
    campaign_id: CampaignId,
    status: Status = None,
    phone: Phone = None,
    code: Code = None,
    replied: Replied = None,
    cursor: Cursor = None,
) -> Response[str]:
    """Some 20,000 rows: 200 if they are all there are, else 206 and a header `Link` to the next.

    The pieces after each other are the whole file; only the first has the row of names.
    """
    from shared.http.csv_export import RECIPIENT, piece, recipient_row

    use = wiring.services(app.asker.tenant_id)
    campaign, pages = read.walk_recipients(
        campaigns=use.campaigns,
        recipients=use.search,
        campaign_id=campaign_key(campaign_id),
        search=read.search(status, phone, code, replied),
        cursor=cursor,
    )
    part = piece(
        pages,
        lambda one: recipient_row(one, campaign.status),
        RECIPIENT,
        header=cursor is None,
        goes_on=in_time(use),
    )
    return csv_answer(part, f"{campaign_id}.csv", _FILTERS)
