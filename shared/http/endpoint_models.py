"""What the API takes and answers about other systems' endpoints. A secret is shown once."""

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from shared.domain.endpoints import KINDS, Attempt, Endpoint
from shared.domain.instants import to_text
from shared.http.answers import Answer, Instant, Success
from shared.http.present import text
from shared.http.request_model import Request
from shared.usecases.manage_endpoints import Changes


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise PydanticCustomError(
            "unknown_event", "is no type of event: {known}", {"known": ", ".join(sorted(KINDS))}
        )
    return kind


Kind = Annotated[str, Field(max_length=60), AfterValidator(_known)]
Kinds = Annotated[
    list[Kind],
    Field(
        min_length=1,
        max_length=40,
        description="Types of events; `campaign.*` for all of campaigns, `*` for all",
        examples=[["campaign.*", "message.status"]],
    ),
]


class RegisterEndpoint(Request):
    """Where another system listens: an HTTPS address."""

    url: str = Field(
        min_length=1, max_length=2000, examples=["https://hooks.example.com/campaigns"]
    )
    events: Kinds


class ChangeEndpoint(Request):
    """What is to be different; what is not named stays. `newSecret` replaces the secret."""

    events: Kinds | None = None
    enabled: bool | None = None
    new_secret: bool = False

    def wanted(self) -> Changes:
        """The same as the use case's input."""
        return Changes(self.events, self.enabled, self.new_secret)


class EndpointAnswer(Answer):
    """An endpoint. `failures`: in a row; `givenUp`: deliveries that were never taken, in all.

    `disabledReason`: why the system sends nothing there any more.
    """

    endpoint_id: str
    url: str
    events: list[str]
    enabled: bool
    disabled_reason: str | None
    failures: int
    failing_since: Instant | None
    last_failure: str | None
    given_up: int
    created_at: Instant


class EndpointList(Success):
    """All endpoints of the tenant."""

    endpoints: list[EndpointAnswer]


class EndpointRegistered(Success):
    """The endpoint, and the secret that its deliveries are signed with: it is not shown again."""

    endpoint: EndpointAnswer
    secret: str


class EndpointChanged(Success):
    """The endpoint, and its secret if it has a new one."""

    endpoint: EndpointAnswer
    secret: str | None


class EndpointRemoved(Success):
    """It is gone, its secret too."""

    endpoint_id: str


class TestAnswer(Answer):
    """What came back: a status and the beginning of the body, or why nothing did."""

    delivered: bool
    status: int | None
    body: str
    problem: str | None
    milliseconds: int


class EndpointTested(Success):
    """A test event was sent, once."""

    test: TestAnswer


def endpoint_answer(endpoint: Endpoint) -> EndpointAnswer:
    """As shown."""
    return EndpointAnswer(
        endpoint_id=endpoint.endpoint_id,
        url=endpoint.url,
        events=list(endpoint.events),
        enabled=endpoint.enabled,
        disabled_reason=endpoint.disabled_reason,
        failures=endpoint.failures,
        failing_since=text(endpoint.failing_since),
        last_failure=endpoint.last_failure,
        given_up=endpoint.given_up,
        created_at=to_text(endpoint.created_at),
    )


def tested(attempt: Attempt, seconds: float) -> EndpointTested:
    """As shown."""
    return EndpointTested(
        test=TestAnswer(
            delivered=attempt.delivered,
            status=attempt.status,
            body=attempt.excerpt,
            problem=attempt.problem,
            milliseconds=round(seconds * 1000),
        )
    )
