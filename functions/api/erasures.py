"""The routes that erase, and their receipts: parse, one use case, answer."""

from datetime import datetime, timedelta
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Path

from functions import wiring
from functions.api.app import CampaignId, app
from functions.api.reads import Cursor, Limit
from functions.api.request import campaign_key, deadline, erasure_key, only
from shared.domain import errors as domain
from shared.http import errors
from shared.http.audit_models import ErasePhone, ErasureFound, ErasureList, erasure_answer
from shared.http.documented import answers as documented

AT_ONCE = timedelta(seconds=5)
"""How long a request works on its order itself; the schedule does the rest."""

ErasureId = Annotated[str, Path(description="The order's id: `era_` and a UUID")]


@app.delete(
    "/api/campaigns/<campaign_id>",
    summary="Delete a campaign with everything in it",
    tags=["campaigns"],
    operation_id="deleteCampaign",
    status_code=202,
    responses=documented(202, ErasureFound, domain.CampaignNotFoundError, domain.CampaignOpenError),
)
def delete_campaign(campaign_id: CampaignId) -> ErasureFound:
    """It is gone at once; its recipients and history follow. The receipt says when all is done."""
    from shared.usecases.erase import delete_campaign

    asked = app.asker
    use = wiring.services(asked.tenant_id)
    order = delete_campaign(use, campaign_key(campaign_id), asked.actor, _until(use))
    return ErasureFound(erasure=erasure_answer(order))


@app.post(
    "/api/erasures",
    summary="Erase everything of one phone",
    tags=["erasures"],
    operation_id="erasePhone",
    status_code=202,
    responses=documented(
        202,
        ErasureFound,
        RequestValidationError,
        errors.MalformedBodyError,
        errors.UnsupportedMediaTypeError,
        errors.BodyTooLargeError,
    ),
)
def erase_phone(order: ErasePhone) -> ErasureFound:
    """In all campaigns and conversations, also under the number's other spelling."""
    from shared.usecases.erase import erase_phone

    asked = app.asker
    use = wiring.services(asked.tenant_id)
    return ErasureFound(
        erasure=erasure_answer(erase_phone(use, order.phone, asked.actor, _until(use)))
    )


@app.get(
    "/api/erasures",
    summary="List what was erased, newest first",
    tags=["erasures"],
    operation_id="listErasures",
    middlewares=[only("limit", "cursor")],
    responses=documented(200, ErasureList, RequestValidationError, domain.InvalidCursorError),
)
def list_erasures(limit: Limit = 20, cursor: Cursor = None) -> ErasureList:
    """Deleted campaigns and erased phones, with who wanted it."""
    page = wiring.services(app.asker.tenant_id).erasures.list(limit, cursor)
    return ErasureList(
        erasures=[erasure_answer(one) for one in page.items], next_cursor=page.cursor
    )


@app.get(
    "/api/erasures/<erasure_id>",
    summary="The receipt of one erasure",
    tags=["erasures"],
    operation_id="getErasure",
    responses=documented(200, ErasureFound, domain.ErasureNotFoundError),
)
def get_erasure(erasure_id: ErasureId) -> ErasureFound:
    """RUNNING until nothing is left, then DONE."""
    use = wiring.services(app.asker.tenant_id)
    return ErasureFound(erasure=erasure_answer(use.erasures.get(erasure_key(erasure_id))))


def _until(use: wiring.Services) -> datetime:
    now = use.clock.now()
    return min(now + AT_ONCE, deadline(now, app.lambda_context))
