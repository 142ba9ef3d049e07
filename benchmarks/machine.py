"""What the figures were measured on."""

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[1]


def description() -> str:
    """One paragraph: when, which commit, which machine, and what else it had to do."""
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {_commit()}. {_processor()}, "
        f"{os.cpu_count()} cores, {_memory()}, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, boto3 {version('boto3')}, "
        f"ministack {version('ministack')}. Load average at the start: {load}."
    )


def _commit() -> str:
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty"],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()


def _processor() -> str:
    found = re.search(r"model name\s*:\s*(.+)", _proc("cpuinfo"))
    return found[1] if found else platform.processor() or "unknown processor"


def _memory() -> str:
    found = re.search(r"MemTotal:\s*(\d+) kB", _proc("meminfo"))
    return f"{int(found[1]) / 1024**2:.0f} GB" if found else "unknown memory"


def _proc(name: str) -> str:
    path = Path("/proc") / name
    return path.read_text() if path.exists() else ""
