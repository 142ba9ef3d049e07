"""The simulator's page is run: its webhooks are sent, and every one of them is understood."""

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from local.demo_client import Api
from local.emulator import ROOT
from local.runtime import Runtime
from local.settings import load_local_settings

CAMPAIGN = {
    "name": "n",
    "templateName": "order_update",
    "channel": "WHATSAPP",
    "audienceType": "CSV",
}
PAGE = (ROOT / "docs" / "simulator.md").read_text()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Runtime]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("META_")}
    chosen = {"PORT": "0", "LOCAL_DATA_DIR": str(tmp_path / "data"), "LOCAL_TICK_SECONDS": "0"}
    environment = kept | chosen
    with Runtime(load_local_settings(environment), environment) as runtime:
        yield runtime


def let_something_be_heard(server: Runtime, folder: Path) -> None:
    """Which numbers an account has is learned from its messages."""
    people = folder / "people.csv"
    people.write_text("phone\n+12015550100\n")
    with Api(server.url) as api:
        campaign_id = api.create(CAMPAIGN)
        api.populate(campaign_id, people)
        api.start(campaign_id)
        api.execute_batch(campaign_id)
    wait_until_all_is_heard(server)


def wait_until_all_is_heard(server: Runtime) -> None:
    give_up = time.monotonic() + 30
    while server.unheard():
        assert time.monotonic() < give_up
        time.sleep(0.1)


def test_every_example_of_a_webhook_is_taken_and_understood(
    server: Runtime, tmp_path: Path
) -> None:
    section = PAGE.partition("### Any other webhook")[2].partition("\n## ")[0]
    examples = "".join(re.findall(r"^```bash\n(.*?)^```$", section, re.DOTALL | re.MULTILINE))
    assert server.simulator is not None
    let_something_be_heard(server, tmp_path)

    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", examples],
        env=os.environ | {"NO_PROXY": "127.0.0.1", "SIMULATOR": server.simulator.url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    answers = re.findall(r"\{.*?\}", ended.stdout)
    assert len(answers) == examples.count("curl ") == 8
    assert {json.loads(answer)["status"] for answer in answers} == {200}
    wait_until_all_is_heard(server)
    with Api(server.url) as api:
        headers = {"Authorization": f"Bearer {api.token}"}
        unused = httpx.get(f"{server.url}/api/webhooks/unused", headers=headers).json()
    assert unused["unused"] == []
