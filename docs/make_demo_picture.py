"""Draws docs/demo.svg: what `make demo` prints, run for real.

    .venv/bin/python docs/make_demo_picture.py

The fonts are the reader's own: a picture in a README may load nothing.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

DOCS = Path(__file__).resolve().parent
_TOKEN = re.compile(r"(TOKEN=.{40})\S+")  # 700 characters that nobody reads
_BAR = re.compile(r"(\x1b\[[0-9;]*m)* *[0-9]+ %")
WIDTH = 120  # columns, as the demo has without a terminal
FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
THEME = TerminalTheme(
    (13, 17, 23),
    (201, 209, 217),
    [
        *((72, 79, 88), (255, 123, 114), (63, 185, 80), (210, 153, 34)),
        *((88, 166, 255), (188, 140, 255), (57, 197, 207), (177, 186, 196)),
    ],
)


def recorded() -> str:
    """What a terminal shows at the end of `EXIT=1 make demo`, colours included."""
    with tempfile.TemporaryDirectory() as folder:
        ended = subprocess.run(
            [sys.executable, "-m", "local.demo"],
            cwd=DOCS.parent,
            env=os.environ
            | {"EXIT": "1", "LOCAL_DATA_DIR": folder, "FORCE_COLOR": "1", "COLORTERM": "truecolor"},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    lines: list[str] = []
    for line in re.sub(r"\r|\x1b\[([0-9]*[AKG]|\?25[lh])", "", ended.stdout).split("\n"):
        if lines and _BAR.match(line) and _BAR.match(lines[-1]):
            lines.pop()  # of the bar, which draws itself anew all the time, only the last state
        lines.append(_TOKEN.sub(r"\1…", line))
    return "\n".join(lines).strip()


def main() -> None:
    """Write the picture."""
    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=WIDTH, file=nowhere, force_terminal=True)
        console.print("[bold green]$[/] make demo", highlight=False)
        for line in recorded().split("\n"):
            console.print(Text.from_ansi(line))
        svg = console.export_svg(title="make demo", theme=THEME)
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"font-family: (Fira Code|arial)[^;]*;", f"font-family: {FONTS};", svg)
    (DOCS / "demo.svg").write_text(svg)


if __name__ == "__main__":
    main()
