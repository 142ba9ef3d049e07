"""The machine's own Chromium, driven by Playwright, which downloads none."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--no-sandbox",  # root, as in a container, can't have Chromium's own
    "--disable-gpu",
    "--disable-dev-shm-usage",
    # Nothing of its own on the network: no updates, no lists, no other hosts.
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-quic", "--no-first-run", "--disable-features=OptimizationHints,MediaRouter"),
)


class NoBrowserError(Exception):
    """There is no browser; the message says what brings one."""


def executable() -> str:
    """Where the browser is. Raises NoBrowserError."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    raise NoBrowserError("no Chromium or Chrome on the PATH (Debian: apt install chromium)")


@contextmanager
def running_browser() -> Iterator[Browser]:
    """A browser that lives as long as the block. Raises NoBrowserError."""
    path = executable()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=list(FLAGS),
            env={name: value for name, value in os.environ.items() if "proxy" not in name.lower()},
        )
        try:
            yield browser
        finally:
            browser.close()
