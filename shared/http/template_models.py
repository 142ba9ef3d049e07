"""What the API answers about the templates that a sender has at Meta."""

from typing import Annotated

from pydantic import Field

from shared.domain.message_template import MessageTemplate, TemplateText
from shared.http.answers import Answer, Instant, Success
from shared.http.models import as_pattern
from shared.http.present import text
from shared.usecases.list_templates import Listed

STATUS = as_pattern(r"^[A-Z_]{1,40}$", "a status of Meta's, such as APPROVED or PAUSED")


class TemplateHeaderAnswer(Answer):
    """The line above: a text, or what stands there instead (`format`: IMAGE, LOCATION, …)."""

    format: str
    text: str | None
    placeholders: list[str]


class TemplateBodyAnswer(Answer):
    """The text, and what has to be filled in: `1`, `2`, … or names, in order, each once."""

    text: str | None
    placeholders: list[str]


class TemplateButtonAnswer(Answer):
    """A button. If it needs a parameter, `index` and `subType` are those of `templateParams`."""

    index: int
    type: str
    text: str | None
    url: str | None
    needs_parameter: bool
    sub_type: str | None


class TemplateAnswer(Answer):
    """A template in one language. `status`, `category` and `quality` are Meta's own words."""

    name: str
    language: str
    status: str
    category: str | None
    parameter_format: Annotated[str, Field(description="`POSITIONAL` or `NAMED`")]
    header: TemplateHeaderAnswer | None
    body: TemplateBodyAnswer | None
    footer: str | None
    buttons: list[TemplateButtonAnswer]
    quality: str | None
    unsupported: Annotated[
        str | None, Field(description="Why campaigns can't send it; null if they can")
    ]


class TemplateListAnswer(Success):
    """Templates by name and language, as Meta had them at `asOf`.

    `truncated`: the account has more than are listed; ask for a name.
    """

    templates: list[TemplateAnswer]
    truncated: bool
    as_of: Instant


def template_list(listed: Listed) -> TemplateListAnswer:
    """What was found, as shown."""
    return TemplateListAnswer(
        templates=[_template(each) for each in listed.templates],
        truncated=listed.truncated,
        as_of=text(listed.as_of) or "",
    )


def _template(template: MessageTemplate) -> TemplateAnswer:
    header, body = template.header, template.body
    return TemplateAnswer(
        name=template.name,
        language=template.language,
        status=template.status,
        category=template.category,
        parameter_format=template.parameter_format,
        header=None
        if header is None
        else TemplateHeaderAnswer(
            format=header.format, text=header.text, placeholders=_placeholders(header)
        ),
        body=None
        if body is None
        else TemplateBodyAnswer(text=body.text, placeholders=_placeholders(body)),
        footer=template.footer,
        buttons=[
            TemplateButtonAnswer(
                index=button.index,
                type=button.kind,
                text=button.text,
                url=button.url,
                needs_parameter=button.sub_type is not None,
                sub_type=button.sub_type,
            )
            for button in template.buttons
        ],
        quality=template.quality,
        unsupported=template.unsupported,
    )


def _placeholders(text: TemplateText) -> list[str]:
    return list(text.placeholders)
