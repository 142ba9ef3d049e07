"""Templates at Meta, and test sends, as types of plain dictionaries."""

from typing import TypedDict

from campaign_client.campaign_types import Params


class TemplateHeader(TypedDict):
    """The line above; `format`: TEXT, or what stands there instead."""

    format: str
    text: str | None
    placeholders: list[str]


class TemplateBody(TypedDict):
    """The text; `placeholders`: 1, 2, … or names."""

    text: str | None
    placeholders: list[str]


class TemplateButton(TypedDict):
    """A button; `index` and `subType` are those of a campaign's parameters, if it needs one."""

    index: int
    type: str
    text: str | None
    url: str | None
    needsParameter: bool
    subType: str | None


class Template(TypedDict):
    """A template in one language; `unsupported`: why campaigns can't send it."""

    name: str
    language: str
    status: str
    category: str | None
    parameterFormat: str
    header: TemplateHeader | None
    body: TemplateBody | None
    footer: str | None
    buttons: list[TemplateButton]
    quality: str | None
    unsupported: str | None


class TemplateList(TypedDict):
    """As Meta had them at `asOf`; `truncated`: there are more."""

    templates: list[Template]
    truncated: bool
    asOf: str


class SentTest(TypedDict):
    """What became of a test message; `outcome`: SENT, HELD, REFUSED, UNKNOWN."""

    outcome: str
    messageId: str | None
    code: str | None
    message: str | None
    advice: str | None
    parameters: Params
