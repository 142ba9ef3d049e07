"""The list of campaigns: several at once, what others do meanwhile, who sees what."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visiting
from tests.browser.scene import DRAFT, Scene

Make = Callable[[str], str]


@pytest.fixture
def api(scene: Scene) -> Any:
    """Somebody else at the same campaigns."""
    with httpx.Client(base_url=scene.url, trust_env=False) as client:
        token = client.get("/local/token").json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


@pytest.fixture
def make(api: httpx.Client) -> Make:
    """Makes an empty draft, and says its id."""

    def draft(name: str) -> str:
        answer = api.post("/api/campaigns/create", json={**DRAFT, "name": name})
        return str(answer.json()["campaignId"])

    return draft


def listed(visiting: Visiting, **options: Any) -> Page:
    there = visiting(**options)
    there.page.goto(f"{there.scene.url}/campaigns")
    there.settle("Campaigns")
    return there.page


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))


def choose(page: Page, action: str, *names: str) -> Locator:
    """Select campaigns and an action; the dialog that asks."""
    for name in names:
        page.get_by_role("checkbox", name=name, exact=True).check()
    page.get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name=action).click()
    return page.get_by_role("dialog")


def test_several_are_cancelled_at_once_and_each_answers_for_itself(
    visiting: Visiting, make: Make
) -> None:
    make("Leaflets")
    make("Posters")
    page = listed(visiting)

    dialog = choose(page, "Cancel", "Leaflets", "Posters", "Order updates")
    expect(dialog).to_contain_text("Left as they are")
    expect(dialog).to_contain_text("Order updates (completed)")
    expect(dialog).to_contain_text("can’t be undone")
    dialog.get_by_role("button", name="Cancel", exact=True).click()

    for name in ("Leaflets", "Posters"):
        expect(page.get_by_text(f"{name}: is cancelled now")).to_be_visible()
        expect(row(page, name)).to_contain_text("Cancelled")
    expect(row(page, "Order updates")).to_contain_text("Completed")


def test_what_the_server_does_not_do_is_told_in_its_words(
    visiting: Visiting, make: Make, api: httpx.Client
) -> None:
    campaign_id = make("Flyers")
    there = visiting()
    there.expected |= {409}
    there.page.goto(f"{there.scene.url}/campaigns")
    dialog = choose(there.page, "Cancel", "Flyers")
    done = api.post(f"/api/campaigns/{campaign_id}/control", json={"action": "cancel"})
    assert done.is_success

    dialog.get_by_role("button", name="Cancel", exact=True).click()

    again = api.post(f"/api/campaigns/{campaign_id}/control", json={"action": "cancel"})
    expect(there.page.get_by_text("Cancel: 1 of 1 not done")).to_be_visible()
    words = f"Flyers: {again.json()['error']['message']}"
    expect(there.page.get_by_text(words)).to_be_visible()


def test_what_others_do_is_seen_without_asking(
    visiting: Visiting, make: Make, api: httpx.Client
) -> None:
    page = listed(visiting)
    expect(page.get_by_role("button", name="Live: ")).to_be_visible()

    campaign_id = make("Calendars")
    expect(row(page, "Calendars")).to_contain_text("Draft", timeout=4_000)  # polling takes 5 s
    api.post(f"/api/campaigns/{campaign_id}/control", json={"action": "cancel"})
    expect(row(page, "Calendars")).to_contain_text("Cancelled", timeout=4_000)


def test_without_a_live_connection_it_asks(visiting: Visiting, make: Make) -> None:
    there = visiting()
    there.expected |= {503}
    there.page.route_web_socket("**/live?*", lambda socket: socket.close())
    there.page.goto(f"{there.scene.url}/campaigns")
    expect(there.page.get_by_role("button", name="Every 5 s")).to_be_visible()

    make("Stickers")

    expect(row(there.page, "Stickers")).to_be_visible(timeout=20_000)  # after 5 s, if all is well


def test_the_filter_shows_what_is_asked_for(visiting: Visiting) -> None:
    page = listed(visiting)

    page.get_by_role("combobox", name="Find campaigns").fill("State = Running")
    page.keyboard.press("Enter")

    expect(row(page, "Autumn offer")).to_be_visible()
    expect(row(page, "Order updates")).to_have_count(0)
    expect(page.get_by_text("1 match", exact=True).first).to_be_visible()


def test_a_viewer_sees_nothing_that_a_viewer_may_not_do(visiting: Visiting) -> None:
    page = listed(visiting, role="viewer")

    expect(row(page, "Order updates")).to_be_visible()
    for name in ("Actions", "New campaign"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
        expect(page.get_by_role("link", name=name)).to_have_count(0)
    expect(page.get_by_role("checkbox")).to_have_count(0)
