"""How a command ends: the exit codes, and the errors that lead to them."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from campaign_client import ApiError, ClientError, NotReachableError


class Exit(IntEnum):
    """The exit codes; docs/cli.md explains them to scripts."""

    OK = 0
    REFUSED = 1
    USAGE = 2
    NOT_REACHABLE = 3
    NOT_SIGNED_IN = 4
    TIMED_OUT = 5
    STOPPED = 6
    INTERRUPTED = 130


class CliError(Exception):
    """Ends the command; `message` says what to do."""

    def __init__(
        self, exit_code: Exit, code: str, message: str, details: Sequence[Any] = ()
    ) -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.code = code
        self.message = message
        self.details = list(details)


def usage(message: str) -> CliError:
    """The command was not given what it needs."""
    return CliError(Exit.USAGE, "USAGE", message)


def not_signed_in(message: str) -> CliError:
    """There is no token that the API would take."""
    return CliError(Exit.NOT_SIGNED_IN, "NOT_SIGNED_IN", message)


def of_client(error: ClientError) -> CliError:
    """An error of the client, with its exit code."""
    if isinstance(error, NotReachableError):
        return CliError(Exit.NOT_REACHABLE, "NOT_REACHABLE", error.message)
    if not isinstance(error, ApiError):
        return usage(error.message)
    code, message = Exit.REFUSED, error.message
    if error.status == 401:
        code, message = Exit.NOT_SIGNED_IN, f"{message} (campaigns login)"
    elif error.status >= 500 or error.status == 429:
        code = Exit.NOT_REACHABLE
    return CliError(code, error.code, message, error.details)
