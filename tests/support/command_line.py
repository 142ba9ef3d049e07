"""`campaigns` as a process, with a home of its own."""

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

import jsonschema_rs

from cli.schema import schema
from local.emulator import ROOT
from tests.support import forked

PEOPLE = """phone,first_name,order
+1 201 555 0100,Ana,A-1
+1 (202) 555-0101,Bruno,A-2
+1 201 555 0150,Carla,A-3
+1 201 555 0160,Diego,A-4
+1 201 555 0184,Elena,A-5
12345,Fausto,A-6
"""
"""Two are sent to, one is held, one refused, one in doubt, and one line is no phone number."""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """The one document on stdout."""
        assert self.code == 0, self.err
        return json.loads(self.out)


@cache
def forks() -> str:
    """The address of this process's server of forked commands, for `forked.ask`."""
    folder = TemporaryDirectory()
    address = f"{folder.name}/commands"
    server = subprocess.Popen(
        [sys.executable, forked.__file__, "serve", address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(_end, server, folder)
    assert server.stdout
    assert server.stdout.readline().strip() == forked.READY
    return address


def _end(server: subprocess.Popen[str], folder: TemporaryDirectory[str]) -> None:
    server.communicate()
    folder.cleanup()


class CommandLine:
    """Runs the command line with a configuration folder of its own; nothing else of a user.

    A call runs in a process that was forked; `command` is for those that start one themselves.
    """

    def __init__(self, home: Path, **variables: str) -> None:
        unwanted = ("CAMPAIGNS_", "AWS_", "HTTP", "http")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
        self.home = home
        self.environment = kept | {
            "XDG_CONFIG_HOME": str(home / "config"),
            "PYTHONPATH": str(ROOT),
            "TZ": "UTC",
            **variables,
        }

    def command(self, *arguments: str) -> list[str]:
        """What is started."""
        return [sys.executable, "-m", "cli", *arguments]

    def __call__(
        self, *arguments: str, typed: str = "", variables: Mapping[str, str] | None = None
    ) -> Ended:
        """Run a command without a terminal; `typed` is on its standard input."""
        with TemporaryFile() as given, TemporaryFile() as out, TemporaryFile() as err:
            given.write(typed.encode())
            for file in (given, out, err):
                file.seek(0)
            files = [file.fileno() for file in (given, out, err)]
            environment = self.environment | (variables or {})
            code = forked.ask(forks(), arguments, environment, str(self.home), files)
            return Ended(code, *(os.pread(file, 10**8, 0).decode() for file in files[1:]))

    def told(self, *arguments: str, typed: str = "", prints: str | None = None) -> Any:
        """What a command tells with `--json`, checked against its schema.

        `prints`: the command whose document it is, if not its own.
        """
        found = self(*arguments, "--json", typed=typed).json()
        check(prints or name_of(arguments), found)
        return found


def name_of(arguments: tuple[str, ...]) -> str:
    """The command without its arguments."""
    grouped = arguments[0] in ("senders", "suppressions")
    return " ".join(arguments[:2]) if grouped else arguments[0]


def check(command: str, document: Any) -> None:
    """The document is as the command's schema says."""
    jsonschema_rs.validator_for(schema(command)).validate(document)
