"""The README is run, and what goes on from it: its commands against a running server."""

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.demo_client import Api
from local.emulator import ROOT
from local.runtime import Runtime
from local.settings import load_local_settings

README = (ROOT / "README.md").read_text()
IMPORTS = (ROOT / "docs/imports.md").read_text()
ADDRESS = "API=http://127.0.0.1:8000\n"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Runtime]:
    """What `make run` starts, on a free port and without a tick that would be faster than curl."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("META_")}
    chosen = {"PORT": "0", "LOCAL_DATA_DIR": str(tmp_path / "data"), "LOCAL_TICK_SECONDS": "0"}
    environment = kept | chosen
    with Runtime(load_local_settings(environment), environment) as runtime:
        yield runtime


def commands(page: str, mark: str) -> str:
    """The bash blocks between two marks of a page, as one script."""
    marked = page.partition(f"<!-- {mark}:")[2].partition(f"<!-- {mark} end -->")[0]
    return "".join(re.findall(r"^```bash\n(.*?)^```$", marked, re.DOTALL | re.MULTILINE))


def run(script: str, server: Runtime, folder: Path) -> subprocess.CompletedProcess[str]:
    assert script.startswith(ADDRESS)
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script.replace(ADDRESS, f"API={server.url}\n")],
        cwd=folder,
        env=os.environ | {"NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_long_list_is_imported_as_the_page_says(server: Runtime, tmp_path: Path) -> None:
    opening = commands(README, "workflow").partition("call $API/api/campaigns/$CAMPAIGN/populate")[
        0
    ]
    *steps, look = re.split(r"(?=^call)", commands(IMPORTS, "imports"), flags=re.MULTILINE)
    patience = f"for _ in $(seq 100); do {look.strip()} | grep DONE && break; sleep 0.2; done"

    ended = run("".join([opening, *steps, patience]), server, tmp_path)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    done = objects(ended.stdout.partition("\n")[2])[-1]["import"]
    assert (done["inserted"], done["skipped"]["invalid"], done["skipped"]["duplicate"]) == (4, 1, 1)


def test_the_readmes_curl_commands_take_a_campaign_to_its_end(
    server: Runtime, tmp_path: Path
) -> None:
    ended = run(commands(README, "workflow"), server, tmp_path)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    campaign_id, _, answers = ended.stdout.partition("\n")
    populated, tried, *answered = objects(answers)
    started, batch, found, progress, why, everybody, failed, quota = answered
    assert campaign_id == found["campaign"]["campaignId"]
    assert [row["line"] for row in populated["rejected"]] == [6, 7]
    assert (tried["outcome"], tried["parameters"]["body"]) == ("SENT", ["Me", "A-0"])
    assert started["newStatus"] == "RUNNING"
    assert batch["result"]["completed"] is True
    assert found["campaign"]["status"] == "COMPLETED"
    assert (progress["percent"], progress["pending"]) == (100, 0)
    assert {one["code"]: one["count"] for one in why["errors"]} == {"131026": 1, "HELD": 1}
    heard = {"SENT": "READ", "DELIVERED": "READ"}  # webhooks may be faster than curl
    assert {heard.get(s, s) for s in states(everybody["recipients"], "0100", "0101")} == {"READ"}
    assert states(everybody["recipients"], "0150", "0160") == ["HELD", "FAILED"]
    assert [one["errorCode"] for one in failed["recipients"]] == ["131026"]
    assert (quota["used"], quota["limit"]) == (4, 200)  # the test too
    with Api(server.url) as api:
        until = time.monotonic() + 30
        while states(api.recipients(campaign_id), "0100", "0101") != ["READ", "READ"]:
            assert time.monotonic() < until, "the README promises that they read"
            time.sleep(0.1)


def states(recipients: list[dict[str, Any]], *endings: str) -> list[str]:
    """The states of the people whose phones end like this."""
    found = {one["phone"][-4:]: one["status"] for one in recipients}
    assert len(found) == 4
    return [found[ending] for ending in endings]


def objects(text: str) -> list[dict[str, Any]]:
    """JSON objects that stand one after the other."""
    found, decoder = [], json.JSONDecoder()
    while text := text.lstrip():
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:]
    return found
