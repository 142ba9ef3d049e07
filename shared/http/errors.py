"""One table: what went wrong → status, code, log level. Every failure goes through it."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from shared.domain import errors as domain
from shared.domain import template_errors, trial_errors
from shared.http.words import explain

logger = logging.getLogger(__name__)


class RequestError(Exception):
    """Base of what is wrong with a request as such; the message says what to do."""

    def __init__(self, message: str, details: Sequence[dict[str, Any]] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.details = list(details)


class UnauthorizedError(RequestError):
    """The request has no token."""

    def __init__(self) -> None:
        super().__init__("Send a valid token in the header Authorization: Bearer …")


class ForbiddenError(RequestError):
    """The token is good, but does not allow this."""


class MalformedBodyError(RequestError):
    """The body is not what its content type says."""


class UnsupportedMediaTypeError(RequestError):
    """The body has a content type that this route does not read."""


class BodyTooLargeError(RequestError):
    """The body is larger than a function can be given."""


class KeyMissingError(RequestError):
    """A request that must never be done twice came without an Idempotency-Key."""

    def __init__(self) -> None:
        super().__init__(
            "Send the header Idempotency-Key with a text of your own: without it a message could "
            "be sent twice."
        )


class MalformedKeyError(RequestError):
    """An Idempotency-Key that can't be one."""

    def __init__(self) -> None:
        super().__init__(
            "Idempotency-Key must be 1 to 255 visible ASCII characters without blanks."
        )


class KeyReusedError(RequestError):
    """An Idempotency-Key was sent with two different requests."""

    def __init__(self) -> None:
        super().__init__(
            "This Idempotency-Key was used for another request. Take a new key for a new request."
        )


class KeyInUseError(RequestError):
    """The first request with this Idempotency-Key is still being handled."""

    def __init__(self) -> None:
        super().__init__(
            "The first request with this Idempotency-Key is still being handled. Try again later."
        )


class RouteNotFoundError(RequestError):
    """No route has this path."""

    def __init__(self) -> None:
        super().__init__("There is nothing at this path. The routes are listed at /swagger.")


class MethodNotAllowedError(RequestError):
    """The path exists, but not with this method."""

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__(f"This path takes {', '.join(allowed)}.")
        self.allowed = allowed


@dataclass(frozen=True, slots=True)
class Row:
    """How one kind of error is answered and how loudly it is logged."""

    status: int
    code: str
    level: int = logging.INFO


ERRORS: Mapping[type[Exception], Row] = {
    domain.CampaignNotFoundError: Row(404, "CAMPAIGN_NOT_FOUND"),
    domain.InvalidTransitionError: Row(409, "INVALID_TRANSITION"),
    domain.NoRecipientsError: Row(409, "NO_RECIPIENTS"),
    domain.CampaignNotRunningError: Row(409, "CAMPAIGN_NOT_RUNNING"),
    domain.CampaignClosedError: Row(409, "CAMPAIGN_CLOSED"),
    domain.CampaignOpenError: Row(409, "CAMPAIGN_OPEN"),
    domain.CampaignNotDraftError: Row(409, "CAMPAIGN_NOT_DRAFT"),
    domain.TextsFrozenError: Row(409, "TEXTS_FROZEN"),
    domain.NotRetryableError: Row(409, "NOT_RETRYABLE"),
    domain.ErasureNotFoundError: Row(404, "ERASURE_NOT_FOUND"),
    domain.AudienceError: Row(400, "INVALID_AUDIENCE"),
    domain.ImportNotFoundError: Row(404, "IMPORT_NOT_FOUND"),
    domain.FileMissingError: Row(409, "FILE_MISSING"),
    domain.InvalidCursorError: Row(400, "INVALID_CURSOR"),
    domain.SenderNotFoundError: Row(404, "SENDER_NOT_FOUND"),
    domain.EndpointNotFoundError: Row(404, "ENDPOINT_NOT_FOUND"),
    domain.TooManyEndpointsError: Row(409, "TOO_MANY_ENDPOINTS"),
    domain.EndpointUrlError: Row(400, "URL_REFUSED"),
    domain.NoSenderError: Row(409, "NO_SENDER"),
    domain.NumberTakenError: Row(409, "NUMBER_TAKEN"),
    domain.NumberRefusedError: Row(400, "NUMBER_REFUSED"),
    template_errors.AccountUnknownError: Row(409, "ACCOUNT_UNKNOWN"),
    template_errors.TemplatesRefusedError: Row(409, "TEMPLATES_REFUSED"),
    domain.LimitTooHighError: Row(400, "LIMIT_TOO_HIGH"),
    domain.SenderInUseError: Row(409, "SENDER_IN_USE"),
    domain.SenderFixedError: Row(409, "SENDER_FIXED"),
    domain.TooFastError: Row(400, "TOO_FAST"),
    domain.SenderUnusableError: Row(409, "SENDER_UNUSABLE"),
    domain.ProviderUnavailableError: Row(503, "PROVIDER_UNAVAILABLE", logging.WARNING),
    domain.UnreadableError: Row(500, "RECORD_UNREADABLE", logging.ERROR),
    domain.StoreUnavailableError: Row(503, "STORE_UNAVAILABLE", logging.ERROR),
    UnauthorizedError: Row(401, "UNAUTHORIZED"),
    ForbiddenError: Row(403, "FORBIDDEN"),
    RequestValidationError: Row(400, "VALIDATION_FAILED"),
    MalformedBodyError: Row(400, "MALFORMED_BODY"),
    UnsupportedMediaTypeError: Row(415, "UNSUPPORTED_MEDIA_TYPE"),
    trial_errors.MissingValuesError: Row(400, "MISSING_VALUES"),
    trial_errors.PhoneSuppressedError: Row(409, "PHONE_SUPPRESSED"),
    trial_errors.SenderStoppedError: Row(409, "SENDER_STOPPED"),
    trial_errors.CapReachedError: Row(409, "CAP_REACHED"),
    trial_errors.TooManyTrialsError: Row(429, "TOO_MANY_TEST_SENDS"),
    trial_errors.SenderBusyError: Row(503, "SENDER_BUSY"),
    KeyMissingError: Row(400, "IDEMPOTENCY_KEY_MISSING"),
    MalformedKeyError: Row(400, "MALFORMED_IDEMPOTENCY_KEY"),
    KeyReusedError: Row(409, "IDEMPOTENCY_KEY_REUSED"),
    KeyInUseError: Row(409, "IDEMPOTENCY_KEY_IN_USE"),
    BodyTooLargeError: Row(413, "BODY_TOO_LARGE"),
    RouteNotFoundError: Row(404, "ROUTE_NOT_FOUND"),
    MethodNotAllowedError: Row(405, "METHOD_NOT_ALLOWED"),
    Exception: Row(500, "INTERNAL", logging.ERROR),
}


def row_of(kind: type[BaseException]) -> Row:
    """The row of an error class: its own, or that of its nearest ancestor."""
    return next(ERRORS[ancestor] for ancestor in kind.__mro__ if ancestor in ERRORS)


def failure(error: Exception, request_id: str) -> Response[dict[str, Any]]:
    """Answer an error in the one shape, and log it.

    Guarantee: of an error without a row of its own the caller learns nothing but the request id;
    the traceback goes to the log, under the same id.
    """
    row = row_of(type(error))
    if row.status >= 500:
        logger.log(row.level, "%s %s, request %s", row.status, row.code, request_id, exc_info=error)
    else:
        logger.log(row.level, "%s %s, request %s", row.status, row.code, request_id)
    message, details = _words(error, request_id)
    return Response(
        status_code=row.status,
        content_type="application/json",
        headers=_headers(error),
        body={
            "success": False,
            "error": {"code": row.code, "message": message, "details": details},
        },
    )


def _headers(error: Exception) -> dict[str, str | list[str]]:
    """What HTTP has beside some statuses: who may come in, with what, and when."""
    if isinstance(error, UnauthorizedError):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, MethodNotAllowedError):
        return {"Allow": ", ".join(error.allowed)}
    if isinstance(error, trial_errors.TooManyTrialsError):
        return {"Retry-After": str(error.seconds)}
    return {"Retry-After": "2"} if isinstance(error, KeyInUseError) else {}


def _words(error: Exception, request_id: str) -> tuple[str, list[dict[str, Any]]]:
    if isinstance(error, RequestValidationError):
        return explain(error.errors())
    if isinstance(error, (domain.DomainError, RequestError)):
        return error.message, error.details
    return f"Something went wrong on our side. The log has it under request {request_id}.", []
