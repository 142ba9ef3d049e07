"""What the API takes: every field checked, every unknown field refused.

Numbers from Meta: a template name has at most 512 lower-case letters, digits and underscores; a
body at most 1024 characters; a template at most ten buttons; a number sends 80 messages a second
unless Meta raised it.
"""

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    model_validator,
)
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from shared.domain.campaign import Action, OnUnconfirmed, Retry
from shared.domain.template import ButtonParam, TemplateParams, has_stray_braces
from shared.http.request_model import Request
from shared.http.throttle_model import ThrottleSettings
from shared.http.words import PATTERNS
from shared.usecases.create_campaign import Draft

CAP_LIMIT = 10_000_000
"""Far above any real cap; a larger number is a slip of the keyboard."""

PARAMS_LIMIT = 4096
"""Characters of all parameters together: far more than Meta takes, far less than a stored item."""


def as_pattern(pattern: str, words: str) -> str:
    """The pattern, known to the error words from now on."""
    PATTERNS[pattern] = words
    return pattern


ONE_LINE = as_pattern(r"^[^\x00-\x1f\x7f]*$", "one line, without control characters")
NOT_BLANK = as_pattern(r"\S", "more than blanks")
TEMPLATE_NAME = as_pattern(
    r"^[a-z0-9_]+$", "in lower-case letters, digits and underscores, as in Meta"
)
LANGUAGE = as_pattern(r"^[a-z]{2,3}(_[A-Z]{2,3})?$", "a language code as in Meta, such as en_US")
SENDER_ID = as_pattern(
    r"^(default|snd_[0-9a-f-]{36})$", "the id of a sender, as GET /api/senders lists them"
)
PARAMETER = as_pattern(r"^[a-z_][a-z0-9_]*$", "named in lower-case letters, digits and underscores")


def _finished(text: str) -> str:
    if has_stray_braces(text):
        raise PydanticCustomError("stray_braces", "has double braces that are no {{column}}")
    return text


Text = Annotated[
    str, Field(min_length=1, max_length=1024, pattern=NOT_BLANK), AfterValidator(_finished)
]
"""The text of one parameter, with `{{column}}` placeholders."""

ParameterName = Annotated[str, Field(max_length=64, pattern=PARAMETER)]


def _form(body: Any) -> str | None:
    """Which of the two forms of `body` is meant; None is neither."""
    if isinstance(body, (list, tuple)):
        return "positional"
    return "named" if isinstance(body, dict) else None


BodyParams = Annotated[
    Annotated[list[Text], Field(max_length=100), Tag("positional")]
    | Annotated[dict[ParameterName, Text], Field(max_length=100), Tag("named")],
    Discriminator(
        _form,
        custom_error_type="body_form",
        custom_error_message="must be a list of texts, or an object of named texts",
    ),
]


class Button(Request):
    """The variable part of one button of the template."""

    index: int = Field(ge=0, le=9)
    sub_type: Literal["url", "quick_reply", "copy_code"]
    text: Text


class Params(Request):
    """What fills the template; every text may have `{{column}}` placeholders."""

    header: Text | None = None
    body: BodyParams = Field(default_factory=list)
    buttons: list[Button] = Field(default_factory=list, max_length=10)

    @model_validator(mode="after")
    def _within_limits(self) -> "Params":
        if sum(len(text) for text in self.domain().texts()) > PARAMS_LIMIT:
            raise PydanticCustomError(
                "params_too_long",
                "has more than {limit} characters in all",
                {"limit": PARAMS_LIMIT},
            )
        indexes = [button.index for button in self.buttons]
        if len(set(indexes)) < len(indexes):
            raise PydanticCustomError("same_button", "has two buttons with the same index")
        return self

    def domain(self) -> TemplateParams:
        """The same as the domain's type."""
        return TemplateParams(
            header=self.header,
            body=() if isinstance(self.body, dict) else tuple(self.body),
            named_body=self.body if isinstance(self.body, dict) else {},
            buttons=tuple(ButtonParam(b.index, b.sub_type, b.text) for b in self.buttons),
        )


class RetrySettings(Request):
    """How often and how soon a refused message is tried again."""

    max_attempts: int | None = Field(
        default=None, ge=1, le=10, description="Calls for one recipient; 3 unless configured"
    )
    base_delay_seconds: float = Field(
        default=30.0, ge=0.1, le=3600, description="Before the second attempt; then twice as long"
    )
    max_delay_seconds: float = Field(
        default=3600.0, ge=0.1, le=86_400, description="The longest wait between two attempts"
    )

    @model_validator(mode="after")
    def _delays_in_order(self) -> "RetrySettings":
        if self.base_delay_seconds > self.max_delay_seconds:
            raise PydanticCustomError(
                "delays",
                "has a baseDelaySeconds of {base}, more than its maxDelaySeconds of {most}",
                {"base": f"{self.base_delay_seconds:g}", "most": f"{self.max_delay_seconds:g}"},
            )
        return self


_EXAMPLE: JsonDict = {
    "name": "Spring sale",
    "templateName": "spring_sale",
    "channel": "WHATSAPP",
    "audienceType": "CSV",
    "templateLanguage": "en_US",
    "templateParams": {"body": ["{{first_name}}", "{{order}}"]},
    "throttle": {"messagesPerSecond": 20, "batchSize": 25},
}


class CreateCampaign(Request):
    """A new campaign."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    name: Annotated[str, StringConstraints(strip_whitespace=True)] = Field(
        min_length=1, max_length=120, pattern=ONE_LINE
    )
    template_name: str = Field(
        min_length=1, max_length=512, pattern=TEMPLATE_NAME, description="Approved by Meta"
    )
    channel: Literal["WHATSAPP"]
    audience_type: Literal["CSV"]
    template_language: str = Field(default="en_US", pattern=LANGUAGE)
    sender_id: str | None = Field(
        default=None, pattern=SENDER_ID, description="The number to send from; else the default one"
    )
    template_params: Params | None = None
    throttle: ThrottleSettings | None = None
    retry: RetrySettings | None = None
    on_unconfirmed: Literal["hold", "resend"] = Field(
        default="hold",
        description="A message whose reply was lost: hold it for evidence, or risk a second one",
    )
    daily_cap: int | None = Field(
        default=None, ge=1, le=CAP_LIMIT, description="This campaign's own, in conversations a day"
    )
    auto_resume: bool = Field(
        default=False,
        description="Go on by itself when the reason of a pause by the system is gone",
    )

    def draft(self) -> Draft:
        """The same as the use case's input."""
        throttle = self.throttle or ThrottleSettings()
        retry = self.retry or RetrySettings()
        return Draft(
            name=self.name,
            template_name=self.template_name,
            template_language=self.template_language,
            sender_id=self.sender_id,
            template_params=(self.template_params or Params()).domain(),
            throttle=throttle.domain(),
            retry=Retry(retry.max_attempts, retry.base_delay_seconds, retry.max_delay_seconds),
            on_unconfirmed=OnUnconfirmed(self.on_unconfirmed),
            daily_cap=self.daily_cap,
            auto_resume=self.auto_resume,
        )


class Control(Request):
    """What to do to a campaign, and why, for its history."""

    action: Annotated[Action, Field(strict=False)]
    reason: Annotated[str, StringConstraints(strip_whitespace=True)] | None = Field(
        default=None, min_length=1, max_length=500
    )
