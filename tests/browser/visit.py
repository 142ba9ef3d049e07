"""A tab that keeps what must not happen in it: errors, and requests to anybody else."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, expect

from infra.console_build import CONSOLE
from tests.browser.pages import Shown
from tests.browser.scene import Scene

WIDE, NARROW = (1280, 800), (400, 800)
AXE = CONSOLE / "node_modules/axe-core/axe.min.js"
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PATIENCE = 10_000  # ms
expect.set_options(timeout=PATIENCE)

CLOUDSCAPES = (("aria-allowed-attr", "awsui_mobile-toolbar-nav"),)
"""Findings of axe (rule, part of the element) in what the library makes, and a page can't change.

It gives its narrow bar, a `nav`, an aria-orientation; screen readers pass over that.
"""


@dataclass
class Visit:
    """A person in front of the console. `page` is Playwright's; `open` goes to a page of ours."""

    page: Page
    scene: Scene
    trouble: list[str] = field(default_factory=list)
    expected: set[int] = field(default_factory=set)
    """Statuses of answers that a test is about, such as 409: the browser complains of them too."""

    def open(self, shown: Shown) -> Page:
        """Go there, and return when nothing more is loading."""
        self.expected |= shown.expected
        self.page.goto(self.scene.url + shown.path.format(**self.scene.ids))
        self.settle(shown.heading)
        if shown.then:
            shown.then(self.page)
            self.settle()
        return self.page

    def turn(self, theme: str, size: tuple[int, int] = WIDE) -> None:
        """Change the system's colours and the window's size under the page."""
        self.page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.page.wait_for_timeout(100)  # what follows the window's size is drawn anew

    def settle(self, heading: str = "") -> None:
        """Wait for the page's first heading, and for what it loads."""
        expect(self.page.locator("h1").first).to_contain_text(heading)
        self.page.wait_for_load_state("networkidle")

    def inaccessible(self) -> list[str]:
        """What axe has to say against the page, a line for each element."""
        self.page.evaluate(AXE.read_text())
        only = json.dumps({"runOnly": {"type": "tag", "values": STANDARDS}})
        found: Any = self.page.evaluate(f"axe.run(document, {only})")
        return [
            f"{rule['id']} ({rule['impact']}): {rule['help']}: {node['html'][:200]}"
            for rule in found["violations"]
            for node in rule["nodes"]
            if not any(rule["id"] == known and part in node["html"] for known, part in CLOUDSCAPES)
        ]

    def _said(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        if any(f"status of {status}" in message.text for status in self.expected):
            return
        self.trouble.append(f"{message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).hostname not in (None, "127.0.0.1", ""):
            self.trouble.append(f"a request to somebody else: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500 and response.status not in self.expected:
            self.trouble.append(f"{response.status} {response.request.method} {response.url}")

    def watch(self) -> None:
        """From now on, keep what goes wrong."""
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.trouble.append(f"uncaught: {error}"))
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)


@contextmanager
def visit(
    browser: Browser,
    scene: Scene,
    *,
    role: str | None = "org_admin",
    tenant: str = "default",
    size: tuple[int, int] = WIDE,
) -> Iterator[Visit]:
    """A fresh browser profile, signed in as `role` (None: not signed in)."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="light",
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="UTC",
        accept_downloads=True,
    )
    context.set_default_timeout(PATIENCE)
    if role is not None:
        choice = json.dumps(json.dumps({"tenant": tenant, "role": role}))
        kept = "'campaigns.local'"
        # Not over a choice that was made in the test.
        context.add_init_script(
            f"localStorage.getItem({kept}) ?? localStorage.setItem({kept}, {choice})"
        )
    try:
        found = Visit(context.new_page(), scene)
        found.watch()
        yield found
    finally:
        context.close()
