"""Run a command, and end with the exit code that says how it went."""

import sys
from typing import NoReturn

from campaign_client import ClientError
from cli import output
from cli.app import app
from cli.exits import CliError, Exit, of_client


def main() -> NoReturn:
    """What `campaigns` starts."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without UTF-8 is no reason to die
    try:
        app()
    except CliError as error:
        _end(error)
    except ClientError as error:
        _end(of_client(error))
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)
    sys.exit(Exit.OK)


def _end(error: CliError) -> NoReturn:
    if "--json" in sys.argv:
        failure = {"code": error.code, "message": error.message, "details": error.details}
        output.failure_document({"error": failure, "exitCode": int(error.exit_code)})
    else:
        output.say(f"{error.message}")
        for detail in error.details:
            output.say(f"  {_words(detail)}")
    sys.exit(error.exit_code)


def _words(detail: object) -> str:
    """A detail of the API: which field, and what is wrong with it."""
    if not isinstance(detail, dict):
        return str(detail)
    field, message = detail.get("field"), detail.get("message")
    if field and message:
        return f"{field}: {message}"
    return ", ".join(f"{name} {value}" for name, value in detail.items())
