"""Template parameters: texts with `{{column}}` placeholders, and what they render to."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

_PLACEHOLDER = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")


@dataclass(frozen=True, slots=True)
class ButtonParam:
    """The variable part of one button of the template."""

    index: int
    sub_type: str  # url | quick_reply | copy_code
    text: str


@dataclass(frozen=True, slots=True)
class TemplateParams:
    """The texts that fill a template: with placeholders on the campaign, rendered on a recipient.

    `body` holds positional texts, `named_body` named ones; a template uses one of the two.
    """

    header: str | None = None
    body: tuple[str, ...] = ()
    named_body: Mapping[str, str] = field(default_factory=dict)
    buttons: tuple[ButtonParam, ...] = ()

    def texts(self) -> Iterator[str]:
        """Every text of the parameters."""
        if self.header is not None:
            yield self.header
        yield from self.body
        yield from self.named_body.values()
        yield from (button.text for button in self.buttons)

    def columns(self) -> frozenset[str]:
        """The columns that the placeholders name, in normal form (see `column_key`)."""
        return frozenset(
            column_key(name) for text in self.texts() for name in _PLACEHOLDER.findall(text)
        )

    def render(self, row: Mapping[str, str]) -> "TemplateParams":
        """Fill in one row, keyed by `column_key`. Raises KeyError for a column the row lacks."""
        return self._map(lambda text: _rendered(text, row))

    def _map(self, change: Callable[[str], str]) -> "TemplateParams":
        return TemplateParams(
            header=None if self.header is None else change(self.header),
            body=tuple(change(text) for text in self.body),
            named_body={name: change(text) for name, text in self.named_body.items()},
            buttons=tuple(
                ButtonParam(button.index, button.sub_type, change(button.text))
                for button in self.buttons
            ),
        )


def column_key(name: str) -> str:
    """The form in which column names are compared: trimmed, case-folded."""
    return name.strip().casefold()


def has_stray_braces(text: str) -> bool:
    """Whether a text has double braces that are no placeholder, and would be sent as they stand."""
    rest = _PLACEHOLDER.sub("", text)
    return "{{" in rest or "}}" in rest


def _rendered(text: str, row: Mapping[str, str]) -> str:
    filled = _PLACEHOLDER.sub(lambda match: row[column_key(match[1])], text)
    # Meta refuses parameters with new lines, tabs or more than four spaces in a row.
    return " ".join(filled.split())
