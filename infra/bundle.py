"""Packs the functions' code without Docker: requirements by uv, sources by copying.

The result is the same, byte for byte, whenever the sources, the requirements and the flavour are,
so an unchanged function is not deployed again.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsii
from aws_cdk import AssetHashType, BundlingOptions, DockerImage, ILocalBundling
from aws_cdk.aws_lambda import Code
from uv import find_uv_bin

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("functions", "shared")
LEFT_OUT = ("__pycache__", "*.pyc", "simulator*", "provision.py")  # laptop and tests only
UNUSED = ("bin", "phonenumbers/geodata", "phonenumbers/carrierdata", "phonenumbers/tzdata")  # 20 MB
PYTHON = "3.13"
PLATFORMS: dict[str, tuple[str, ...]] = {
    "lambda": ("--python-platform", "aarch64-manylinux2014", "--python-version", PYTHON),
    "host": (),  # for an emulator that runs functions with this very interpreter
}
TIME_LIMIT = 300  # seconds; a download that hangs must not hang the deployment


def bundled_code(flavour: str) -> Code:
    """The one asset that all functions share."""
    return Code.from_asset(
        str(ROOT),
        asset_hash_type=AssetHashType.CUSTOM,
        asset_hash=fingerprint(flavour),
        bundling=BundlingOptions(
            image=DockerImage.from_registry("docker-is-not-used"), local=_LocalBundling(flavour)
        ),
    )


@jsii.implements(ILocalBundling)
class _LocalBundling:
    def __init__(self, flavour: str) -> None:
        self._flavour = flavour

    def try_bundle(self, output_dir: str, *, image: Any = None, **_: Any) -> bool:
        build(Path(output_dir), self._flavour)
        return True


def fingerprint(flavour: str) -> str:
    """SHA-256 over everything that decides what the bundle holds."""
    digest = hashlib.sha256(f"{flavour} {compiler(flavour) is not None}".encode())
    for path in (ROOT / "requirements.txt", ROOT / "infra/bundle.py", *_source_files()):
        digest.update(b"\0" + path.relative_to(ROOT).as_posix().encode() + b"\0")
        digest.update(path.read_bytes())
    return digest.hexdigest()


def build(output: Path, flavour: str) -> None:
    """Fill the folder `output`. Raises CalledProcessError if a package cannot be installed."""
    _install_requirements(output, PLATFORMS[flavour])
    for name in SOURCES:
        shutil.copytree(ROOT / name, output / name, ignore=shutil.ignore_patterns(*LEFT_OUT))
    python = compiler(flavour)
    if python is not None:
        _compile(output, python)


@cache
def compiler(flavour: str) -> str | None:
    """An interpreter of Lambda's own minor version, or None.

    /var/task is read-only: without compiled files every cold start compiles everything again, and
    takes two to three times as long. Files compiled by another version would be ignored.
    """
    if flavour == "host":
        return sys.executable
    found = _uv("python", "find", PYTHON, "--no-python-downloads", "--no-project", check=False)
    return found.stdout.strip() if found.returncode == 0 else None


def _source_files() -> Iterator[Path]:
    for name in SOURCES:
        for path in sorted((ROOT / name).rglob("*")):
            if path.is_file() and not any(_left_out(part) for part in path.parts):
                yield path


def _left_out(name: str) -> bool:
    return any(Path(name).match(pattern) for pattern in LEFT_OUT)


def _install_requirements(output: Path, platform: tuple[str, ...]) -> None:
    _uv(
        *("pip", "install", "--quiet", "--require-hashes", "--requirement", "requirements.txt"),
        *("--target", str(output), "--python", sys.executable, *platform),
        *("--only-binary", ":all:", "--link-mode", "copy", "--no-compile-bytecode"),
    )
    for name in UNUSED:
        shutil.rmtree(output / name, ignore_errors=True)
    # What differs from one run to the next.
    (output / ".lock").unlink(missing_ok=True)
    for record in output.glob("*.dist-info/*"):
        if record.name in ("RECORD", "INSTALLER", "REQUESTED"):
            record.unlink()


def _compile(output: Path, python: str) -> None:
    """Compile to files that Python trusts unseen: a zip does not keep the times of sources."""
    subprocess.run(  # noqa: S603 - a fixed command
        [
            *(python, "-m", "compileall", "-q", "-j", "2"),
            *("--invalidation-mode", "unchecked-hash"),
            *("-s", str(output), "-p", "/var/task", str(output)),
        ],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        check=True,
        timeout=TIME_LIMIT,
    )


def _uv(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - a fixed command
        [find_uv_bin(), *arguments],
        cwd=ROOT,
        check=check,
        stdout=subprocess.PIPE,
        stderr=None if check else subprocess.PIPE,
        text=True,
        timeout=TIME_LIMIT,
        # As pip does: a company's own certificate authority is in the system's store.
        env={**os.environ, "UV_SYSTEM_CERTS": "1"},
    )
