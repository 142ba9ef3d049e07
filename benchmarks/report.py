"""What was found: printed as it comes, judged against the targets, kept as a file."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Judged:
    """A target, and what was measured. `met` is None if nothing was."""

    target: str
    measured: str
    met: bool | None


class Report:
    """The report of one run, in Markdown."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._judged: list[Judged] = []

    def say(self, text: str) -> None:
        """Add a piece of text, and print it."""
        self._parts.append(text)
        sys.stdout.write(text)
        sys.stdout.flush()

    def heading(self, text: str) -> None:
        """Begin a part."""
        self.say(f"\n## {text}\n\n")

    def columns(self, *names: str) -> None:
        """Begin a table; `row` adds to it."""
        self.say(f"| {' | '.join(names)} |\n|{'---|' * len(names)}\n")

    def row(self, *cells: object) -> None:
        """A row of the table that was begun last."""
        self.say(f"| {' | '.join(map(str, cells))} |\n")

    def target(self, target: str, measured: str, met: bool | None) -> None:
        """Judge a figure; all judgements make the last table."""
        self._judged.append(Judged(target, measured, met))

    def verdict(self) -> None:
        """The table of the targets."""
        self.heading("Targets")
        self.columns("target", "measured", "met")
        for each in self._judged:
            words = {True: "yes", False: "**no**", None: "not measured"}[each.met]
            self.row(each.target, each.measured, words)

    def save(self, name: str, folder: Path = RESULTS) -> Path:
        """Keep it under this name and return where."""
        folder.mkdir(exist_ok=True)
        path = folder / f"{name}.md"
        path.write_text("".join(self._parts))
        return path


def ratio(one: float, other: float) -> str:
    """How many times `other` is in `one`."""
    return f"{one / other:.1f} ×" if other else "–"


def counts(figures: Sequence[float]) -> str:
    """Whole numbers with commas, a slash between them."""
    return " / ".join(f"{each:,.0f}" for each in figures)
