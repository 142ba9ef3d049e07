"""What the API takes to change a draft, or to make a new one of a campaign."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from pydantic import Field, StringConstraints, ValidationError

from shared.domain.template import TemplateParams
from shared.http.models import (
    CAP_LIMIT,
    LANGUAGE,
    ONE_LINE,
    SENDER_ID,
    TEMPLATE_NAME,
    CreateCampaign,
    Params,
    RetrySettings,
)
from shared.http.request_model import Request
from shared.http.throttle_model import PACES, ThrottleSettings
from shared.usecases.create_campaign import Draft

_MERGED = ("throttle", "retry")
"""Objects whose own fields stay if they are not named; `templateParams` is replaced as a whole."""

Name = Annotated[str, StringConstraints(strip_whitespace=True)]


class ChangeCampaign(Request):
    """What is to be different. What is not named stays, and null is the default again."""

    name: Name | None = Field(default=None, min_length=1, max_length=120, pattern=ONE_LINE)
    template_name: str | None = Field(
        default=None, min_length=1, max_length=512, pattern=TEMPLATE_NAME
    )
    channel: Literal["WHATSAPP"] | None = None
    audience_type: Literal["CSV"] | None = None
    template_language: str | None = Field(default=None, pattern=LANGUAGE)
    sender_id: str | None = Field(default=None, pattern=SENDER_ID)
    template_params: Params | None = None
    throttle: ThrottleSettings | None = None
    retry: RetrySettings | None = None
    on_unconfirmed: Literal["hold", "resend"] | None = None
    daily_cap: int | None = Field(default=None, ge=1, le=CAP_LIMIT)
    auto_resume: bool | None = None

    def draft(self, before: Draft) -> Draft:
        """The settings of `before` with these changes, checked by the rules of a new campaign.

        Raises RequestValidationError: what is good by itself may not fit to what stays.
        """
        wanted = self.model_dump(by_alias=True, exclude_unset=True)
        try:
            return CreateCampaign.model_validate(_merged(_form(before), wanted)).draft()
        except ValidationError as error:
            raise RequestValidationError(
                [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
            ) from None

    @property
    def named(self) -> str:
        """The fields that the request names."""
        aliases = self.model_dump(by_alias=True, exclude_unset=True)
        return ", ".join(sorted(aliases))


class DuplicateCampaign(Request):
    """How the new campaign is called; else like the old one, with "(copy)" behind it."""

    name: Name | None = Field(default=None, min_length=1, max_length=120, pattern=ONE_LINE)


def _merged(before: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """As in a JSON merge patch (RFC 7396): null takes a setting away."""
    after = dict(before)
    for name, value in wanted.items():
        if value is None and name not in ("name", "templateName", "channel", "audienceType"):
            after.pop(name, None)
        elif name in _MERGED:
            kept = before.get(name, {})
            if not value.keys().isdisjoint(PACES):  # a new pace replaces the old, in any unit
                kept = {each: kept[each] for each in kept if each not in PACES}
            after[name] = _merged(kept, value)
        else:
            after[name] = value
    return after


def _form(draft: Draft) -> dict[str, Any]:
    """A draft as the body that would create it."""
    throttle, retry = draft.throttle, draft.retry
    form = {
        "name": draft.name,
        "templateName": draft.template_name,
        "channel": "WHATSAPP",
        "audienceType": "CSV",
        "templateLanguage": draft.template_language,
        "senderId": draft.sender_id,
        "templateParams": _params(draft.template_params),
        "throttle": {
            "mode": throttle.mode.value,
            "workers": throttle.workers,
            "messagesPerSecond": throttle.messages_per_second,
            "batchSize": throttle.batch_size,
            "batchDelaySeconds": throttle.batch_delay_seconds,
        },
        "retry": {
            "maxAttempts": retry.max_attempts,
            "baseDelaySeconds": float(retry.base_delay_seconds),
            "maxDelaySeconds": float(retry.max_delay_seconds),
        },
        "onUnconfirmed": draft.on_unconfirmed.value,
        "dailyCap": draft.daily_cap,
        "autoResume": draft.auto_resume,
    }
    return {name: value for name, value in form.items() if value is not None}


def _params(params: TemplateParams) -> dict[str, Any]:
    form: dict[str, Any] = {
        "body": dict(params.named_body) if params.named_body else list(params.body),
        "buttons": [
            {"index": button.index, "subType": button.sub_type, "text": button.text}
            for button in params.buttons
        ],
    }
    return form if params.header is None else {"header": params.header, **form}
