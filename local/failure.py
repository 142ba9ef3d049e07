"""The one way in which the laptop runtime says that it can't go on."""

import sys

EXIT_CODE = 2


class LocalError(Exception):
    """Something that the person at the keyboard can put right: one line that says how.

    Whoever runs a command prints it to stderr and ends with `EXIT_CODE`, without a traceback.
    """


def complain(message: str) -> None:
    """Write one line to stderr."""
    sys.stderr.write(message + "\n")
    sys.stderr.flush()
