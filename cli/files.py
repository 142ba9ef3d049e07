"""CSV files that are written."""

import csv
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from cli import output
from cli.exits import usage
from cli.words import number


def write_csv(pieces: Iterable[str], file: Path | None, as_json: bool) -> None:
    """Pieces of a CSV to a file or to standard output; a file that is begun is made whole."""
    if file is None:
        if as_json:
            raise usage("--json tells about a file: give it with --output FILE.")
        for piece in pieces:
            sys.stdout.write(piece.replace("\r\n", "\n"))
        return
    rows = save_csv(pieces, file)
    if as_json:
        output.document({"file": str(file), "rows": rows, "bytes": file.stat().st_size})
    else:
        output.say(f"{number(rows)} rows in {file}")


def save_csv(pieces: Iterable[str], file: Path) -> int:
    """Pieces of a CSV to a file, whole or not at all; its rows. Raises CliError."""
    partial = file.with_name(f"{file.name}.part")
    try:
        with partial.open("w", encoding="utf-8", newline="") as target:
            target.writelines(pieces)
        rows = _rows(partial)
        partial.replace(file)
    except OSError as error:
        raise usage(f"{file} can't be written: {error.strerror}.") from None
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return rows


def _rows(path: Path) -> int:
    """Entries of a CSV, without the line of names."""
    with path.open(encoding="utf-8", newline="") as file:
        return max(0, sum(1 for _ in csv.reader(file)) - 1)
