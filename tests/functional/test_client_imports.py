"""Imports of the client and the command line, against a server that does what it is told."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from campaign_client import ApiError, Client, ClientError, NotReachableError
from campaign_client.imports import ImportFound, ImportMade
from campaign_client.transport import TRIES
from cli import waiting
from cli.exits import CliError, Exit
from cli.importing import first_rejects, import_file
from tests.support.scripted_server import Answer, Server, scripted_server

CONTENT = b"phone\n" + b"+12015550100\n" * 40_000


@pytest.fixture
def server() -> Iterator[Server]:
    with scripted_server() as server:
        yield server


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    """It does not really wait."""
    with Client(server.url, "token", sleep=lambda _: None) as client:
        yield client


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "people.csv").write_bytes(CONTENT)
    return tmp_path / "people.csv"


def made(server: Server) -> ImportMade:
    headers = {"Content-Type": "text/csv"}
    upload = {"method": "PUT", "url": f"{server.url}/lists/x?Signature=s", "headers": headers}
    return {"importId": "imp_1", "upload": {**upload, "expiresAt": ""}}  # type: ignore[typeddict-item]


def one(status: str, **more: object) -> dict[str, object]:
    progress = {"rows": 7, "rowsDone": 3, "inserted": 3, "size": 9, "checkedBytes": 4}
    named = {"campaignId": "cmp_1", "importId": "imp_1", "status": status, "reason": None}
    return {**named, **progress, **more}


def test_a_file_is_sent_whole_and_without_our_token(
    server: Server, client: Client, path: Path
) -> None:
    server.answers = [Answer(200, {})]
    told: list[int] = []

    client.imports.upload(made(server), path, told.append)

    (asked,) = server.asked
    assert (asked.method, asked.path) == ("PUT", "/lists/x?Signature=s")
    assert asked.body == CONTENT
    assert asked.headers["content-length"] == str(len(CONTENT))
    assert asked.headers["content-type"] == "text/csv"
    assert "authorization" not in asked.headers
    assert "transfer-encoding" not in asked.headers  # storage does not take it
    assert told[-1] == len(CONTENT)
    assert len(told) > 1


def test_an_upload_that_breaks_begins_anew(server: Server, client: Client, path: Path) -> None:
    server.answers = [Answer(0), Answer(503, "Slow down"), Answer(200, {})]

    client.imports.upload(made(server), path)

    assert [asked.body for asked in server.asked] == [CONTENT] * 3


def test_an_upload_that_breaks_again_and_again_is_told(
    server: Server, client: Client, path: Path
) -> None:
    server.answers = [Answer(0)]

    with pytest.raises(NotReachableError, match="The upload broke"):
        client.imports.upload(made(server), path)

    assert len(server.asked) == TRIES


def test_a_refused_upload_is_not_repeated(server: Server, client: Client, path: Path) -> None:
    server.answers = [Answer(403, "<Error>Request has expired</Error>")]

    with pytest.raises(ApiError, match=r"403.*Make a new import") as caught:
        client.imports.upload(made(server), path)

    assert "Signature" not in str(caught.value)
    assert len(server.asked) == 1


@pytest.mark.parametrize("size", [len(CONTENT) - 100, len(CONTENT) + 13])
def test_a_file_that_changes_while_it_is_sent_is_told(
    server: Server, client: Client, path: Path, size: int
) -> None:
    server.answers = [Answer(0)]

    with pytest.raises(ClientError, match="was changed while it was read") as caught:
        client.imports.upload(made(server), path, lambda _: os.truncate(path, size))

    assert not isinstance(caught.value, NotReachableError)  # it is not sent again


def test_a_file_goes_nowhere_without_encryption(server: Server, client: Client, path: Path) -> None:
    there = made(server)
    there["upload"]["url"] = "http://lists.example.com/x?Signature=s"

    with pytest.raises(ClientError, match="has no encryption"):
        client.imports.upload(there, path)


def test_a_report_in_pieces_is_read_row_by_row(server: Server, client: Client) -> None:
    text = 'line,phone,kind,reason\r\n2,"a\nb",invalid,"Say, ""ä""."\r\n3,x,invalid,No.\r\n'
    server.answers = [Answer(200, text)]
    report = {"url": f"{server.url}/rejected.csv?s", "expiresAt": ""}
    found: ImportFound = {"imported": {}, "report": report}  # type: ignore[typeddict-item]

    rejects = first_rejects(client, found, 100)

    assert [(row["line"], row["value"]) for row in rejects] == [(2, "a\nb"), (3, "x")]
    assert rejects[0]["reason"] == 'Say, "ä".'
    assert "authorization" not in server.asked[0].headers
    assert first_rejects(client, {**found, "report": None}, 100) == []


def interrupt(_: float) -> NoReturn:
    """Ctrl-C while it waits for the next look."""
    raise KeyboardInterrupt


def test_ctrl_c_while_an_import_goes_on_says_so(
    server: Server, client: Client, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting.time, "sleep", interrupt)
    server.answers = [
        Answer(201, made(server)),
        Answer(200, {}),
        Answer(202, {"import": one("CHECKING")}),
        Answer(200, {"import": one("IMPORTING"), "report": None}),
    ]

    with pytest.raises(CliError) as caught:
        import_file(client, "cmp_1", path)

    assert caught.value.exit_code is Exit.INTERRUPTED
    assert "The import goes on by itself" in caught.value.message
    assert "campaigns imports cmp_1 --wait" in caught.value.message
    assert [asked.path.rpartition("/")[2] for asked in server.asked] == [
        *("imports", "x?Signature=s", "start", "imp_1")
    ]


def test_ctrl_c_while_a_file_is_sent_says_that_nobody_was_added(server: Server, path: Path) -> None:
    server.answers = [Answer(201, made(server)), Answer(503, {})]

    with Client(server.url, "token", sleep=interrupt) as client, pytest.raises(CliError) as caught:
        import_file(client, "cmp_1", path)

    assert caught.value.exit_code is Exit.INTERRUPTED
    assert "Nobody was added" in caught.value.message


def test_an_import_that_failed_half_way_says_how_many_were_added(
    server: Server, client: Client, path: Path
) -> None:
    failed = {"import": one("FAILED", reason="The campaign was cancelled."), "report": None}
    server.answers = [
        Answer(201, made(server)),
        Answer(200, {}),
        Answer(202, {"import": one("CHECKING")}),
        Answer(200, failed),
    ]

    with pytest.raises(CliError, match="The campaign was cancelled") as caught:
        import_file(client, "cmp_1", path)

    assert caught.value.exit_code is Exit.REFUSED
    assert caught.value.details == [{"importId": "imp_1", "added": 3}]
