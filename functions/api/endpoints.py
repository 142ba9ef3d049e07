"""The routes about other systems' endpoints: parse, one use case, answer."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Path

from functions import wiring
from functions.api.app import app
from functions.api.request import endpoint_key
from shared.domain import errors as domain
from shared.http import errors
from shared.http.documented import answers as documented
from shared.http.endpoint_models import (
    ChangeEndpoint,
    EndpointChanged,
    EndpointList,
    EndpointRegistered,
    EndpointRemoved,
    EndpointTested,
    RegisterEndpoint,
    endpoint_answer,
    tested,
)
from shared.usecases import manage_endpoints

EndpointId = Annotated[str, Path(description="The endpoint's id: `whk_` and a UUID")]

_BODY = (
    RequestValidationError,
    errors.MalformedBodyError,
    errors.UnsupportedMediaTypeError,
    errors.BodyTooLargeError,
)


@app.get(
    "/api/webhook-endpoints",
    summary="List where other systems listen",
    tags=["webhook endpoints"],
    operation_id="listEndpoints",
    responses=documented(200, EndpointList),
)
def list_endpoints() -> EndpointList:
    """In order of creation, with how deliveries went."""
    use = wiring.services(app.asker.tenant_id)
    return EndpointList(endpoints=[endpoint_answer(each) for each in use.endpoints.list()])


@app.post(
    "/api/webhook-endpoints",
    summary="Have events posted to an HTTPS address",
    tags=["webhook endpoints"],
    operation_id="registerEndpoint",
    status_code=201,
    responses=documented(
        201, EndpointRegistered, *_BODY, domain.EndpointUrlError, domain.TooManyEndpointsError
    ),
)
def register_endpoint(endpoint: RegisterEndpoint) -> EndpointRegistered:
    """At most ten. The answer has the secret that deliveries are signed with, this once.

    It is not kept under an Idempotency-Key: repeated, there is a second endpoint.
    """
    use = wiring.services(app.asker.tenant_id)
    made, secret = manage_endpoints.register(
        _desk(use), endpoint.url, endpoint.events, app.asker.subject
    )
    return EndpointRegistered(endpoint=endpoint_answer(made), secret=secret)


@app.patch(
    "/api/webhook-endpoints/<endpoint_id>",
    summary="Change an endpoint, enable it again, or give it a new secret",
    tags=["webhook endpoints"],
    operation_id="changeEndpoint",
    responses=documented(200, EndpointChanged, *_BODY, domain.EndpointNotFoundError),
)
def change_endpoint(endpoint_id: EndpointId, endpoint: ChangeEndpoint) -> EndpointChanged:
    """Holds within a minute; a new secret within five. What went wrong before is forgotten."""
    use = wiring.services(app.asker.tenant_id)
    key = endpoint_key(endpoint_id)
    changed, secret = manage_endpoints.change(_desk(use), key, endpoint.wanted(), app.asker.subject)
    return EndpointChanged(endpoint=endpoint_answer(changed), secret=secret)


@app.post(
    "/api/webhook-endpoints/<endpoint_id>/test",
    summary="Send a test event now",
    tags=["webhook endpoints"],
    operation_id="testEndpoint",
    responses=documented(200, EndpointTested, domain.EndpointNotFoundError),
)
def test_endpoint(endpoint_id: EndpointId) -> EndpointTested:
    """Once, and the answer says what came back."""
    use = wiring.services(app.asker.tenant_id)
    return tested(*manage_endpoints.test(_desk(use), endpoint_key(endpoint_id)))


@app.delete(
    "/api/webhook-endpoints/<endpoint_id>",
    summary="Remove an endpoint and its secret",
    tags=["webhook endpoints"],
    operation_id="removeEndpoint",
    responses=documented(200, EndpointRemoved, domain.EndpointNotFoundError),
)
def remove_endpoint(endpoint_id: EndpointId) -> EndpointRemoved:
    """What is on its way to it is dropped."""
    use = wiring.services(app.asker.tenant_id)
    manage_endpoints.remove(_desk(use), endpoint_key(endpoint_id), app.asker.subject)
    return EndpointRemoved(endpoint_id=endpoint_id)


def _desk(use: wiring.Services) -> manage_endpoints.Desk:
    from shared.post import Post

    return manage_endpoints.Desk(
        tenant_id=app.asker.tenant_id,
        endpoints=use.endpoints,
        secrets=use.secrets,
        post=Post(use.loopback),
        clock=use.clock,
        chance=use.chance,
        loopback=use.loopback,
    )
