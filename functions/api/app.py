"""The API's resolver and what describes it. Building it opens and reads nothing."""

from collections.abc import Callable
from importlib import resources
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response, content_types
from aws_lambda_powertools.event_handler.openapi.params import Path

from functions import wiring
from functions.api.rules import OPEN, RULES
from shared.http.resolver import ApiResolver

_PAGE_MAY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:;"
    " connect-src 'self'; frame-ancestors 'none'"
)
"""The Swagger page: its own script and style, which are in it, and calls to this API."""

_UNKEPT = frozenset({"/api/live/ticket", "/api/webhook-endpoints"})
"""Answers that hold a secret are not kept: a second ticket or endpoint harms nobody."""

app = ApiResolver(RULES, OPEN)
app.configure_openapi(
    title="Campaign Executor",
    version="0.1.0",
    description="WhatsApp campaigns: nobody twice, nobody lost, never over the daily cap.",
)


def once(api: ApiResolver, next_middleware: Callable[..., Response[Any]]) -> Response[Any]:
    """A POST with an Idempotency-Key is done once; see `shared.http.idempotency`."""
    event = api.current_event
    key = event.headers.get("idempotency-key")
    if event.http_method != "POST" or key is None or not api.has_asker or event.path in _UNKEPT:
        return next_middleware(api)
    body = (event.body or "").encode("utf-8", "surrogatepass")
    return wiring.services(api.asker.tenant_id).once.answer(
        key, ("POST", event.path, body), api.lambda_context, lambda: next_middleware(api)
    )


app.use(middlewares=[once])

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
    return Response(
        status_code=200,
        content_type=content_types.TEXT_HTML,
        body=page,
        headers={"Content-Security-Policy": _PAGE_MAY},
    )
