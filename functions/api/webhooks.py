"""The route for a look at what Meta told in vain."""

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from functions import wiring
from functions.api.app import app
from functions.api.reads import Cursor, Limit
from functions.api.request import only
from shared.domain import errors as domain
from shared.http.documented import answers as documented
from shared.http.webhook_models import UnusedList, unused_answer


@app.get(
    "/api/webhooks/unused",
    summary="What webhooks told that could not be used, newest first",
    tags=["webhooks"],
    operation_id="listUnusedUpdates",
    middlewares=[only("limit", "cursor")],
    responses=documented(200, UnusedList, RequestValidationError, domain.InvalidCursorError),
)
def list_unused_updates(limit: Limit = 20, cursor: Cursor = None) -> UnusedList:
    """Of the last 14 days. What is nobody's is shown to the tenant `default`."""
    page = wiring.services(app.asker.tenant_id).unused.list(limit, cursor)
    return UnusedList(unused=[unused_answer(one) for one in page.items], next_cursor=page.cursor)
