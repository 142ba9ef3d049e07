"""The routes of imports: long lists that are uploaded as files."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Path

from functions import wiring
from functions.api.app import CampaignId, app
from functions.api.reads import Cursor, Limit
from functions.api.request import campaign_key, import_key, only
from shared.domain import errors as domain
from shared.domain.instants import to_text
from shared.http import errors
from shared.http.documented import answers as documented
from shared.http.import_models import (
    ImportFound,
    ImportList,
    ImportMade,
    MakeImport,
    ReportAnswer,
    import_answer,
    upload_answer,
)

ImportId = Annotated[str, Path(description="The import's id: `imp_` and a UUID")]


@app.post(
    "/api/campaigns/<campaign_id>/imports",
    summary="Begin the import of a long list",
    tags=["imports"],
    operation_id="makeImport",
    status_code=201,
    responses=documented(
        201,
        ImportMade,
        RequestValidationError,
        errors.MalformedBodyError,
        errors.UnsupportedMediaTypeError,
        errors.BodyTooLargeError,
        domain.CampaignNotFoundError,
        domain.CampaignClosedError,
    ),
)
def make_import(campaign_id: CampaignId, order: MakeImport) -> ImportMade:
    """Answers an address. Upload the file there within an hour, then start the import."""
    from shared.usecases.import_list import make_import

    asked = app.asker
    use = wiring.services(asked.tenant_id)
    made, upload = make_import(
        use, campaign_key(campaign_id), order.size, order.file_name, asked.actor
    )
    return ImportMade(import_id=made.import_id, upload=upload_answer(upload))


@app.post(
    "/api/campaigns/<campaign_id>/imports/<import_id>/start",
    summary="Import what was uploaded",
    tags=["imports"],
    operation_id="startImport",
    status_code=202,
    responses=documented(
        202,
        ImportFound,
        domain.CampaignNotFoundError,
        domain.CampaignClosedError,
        domain.ImportNotFoundError,
        domain.FileMissingError,
    ),
)
def start_import(campaign_id: CampaignId, import_id: ImportId) -> ImportFound:
    """The file is checked whole, then written in parts; who is in the campaign is left alone.

    An import is started once; starting it again changes nothing.
    """
    from shared.usecases.import_list import start_import

    asked = app.asker
    use = wiring.services(asked.tenant_id)
    made = start_import(use, campaign_key(campaign_id), import_key(import_id), asked.actor)
    return ImportFound(imported=import_answer(made))


@app.get(
    "/api/campaigns/<campaign_id>/imports",
    summary="A campaign's imports, newest first",
    tags=["imports"],
    operation_id="listImports",
    middlewares=[only("limit", "cursor")],
    responses=documented(
        200,
        ImportList,
        RequestValidationError,
        domain.InvalidCursorError,
        domain.CampaignNotFoundError,
    ),
)
def list_imports(campaign_id: CampaignId, limit: Limit = 20, cursor: Cursor = None) -> ImportList:
    """How far each is, or how it ended."""
    use = wiring.services(app.asker.tenant_id)
    campaign = use.campaigns.get(campaign_key(campaign_id))
    page = use.imports.list(campaign.campaign_id, limit, cursor)
    return ImportList(imports=[import_answer(one) for one in page.items], next_cursor=page.cursor)


@app.get(
    "/api/campaigns/<campaign_id>/imports/<import_id>",
    summary="One import",
    tags=["imports"],
    operation_id="getImport",
    responses=documented(
        200, ImportFound, domain.CampaignNotFoundError, domain.ImportNotFoundError
    ),
)
def get_import(campaign_id: CampaignId, import_id: ImportId) -> ImportFound:
    """How far it is, or how it ended; then with an address of the rows that were left out."""
    from shared.usecases.import_list import report_of

    use = wiring.services(app.asker.tenant_id)
    campaign = use.campaigns.get(campaign_key(campaign_id))
    found = use.imports.get(campaign.campaign_id, import_key(import_id))
    report = report_of(use, found)
    answer = ImportFound(imported=import_answer(found))
    if report:
        answer.report = ReportAnswer(url=report.url, expires_at=to_text(report.expires_at))
    return answer
