"""A template as Meta has it: what it says, what has to be filled in, and whether it may be sent."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_PLACEHOLDER = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")
_SUB_TYPES = {"URL": "url", "OTP": "url", "COPY_CODE": "copy_code"}
_BEYOND = frozenset({"MPM", "SPM", "CATALOG"})  # buttons that need products of a catalogue

NAMED = "NAMED"


@dataclass(frozen=True, slots=True)
class TemplateText:
    """A text of a template; `format` is TEXT, or what stands there instead (IMAGE, LOCATION, …)."""

    text: str | None
    format: str = "TEXT"

    @property
    def placeholders(self) -> tuple[str, ...]:
        """What has to be filled in: `1`, `2`, … or names, in order, each once."""
        return tuple(dict.fromkeys(_PLACEHOLDER.findall(self.text or "")))


@dataclass(frozen=True, slots=True)
class TemplateButton:
    """One button; `kind` is Meta's word for it: URL, QUICK_REPLY, COPY_CODE, PHONE_NUMBER, …"""

    index: int
    kind: str
    text: str | None
    url: str | None = None

    @property
    def sub_type(self) -> str | None:
        """The `subType` of its parameter in a campaign; None if there is nothing to fill in."""
        if self.kind == "URL" and not _PLACEHOLDER.search(self.url or ""):
            return None
        return _SUB_TYPES.get(self.kind)


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """One template in one language. `status`, `category` and `quality` are Meta's own words.

    `beyond`: components that it has and that campaigns can't fill in (CAROUSEL, …).
    """

    name: str
    language: str
    status: str
    category: str | None
    parameter_format: str
    header: TemplateText | None
    body: TemplateText | None
    footer: str | None
    buttons: tuple[TemplateButton, ...]
    quality: str | None
    beyond: tuple[str, ...] = ()

    @property
    def unsupported(self) -> str | None:
        """Why campaigns can't send it, in words; None if they can."""
        return next(self._obstacles(), None)

    def _obstacles(self) -> Iterator[str]:
        if self.header and self.header.format != "TEXT":
            yield f"Its header is of the format {self.header.format}; only texts can be filled in."
        if self.header and self.header.placeholders and self.parameter_format == NAMED:
            yield "Its header has a named parameter; only those of the body can be named."
        for kind in self.beyond:
            yield f"It has a part of the kind {kind}, which campaigns can't fill in."
        for button in self.buttons:
            if button.kind in _BEYOND:
                yield f"It has a button of the kind {button.kind}, which needs products."


@dataclass(frozen=True, slots=True)
class TemplateList:
    """What an account has; `truncated` if that is not all."""

    templates: tuple[MessageTemplate, ...]
    truncated: bool = False
