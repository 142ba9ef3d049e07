"""Whether any other system listens: then what happens is told, also without a client."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 0.5


class Watch:
    """Calls `tell` whenever the first endpoint comes, or the last one goes.

    Every endpoint has a file with its secret, so looking costs no request to the emulator.
    """

    def __init__(self, senders: Path, tell: Callable[[bool], None]) -> None:
        """Start. `senders`: the folder of secrets, with a folder for each tenant."""
        self._senders = senders
        self._tell = tell
        self._stopping = threading.Event()
        threading.Thread(target=self._look, name="endpoints", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._stopping.set()

    def _look(self) -> None:
        there = False
        while not self._stopping.is_set():
            wanted = any(self._senders.glob("*/whk_*"))
            if wanted != there:
                try:
                    self._tell(wanted)
                    there = wanted
                except Exception as error:  # the emulator is stopping, or hiccups
                    logger.warning("the streams can't be read: %s", error)
            self._stopping.wait(_LOOK_SECONDS)
