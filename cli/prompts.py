"""Questions to a person whose answers are not shown."""

import getpass
import sys

from cli.exits import usage


def secret(question: str, option: str) -> str:
    """A secret, typed at the terminal. Raises CliError without one: `option` reads it instead."""
    if not sys.stdin.isatty():
        raise usage(f"{question}: nobody can type it here. Take {option}.")
    return getpass.getpass(f"{question}: ", stream=sys.stderr).strip()
