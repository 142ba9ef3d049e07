"""Cold starts: what it takes to import each function, and the memory it has then.

    python -m benchmarks.starts

The sources are copied and compiled as the deployment's bundle is, and imported by a fresh
interpreter; the libraries are those of this machine. Lambda's own start comes on top.
"""

import compileall
import inspect
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from py_compile import PycInvalidationMode
from statistics import median

from benchmarks.report import Report
from benchmarks.worker import resident

ROOT = Path(__file__).parents[1]
TIMES = 7
SCRIPT = """
import sys, time
before = time.process_time()
import {module}
{use}
spent = time.process_time() - before
import json
{resident}
print(json.dumps([spent * 1000, resident()]))
"""
RESIDENT = "import re, resource\nfrom pathlib import Path\n" + inspect.getsource(resident)
STORE = """
import os
os.environ |= {"AWS_DEFAULT_REGION": "eu-west-1"} | dict.fromkeys(
    ("CAMPAIGNS_TABLE_NAME", "RECIPIENTS_TABLE_NAME", "WHATSAPP_TABLE_NAME"), "t")
from functions.wiring import services
services("default").campaigns
"""


def starts(report: Report, times: int = TIMES) -> None:
    """The table: CPU of importing each function, and of opening its store."""
    report.heading("(f) Cold start and memory of the functions")
    report.columns("function", "import: CPU ms", "MB", "with its store: CPU ms", "MB")
    with tempfile.TemporaryDirectory() as folder:
        bundle = _bundle(Path(folder))
        for handler in sorted(bundle.glob("functions/*/handler.py")):
            name = handler.parent.name
            bare = _start(bundle, f"functions.{name}.handler", "", times)
            full = _start(bundle, f"functions.{name}.handler", STORE, times)
            report.row(name, *_figures(bare), *_figures(full))
    report.say(f"\nMedians of {times}; compiled files, a whole core, without Lambda's own start.\n")


def _bundle(folder: Path) -> Path:
    for name in ("functions", "shared"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    compileall.compile_dir(folder, quiet=1, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    return folder


def _start(bundle: Path, module: str, use: str, times: int) -> Sequence[float]:
    """Milliseconds of CPU and megabytes."""
    script = SCRIPT.format(module=module, use=use, resident=RESIDENT)
    found = []
    for _ in range(times):
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=bundle
        )
        found.append(json.loads(done.stdout))
    return [median(figures) for figures in zip(*found, strict=True)]


def _figures(found: Sequence[float]) -> Sequence[str]:
    return [f"{each:.0f}" for each in found]


def main() -> None:
    """By itself."""
    starts(Report())


if __name__ == "__main__":
    main()
