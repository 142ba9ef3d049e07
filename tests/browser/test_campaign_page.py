"""A campaign's page: what can be done to it, what became of everybody, and what to do about it."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visiting
from tests.browser.scene import DRAFT, Scene, rows

Make = Callable[..., str]


@pytest.fixture
def api(scene: Scene) -> Iterator[httpx.Client]:
    """Somebody else at the same campaigns."""
    with httpx.Client(base_url=f"{scene.url}/api/campaigns", trust_env=False) as client:
        token = httpx.get(f"{scene.url}/local/token", trust_env=False).json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


@pytest.fixture
def make(api: httpx.Client) -> Make:
    """Makes a campaign with a list, sent as far as one batch goes if `sent`; says its id."""

    def campaign(name: str, listed: str, *, sent: bool = True, **settings: Any) -> str:
        made = api.post("/create", json={**DRAFT, "name": name, **settings}).json()["campaignId"]
        api.post(f"/{made}/populate", files={"file": ("people.csv", listed.encode(), "text/csv")})
        if sent:
            api.post(f"/{made}/control", json={"action": "start"})
            answer = api.post(f"/{made}/execute-batch")
            assert answer.is_success, answer.text
        return str(made)

    return campaign


def at(visiting: Visiting, campaign_id: str, tab: str = "", **options: Any) -> Page:
    there = visiting(**options)
    there.page.goto(f"{there.scene.url}/campaigns/{campaign_id}{tab and f'?tab={tab}'}")
    there.settle()
    return there.page


def press(page: Page, name: str, *, on: Locator | None = None) -> Locator:
    """Press a button that asks; the dialog."""
    (on or page).get_by_role("button", name=name, exact=True).click()
    return page.get_by_role("dialog")


def tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()


def test_from_start_by_a_batch_by_hand_to_a_pause_with_its_reason(
    visiting: Visiting, make: Make
) -> None:
    page = at(visiting, make("Vouchers", rows(25, first=5000), sent=False))

    dialog = press(page, "Start")
    expect(dialog).to_contain_text("25 people will be written to")
    dialog.get_by_role("button", name="Start campaign").click()
    expect(page.get_by_text("Vouchers is running now.")).to_be_visible()

    press(page, "Execute batch (20)").get_by_role("button", name="Execute batch").click()
    expect(page.get_by_text("Batch: 20 taken by Meta.")).to_be_visible()
    expect(page.get_by_text("20 of 25 people")).to_be_visible()

    dialog = press(page, "Pause")
    dialog.get_by_label("Reason").fill("lunch")
    dialog.get_by_role("button", name="Pause campaign").click()
    expect(page.get_by_text("Vouchers is paused now.")).to_be_visible()
    expect(page.get_by_text("lunch. Resume it when it shall go on.")).to_be_visible()
    expect(page.get_by_role("button", name="Execute batch")).to_have_count(0)

    tab(page, "Activity")
    expect(page.get_by_role("row", name="Paused You lunch")).to_be_visible()
    expect(page.get_by_role("row", name="Batch sent by hand You 20 people")).to_be_visible()


def test_failures_are_grouped_and_tried_again_as_far_as_that_makes_sense(
    visiting: Visiting, make: Make
) -> None:
    listed = rows(3, ("0161", "0172", "0160"), first=5100)
    page = at(visiting, make("Refunds", listed, retry={"maxAttempts": 1}), "errors")
    row = {
        code: page.get_by_role("row").filter(has_text=code)
        for code in ("131016", "131026", "131050")
    }
    expect(row["131050"]).to_contain_text("asked for no more")
    expect(row["131050"].get_by_role("button")).to_have_count(0)  # nobody may insist on that

    dialog = press(page, "Retry all the same: 131026", on=row["131026"])
    expect(dialog).to_contain_text("will fail again")
    dialog.get_by_role("button", name="Back").click()

    dialog = press(page, "Retry: 131016", on=row["131016"])
    dialog.get_by_role("button", name="Try again").click()
    words = "1 in the queue again. The campaign is running now."
    expect(page.get_by_text(words)).to_be_visible()
    expect(row["131016"]).to_have_count(0)
    row["131026"].get_by_role("link").click()
    expect(page).to_have_url(re.compile("status=FAILED&code=131026"))
    expect(page.get_by_role("row", name="+12035550160")).to_be_visible()


def test_doubt_is_settled_one_by_one_or_all_at_once(visiting: Visiting, make: Make) -> None:
    page = at(visiting, make("Doubts", rows(3, ("0184",) * 3, first=5200)), "attention")
    one = page.get_by_role("checkbox", name="+12015550184")

    one.check()
    dialog = press(page, "Take the selected as sent")
    expect(dialog).to_contain_text("Take 1 message as sent?")
    dialog.get_by_role("button", name="Take as sent").click()
    expect(page.get_by_text("1 taken as sent.")).to_be_visible()
    expect(one).to_have_count(0)

    dialog = press(page, "Send all again")
    expect(dialog).to_contain_text("gets a second one")
    dialog.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("2 in the queue again.")).to_be_visible()
    expect(page.get_by_text("No message is in doubt.")).to_be_visible()
    expect(page.get_by_role("tab", name="Needs attention", exact=True)).to_be_visible()


def test_recipients_are_found_told_of_and_exported(
    visiting: Visiting, make: Make, tmp_path: Path
) -> None:
    page = at(visiting, make("Letters", rows(60, ("0160",), first=5300)), "recipients")
    people = page.get_by_role("table", name="Recipients").get_by_role("row")
    expect(people).to_have_count(1 + 50)
    page.get_by_role("button", name="Next page").click()
    expect(people).to_have_count(1 + 10)

    page.get_by_label("Phone, or its beginning").fill("+1 (201) 555")
    expect(people).to_have_count(1 + 1)
    people.last.click()
    panel = page.get_by_role("region", name="+12015550160")
    expect(panel).to_contain_text("Attempt 1: Failed")
    expect(panel).to_contain_text("131026")
    expect(panel).to_contain_text("check the number")

    with page.expect_download() as download:
        page.get_by_role("button", name="Export those found").click()
    download.value.save_as(tmp_path / "found.csv")
    lines = (tmp_path / "found.csv").read_text().splitlines()
    assert download.value.suggested_filename == "Letters.csv"
    assert [line.split(",")[0] for line in lines] == ["phone", "12015550160"]
    expect(page.get_by_text("Letters.csv is in your downloads.")).to_be_visible()


def test_what_happens_meanwhile_is_seen_without_asking(
    visiting: Visiting, make: Make, api: httpx.Client
) -> None:
    campaign_id = make("Mornings", rows(30, first=5400))
    page = at(visiting, campaign_id)
    expect(page.get_by_role("button", name="Live: ")).to_be_visible()
    expect(page.get_by_text("20 of 30 people")).to_be_visible()

    api.post(f"/{campaign_id}/execute-batch")

    expect(page.get_by_text("30 of 30 people")).to_be_visible(timeout=4_000)  # polling takes 5 s
    expect(page.get_by_text("Completed", exact=True).first).to_be_visible()
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)


def test_a_viewer_sees_all_of_it_and_can_do_nothing(visiting: Visiting, scene: Scene) -> None:
    page = at(visiting, scene.ids["completed"], role="viewer")
    expect(page.get_by_role("heading", name="Outcome")).to_be_visible()
    expect(page.get_by_role("button", name="More")).to_have_count(0)
    tab(page, "Errors")
    expect(page.get_by_role("row").filter(has_text="131026")).to_be_visible()
    expect(page.get_by_role("button", name="Retry")).to_have_count(0)
    tab(page, "Needs attention")
    expect(page.get_by_role("row", name="+12075550184")).to_be_visible()
    expect(page.get_by_role("button", name="Take all as sent")).to_have_count(0)
    expect(page.get_by_role("checkbox")).to_have_count(0)


def test_a_campaign_that_is_not_there_is_said_to_be_so(visiting: Visiting) -> None:
    there = visiting()
    there.expected |= {404}
    page = there.page
    for address in ("cmp_00000000-0000-4000-8000-000000000000", "cmp_nobody/edit"):
        page.goto(f"{there.scene.url}/campaigns/{address}")
        there.settle("There is no such campaign")
        expect(page.get_by_role("button", name="Try again")).to_have_count(0)
        assert there.inaccessible() == []

    page.get_by_role("link", name="All campaigns").click()
    there.settle("Campaigns")
