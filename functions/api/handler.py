"""The API's Lambda: events of an API Gateway HTTP API in, answers out."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.api import (  # noqa: F401 - importing them registers their routes
    analytics,
    changes,
    edits,
    endpoints,
    erasures,
    history,
    imports,
    live,
    orders,
    reads,
    recipients,
    senders,
    suppressions,
    templates,
    trials,
    webhooks,
)
from functions.api.app import app


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request."""
    return app.resolve(event, context)
