"""docs/cli.md and the README's part about the command line are run, and are complete."""

import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from campaign_client import Client
from cli.connection import local_login
from cli.documents import DOCUMENTS
from cli.exits import Exit
from local.emulator import ROOT
from tests.support import forked
from tests.support.command_line import PEOPLE, CommandLine, forks
from tests.support.laptop import Server

PAGE = (ROOT / "docs/cli.md").read_text()
README = (ROOT / "README.md").read_text()
EVERYWHERE = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = Server(tmp_path_factory.mktemp("data"), {"LOCAL_TICK_SECONDS": "1"})
    yield server.url
    server.end(signal.SIGKILL)


def blocks(text: str, language: str, mark: str) -> str:
    """The blocks of code behind a mark, as one text."""
    marked = text.partition(f"<!-- {mark}:")[2].partition(f"<!-- {mark} end -->")[0]
    return "".join(re.findall(rf"^```{language}\n(.*?)^```$", marked, re.DOTALL | re.MULTILINE))


def run(script: str, url: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A script of the documents, in which `campaigns` is the command line of this tree."""
    assert EVERYWHERE in script
    ours = shlex.join([sys.executable, "-IS", forked.__file__, forks()])
    script = f'campaigns() {{ {ours} "$@"; }}\n{script.replace(EVERYWHERE, url)}'
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env=CommandLine(folder).environment | {"META_TOKEN": "simulator"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_examples_of_the_page_work(url: str, tmp_path: Path) -> None:
    script = blocks(PAGE, "bash", "examples")

    ended = run(script, url, tmp_path)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "COMPLETED  100 %  5/5" in ended.stdout
    assert "CANCELLED" in ended.stdout
    assert (tmp_path / "people-after.csv").read_text().count("\n") == 6


def test_the_readmes_example_works(url: str, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(PEOPLE)

    ended = run(blocks(README, "bash", "command line"), url, tmp_path)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "COMPLETED" in ended.stdout


def test_the_pages_example_in_python_works(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "people.csv").write_text(PEOPLE)
    monkeypatch.chdir(tmp_path)
    code = blocks(PAGE, "python", "python").replace(EVERYWHERE, url)
    assert "from campaign_client import" in code

    token = local_login(url, "default", "org_admin").token
    exec(compile(code, "docs/cli.md", "exec"), {"token": token})  # noqa: S102

    printed = capsys.readouterr().out
    assert "INVALID_TRANSITION Cannot start campaign in" in printed
    assert "\nDONE 0\nline,phone,kind,reason\r\n" in printed
    with Client(url, token) as client:
        assert any(one["name"] == "Spring" for one in client.campaigns.all())


def test_every_command_and_every_exit_code_is_on_the_page() -> None:
    examples = blocks(PAGE, "bash", "examples")
    used = set(re.findall(r"campaigns ([a-z]+(?: [a-z]+)?)", examples))
    words = used | {each.split()[0] for each in used}

    assert set(DOCUMENTS) - {"failure"} - words == set()
    codes = re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)
    assert [int(code) for code in codes] == [int(code) for code in Exit]


def test_every_variable_that_is_read_is_on_the_page() -> None:
    sources = [*(ROOT / "cli").rglob("*.py"), *(ROOT / "campaign_client").rglob("*.py")]
    text = "".join(path.read_text() for path in sources)
    read = set(re.findall(r'(?:environ\.get\(|envvar=)"(\w+)"', text))

    assert len(read) == 3
    assert read - set(re.findall(r"^\| `([A-Z_]+)` \|", PAGE, re.MULTILINE)) == set()
