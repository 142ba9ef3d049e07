"""What a command shows: data on stdout, talk on stderr; tables for people, plain lines otherwise.

Without a terminal there is no colour, no frame and no cut: one line an entry, cells with a tab
between them, a line of names first.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import typer
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from cli.exits import CliError, Exit, usage
from cli.words import clean

_COLOURS = {
    "RUNNING": "green", "COMPLETED": "green", "PAUSED": "yellow", "FAILED": "red",
    "CANCELLED": "red", "DRAFT": "dim", "UNCONFIRMED": "yellow", "HELD": "yellow", "ok": "green",
    "warning": "yellow", "wrong": "red",
}  # fmt: skip

_MAY_FOLD = frozenset({"ID", "NAME", "REASON", "MEANING", "WHAT", "HOW TO MEND IT", "DETAILS"})
"""Columns that take several lines where the terminal is narrow."""


def screen() -> Console:
    """Standard output as a terminal, if it is one."""
    return Console(file=sys.stdout, markup=False, highlight=False)


def say(text: str) -> None:
    """Talk: what is being done, and what to do next."""
    Console(file=sys.stderr, markup=False, highlight=False).print(clean(text), soft_wrap=True)


def document(value: Mapping[str, Any]) -> None:
    """Data for programs: one JSON document."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def json_line(value: Mapping[str, Any]) -> None:
    """Data for programs, as it comes: one JSON document a line."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def line(text: str) -> None:
    """Data for people: one line."""
    screen().print(clean(text), soft_wrap=True)


def show(renderable: RenderableType) -> None:
    """Data for people, whatever it looks like."""
    screen().print(renderable)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], empty: str) -> None:
    """Entries; `empty` is said if there are none."""
    plain = not screen().is_terminal
    nothing = "" if plain else "–"
    cells = [[nothing if cell is None else clean(cell) for cell in row] for row in rows]
    if not cells:
        say(empty)
    elif plain:
        for row in (list(columns), *cells):
            sys.stdout.write("\t".join(row) + "\n")
    else:
        shown = Table(box=None, header_style="bold", pad_edge=False)
        for column in columns:
            shown.add_column(
                column, overflow="fold", no_wrap=column not in _MAY_FOLD, min_width=len(column)
            )
        for row in cells:
            shown.add_row(*(Text(cell, style=_COLOURS.get(cell, "")) for cell in row))
        show(shown)


def facts(pairs: Iterable[tuple[str, object]]) -> None:
    """What is known about one thing, a line each; what is None is left out."""
    known = [(name, clean(value)) for name, value in pairs if value is not None]
    width = max((len(name) for name, _ in known), default=0)
    for name, value in known:
        text = Text(f"{name:{width}}  ")
        text.append(value, style=_COLOURS.get(value, ""))
        screen().print(text, soft_wrap=True)


def confirm(question: str, yes: bool) -> None:
    """Go on only if the person wants it; a script says `--yes`. Raises CliError."""
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise usage(f"{question} Nobody can answer here: add --yes.")
    if not typer.confirm(clean(question), err=True):
        raise CliError(Exit.INTERRUPTED, "DECLINED", "Nothing was done.")


def failure_document(value: Mapping[str, Any]) -> None:
    """What went wrong, for programs: on stderr, where talk goes."""
    sys.stderr.write(json.dumps(value, ensure_ascii=False) + "\n")
