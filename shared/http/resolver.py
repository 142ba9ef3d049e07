"""Powertools' resolver as this API needs it: one request at a time, JSON read with care."""

import threading
from collections.abc import Container, Mapping
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.api_gateway import Route
from aws_lambda_powertools.event_handler.middlewares.openapi_validation import (
    OpenAPIRequestValidationMiddleware,
)
from aws_lambda_powertools.utilities.typing import LambdaContext

from shared.domain.access import GRANTS, Permission, Principal, Role
from shared.http.body import read_json
from shared.http.errors import (
    ForbiddenError,
    KeyInUseError,
    KeyReusedError,
    MalformedKeyError,
    MethodNotAllowedError,
    RouteNotFoundError,
    failure,
    row_of,
)
from shared.http.identity import principal
from shared.web import HEADERS

if TYPE_CHECKING:  # 45 ms of CPU, for the document alone
    from aws_lambda_powertools.event_handler.openapi.models import OpenAPI, Operation, Parameter


SECURITY_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    **HEADERS,
}
"""On every answer, unless a route says otherwise: what it answers is data, and nobody's page."""


class _Gate(OpenAPIRequestValidationMiddleware):
    """Asks first whether this may be; then validates as Powertools does, with a body read by us.

    Powertools takes the first element of a list for the object, forms for JSON, and fails with a
    500 for text that is not UTF-8, a number of 5,000 digits, or brackets nested too deeply.
    """

    def handler(self, app: Any, next_middleware: Any) -> Response[Any]:
        app.authorize()
        return super().handler(app, next_middleware)

    def _get_body(self, app: Any) -> Any:
        return read_json(app.current_event)


class ApiResolver(APIGatewayHttpResolver):
    """Resolves API Gateway's HTTP API events (payload version 2.0).

    Guarantee: no route runs, and nothing of its request is read, unless `rules` lets the asker; and
    every answer but a success has the one failure shape, whatever went wrong.
    """

    def __init__(self, rules: Mapping[str, Permission], without_token: Container[str]) -> None:
        """`rules` by operation id; `without_token`: the operations that need none."""
        super().__init__(enable_validation=True, response_validation_error_http_code=500)
        self._request_validation_middleware = _Gate()  # type: ignore[no-untyped-call]
        self._rules = rules
        self._without_token = without_token
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
            answer = super().resolve(event, context)
        answer["headers"] = SECURITY_HEADERS | answer["headers"]
        return answer

    @property
    def _all_routes(self) -> list[Route]:
        return self._static_routes + self._dynamic_routes

    @property
    def has_asker(self) -> bool:
        """Whether the present request is for one of our routes, and not for the open ones."""
        return "asker" in self.context

    @property
    def asker(self) -> Principal:
        """Who sent the present request."""
        found: Principal = self.context["asker"]
        return found

    def authorize(self) -> None:
        """Let the present request on. Raises UnauthorizedError, ForbiddenError.

        The authorizer in front of the function has verified the token, or there are no claims.
        """
        route = self.context["_route"]
        if route.operation_id in self._without_token or route not in self._all_routes:
            return  # the second is Powertools' own, which says that there is no such path
        asker = principal(self.current_event.request_context.authorizer.jwt_claim)
        needed = self._rules.get(route.operation_id)
        if needed is None or not asker.may(needed):
            roles = [role for role in Role if needed in GRANTS[role]]
            raise ForbiddenError(
                f"Your role is {asker.role}; this needs {' or '.join(roles) or 'another one'}. "
                "Ask your administrator."
            )
        self.context["asker"] = asker

    def get_openapi_schema(self, **options: Any) -> "OpenAPI":
        """The OpenAPI document: who may do what, and our error answers for Powertools' own."""
        from aws_lambda_powertools.event_handler.openapi.models import Components, HTTPBearer

        document = super().get_openapi_schema(**options)
        for path in (document.paths or {}).values():
            if path.post:
                _document_idempotency(path.post)
            for operation in filter(None, (path.get, path.post, path.put, path.patch, path.delete)):
                answers = operation.responses or {}
                answers.pop(422, None)
                answers[500] = answers[503].model_copy(update={"description": "INTERNAL"})
                setattr(operation, "x-permission", self._rules[operation.operationId])
        components = document.components or Components()
        for unused in ("HTTPValidationError", "ValidationError", "ResponseValidationError"):
            (components.schemas or {}).pop(unused, None)
        components.securitySchemes = {"bearerAuth": HTTPBearer(bearerFormat="JWT")}
        document.components, document.security = components, [{"bearerAuth": []}]
        return document

    def _failed(self, error: Exception) -> Response[dict[str, Any]]:
        return failure(error, self.current_event.request_context.request_id)

    def _not_found(self, _error: Exception) -> Response[dict[str, Any]]:
        path = self.current_event.path
        methods = sorted({route.method for route in self._all_routes if route.rule.match(path)})
        return self._failed(MethodNotAllowedError(methods) if methods else RouteNotFoundError())


def _document_idempotency(operation: "Operation") -> None:
    """The header, and what is answered to a key that can't be used."""
    operation.parameters = [*(operation.parameters or []), _idempotency_key()]
    answers = operation.responses or {}
    for error in (MalformedKeyError, KeyReusedError, KeyInUseError):
        row = row_of(error)
        known = answers.get(row.status)
        words = f"{known.description} or {row.code}" if known else row.code
        answers[row.status] = answers[503].model_copy(update={"description": words})


def _idempotency_key() -> "Parameter":
    from aws_lambda_powertools.event_handler.openapi.models import Parameter

    schema = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$"}
    return Parameter.model_validate(
        {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "The same request with the same key is done once, within a day",
            "schema": schema,
        }
    )
