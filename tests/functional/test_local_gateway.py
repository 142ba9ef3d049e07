"""The HTTP port in front of a handler, with real HTTP and real processes."""

import base64
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from local.environment import Function, FunctionError, FunctionSettings
from local.failure import LocalError
from local.gateway import BODY_LIMIT, Gateway, listen
from local.tokens import Tokens

HANDLERS = "tests.functional.local_handlers"
Serve = Callable[..., httpx.Client]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Serves a handler; what it writes goes to `tmp_path / "log"`."""
    closing: list[Callable[[], None]] = []

    def start(handler: str, timeout: float = 5, concurrency: int = 2) -> httpx.Client:
        log = (tmp_path / "log").open("ab")
        settings = FunctionSettings("f", f"{HANDLERS}:{handler}", timeout, concurrency=concurrency)
        function = Function(settings, os.environ, log)
        tokens = Tokens(tmp_path)
        gateway = Gateway(function, listen(0), tokens)
        bearer = {"Authorization": f"Bearer {tokens.issue('default', 'viewer').token}"}
        client = httpx.Client(base_url=gateway.url, timeout=10, headers=bearer)
        closing.extend([log.close, lambda: function.stop(1), gateway.stop, client.close])
        return client

    yield start
    for close in reversed(closing):
        close()


def test_a_request_reaches_the_handler_as_an_event(serve: Serve) -> None:
    client = serve("echo")

    answer = client.post(
        "/api/campaigns/a%20b/populate?x=%20",
        files={"file": ("list.csv", b"phone\n\xff\xfe", "text/csv")},
    )

    seen = answer.json()["answer"]
    assert answer.status_code == 200
    assert seen["event"]["rawPath"] == "/api/campaigns/a b/populate"
    assert seen["event"]["rawQueryString"] == "x=%20"
    assert b"phone\n\xff\xfe" in base64.b64decode(seen["event"]["body"])
    assert seen["requestId"] == seen["event"]["requestContext"]["requestId"]
    assert seen["requestId"] == answer.headers["apigw-requestid"]
    assert seen["functionName"] == "f"
    assert 4000 < seen["remaining"] <= 5000


def test_one_environment_serves_one_request_after_the_other(serve: Serve) -> None:
    client = serve("echo")

    pids = {client.get("/x").json()["answer"]["pid"] for _ in range(3)}

    assert len(pids) == 1


def test_requests_at_the_same_time_do_not_wait_for_each_other(serve: Serve) -> None:
    client = serve("act")
    client.get("/warm")
    slow = threading.Thread(target=client.get, args=("/sleep?seconds=2",))
    slow.start()
    time.sleep(0.2)

    began = time.monotonic()
    quick = client.get("/quick")

    assert quick.text == "quick done"
    assert time.monotonic() - began < 1.5
    slow.join()


@pytest.mark.parametrize("action", ["raise", "exit", "die", "bytes"])
def test_a_handler_that_fails_gives_a_500_without_details_and_the_next_request_works(
    serve: Serve, action: str
) -> None:
    client = serve("act", concurrency=1)

    failed = client.get(f"/{action}")

    assert failed.status_code == 500
    assert failed.json()["success"] is False
    assert failed.json()["error"]["code"] == "INTERNAL"
    assert failed.headers["apigw-requestid"] in failed.json()["error"]["message"]
    assert "secret" not in failed.text
    assert client.get("/again").text == "again done"


def test_a_handler_that_takes_too_long_is_ended_and_the_next_request_works(serve: Serve) -> None:
    client = serve("act", timeout=0.5, concurrency=1)

    late = client.get("/sleep?seconds=9")

    assert late.status_code == 503
    assert late.json()["error"]["code"] == "TIMED_OUT"
    assert client.get("/again").text == "again done"


def test_a_body_over_the_limit_is_refused_in_the_error_shape(serve: Serve) -> None:
    client = serve("echo")

    over = client.post("/x", content=b"x" * (BODY_LIMIT + 1))
    # within API Gateway's limit, but too large for a Lambda event in base64
    encoded = client.post("/x", content=b"x" * 5_000_000)
    within = client.post("/x", content=b"x" * 4_000_000)

    for refused in (over, encoded):
        assert refused.status_code == 413
        assert refused.json()["error"]["code"] == "BODY_TOO_LARGE"
    assert within.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:8000"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_other_sites_in_the_browser_can_not_use_the_server(
    serve: Serve, headers: dict[str, str]
) -> None:
    answer = serve("echo").post("/api/campaigns/create", headers=headers)

    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "FORBIDDEN"


def test_own_pages_can_use_the_server(serve: Serve) -> None:
    client = serve("echo")

    assert client.post("/x", headers={"Origin": str(client.base_url)}).status_code == 200


def test_a_stop_lets_the_request_in_flight_finish(tmp_path: Path) -> None:
    function = Function(FunctionSettings("f", f"{HANDLERS}:act", 5), os.environ)
    tokens = Tokens(tmp_path)
    gateway = Gateway(function, listen(0), tokens)
    bearer = {"Authorization": f"Bearer {tokens.issue('default', 'viewer').token}"}
    answers: list[httpx.Response] = []

    def ask() -> None:
        answers.append(httpx.get(f"{gateway.url}/sleep?seconds=0.5", timeout=10, headers=bearer))

    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(0.2)

    gateway.stop()
    function.stop(1)
    asking.join()

    assert answers[0].text == "sleep done"
    with pytest.raises(httpx.ConnectError):
        httpx.get(gateway.url)


def test_a_port_in_use_is_one_line() -> None:
    with listen(0) as taken, pytest.raises(LocalError) as caught:
        listen(taken.getsockname()[1])

    assert f"Port {taken.getsockname()[1] if taken.fileno() >= 0 else ''}" in str(caught.value)
    assert "set PORT to another" in str(caught.value)


def test_a_handler_that_can_not_be_imported_is_one_line(tmp_path: Path) -> None:
    settings = FunctionSettings("broken", f"{HANDLERS}:missing", 5)

    with (tmp_path / "log").open("wb") as log, pytest.raises(LocalError) as caught:
        Function(settings, os.environ, log)

    assert str(caught.value).startswith("The function broken did not start: AttributeError")
    assert "\n" not in str(caught.value)


def test_an_environment_that_died_while_idle_is_replaced(tmp_path: Path) -> None:
    function = Function(FunctionSettings("f", f"{HANDLERS}:echo", 5, concurrency=1), os.environ)
    pid = function.invoke({}, "1")["answer"]["pid"]

    os.kill(pid, 9)
    for _ in range(100):
        try:
            second = function.invoke({}, "2")
        except FunctionError:  # it died after we asked: as with a dropped connection
            continue
        break
    function.stop(1)

    assert second["answer"]["pid"] != pid
