"""A long list on its way: upload, check and import, with bars on a terminal."""

import csv
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from campaign_client import Client
from campaign_client.imports import ENDED, Import, ImportFound
from campaign_client.people_types import RejectedRow
from cli.exits import CliError, Exit
from cli.output import say
from cli.waiting import interruptible, look
from cli.words import clean, number

_EVERY = 0.5
_MEGABYTE = 1_000_000


class Bars:
    """A bar for each step on a terminal, a line when a step begins without one."""

    def __init__(self) -> None:
        console = Console(file=sys.stderr, highlight=False)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(30),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeRemainingColumn(),
        )
        self._plain = not console.is_terminal
        self.progress = Progress(*columns, console=console, disable=self._plain)
        self._tasks: dict[str, TaskID] = {}

    def show(self, step: str, done: int, total: int) -> None:
        """So much of a step is done."""
        if step not in self._tasks:
            if self._plain:
                say(f"{step} …")
            self._tasks[step] = self.progress.add_task(step)
        self.progress.update(self._tasks[step], completed=done, total=max(total, 1))


def import_file(
    client: Client, campaign_id: str, path: Path, timeout: float | None = None
) -> ImportFound:
    """Import a file, and wait until that is DONE. Raises CliError, ClientError."""
    size = path.stat().st_size
    step = f"Uploading {number(size / _MEGABYTE)} MB"
    bars = Bars()
    with bars.progress:
        with interruptible("Nobody was added: the upload was not complete. To begin anew: again."):
            made = client.imports.make(campaign_id, size, path.name)
            client.imports.upload(made, path, lambda sent: bars.show(step, sent, size))
        with interruptible(f"No longer waiting. {_goes_on(campaign_id)}"):
            client.imports.start(campaign_id, made["importId"])
            return _wait(client, campaign_id, made["importId"], timeout, bars)


def wait(client: Client, one: Import, timeout: float | None) -> ImportFound:
    """Wait until an import is DONE. Raises CliError, ClientError."""
    bars, campaign_id = Bars(), one["campaignId"]
    with bars.progress, interruptible(f"No longer waiting. {_goes_on(campaign_id)}"):
        return _wait(client, campaign_id, one["importId"], timeout, bars)


def first_rejects(client: Client, found: ImportFound, most: int) -> list[RejectedRow]:
    """The first rows that were left out."""
    rows = csv.DictReader(_lines(client.imports.report(found)))
    return [
        {
            "line": int(row["line"]),
            "value": row["phone"],
            "kind": row["kind"],
            "reason": row["reason"],
        }
        for row in islice(rows, most)
    ]


def _wait(
    client: Client, campaign_id: str, import_id: str, timeout: float | None, bars: Bars
) -> ImportFound:
    founds = look(
        lambda: client.imports.get(campaign_id, import_id),
        lambda found: found["imported"]["status"] in ENDED,
        _EVERY,
        timeout,
        _goes_on(campaign_id),
    )
    for found in founds:
        _show(bars, found["imported"])
    one = found["imported"]
    if one["status"] == "FAILED":
        words = f"The list was not imported. {clean(one['reason'] or '')}".strip()
        detail = {"importId": import_id, "added": one["inserted"]}
        raise CliError(Exit.REFUSED, "IMPORT_FAILED", words, [detail])
    return found


def _goes_on(campaign_id: str) -> str:
    return f"The import goes on by itself; to see it: campaigns imports {campaign_id} --wait"


def _show(bars: Bars, one: Import) -> None:
    if one["status"] == "CHECKING":
        bars.show("Checking", one["checkedBytes"], one["size"])
    elif one["rows"]:
        bars.show(f"Importing {number(one['rows'])} rows", one["rowsDone"], one["rows"])


def _lines(pieces: Iterator[str]) -> Iterator[str]:
    """Pieces that end anywhere, as lines."""
    rest = ""
    for piece in pieces:
        *whole, rest = (rest + piece).split("\n")
        yield from (f"{line}\n" for line in whole)
    if rest:
        yield rest
