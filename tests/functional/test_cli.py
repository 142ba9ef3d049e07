"""`campaigns` as a process, against the laptop runtime and the simulator."""

import json
import os
import re
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.documents import DOCUMENTS
from shared.channels.scenarios import ACCEPTED
from tests.support.command_line import PEOPLE, CommandLine, check, name_of
from tests.support.laptop import Server

SLOW = ("--rate", "0.2", "--batch-size", "1")
SENDER = "200000000000007"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = Server(tmp_path_factory.mktemp("data"), {"LOCAL_TICK_SECONDS": "1"})
    yield server.url
    server.end(signal.SIGKILL)


@pytest.fixture
def cli(url: str, tmp_path: Path) -> CommandLine:
    """Signed in as an administrator."""
    (tmp_path / "people.csv").write_text(PEOPLE)
    cli = CommandLine(tmp_path)
    assert cli("login", "--local", "--url", url).code == 0
    return cli


def many(cli: CommandLine, count: int) -> str:
    """A list of so many people who all are sent to."""
    text = "phone\n" + "".join(f"+{ACCEPTED.phone(n)}\n" for n in range(count))
    (cli.home / "many.csv").write_text(text)
    return "many.csv"


def draft(cli: CommandLine, *settings: str, people: str = "people.csv") -> str:
    """A campaign with its list; its id."""
    campaign_id = cli("create", "Spring", "--template", "spring_sale", *settings).out.strip()
    assert cli("populate", campaign_id, people).code == 0
    return campaign_id


def as_role(cli: CommandLine, url: str, role: str) -> CommandLine:
    """Another person on another machine."""
    other = CommandLine(cli.home / role)
    other.home.mkdir()
    assert other("login", "--local", "--url", url, "--role", role).code == 0
    return other


def test_every_command_tells_programs_what_its_schema_says(cli: CommandLine, url: str) -> None:
    seen = set()

    def told(*arguments: str, **more: str) -> dict[str, object]:
        seen.add(name_of(arguments))
        return cli.told(*arguments, **more)

    made = told(
        "create", "Every command", "-t", "order_update", "-b", "{{first_name}}", "-b", "{{order}}"
    )
    campaign = str(made["campaignId"])
    populated = told("populate", "every COMMAND", "people.csv")  # names will do
    assert (populated["inserted"], populated["skipped"]["invalid"]) == (5, 1)  # type: ignore[index]
    told("populate", campaign, "people.csv", "--rejects", "rejects.csv")
    assert [one["rows"] for one in told("imports", campaign)["imports"]] == [6]  # type: ignore[attr-defined]
    listed = told("templates", "--status", "approved")["templates"]
    assert "order_update" in [one["name"] for one in listed]  # type: ignore[attr-defined]
    tested = told("test", campaign, "+1 201 555 0199", "-v", "first_name=Me", "-v", "order=A-0")
    assert tested["parameters"]["body"] == ["Me", "A-0"]  # type: ignore[index]
    slow = draft(cli, *SLOW, people=many(cli, 60))
    assert told("start", slow, "--yes")["newStatus"] == "RUNNING"
    told("execute", slow)
    assert told("pause", slow)["newStatus"] == "PAUSED"
    assert told("resume", slow)["newStatus"] == "RUNNING"
    assert told("cancel", slow, "--yes")["newStatus"] == "CANCELLED"
    told("start", campaign, "--yes")
    watched = [json.loads(line) for line in cli("watch", campaign, "--json").out.splitlines()]
    for found in watched:
        check("watch", found)
    assert watched[-1]["campaign"]["status"] == "COMPLETED"
    assert told("status", campaign)["progress"]["percent"] == 100  # type: ignore[index]
    failed = told("recipients", campaign, "--status", "failed")["recipients"]
    assert [one["errorCode"] for one in failed] == ["131026"]  # type: ignore[attr-defined]
    assert {one["code"] for one in told("errors", campaign)["errors"]} == {  # type: ignore[attr-defined]
        *("131026", "HELD", "REPLY_LOST")
    }
    assert told("retry", campaign)["refused"] == {"131026": 1}
    assert told("resolve", campaign, "accept", "--all")["resolved"] == 1
    again = told("retry", campaign, "--force", "--yes", "--wait", prints="status")
    assert again["stats"]["failed"] == 1  # type: ignore[index]
    told("duplicate", campaign, "--name", "Again")
    assert told("list", "-n", "2")["campaigns"][0]["name"] == "Again"  # type: ignore[index]
    whats = [one["what"] for one in told("events", campaign)["events"]]  # type: ignore[attr-defined]
    assert whats[-1] == "CREATED"
    told("quota")
    told("overview", "--days", "7")
    assert told("export", campaign, "-o", "all.csv")["rows"] == 5
    assert (cli.home / "all.csv").read_text().count("\n") == 6
    told("senders", "list")
    sender = told("senders", "add", SENDER, "--token-stdin", "--name", "B", typed="simulator\n")
    for action in ("check", "release"):
        told("senders", action, str(sender["senderId"]))
    told("senders", "remove", str(sender["senderId"]), "--yes")
    assert told("suppressions", "add", "+1 201 555 0111", "--reason", "asked")["added"] == 1
    told("suppressions", "list")
    (cli.home / "no.csv").write_text("phone\n12015550112\n+12015550111\n")
    assert told("suppressions", "import", "no.csv")["inserted"] == 1
    assert told("suppressions", "export", "-o", "no.csv")["rows"] == 2
    told("suppressions", "remove", "+12015550111", "--yes")
    assert told("doctor")["ok"] is True
    assert told("login", "--local", "--url", url, "--role", "viewer")["role"] == "viewer"
    told("logout")

    assert seen | {"watch", "failure"} == set(DOCUMENTS)


def test_a_long_list_is_uploaded_and_its_rejects_are_written(cli: CommandLine) -> None:
    campaign = cli("create", "Long", "-t", "spring_sale", "-b", "{{name}}").out.strip()
    row = ",".join(("+12015551{:03d}", "Ana", "x" * 20_000 + "\n"))
    text = "phone,name,unused\n" + "".join(row.format(n) for n in (*range(60), 7))
    (cli.home / "long.csv").write_text(text)

    ended = cli("populate", campaign, "long.csv")
    again = cli("populate", campaign, "long.csv", "--rejects", "no.csv")

    assert ended.out.splitlines()[-1] == (
        "60 added, 1 left out (duplicate 1); 60 in the campaign"
    ), ended.err
    assert ended.out.startswith("line 62  duplicate  This person is on line 9 already.\n")
    assert ended.err.splitlines()[0] == "Uploading 1.2 MB …"
    assert again.code == 0
    lines = (cli.home / "no.csv").read_text().splitlines()
    assert lines[0] == "line,phone,kind,reason"
    assert len(lines) == 62
    rows = [line.split("\t") for line in cli("imports", campaign).out.splitlines()]
    assert [row[1:6] for row in rows[1:]] == [
        ["DONE", "61", "61", "0", "61"],
        ["DONE", "61", "61", "60", "1"],
    ]


def test_a_continuous_campaign_is_made_with_its_workers_and_pace(cli: CommandLine) -> None:
    settings = ("--continuous", "--workers", "4", "--rate", "60/s")
    campaign = cli("create", "Fast", "-t", "spring_sale", *settings).out.strip()

    throttle = cli.told("status", campaign)["campaign"]["throttle"]

    assert (throttle["mode"], throttle["workers"]) == ("continuous", 4)
    assert throttle["messagesPerSecond"] == 60
    assert "workers   4" in cli("status", campaign).out
    wrong = cli("create", "x", "-t", "spring_sale", "--continuous", "--workers", "101")
    assert (wrong.code, "throttle.workers" in wrong.err) == (1, True)


def test_a_test_that_is_refused_says_why_and_ends_with_one(cli: CommandLine) -> None:
    campaign = cli("create", "Tried", "--template", "order_update").out.strip()

    ended = cli("test", campaign, "+12015550160")

    assert ended.code == 1
    assert "REFUSED" in ended.out
    assert "131026" in ended.out
    assert "It was not sent." in ended.err
    assert cli("test", campaign, "+12015550199", "-v", "first_name").code == 2


def test_a_list_that_can_not_be_imported_is_an_error_with_the_reason(cli: CommandLine) -> None:
    campaign = cli("create", "Wrong", "-t", "spring_sale", "-b", "{{first_name}}").out.strip()
    (cli.home / "wrong.csv").write_text("phone,name\n+12015550100,Ana\n")

    ended = cli("populate", campaign, "wrong.csv", "--rejects", "no.csv", "--json")

    assert (ended.code, ended.out) == (1, "")
    failure = json.loads(ended.err.splitlines()[-1])
    check("failure", failure)
    assert failure["error"]["code"] == "IMPORT_FAILED"
    assert "first_name" in failure["error"]["message"]
    assert cli.told("imports", campaign, "--wait")["imports"][0]["status"] == "FAILED"
    none = cli("imports", campaign, "--rejects", "no.csv")
    assert (none.code, "no rejects to write" in none.err) == (2, True)
    assert not (cli.home / "no.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "name"),
    [
        (("status", "cmp_nowhere"), 1, "CAMPAIGN_NOT_FOUND"),
        (("create", "x", "-t", "Not A Template"), 1, "VALIDATION_FAILED"),
        (("quota", "--sender", "snd_nobody"), 1, "SENDER_NOT_FOUND"),
        (("status", "no such name"), 2, "USAGE"),
        (("create", "x"), 2, "USAGE"),
        (("resolve", "cmp_1", "accept"), 2, "USAGE"),
        (("suppressions", "remove", "12015550100"), 2, "USAGE"),  # nobody says yes
        (("senders", "add", "1234567"), 2, "USAGE"),  # nobody types the token
        (("export", "cmp_1"), 2, "USAGE"),
    ],
)
def test_a_failure_has_its_exit_code_and_a_document_on_stderr(
    cli: CommandLine, arguments: tuple[str, ...], code: int, name: str
) -> None:
    ended = cli(*arguments, "--json")

    assert (ended.code, ended.out) == (code, "")
    failure = json.loads(ended.err)
    check("failure", failure)
    assert (failure["error"]["code"], failure["exitCode"]) == (name, code)


def test_a_failure_is_said_in_words_with_the_fields_that_are_wrong(cli: CommandLine) -> None:
    ended = cli("create", "x", "-t", "spring", "--batch-size", "5000", "--daily-cap", "0")

    assert (ended.code, ended.out) == (1, "")
    assert "\n  throttle.batchSize: " in ended.err
    assert "\n  dailyCap: " in ended.err


def test_options_that_do_not_exist_are_a_usage_error(cli: CommandLine) -> None:
    assert cli("list", "--nope").code == 2
    assert cli("start", "x", "--timeout", "soon").code == 2
    assert "such as 90s, 10m or 2h" in cli("watch", "x", "--timeout", "soon").err


def test_without_a_server_it_says_so(tmp_path: Path) -> None:
    cli = CommandLine(tmp_path, CAMPAIGNS_URL="http://127.0.0.1:9", CAMPAIGNS_TOKEN="t")

    ended = cli("list")

    assert (ended.code, ended.out) == (3, "")
    assert ended.err.startswith("http://127.0.0.1:9 can't be reached")


def test_nobody_signed_in_is_told_how(tmp_path: Path, url: str) -> None:
    cli = CommandLine(tmp_path)

    ended = cli("list")

    assert (ended.code, ended.out) == (4, "")
    assert "campaigns login --local" in ended.err
    told = cli("list", variables={"CAMPAIGNS_URL": url, "CAMPAIGNS_TOKEN": "no-token"})
    assert (told.code, "campaigns login" in told.err) == (4, True)


def test_a_token_is_kept_for_its_owner_and_its_address_alone(cli: CommandLine, url: str) -> None:
    kept = cli.home / "config" / "campaigns" / "credentials.json"
    token = json.loads(kept.read_text())["token"]

    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert cli("list").code == 0
    elsewhere = cli("list", variables={"CAMPAIGNS_URL": "http://127.0.0.1:9"})
    assert (elsewhere.code, "Nobody is signed in at" in elsewhere.err) == (4, True)
    plain = cli("list", variables={"CAMPAIGNS_URL": "http://example.com", "CAMPAIGNS_TOKEN": "t"})
    assert (plain.code, "has no encryption" in plain.err) == (2, True)
    said = [cli(*command) for command in (("login", "--local", "--url", url), ("doctor",))]
    assert not any(token[:20] in each.out + each.err for each in said)


def test_a_token_that_ends_is_renewed_without_a_word(cli: CommandLine) -> None:
    kept = cli.home / "config" / "campaigns" / "credentials.json"
    before = json.loads(kept.read_text())
    kept.write_text(json.dumps(before | {"token": "old", "expires_at": time.time() + 30}))

    assert cli("list").code == 0

    after = json.loads(kept.read_text())
    assert after["token"] != "old"
    assert after["expires_at"] > time.time() + 3000
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_viewer_is_refused_and_told_who_may(cli: CommandLine, url: str) -> None:
    campaign = draft(cli)
    viewer = as_role(cli, url, "viewer")

    assert viewer("status", campaign).code == 0
    ended = viewer("start", campaign, "--yes")

    assert (ended.code, ended.out) == (1, "")
    assert "org_admin" in ended.err
    assert cli.told("status", campaign)["campaign"]["status"] == "DRAFT"


def test_nothing_is_started_that_nobody_said_yes_to(cli: CommandLine) -> None:
    campaign = draft(cli)

    ended = cli("start", campaign)

    assert (ended.code, ended.out) == (2, "")
    assert "to 5 people? Nobody can answer here: add --yes." in ended.err
    assert cli.told("status", campaign)["campaign"]["status"] == "DRAFT"


def test_waiting_ends_when_the_time_is_up_and_the_campaign_goes_on(cli: CommandLine) -> None:
    campaign = draft(cli, *SLOW, people=many(cli, 60))

    ended = cli("start", campaign, "--yes", "--wait", "--timeout", "1s")

    assert (ended.code, ended.out) == (5, "")
    assert "it goes on" in ended.err
    assert cli.told("status", campaign)["campaign"]["status"] == "RUNNING"
    assert cli("cancel", campaign, "-y").out == "CANCELLED\n"


def test_waiting_ends_when_a_person_is_needed(cli: CommandLine) -> None:
    (cli.home / "gone.csv").write_text("phone\n+12015550190\n")  # the template is not found
    campaign = draft(cli, people="gone.csv")

    ended = cli("start", campaign, "--yes", "--wait", "--timeout", "30s")

    assert (ended.code, ended.out) == (6, "")
    assert ended.err.startswith("The next batch") is False
    assert "PAUSED, not COMPLETED" in ended.err
    assert cli("doctor").out.count("warning") == 1


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Children can be interrupted, even if this process was started in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_ends_the_watching_and_not_the_campaign(cli: CommandLine) -> None:
    campaign = draft(cli, *SLOW, people=many(cli, 60))
    cli("start", campaign, "--yes")
    cli("pause", campaign)
    waiting = subprocess.Popen(
        cli.command("resume", campaign, "--wait"),
        env=cli.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    watching = subprocess.Popen(
        cli.command("watch", campaign, "--interval", "0.3"),
        env=cli.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert watching.stdout
    assert any(line.startswith("RUNNING  ") for line in watching.stdout)  # else it ends itself

    watching.send_signal(signal.SIGINT)

    waiting.send_signal(signal.SIGINT)  # it had the time that the other took
    for process in (watching, waiting):
        errors = process.communicate(timeout=20)[1]
        assert process.returncode == 130
        assert "No longer watching. The campaign goes on" in errors
        assert "Traceback" not in errors
    assert cli.told("status", campaign)["campaign"]["status"] == "RUNNING"
    cli("cancel", campaign, "-y")


def test_without_a_terminal_there_are_plain_lines_with_tabs(cli: CommandLine) -> None:
    campaign = draft(cli, "--header", "x", people=many(cli, 3))
    cli("start", campaign, "-y")

    watched = cli("watch", campaign)
    listed = cli("recipients", campaign)

    assert watched.code == 0
    assert watched.out.splitlines()[-1].startswith("COMPLETED  100 %  3/3  sent 3")
    lines = [line.split("\t") for line in listed.out.splitlines()]
    assert lines[0][:2] == ["PHONE", "STATUS"]
    assert {len(line) for line in lines} == {6}
    assert len(lines) == 4
    assert "\x1b" not in watched.out + listed.out + watched.err


def on_a_terminal(cli: CommandLine, *arguments: str, **variables: str) -> str:
    """What a command writes to a terminal of 100 columns."""
    ours, theirs = os.openpty()
    size = {"COLUMNS": "100", "LINES": "40", "TERM": "xterm-256color"}
    process = subprocess.Popen(
        cli.command(*arguments),
        env=cli.environment | size | variables,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    written = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        written += piece
    os.close(ours)
    assert process.wait(30) == 0, written
    return written.decode()


def test_a_terminal_gets_bars_and_colours_unless_it_wants_none(cli: CommandLine) -> None:
    campaign = draft(cli, people=many(cli, 3))
    cli("start", campaign, "-y", "--wait")

    drawn = on_a_terminal(cli, "watch", campaign)
    plain = on_a_terminal(cli, "list", NO_COLOR="1")

    assert "━━━━━" in drawn
    assert "daily cap" in drawn
    assert re.search(r"\x1b\[[0-9;]*3[0-9]", drawn)
    assert "COMPLETED" in plain
    assert not re.search(r"\x1b\[[0-9;]*(3[0-9]|38)[;m]", plain)


def test_a_broken_list_leaves_no_file_behind(cli: CommandLine) -> None:
    (cli.home / "all.csv").write_text("kept")

    ended = cli("export", "cmp_nowhere", "-o", "all.csv")

    assert ended.code == 1
    assert (cli.home / "all.csv").read_text() == "kept"
    assert not (cli.home / "all.csv.part").exists()


def test_the_doctor_says_what_is_wrong_and_how_to_mend_it(tmp_path: Path, url: str) -> None:
    cli = CommandLine(tmp_path)

    nobody = cli("doctor")
    dead = cli("doctor", variables={"CAMPAIGNS_URL": "http://127.0.0.1:9", "CAMPAIGNS_TOKEN": "t"})
    refused = cli("doctor", "--json", variables={"CAMPAIGNS_URL": url, "CAMPAIGNS_TOKEN": "t"})

    assert (nobody.code, "wrong\tNobody is signed in" in nobody.out) == (4, True)
    assert (dead.code, "make run starts the laptop's" in dead.out) == (3, True)
    assert refused.code == 4
    check("doctor", json.loads(refused.out))
    assert json.loads(refused.out)["ok"] is False


def test_the_shell_completes_commands_and_campaigns(cli: CommandLine) -> None:
    campaign = draft(cli)
    line = {"_CAMPAIGNS_COMPLETE": "complete_bash", "COMP_WORDS": "campaigns status cmp_"}
    started = "import sys; sys.argv = ['campaigns']; from cli.main import main; main()"

    ended = subprocess.run(
        [*cli.command()[:1], "-c", started],
        env=cli.environment | line | {"COMP_CWORD": "2"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert campaign in ended.stdout.split(), ended.stderr
