"""What routes take from a request besides its body: who asks, for which campaign, until when."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.utilities.typing import LambdaContext

from shared.domain.errors import (
    CampaignNotFoundError,
    EndpointNotFoundError,
    ErasureNotFoundError,
    ImportNotFoundError,
    SenderNotFoundError,
)
from shared.http.resolver import ApiResolver

ROUTE_LIMIT = timedelta(seconds=27)
"""The longest that a batch may take: API Gateway's HTTP APIs give up after 30 seconds."""

COMMIT_MARGIN = timedelta(seconds=2)
"""Kept of the function's own time limit for the last commit and the answer."""

_CAMPAIGN_ID = re.compile(r"cmp_[0-9A-Za-z-]{1,64}", re.ASCII)
_SENDER_ID = re.compile(r"default|snd_[0-9a-f-]{36}", re.ASCII)
_ERASURE_ID = re.compile(r"era_[0-9a-f-]{36}", re.ASCII)
_IMPORT_ID = re.compile(r"imp_[0-9a-f-]{36}", re.ASCII)
_ENDPOINT_ID = re.compile(r"whk_[0-9a-f-]{36}", re.ASCII)
_SHOWN = 60


def campaign_key(campaign_id: str) -> str:
    """The id, if any campaign could have it. Raises CampaignNotFoundError.

    An id becomes part of a key: without this, one with a `#` would name another kind of item, and
    one of 3,000 characters would be refused by the database as a fault of ours.
    """
    if not _CAMPAIGN_ID.fullmatch(campaign_id):
        raise CampaignNotFoundError(campaign_id[:_SHOWN])
    return campaign_id


def sender_key(sender_id: str) -> str:
    """The same for a sender. Raises SenderNotFoundError."""
    if not _SENDER_ID.fullmatch(sender_id):
        raise SenderNotFoundError(sender_id[:_SHOWN])
    return sender_id


def erasure_key(erasure_id: str) -> str:
    """The same for an order to erase. Raises ErasureNotFoundError."""
    if not _ERASURE_ID.fullmatch(erasure_id):
        raise ErasureNotFoundError(erasure_id[:_SHOWN])
    return erasure_id


def import_key(import_id: str) -> str:
    """The same for an import. Raises ImportNotFoundError."""
    if not _IMPORT_ID.fullmatch(import_id):
        raise ImportNotFoundError(import_id[:_SHOWN])
    return import_id


def endpoint_key(endpoint_id: str) -> str:
    """The same for an endpoint. Raises EndpointNotFoundError."""
    if not _ENDPOINT_ID.fullmatch(endpoint_id):
        raise EndpointNotFoundError(endpoint_id[:_SHOWN])
    return endpoint_id


def deadline(now: datetime, context: LambdaContext) -> datetime:
    """When a batch must have answered."""
    left = timedelta(milliseconds=context.get_remaining_time_in_millis())
    return now + min(ROUTE_LIMIT, left - COMMIT_MARGIN)


def only(*names: str) -> Callable[..., Response[Any]]:
    """A middleware that refuses any other query parameter: `?stauts=FAILED` must not list all."""

    def check(app: ApiResolver, next_middleware: Callable[..., Response[Any]]) -> Response[Any]:
        unknown = sorted(set(app.current_event.query_string_parameters) - set(names))
        if unknown:
            raise RequestValidationError(
                [{"type": "extra_forbidden", "loc": ("query", name)} for name in unknown]
            )
        return next_middleware(app)

    return check
