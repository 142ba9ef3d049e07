"""Building the console: again when something has changed, and never in vain."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from infra import console_build

BUILD = (
    "const fs = require('fs'); fs.mkdirSync('dist', {recursive: true});"
    " fs.writeFileSync('dist/index.html', fs.readFileSync('page.txt'));"
    " fs.appendFileSync('../runs', 'x')"
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A console that builds with Node alone; real npm installs its no packages."""
    folder = tmp_path / "console"
    folder.mkdir()
    package = {"name": "c", "version": "1.0.0", "scripts": {"build": "node build.js"}}
    (folder / "package.json").write_text(json.dumps(package))
    lock = {"name": "c", "version": "1.0.0", "lockfileVersion": 3, "requires": True}
    lock["packages"] = {"": {"name": "c", "version": "1.0.0"}}
    (folder / "package-lock.json").write_text(json.dumps(lock))
    (folder / "build.js").write_text(BUILD)
    (folder / "page.txt").write_text("one")
    monkeypatch.setattr(console_build, "CONSOLE", folder)
    monkeypatch.setattr(console_build, "STAMPS", tmp_path / "stamps")
    return tmp_path


def test_it_is_built_when_something_is_new_and_else_left_alone(project: Path) -> None:
    page = project / "console/dist/index.html"

    built = [console_build.build(), console_build.build()]
    (project / "console/page.txt").write_text("two")
    built += [console_build.build(), console_build.build()]
    assert page.read_text() == "two"
    page.unlink()
    built.append(console_build.build())

    assert built == [True, False, True, False, True]
    assert (project / "runs").read_text() == "xxx"


def test_a_build_that_fails_says_why_and_is_tried_again(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "console/build.js").write_text("throw new Error('no such colour')")

    assert console_build.main([]) == 1
    assert "no such colour" in capsys.readouterr().err
    assert console_build.main(["--if-possible"]) == 0
    told = capsys.readouterr().err
    assert "no such colour" in told
    assert "Everything else works without it" in told
    (project / "console/build.js").write_text(BUILD)
    assert console_build.main([]) == 0


def test_without_the_registry_it_says_so_soon_and_briefly(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # given a package that is nowhere on this machine, and nobody where the registry should be
    lock = json.loads((project / "console/package-lock.json").read_text())
    lock["packages"][""]["dependencies"] = {"left": "1.0.0"}
    lock["packages"]["node_modules/left"] = {"version": "1.0.0", "integrity": "sha512-AAAA"}
    (project / "console/package-lock.json").write_text(json.dumps(lock))
    package = json.loads((project / "console/package.json").read_text())
    (project / "console/package.json").write_text(
        json.dumps(package | {"dependencies": {"left": "1.0.0"}})
    )
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")

    assert console_build.main(["--if-possible"]) == 0

    told = capsys.readouterr().err
    assert "ECONNREFUSED" in told
    assert "make console" in told
    assert len(told.splitlines()) < 8


def test_without_node_it_says_what_brings_one(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console_build, "node", lambda: None)

    assert console_build.main([]) == 1
    assert "requirements-local.txt" in capsys.readouterr().err


def test_the_build_needs_nothing_of_what_only_a_deployment_has() -> None:
    """`make demo` installs neither the CDK library nor the tests' packages."""
    script = "import sys, infra.console_build; print('aws_cdk' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
