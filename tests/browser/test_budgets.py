"""What the first look at the console costs: bytes and seconds."""

import time
from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Visiting

SCRIPTS = 400_000  # bytes of JavaScript as sent, which is packed
SECONDS = 2.0  # until there is something to work with, on this machine

ATTEMPTS = 6


def test_the_list_of_campaigns_comes_with_little_script(visiting: Visiting) -> None:
    there = visiting()
    scripts: list[Any] = []
    there.page.on("requestfinished", lambda each: scripts.append(each))

    there.page.goto(f"{there.scene.url}/campaigns")
    there.settle("Campaigns")

    loaded = [each for each in scripts if each.resource_type == "script"]
    assert all(each.response().headers["content-encoding"] == "gzip" for each in loaded)
    sent = {each.url: each.sizes()["responseBodySize"] for each in loaded}
    assert sent
    assert 0 < sum(sent.values()) <= SCRIPTS, sent


def test_the_list_of_campaigns_is_there_soon(visiting: Visiting) -> None:
    """The best of several first loads: the tests beside this one take their part of the machine."""
    took: list[float] = []
    while len(took) < ATTEMPTS and min(took, default=SECONDS) >= SECONDS:
        there = visiting()
        began = time.perf_counter()
        there.page.goto(f"{there.scene.url}/campaigns", wait_until="commit")
        expect(there.page.get_by_text("Autumn offer")).to_be_visible()
        took.append(time.perf_counter() - began)
        there.settle()

    print("first loads:", took)  # noqa: T201 -- the figures, with -rP
    assert min(took) < SECONDS


def test_who_comes_back_loads_next_to_nothing_again(visiting: Visiting) -> None:
    there = visiting()
    there.page.goto(f"{there.scene.url}/campaigns")
    there.settle("Campaigns")
    there.page.reload()
    there.settle("Campaigns")

    loaded: dict[str, int] = there.page.evaluate(
        """Object.fromEntries(performance.getEntriesByType('resource')
            .filter((each) => each.name.includes('/assets/'))
            .map((each) => [each.name, each.transferSize]))"""
    )
    assert loaded
    assert set(loaded.values()) == {0}, loaded
