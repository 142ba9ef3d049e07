"""The templates of a WhatsApp Business Account, as Meta lists them."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from shared.domain.errors import ProviderUnavailableError
from shared.domain.message_template import (
    MessageTemplate,
    TemplateButton,
    TemplateList,
    TemplateText,
)
from shared.domain.template_errors import TemplatesRefusedError

MOST = 1000
"""Templates that are listed; an account can have 6,000 (Meta, template limits, 2026)."""

_FIELDS = "name,language,status,category,components,parameter_format,quality_score"
_PAGE = 100
_SECONDS = 8.0  # of one call
_ALL_SECONDS = 15.0  # no further page is asked for after that
_LONGEST = 2048  # characters of one text; Meta's bodies have 1,024, its URLs 2,000

_TOO_OFTEN = frozenset({4, 80007, 80008})
"""An hour's calls are used up: of the app, of the account (Meta, Graph API, rate limits, 2026)."""

_KNOWN = frozenset({"HEADER", "BODY", "FOOTER", "BUTTONS"})


class GraphTemplates:
    """`GET {graph_url}/{version}/{account}/message_templates`, page by page."""

    def __init__(self, graph_url: str, version: str) -> None:
        self._url = f"{graph_url.rstrip('/')}/{version}"

    def list(self, account: str, token: str, name: str | None = None) -> TemplateList:
        """See `shared.usecases.list_templates.TemplateDirectory`."""
        found: list[MessageTemplate] = []
        until = time.monotonic() + _ALL_SECONDS
        query = {"fields": _FIELDS, "limit": str(_PAGE)} | ({"name": name} if name else {})
        with httpx.Client(
            headers={"Authorization": f"Bearer {token}"}, timeout=_SECONDS, trust_env=False
        ) as client:
            while True:
                body = self._page(client, account, token, query)
                found.extend(_templates(body))
                after = _next(body)
                if after is None:
                    return TemplateList(tuple(found[:MOST]), len(found) > MOST)
                if len(found) >= MOST or time.monotonic() >= until:
                    return TemplateList(tuple(found[:MOST]), truncated=True)
                query["after"] = after

    def _page(
        self, client: httpx.Client, account: str, token: str, query: Mapping[str, str]
    ) -> Mapping[str, Any]:
        try:
            answer = client.get(f"{self._url}/{account}/message_templates", params=dict(query))
            body = answer.json()
        except (httpx.HTTPError, ValueError):
            # Its words may hold the request, and the request holds the token.
            raise ProviderUnavailableError(
                "Meta could not be reached to list the templates. Try again."
            ) from None
        error = body.get("error") if isinstance(body, dict) else None
        code = error.get("code") if isinstance(error, dict) else None
        if code in _TOO_OFTEN:
            raise ProviderUnavailableError(
                "Meta lets an account be asked so many times an hour, and they are used up. "
                "Try again later; a template's name and language can be entered by hand meanwhile."
            )
        if answer.status_code >= 500 or not isinstance(body, dict):
            raise ProviderUnavailableError("Meta could not answer just now. Try again.")
        if error is not None or not answer.is_success:
            words = error.get("message") if isinstance(error, dict) else None
            said = f"{words} (code {code})" if words else "no reason given"
            raise TemplatesRefusedError(said.replace(token, "[token]")[:500])
        return body


def _next(body: Mapping[str, Any]) -> str | None:
    """Where the next page begins. The last page has a cursor too, but no `next`."""
    match body.get("paging"):
        case {"next": str(), "cursors": {"after": str(after)}}:
            return after
    return None


def _templates(body: Mapping[str, Any]) -> Iterator[MessageTemplate]:
    entries = body.get("data")
    for entry in entries if isinstance(entries, list) else []:
        match entry:
            case {"name": str(name), "language": str(language)} if name and language:
                yield _template(name, language, entry)


def _template(name: str, language: str, rest: Mapping[str, Any]) -> MessageTemplate:
    components = rest.get("components")
    parts = [each for each in components or [] if isinstance(each, dict)]
    by_kind = {_kind(part): part for part in reversed(parts)}
    quality = rest.get("quality_score")
    body, footer = by_kind.get("BODY"), by_kind.get("FOOTER", {})
    return MessageTemplate(
        name=name[:_LONGEST],
        language=language[:_LONGEST],
        status=_text(rest.get("status")) or "UNKNOWN",
        category=_text(rest.get("category")),
        parameter_format=(_text(rest.get("parameter_format")) or "POSITIONAL").upper(),
        header=_header(by_kind.get("HEADER")),
        body=None if body is None else TemplateText(_text(body.get("text"))),
        footer=_text(footer.get("text")),
        buttons=tuple(_buttons(by_kind.get("BUTTONS", {}).get("buttons"))),
        quality=_text(quality.get("score")) if isinstance(quality, dict) else None,
        beyond=tuple(sorted(by_kind.keys() - _KNOWN)),
    )


def _header(part: Mapping[str, Any] | None) -> TemplateText | None:
    if part is None:
        return None
    return TemplateText(_text(part.get("text")), (_text(part.get("format")) or "TEXT").upper())


def _buttons(buttons: object) -> Iterator[TemplateButton]:
    for index, button in enumerate(buttons if isinstance(buttons, list) else []):
        if isinstance(button, dict):
            text, url = _text(button.get("text")), _text(button.get("url"))
            yield TemplateButton(index, _kind(button), text, url)


def _kind(part: Mapping[str, Any]) -> str:
    return str(part.get("type", "")).upper()[:_LONGEST]


def _text(value: object) -> str | None:
    return value[:_LONGEST] if isinstance(value, str) and value else None
