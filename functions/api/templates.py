"""The route about the templates of a sender: parse, one use case, answer."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Query

from functions import wiring
from functions.api.app import app
from functions.api.request import only, sender_key
from functions.api.senders import SenderId
from shared.domain import errors as domain
from shared.domain import template_errors
from shared.http.documented import answers as documented
from shared.http.template_models import STATUS, TemplateListAnswer, template_list
from shared.usecases.list_templates import list_templates


@app.get(
    "/api/senders/<sender_id>/templates",
    summary="List the templates that a sender has at Meta",
    tags=["senders"],
    operation_id="listTemplates",
    middlewares=[only("status", "name")],
    responses=documented(
        200,
        TemplateListAnswer,
        RequestValidationError,
        domain.SenderNotFoundError,
        domain.SenderUnusableError,
        template_errors.AccountUnknownError,
        template_errors.TemplatesRefusedError,
        domain.ProviderUnavailableError,
    ),
)
def list_of_templates(
    sender_id: SenderId,
    status: Annotated[
        str | None,
        Query(pattern=STATUS, description="Only these; campaigns need `APPROVED`"),
    ] = None,
    name: Annotated[
        str | None, Query(min_length=1, max_length=512, description="With this in their names")
    ] = None,
) -> TemplateListAnswer:
    """As Meta has them; a minute old at most. What can't be sent from here says why."""
    use = wiring.services(app.asker.tenant_id)
    return template_list(list_templates(use, sender_key(sender_id), status, name))
