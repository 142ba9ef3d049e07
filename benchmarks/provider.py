"""The simulator in a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.deployment import TOKEN


@contextmanager
def simulated(latency: float) -> Iterator[str]:
    """The URL of a simulator that answers after so many seconds."""
    command = [sys.executable, "-m", "shared.channels.simulator", "--port", "0", "--token", TOKEN]
    process = subprocess.Popen(  # noqa: S603
        [*command, "--latency", str(latency)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process.stdout.readline().strip() if process.stdout else ""
    finally:
        process.terminate()
        process.communicate()
