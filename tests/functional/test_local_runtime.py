"""The whole laptop runtime as a command: real HTTP, real processes, real signals."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.demo_client import Api
from local.emulator import ROOT
from local.gateway import listen
from local.writelog import FILE_NAME
from shared.channels.scenarios import ACCEPTED
from tests.support.laptop import Server, environment

CAMPAIGN = {
    "name": "n",
    "templateName": "t",
    "channel": "WHATSAPP",
    "audienceType": "CSV",
    "throttle": {"batchSize": 10},
}
Start = Callable[..., Server]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    servers: list[Server] = []

    def begin(**settings: str) -> Server:
        servers.append(Server(folder, settings))
        return servers[-1]

    yield begin
    for server in servers:
        server.end(signal.SIGKILL)


def phones(tmp_path: Path, count: int) -> Path:
    path = tmp_path / "list.csv"
    path.write_text("phone\n" + "".join(f"+{ACCEPTED.phone(n)}\n" for n in range(count)))
    return path


def wait_until(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_was_answered_survives_a_hard_kill_of_the_runtime(
    start: Start, tmp_path: Path
) -> None:
    first = start()
    with Api(first.url) as api:
        campaign_id = api.create(CAMPAIGN)
        api.populate(campaign_id, phones(tmp_path, 12))
        api.start(campaign_id)
        api.execute_batch(campaign_id)
        before = api.campaign(campaign_id)

    first.end(signal.SIGKILL)

    with Api(start().url) as api:
        assert api.campaign(campaign_id) == before
        assert before["sentCount"] == 10
        assert api.execute_batch(campaign_id)["sent"] == 2
        assert api.campaign(campaign_id)["status"] == "COMPLETED"
        assert api.quota()["used"] == 12


def test_the_tick_sends_a_campaign_to_its_end_by_itself(start: Start, tmp_path: Path) -> None:
    server = start(LOCAL_TICK_SECONDS="1")
    with Api(server.url) as api:
        campaign_id = api.create(CAMPAIGN)
        api.populate(campaign_id, phones(tmp_path, 25))
        api.start(campaign_id)

        wait_until(lambda: api.campaign(campaign_id)["status"] == "COMPLETED")

        assert api.campaign(campaign_id)["sentCount"] == 25


def test_a_stop_lets_the_batch_in_flight_finish(start: Start, tmp_path: Path) -> None:
    server = start(LOCAL_TICK_SECONDS="60")
    with Api(server.url) as api:
        campaign_id = api.create(CAMPAIGN | {"throttle": {"batchSize": 10, "messagesPerSecond": 5}})
        api.populate(campaign_id, phones(tmp_path, 20))
        api.start(campaign_id)
        results: list[dict[str, object]] = []
        asking = threading.Thread(  # a batch takes about two seconds
            target=lambda: results.append(api.execute_batch(campaign_id))
        )
        asking.start()
        wait_until(lambda: api.campaign(campaign_id)["sendingCount"] > 0)

        errors = server.end(signal.SIGTERM)
        asking.join()

    assert server.process.returncode == 0, errors
    assert results[0]["sent"] == 10
    with Api(start().url) as api:
        after = api.campaign(campaign_id)
        assert (after["sentCount"], after["sendingCount"], after["pendingCount"]) == (10, 0, 10)


def test_ctrl_c_ends_it_without_a_word_of_complaint(start: Start) -> None:
    server = start()

    errors = server.end(signal.SIGINT)

    assert server.process.returncode == 0
    assert errors == ""


def test_an_emulator_that_ends_by_itself_ends_the_runtime_in_one_line(
    start: Start, folder: Path
) -> None:
    server = start()
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    if not children.exists():
        pytest.skip("needs /proc")
    for pid in children.read_text().split():
        if b"local.emulator" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(int(pid), signal.SIGKILL)

    errors = server.process.communicate(timeout=20)[1]

    assert server.process.returncode == 2
    assert errors == "The emulator ended by itself: no reason given\n"


def complaint(folder: Path, **settings: str) -> str:
    """What a runtime that can't start says."""
    ended = subprocess.run(
        [sys.executable, "-m", "local"],
        cwd=ROOT,
        env=environment(folder, settings),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1, ended.stderr
    return ended.stderr


def test_a_setting_that_can_not_be_used_is_one_line(folder: Path) -> None:
    assert complaint(folder, PORT="eighty") == (
        "PORT must be a whole number from 0 to 65535, not 'eighty'.\n"
    )


def test_a_port_in_use_is_one_line_on_the_command_too(folder: Path) -> None:
    with listen(0) as taken:
        port = taken.getsockname()[1]

        assert f"Port {port} can't be used" in complaint(folder, PORT=str(port))


def test_a_damaged_folder_is_one_line_on_the_command_too(folder: Path) -> None:
    folder.mkdir()
    (folder / FILE_NAME).write_text("not ours\n")

    assert complaint(folder) == (
        f"The data folder {folder} is damaged at line 1 of {FILE_NAME}:"
        " move it away or restore it.\n"
    )


def test_simulated_conversations_are_never_taken_for_real_ones(
    start: Start, folder: Path, tmp_path: Path
) -> None:
    real = {"META_GRAPH_URL": "http://127.0.0.1:9"}
    real |= {"META_ACCESS_TOKEN": "t", "META_PHONE_NUMBER_ID": "7"}
    start().end(signal.SIGTERM)

    words = complaint(folder, **real)

    assert words == (
        f"The data folder {folder} was made with the simulator and can't be used with"
        " the real channel: set LOCAL_DATA_DIR to another folder.\n"
    )
    Server(tmp_path / "other", real).end(signal.SIGTERM)
    assert "was made with the real channel" in complaint(tmp_path / "other")


def test_a_real_token_is_not_handed_to_the_simulator(start: Start, tmp_path: Path) -> None:
    server = start(META_ACCESS_TOKEN="real-token", META_PHONE_NUMBER_ID="7")
    with Api(server.url) as api:
        campaign_id = api.create(CAMPAIGN)
        api.populate(campaign_id, phones(tmp_path, 1))
        api.start(campaign_id)

        assert api.execute_batch(campaign_id)["sent"] == 1


def test_nothing_in_the_environment_leads_to_the_real_aws(start: Start, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("[profile p]\nregion = eu-west-1\nendpoint_url = http://127.0.0.1:9\n")
    nowhere = "http://127.0.0.1:9"

    server = start(
        AWS_PROFILE="p",
        AWS_CONFIG_FILE=str(config),
        AWS_ENDPOINT_URL_DYNAMODB=nowhere,
        AWS_SESSION_TOKEN="t",
        HTTP_PROXY=nowhere,
        http_proxy=nowhere,
    )

    with Api(server.url) as api:
        assert api.quota()["used"] == 0
