"""Powertools' resolver as this API needs it: one request at a time, JSON read with care."""

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.middlewares.openapi_validation import (
    OpenAPIRequestValidationMiddleware,
)
from aws_lambda_powertools.utilities.typing import LambdaContext

from shared.http.body import read_json
from shared.http.errors import MethodNotAllowedError, RouteNotFoundError, failure

if TYPE_CHECKING:  # 45 ms of CPU, for the document alone
    from aws_lambda_powertools.event_handler.openapi.models import OpenAPI


class _JsonBodies(OpenAPIRequestValidationMiddleware):
    """Validates as Powertools does, but reads the body by our rules.

    Powertools takes the first element of a list for the object, forms for JSON, and fails with a
    500 for text that is not UTF-8, a number of 5,000 digits, or brackets nested too deeply.
    """

    def _get_body(self, app: Any) -> Any:
        return read_json(app.current_event)


class ApiResolver(APIGatewayHttpResolver):
    """Resolves API Gateway's HTTP API events (payload version 2.0).

    Guarantee: every answer but a success has the one failure shape, whatever went wrong.
    """

    def __init__(self) -> None:
        super().__init__(enable_validation=True, response_validation_error_http_code=500)
        self._request_validation_middleware = _JsonBodies()  # type: ignore[no-untyped-call]
        self._one_at_a_time = threading.Lock()
        self.exception_handler(Exception)(self._failed)
        self.not_found(self._not_found)

    def resolve(self, event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Answer one event.

        Powertools keeps the request in attributes of a class, and Lambda gives a process one at a
        time. Should a caller use threads all the same, they wait: without the lock, one would be
        answered with another's campaign.
        """
        with self._one_at_a_time:
            return super().resolve(event, context)

    def get_openapi_schema(self, **options: Any) -> "OpenAPI":
        """The OpenAPI document, with our error answers in place of Powertools' own."""
        document = super().get_openapi_schema(**options)
        for path in (document.paths or {}).values():
            for operation in filter(None, (path.get, path.post)):
                answers = operation.responses or {}
                answers.pop(422, None)
                answers[500] = answers[503].model_copy(update={"description": "INTERNAL"})
        schemas = (document.components and document.components.schemas) or {}
        for unused in ("HTTPValidationError", "ValidationError", "ResponseValidationError"):
            schemas.pop(unused, None)
        return document

    def _failed(self, error: Exception) -> Response[dict[str, Any]]:
        return failure(error, self.current_event.request_context.request_id)

    def _not_found(self, _error: Exception) -> Response[dict[str, Any]]:
        path = self.current_event.path
        routes = self._static_routes + self._dynamic_routes
        methods = sorted({route.method for route in routes if route.rule.match(path)})
        return self._failed(MethodNotAllowedError(methods) if methods else RouteNotFoundError())
