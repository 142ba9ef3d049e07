"""What the API takes and answers when people decide about failed and doubtful recipients."""

from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from shared.domain.campaign import CampaignStatus
from shared.http.answers import Success
from shared.http.models import as_pattern
from shared.http.phones import Phone
from shared.http.request_model import Request
from shared.usecases.orders import Done, Resolution

CODE = as_pattern(r"^[A-Z0-9_]+$", "an error code as recipients have it, such as 131026")

Code = Annotated[str, Field(min_length=1, max_length=64, pattern=CODE)]
OrderCursor = Annotated[
    str | None,
    Field(min_length=1, max_length=2048, description="`cursor` of the call before"),
]


class RetryFailed(Request):
    """Which failed recipients shall be tried again; all of them without `codes`."""

    codes: list[Code] | None = Field(default=None, min_length=1, max_length=100)
    force: bool = Field(
        default=False,
        description="Also those whom Meta would refuse again; never those who want no messages",
    )
    cursor: OrderCursor = None


class Resolve(Request):
    """What shall become of messages that may have gone out; either `phones`, or `all`."""

    action: Annotated[Resolution, Field(strict=False)]
    phones: list[Phone] | None = Field(default=None, min_length=1, max_length=1000)
    all: bool = False
    cursor: OrderCursor = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "Resolve":
        if (self.phones is None) is not self.all:
            raise PydanticCustomError("whom", 'needs either "phones", or "all": true')
        return self


class _Done(Success):
    campaign_id: str
    status: CampaignStatus
    refused: dict[str, int] = Field(description="How many, by code or reason")
    more: bool = Field(description="Time was up: call again with this cursor")
    cursor: str | None


class Retried(_Done):
    """How many are in the queue again, and the campaign's status now."""

    retried: int


class Resolved(_Done):
    """How many are settled, or in the queue again, and the campaign's status now."""

    resolved: int


def retried_answer(campaign_id: str, done: Done) -> Retried:
    """As shown."""
    return Retried(
        campaign_id=campaign_id,
        status=done.status,
        retried=done.count,
        refused=dict(done.refused),
        more=done.cursor is not None,
        cursor=done.cursor,
    )


def resolved_answer(campaign_id: str, done: Done) -> Resolved:
    """As shown."""
    return Resolved(
        campaign_id=campaign_id,
        status=done.status,
        resolved=done.count,
        refused=dict(done.refused),
        more=done.cursor is not None,
        cursor=done.cursor,
    )
