"""Every page of the console, once: what is checked for access and photographed.

A new page is a new line; nothing else need be told of it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.browser.scene import rows


@dataclass(frozen=True)
class Shown:
    """One page in one state."""

    name: str
    path: str
    """With `{completed}` and the like for the campaigns of the scene."""

    heading: str
    """What the page's first heading says when it is there; `` for any."""

    tenant: str = "default"
    role: str | None = "org_admin"
    """None: nobody is signed in."""

    expected: frozenset[int] = frozenset()
    """Statuses that the API answers there, and of which the browser complains."""

    then: Callable[[Page], None] | None = None
    """What is done before it is looked at, such as opening a dialog."""


def _somebody(page: Page) -> None:
    page.get_by_role("row").nth(1).click()


def _choose(page: Page) -> None:
    """Take a list, and look at it."""
    content = rows(40).encode()
    page.locator("input[type=file]").set_input_files(
        {"name": "people.csv", "mimeType": "text/csv", "buffer": content}
    )
    expect(page.get_by_role("heading", name="The first rows")).to_be_visible()


PAGES = (
    Shown("sign-in", "/", "Campaigns", role=None),
    Shown("campaigns", "/campaigns", "Campaigns"),
    Shown("campaigns-viewer", "/campaigns", "Campaigns", role="viewer"),
    Shown("campaigns-empty", "/campaigns", "Campaigns", tenant="nobody-yet"),
    Shown("new-campaign", "/campaigns/{draft}/edit", "Message"),
    Shown("new-campaign-sending", "/campaigns/{draft}/edit?step=sending", "Sending"),
    Shown("new-campaign-list", "/campaigns/{draft}/edit?step=list", "Recipients", then=_choose),
    Shown("new-campaign-review", "/campaigns/{ready}/edit?step=review", "Review and start"),
    Shown("campaign", "/campaigns/{completed}", ""),
    Shown("campaign-running", "/campaigns/{running}", ""),
    Shown("campaign-stopped", "/campaigns/{stopped}", ""),
    Shown("campaign-errors", "/campaigns/{completed}?tab=errors", "Order updates"),
    Shown(
        "campaign-recipients",
        "/campaigns/{completed}?tab=recipients",
        "Order updates",
        then=_somebody,
    ),
    Shown("campaign-attention", "/campaigns/{completed}?tab=attention", "Order updates"),
    Shown("campaign-activity", "/campaigns/{completed}?tab=activity", "Order updates"),
    Shown("campaign-settings", "/campaigns/{completed}?tab=settings", "Order updates"),
    Shown("senders", "/senders", "Senders"),
    Shown("suppressions", "/suppressions", "Suppressions"),
    Shown("overview", "/overview", "Overview"),
    Shown("quota", "/quota", "Daily cap"),
    Shown("integrations", "/integrations", "Integrations"),
    Shown("erasures", "/erasures", "Erasures"),
    Shown("erasures-viewer", "/erasures", "Erasures", role="viewer"),
    Shown("not-found", "/nowhere", ""),
)
