"""The console on the laptop: its files, its addresses and what browsers are told with them."""

import gzip
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from local.console import NOT_ITS_OWN, Console
from local.environment import Function, FunctionSettings
from local.gateway import Gateway, listen
from local.tokens import Tokens
from shared.web import HEADERS

SCRIPT = "console.log('a script')\n" * 100


@pytest.fixture(scope="module")
def function() -> Iterator[Function]:
    settings = FunctionSettings("f", "tests.functional.local_handlers:echo", 5, concurrency=1)
    function = Function(settings, os.environ)
    yield function
    function.stop(1)


@pytest.fixture
def serve(function: Function, tmp_path: Path) -> Iterator[Callable[[], httpx.Client]]:
    """Serves `tmp_path / "dist"`, whatever is in it, without a token."""
    closing: list[Callable[[], None]] = []

    def start() -> httpx.Client:
        console = Console(tmp_path / "dist", ["ws://127.0.0.1:8000", "http://127.0.0.1:9"])
        gateway = Gateway(function, listen(0), Tokens(tmp_path), console=console)
        client = httpx.Client(base_url=gateway.url)
        closing.extend([gateway.stop, client.close])
        return client

    yield start
    for close in reversed(closing):
        close()


@pytest.fixture
def browser(serve: Callable[[], httpx.Client], tmp_path: Path) -> httpx.Client:
    """A client of a console that is built."""
    (tmp_path / "dist/assets").mkdir(parents=True)
    (tmp_path / "dist/index.html").write_text("<title>Campaigns</title>")
    (tmp_path / "dist/assets/index-1a2b.js").write_text(SCRIPT)
    (tmp_path / "dist/icon.svg").write_text("<svg/>")
    (tmp_path / "token-key.txt").write_text("not for everybody")
    return serve()


@pytest.mark.parametrize("path", ["/", "/campaigns", "/campaigns/cmp_1/edit", "/what/ever?x=a.b"])
def test_every_address_of_its_own_is_the_one_page_asked_for_anew_each_time(
    browser: httpx.Client, path: str
) -> None:
    answer = browser.get(path)

    assert (answer.status_code, answer.text) == (200, "<title>Campaigns</title>")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"


def test_files_are_kept_for_ever_if_their_names_tell_their_content(browser: httpx.Client) -> None:
    script, icon = browser.get("/assets/index-1a2b.js"), browser.get("/icon.svg")

    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert icon.headers["cache-control"] == "no-cache"
    assert icon.headers["content-type"] == "image/svg+xml"


def test_text_is_sent_packed_to_who_can_unpack_it(browser: httpx.Client) -> None:
    with browser.stream("GET", "/assets/index-1a2b.js") as answer:
        packed = b"".join(answer.iter_raw())
    plain = browser.get("/assets/index-1a2b.js", headers={"Accept-Encoding": "identity"})

    assert gzip.decompress(packed).decode() == SCRIPT
    assert int(answer.headers["content-length"]) == len(packed) < len(SCRIPT) / 4
    assert plain.text == SCRIPT
    assert "content-encoding" not in plain.headers
    assert answer.headers["vary"] == plain.headers["vary"] == "accept-encoding"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/index-0000.js",  # of an older build
        "/favicon.ico",
        "/..%2ftoken-key.txt",
        "/assets/..%2f..%2ftoken-key.txt",
        "/%2fetc%2fpasswd.txt",
        "/a%00.js",
        f"/{'a' * 300}.js",
    ],
)
def test_a_file_that_is_not_there_or_not_the_consoles_is_404(
    browser: httpx.Client, path: str
) -> None:
    answer = browser.get(path)

    assert answer.status_code == 404
    assert "everybody" not in answer.text


@pytest.mark.parametrize("path", ["/", "/assets/index-1a2b.js", "/config.json", "/no.file"])
def test_a_page_may_load_its_own_files_and_talk_to_its_own_addresses_only(
    browser: httpx.Client, path: str
) -> None:
    answer = browser.get(path)

    policy = dict(
        part.strip().partition(" ")[::2]
        for part in answer.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["font-src"] == "'self'"
    assert policy["connect-src"] == "'self' ws://127.0.0.1:8000 http://127.0.0.1:9"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in answer.headers["content-security-policy"]
    for name, value in HEADERS.items():
        assert answer.headers[name] == value


def test_the_console_learns_what_it_talks_to(browser: httpx.Client) -> None:
    answer = browser.get("/config.json")

    assert answer.json() == {"apiUrl": "", "auth": {"kind": "local"}}
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", [f"/{first}/x" for first in NOT_ITS_OWN])
def test_what_is_the_apis_stays_the_apis(browser: httpx.Client, path: str) -> None:
    assert "<title>" not in browser.get(path).text


def test_pages_are_read_and_not_written_to(browser: httpx.Client) -> None:
    answer = browser.post("/campaigns", content=b"x")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert browser.head("/campaigns").status_code == 200


def test_a_server_without_a_console_says_how_to_build_it_and_shows_it_once_it_is_there(
    serve: Callable[[], httpx.Client], tmp_path: Path
) -> None:
    client = serve()

    missing = client.get("/campaigns")
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist/index.html").write_text("<title>Campaigns</title>")

    assert missing.status_code == 503
    assert "make console" in missing.text
    assert 'href="/swagger"' in missing.text
    assert client.get("/campaigns").text == "<title>Campaigns</title>"


def test_other_sites_can_not_have_the_page(browser: httpx.Client) -> None:
    assert browser.get("/", headers={"Host": "evil.example"}).status_code == 403
