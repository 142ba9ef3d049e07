"""Photographs every page of the console, light and dark: `make screenshots`.

    .venv/bin/python -m tests.browser.screenshots [name …]

The pictures are docs/pictures/{name}-{theme}.webp; names are those of tests/browser/pages.py. What
they show is sent through the simulator, so nobody's numbers are in them.
"""

import base64
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, expect

from infra.console_build import ROOT, BuildError, build
from tests.browser.chromium import NoBrowserError, running_browser
from tests.browser.pages import PAGES, Shown
from tests.browser.scene import Scene, running_scene
from tests.browser.visit import visit

PICTURES = ROOT / "docs" / "pictures"
SIZE = (1280, 800)
QUALITY = 80  # of 100; text stays sharp, a page takes some 30 KB


def main(names: list[str]) -> int:
    """Take them; the exit code."""
    wanted = [shown for shown in PAGES if not names or shown.name in names]
    try:
        build()
        with (
            tempfile.TemporaryDirectory() as folder,
            running_scene(Path(folder)) as scene,
            running_browser() as browser,
        ):
            for shown in wanted:
                _photograph(browser, scene, shown)
    except (BuildError, NoBrowserError) as error:
        sys.stderr.write(f"No pictures: {error}\n")
        return 1
    return 0


def _photograph(browser: Browser, scene: Scene, shown: Shown) -> None:
    PICTURES.mkdir(exist_ok=True)
    with visit(browser, scene, role=shown.role, tenant=shown.tenant, size=SIZE) as there:
        there.open(shown)
        if shown.role:
            expect(there.page.get_by_role("button", name="Live: ")).to_be_visible()
        camera = there.page.context.new_cdp_session(there.page)
        for theme in ("light", "dark"):
            there.turn(theme, SIZE)
            taken = camera.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
            path = PICTURES / f"{shown.name}-{theme}.webp"
            path.write_bytes(base64.b64decode(taken["data"]))
            sys.stdout.write(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1024} KB\n")
        if there.trouble:
            sys.stderr.write("\n".join(there.trouble) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
