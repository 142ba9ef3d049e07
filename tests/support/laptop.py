"""The laptop runtime in a process of its own, as `make run` starts it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from local.emulator import ROOT


class Server:
    """`python -m local` in a process, on a free port."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "local"],
            cwd=ROOT,
            env=environment(folder, settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        self.url = line.split()[1]

    def end(self, how: int) -> str:
        """Send a signal and wait; what was on stderr."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.communicate(timeout=30)[1]


def environment(folder: Path, settings: Mapping[str, str]) -> dict[str, str]:
    unwanted = ("META_", "WHATSAPP_", "LOCAL_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return kept | {"PORT": "0", "LOCAL_DATA_DIR": str(folder), "LOCAL_TICK_SECONDS": "0"} | settings
