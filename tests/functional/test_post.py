"""The way out to addresses that strangers chose: to the internet only, verified, in time."""

import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared import post
from shared.domain.endpoints import Attempt
from shared.post import Post
from tests.support.receiver import dripping, secure_server
from tests.support.scripted_server import Answer, Server, scripted_server

PUBLIC, PRIVATE, NAME = "93.184.216.34", "10.0.0.7", "hooks.example.com"
BODY = b'{"events": []}'


class Names:
    """Whoever says which addresses a name has."""

    def __init__(self, *answers: list[str]) -> None:
        self.asked = 0
        self._answers = list(answers)

    def __call__(self, host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        self.asked += 1
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in answer]


@pytest.fixture
def server() -> Iterator[Server]:
    with scripted_server() as server:
        server.answers = [Answer(200, "thanks")]
        yield server


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that a connection was tried to; none of them answers."""
    tried: list[str] = []

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        tried.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(post.socket, "create_connection", connect)
    return tried


def test_a_body_is_posted_as_it_is_and_the_answer_told(server: Server) -> None:
    attempt = Post(loopback=True)(f"{server.url}/hook?a=b", BODY, {"X-One": "1"})

    assert attempt == Attempt(200, "thanks")
    (asked,) = server.asked
    assert (asked.method, asked.path, asked.body) == ("POST", "/hook?a=b", BODY)
    assert (asked.headers["x-one"], asked.headers["content-length"]) == ("1", str(len(BODY)))


def test_a_redirect_is_an_answer_and_is_not_followed(server: Server) -> None:
    server.answers = [Answer(302, "", {"Location": f"{server.url}/other"}), Answer(200, "")]

    assert Post(loopback=True)(server.url, BODY, {}).status == 302
    assert len(server.asked) == 1


def test_only_the_beginning_of_an_answer_is_read(server: Server) -> None:
    server.answers = [Answer(500, "x" * 100_000)]

    attempt = Post(loopback=True)(server.url, BODY, {})

    assert (attempt.status, len(attempt.excerpt), attempt.words) == (500, 500, "HTTP 500")


def test_who_answers_a_byte_now_and_then_is_left_in_time() -> None:
    with dripping() as url:
        began = time.monotonic()
        attempt = Post(loopback=True, seconds=0.4)(url, BODY, {})

    assert attempt.problem == "no answer within 0.4 seconds"
    assert time.monotonic() - began < 2


def test_who_is_not_there_or_hangs_up_is_a_problem_in_words(server: Server) -> None:
    server.answers = [Answer(0)]
    gone = Post(loopback=True)(server.url, BODY, {})
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    refused = Post(loopback=True)(f"http://127.0.0.1:{port}/", BODY, {})

    assert gone.problem
    assert gone.problem.startswith("the connection failed")
    assert refused.problem == "the connection failed (ConnectionRefusedError)"


@pytest.mark.parametrize(
    "found",
    [[PRIVATE], ["127.0.0.1"], ["169.254.169.254"], ["::1"], [PUBLIC, PRIVATE], ["fe80::1%lo"], []],
)
def test_a_name_of_another_network_is_not_connected_to(
    connections: list[str], found: list[str]
) -> None:
    attempt = Post(loopback=True, resolve=Names(found))(f"https://{NAME}/", BODY, {})

    assert attempt.problem
    assert "not one of the internet" in attempt.problem
    assert connections == []


@pytest.mark.parametrize("host", ["localhost", "2130706433", "0x7f.1", "127.1", "017700000001"])
def test_other_spellings_of_this_machine_are_no_way_in(connections: list[str], host: str) -> None:
    attempt = Post(loopback=False)(f"https://{host}/", BODY, {})

    assert attempt.problem
    assert connections == []


def test_the_connection_goes_to_the_address_that_was_checked(connections: list[str]) -> None:
    """A name that says something else a moment later is not asked again."""
    names = Names([PUBLIC], [PRIVATE])

    Post(loopback=False, resolve=names)(f"https://{NAME}/", BODY, {})

    assert (names.asked, connections) == (1, [PUBLIC])


def test_every_address_is_tried(connections: list[str]) -> None:
    Post(loopback=False, resolve=Names([PUBLIC, "93.184.216.35"]))(f"https://{NAME}/", BODY, {})

    assert connections == [PUBLIC, "93.184.216.35"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", f"http://{NAME}/", "https://127.0.0.1:9/"])
def test_a_stored_address_is_checked_again(connections: list[str], url: str) -> None:
    attempt = Post(loopback=False, resolve=Names([PUBLIC]))(url, BODY, {})

    assert attempt.problem
    assert attempt.problem.startswith("The url can't be used.")
    assert connections == []


def test_a_name_that_is_not_there_is_a_problem_in_words() -> None:
    def nobody(*_: Any, **__: Any) -> list[tuple[Any, ...]]:
        raise socket.gaierror(-2, "Name or service not known")

    attempt = Post(loopback=False, resolve=nobody)(f"https://{NAME}/", BODY, {})

    assert attempt == Attempt(problem="the name can't be resolved")


@pytest.mark.parametrize(
    ("trusted", "name", "taken"), [(True, NAME, True), (False, NAME, False), (True, "other", False)]
)
def test_the_certificate_must_be_of_the_name_and_of_somebody_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool, name: str, taken: bool
) -> None:
    monkeypatch.setattr(post, "is_public", lambda _: True)  # the server is on this machine
    with secure_server(tmp_path, name) as (server, certificate):
        server.answers = [Answer(200, "thanks")]
        if trusted:
            context = ssl.create_default_context(cafile=str(certificate))
            monkeypatch.setattr(post, "_tls", lambda: context)
        to_it = Post(loopback=False, resolve=Names(["127.0.0.1"]))

        attempt = to_it(f"https://{NAME}:{server.server_port}/", BODY, {})

    assert attempt.delivered is taken
    assert len(server.asked) == taken
    assert taken or (attempt.problem or "").startswith("the certificate is refused")
