"""The API's resolver and what describes it. Building it opens and reads nothing."""

from importlib import resources
from typing import Annotated

from aws_lambda_powertools.event_handler import Response, content_types
from aws_lambda_powertools.event_handler.openapi.params import Path

from functions.api.rules import OPEN, RULES
from shared.http.resolver import ApiResolver

app = ApiResolver(RULES, OPEN)
app.configure_openapi(
    title="Campaign Executor",
    version="0.1.0",
    description="WhatsApp campaigns: nobody twice, nobody lost, never over the daily cap.",
)

CampaignId = Annotated[str, Path(description="The campaign's id: `cmp_` and a UUID")]


@app.get("/openapi.json", operation_id="openapiDocument", include_in_schema=False, compress=True)
def openapi_document() -> Response[str]:
    """This API's OpenAPI document."""
    return Response(
        status_code=200,
        content_type=content_types.APPLICATION_JSON,
        body=app.get_openapi_json_schema(),
    )


@app.get("/swagger", operation_id="swaggerPage", include_in_schema=False, compress=True)
def swagger_page() -> Response[str]:
    """The document as a page to read and try; script and style are in it, it loads nothing else."""
    from aws_lambda_powertools.event_handler.openapi import swagger_ui

    files = resources.files(swagger_ui)
    page = swagger_ui.generate_swagger_html(
        app.get_openapi_json_schema().replace("</", "<\\/"),  # must not end the page's script
        (files / "swagger-ui-bundle.min.js").read_text("utf-8"),
        (files / "swagger-ui.min.css").read_text("utf-8"),
        swagger_base_url="",
        oauth2_config=None,
    )
    return Response(status_code=200, content_type=content_types.TEXT_HTML, body=page)
