"""The routes of the suppression list: who is not written to. Each one: parse, one use case, answer.

Phones come in bodies, except for a search: paths are in logs.
"""

from io import BytesIO

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from functions import wiring
from functions.api.app import app
from functions.api.pieces import csv_answer, in_time
from functions.api.reads import Cursor, Limit
from functions.api.recipients import Phone
from functions.api.request import only
from shared.domain import errors as domain
from shared.http import errors
from shared.http.body import read_upload
from shared.http.documented import UPLOAD, csv_answers
from shared.http.documented import answers as documented
from shared.http.present import rejected_row
from shared.http.suppression_models import (
    AddSuppressions,
    RemoveSuppressions,
    SuppressionList,
    SuppressionsAdded,
    SuppressionsImported,
    SuppressionsRemoved,
    suppression_answer,
)
from shared.usecases import read

_BODY = (errors.MalformedBodyError, errors.UnsupportedMediaTypeError, errors.BodyTooLargeError)


@app.get(
    "/api/suppressions",
    summary="List who is not written to, in order of phone",
    tags=["suppressions"],
    operation_id="listSuppressions",
    middlewares=[only("phone", "limit", "cursor")],
    responses=documented(200, SuppressionList, RequestValidationError, domain.InvalidCursorError),
)
def list_suppressions(
    phone: Phone = None, limit: Limit = 50, cursor: Cursor = None
) -> SuppressionList:
    """With the reason, since when, and how it is known."""
    use = wiring.services(app.asker.tenant_id)
    page = use.suppressions.list(read.digits(phone), limit, cursor)
    return SuppressionList(
        suppressions=[suppression_answer(one) for one in page.items], next_cursor=page.cursor
    )


@app.post(
    "/api/suppressions",
    summary="Put people on the suppression list",
    tags=["suppressions"],
    operation_id="addSuppressions",
    responses=documented(200, SuppressionsAdded, RequestValidationError, *_BODY),
)
def add_suppressions(order: AddSuppressions) -> SuppressionsAdded:
    """Once this is answered, none of them is claimed for a message any more.

    Who is in a group that is being sent at this moment may still get theirs.
    """
    from shared.usecases.suppress import suppress

    asked = app.asker
    use = wiring.services(asked.tenant_id)
    added = suppress(use.suppressions, use.clock, order.phones, asked.actor, order.reason)
    return SuppressionsAdded(added=added, already=len(set(order.phones)) - added)


@app.post(
    "/api/suppressions/remove",
    summary="Take people off the suppression list",
    tags=["suppressions"],
    operation_id="removeSuppressions",
    responses=documented(200, SuppressionsRemoved, RequestValidationError, *_BODY),
)
def remove_suppressions(order: RemoveSuppressions) -> SuppressionsRemoved:
    """For those who have said that they want to be written to again."""
    from shared.usecases.suppress import unsuppress

    asked = app.asker
    use = wiring.services(asked.tenant_id)
    removed = unsuppress(use.suppressions, order.phones, asked.actor)
    return SuppressionsRemoved(removed=removed, unknown=len(set(order.phones)) - removed)


@app.post(
    "/api/suppressions/import",
    summary="Put the people of a CSV file on the suppression list",
    tags=["suppressions"],
    operation_id="importSuppressions",
    openapi_extensions=UPLOAD,
    responses=documented(200, SuppressionsImported, *_BODY, domain.AudienceError),
)
def import_suppressions() -> SuppressionsImported:
    """The file is read like a list of recipients, for its phones alone. It can be repeated."""
    from shared.usecases.suppress import import_list

    asked = app.asker
    use = wiring.services(asked.tenant_id)
    file = BytesIO(read_upload(app.current_event))
    done = import_list(use.suppressions, use.clock, file, asked.actor, in_time(use))
    return SuppressionsImported(
        inserted=done.inserted,
        skipped=dict(done.skipped),
        rejected=[rejected_row(row) for row in done.rejected],
        more=done.more,
    )


@app.get(
    "/api/suppressions.csv",
    summary="The suppression list as CSV, piece by piece",
    tags=["suppressions"],
    operation_id="exportSuppressions",
    middlewares=[only("phone", "cursor")],
    responses=csv_answers(RequestValidationError, domain.InvalidCursorError),
)
def export_suppressions(phone: Phone = None, cursor: Cursor = None) -> Response[str]:
    """Some 20,000 rows: 200 if they are all there are, else 206 and a header `Link` to the next.

    The pieces after each other are the whole file; `import` takes it.
    """
    from shared.http.csv_export import SUPPRESSION, piece, suppression_row
    from shared.usecases.suppress import walk

    use = wiring.services(app.asker.tenant_id)
    part = piece(
        walk(use.suppressions, read.digits(phone), cursor),
        suppression_row,
        SUPPRESSION,
        header=cursor is None,
        goes_on=in_time(use),
    )
    return csv_answer(part, "suppressions.csv", ("phone",))
