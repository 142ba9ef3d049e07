"""Builds the web console into console/dist: `python -m infra.console_build`.

Needs nothing but this project's Python packages: Node is the machine's if recent enough, else
PyPI's; npm installs what console/package-lock.json says. What has not changed is not done again.

| arguments | |
|---|---|
| none | build; a failure ends with its reason and exit code 1 |
| `--if-possible` | the same, but a failure is only told: everything else runs without a console |
| `run SCRIPT` | run a script of console/package.json, such as `lint` |
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from infra.node import node, npm

ROOT = Path(__file__).resolve().parent.parent
CONSOLE = ROOT / "console"
STAMPS = ROOT / ".build"
MADE = frozenset({"dist", "node_modules", "coverage"})
TIME_LIMIT = 600.0  # seconds, for installing and for building


class BuildError(Exception):
    """The console can't be built; the message says why."""


def build() -> bool:
    """Build if there is anything new; whether there was. Raises BuildError."""
    wanted = fingerprint(sources())
    if (CONSOLE / "dist" / "index.html").is_file() and _stamp("console") == wanted:
        return False
    sys.stdout.write("Building the console (once, about a minute) ...\n")
    sys.stdout.flush()
    install()
    _npm("run", "--silent", "build")
    _keep("console", wanted)
    return True


def install() -> None:
    """Bring node_modules to what package-lock.json says. Raises BuildError."""
    wanted = fingerprint([CONSOLE / "package.json", CONSOLE / "package-lock.json"])
    if (CONSOLE / "node_modules").is_dir() and _stamp("console-packages") == wanted:
        return
    _keep("console-packages", "")  # npm begins with removing everything
    # Without a network a person waits for the answer: one more attempt is enough.
    patience = ("--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=60000")
    _npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", *patience)
    _keep("console-packages", wanted)


def run(script: str) -> int:
    """Run one of package.json's scripts; its exit code. Raises BuildError."""
    install()
    line, environment = _command("run", "--silent", script)
    return subprocess.run(line, cwd=CONSOLE, env=environment, check=False).returncode  # noqa: S603


def sources() -> Iterator[Path]:
    """Every file that a build may depend on. Raises BuildError."""
    if not (CONSOLE / "package-lock.json").is_file():
        raise BuildError(f"{CONSOLE / 'package-lock.json'} is missing")
    for path in sorted(CONSOLE.rglob("*")):
        if path.is_file() and path.relative_to(CONSOLE).parts[0] not in MADE:
            yield path


def fingerprint(paths: Iterable[Path]) -> str:
    """SHA-256 over the names and contents of files below `console/`."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.relative_to(CONSOLE).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _npm(*arguments: str) -> None:
    line, environment = _command(*arguments)
    try:
        ended = subprocess.run(  # noqa: S603 - a fixed command
            line,
            cwd=CONSOLE,
            env=environment,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIME_LIMIT,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildError(f"npm {arguments[0]}: {error}") from None
    if ended.returncode != 0:
        told = [
            line for line in ended.stdout.splitlines() if not line.startswith("npm error     at ")
        ]
        most = 4 if arguments[0] == "ci" else 40  # what follows is npm's own affairs
        raise BuildError("\n".join([f"npm {arguments[0]} failed:", *told[:most]]))


def _command(*arguments: str) -> tuple[list[str], dict[str, str]]:
    """npm's command line, and the environment in which its scripts find the same Node."""
    executable = node()
    if executable is None:
        raise BuildError("No Node found: pip install -r requirements-local.txt brings one")
    path = os.pathsep.join([str(executable.parent), os.environ.get("PATH", os.defpath)])
    return [*npm(executable), *arguments], {**os.environ, "PATH": path}


def _stamp(name: str) -> str:
    """The fingerprint of what was last made, for this very checkout."""
    try:
        return (STAMPS / name).read_text()
    except OSError:
        return ""


def _keep(name: str, value: str) -> None:
    STAMPS.mkdir(exist_ok=True)
    (STAMPS / name).write_text(value)


def main(arguments: list[str]) -> int:
    """Do what the arguments ask for; the exit code."""
    try:
        if arguments[:1] == ["run"]:
            return run(arguments[1])
        build()
    except BuildError as error:
        sys.stderr.write(f"The console could not be built. {error}\n")
        if "--if-possible" not in arguments:
            return 1
        sys.stderr.write("Everything else works without it; make console tries again.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
