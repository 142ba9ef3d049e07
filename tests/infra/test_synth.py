"""A bare machine makes the template, and cdk-nag and cfn-lint have nothing to say about it."""

import filecmp
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra import bundle, nag, settings

ROOT = bundle.ROOT
AARCH64 = 0xB7  # e_machine in the header of an ELF file


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make synth` writes, made with nothing on the PATH, validators and bundling included."""
    output, empty = tmp_path_factory.mktemp("assembly"), tmp_path_factory.mktemp("path")
    hidden = ("AWS_", "CDK_", "META_", "JSII_", "DOCKER")
    environment = {n: v for n, v in os.environ.items() if not n.startswith(hidden)}
    finished = subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=environment | {"PATH": str(empty), "CDK_OUTDIR": str(output)},
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=180,
    )
    assert finished.returncode == 0, finished.stdout[-4000:]
    return output


@pytest.fixture(scope="session")
def asset(assembly: Path) -> Path:
    """The folder of the bundle."""
    (folder,) = (each.parent for each in assembly.glob("asset.*/functions"))
    return folder


def test_synth_needs_no_credentials_no_docker_and_no_node(assembly: Path) -> None:
    template = json.loads((assembly / "CampaignExecutorDev.template.json").read_text())

    assert template["Resources"]


def test_cdk_nag_refuses_whatever_is_not_acknowledged_with_a_reason(
    synthesize: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    # given each suppression taken away in turn, the synthesis is refused for that rule
    everything = nag.ACKNOWLEDGED
    for path, rule, reason in everything:
        rest = tuple(row for row in everything if row != (path, rule, reason))
        monkeypatch.setattr(nag, "ACKNOWLEDGED", rest)
        with pytest.raises(RuntimeError, match=re.escape(rule)):
            synthesize()
        assert len(reason) > 60


def test_cfn_lint_passes(assembly: Path) -> None:
    template = assembly / "CampaignExecutorDev.template.json"
    finished = subprocess.run(
        [Path(sys.executable).with_name("cfn-lint"), template],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (finished.returncode, finished.stdout) == (0, "")


def test_the_bundle_carries_the_functions_and_what_they_need_for_arm(asset: Path) -> None:
    for needed in (
        "functions/api/handler.py",
        "functions/executor/handler.py",
        "httpx",
        "pydantic",
    ):
        assert (asset / needed).exists()
    libraries = list(asset.rglob("*.so"))
    assert libraries
    for library in libraries:
        assert library.read_bytes()[18] == AARCH64, library


def test_the_bundle_leaves_out_what_the_laptop_and_the_tests_need(asset: Path) -> None:
    present = {path.relative_to(asset).as_posix() for path in asset.rglob("*")}

    assert not [path for path in present if "simulator" in path]
    assert not {"boto3", "ministack", "local", "tests", "infra", "bin"} & present
    assert sum(path.stat().st_size for path in asset.rglob("*") if path.is_file()) < 40_000_000


def test_the_same_sources_make_the_same_bundle(asset: Path, tmp_path: Path) -> None:
    bundle.build(tmp_path, "lambda")

    assert _difference(filecmp.dircmp(asset, tmp_path, ignore=["__pycache__"])) == []


def test_a_changed_source_or_requirement_is_another_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a copy of the project
    for name in (*bundle.SOURCES, "infra"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "requirements.txt", tmp_path)
    monkeypatch.setattr(bundle, "ROOT", tmp_path)
    seen = {bundle.fingerprint("lambda")}

    # when what goes in changes, then the fingerprint does
    for name in ("requirements.txt", "shared/ports.py", "functions/new.py"):
        with (tmp_path / name).open("a") as file:
            file.write("# changed\n")
        seen.add(bundle.fingerprint("lambda"))
    assert len(seen) == 4

    # and when something else does, it stays
    (tmp_path / "shared" / "__pycache__").mkdir(exist_ok=True)
    (tmp_path / "shared" / "__pycache__" / "ports.cpython-313.pyc").write_bytes(b"x")
    assert bundle.fingerprint("lambda") in seen


def _difference(compared: "filecmp.dircmp[str]") -> list[str]:
    found = compared.left_only + compared.right_only + compared.diff_files + compared.funny_files
    for inner in compared.subdirs.values():
        found += _difference(inner)
    return found


def test_every_variable_that_may_be_chosen_is_in_the_page_and_no_other() -> None:
    page = (ROOT / "docs" / "deploy.md").read_text()
    (row,) = re.findall(r"^\| (.*) \| see the README \| variables of the functions", page, re.M)

    assert re.findall(r"`(\w+)`", row) == list(settings.TUNABLE)
