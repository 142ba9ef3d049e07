"""Senders, the suppression list, integrations, erasures and the totals; what a viewer sees of them.

Each test has a tenant of its own, so that nothing of it is in the others' way.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visiting
from tests.browser.scene import DRAFT, Scene, rows
from tests.browser.visit import Visit

TOKEN = "simulator"  # what the simulator takes


def gone_to(visiting: Visiting, path: str, **options: Any) -> Visit:
    there = visiting(**options)
    there.page.goto(f"{there.scene.url}/{path}")
    there.settle()
    return there


def action(page: Page, row: str, name: str) -> None:
    """Select the row, and what shall be done to it."""
    page.get_by_role("radio", name=row).check()
    page.get_by_role("button", name="Actions", exact=True).click()
    page.get_by_role("menuitem", name=name).click()


def test_a_number_is_registered_changed_checked_and_removed(visiting: Visiting) -> None:
    there = gone_to(visiting, "senders", tenant="berlin")
    there.expected.add(400)  # Meta refuses the first token
    page = there.page
    expect(page.get_by_text("No number to send from yet")).to_be_visible()

    page.get_by_role("button", name="Register a number").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Register", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("phone-number id is missing")
    dialog.get_by_label("Phone-number id").fill("109876543210")
    dialog.get_by_label("Access token").fill("stolen")
    dialog.get_by_label("Name").fill("Berlin")
    dialog.get_by_role("button", name="Register", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("token")
    assert there.inaccessible() == []
    dialog.get_by_label("Access token").fill(TOKEN)
    dialog.get_by_role("button", name="Register", exact=True).click()
    expect(page.get_by_text("Berlin is registered")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="Berlin")
    expect(row).to_contain_text("Can send")
    expect(row).to_contain_text("0 of 200 conversations")
    assert TOKEN not in page.content()

    action(page, "Berlin", "Change")
    dialog.get_by_label("Daily cap").fill("120")
    dialog.get_by_role("button", name="Save the changes").click()
    expect(row).to_contain_text("0 of 120 conversations")

    action(page, "Berlin", "Check now")
    expect(page.get_by_text("What Meta says of Berlin")).to_be_visible()

    action(page, "Berlin", "Remove")
    expect(dialog).to_contain_text("can’t be undone")
    dialog.get_by_role("button", name="Remove the sender").click()
    expect(page.get_by_text("No number to send from yet")).to_be_visible()


def test_a_stopped_number_says_why_and_is_let_go(visiting: Visiting, scene: Scene) -> None:
    stopped_sender(scene, "vienna")
    page = gone_to(visiting, "senders", tenant="vienna").page
    row = page.get_by_role("row").filter(has_text="Vienna")
    expect(row).to_contain_text("Stopped")
    expect(row).to_contain_text("token")

    action(page, "Vienna", "Let it send again")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("the next call stops it again")
    dialog.get_by_role("button", name="Let it send again").click()

    expect(page.get_by_text("Vienna may send again")).to_be_visible()
    expect(row).to_contain_text("Can send")


def stopped_sender(scene: Scene, tenant: str) -> None:
    """A number with a token that Meta calls expired at the first message."""
    with httpx.Client(base_url=scene.url, timeout=30, trust_env=False) as api:
        token = api.get("/local/token", params={"tenant": tenant}).json()["token"]
        api.headers["Authorization"] = f"Bearer {token}"
        number = {"phoneNumberId": "109876543211", "accessToken": TOKEN, "name": "Vienna"}
        api.post("/api/senders", json=number).raise_for_status()
        made = api.post("/api/campaigns/create", json={**DRAFT, "name": "Expired"}).json()
        campaign = f"/api/campaigns/{made['campaignId']}"
        file = {"file": ("people.csv", rows(1, ("0192",)).encode(), "text/csv")}
        api.post(f"{campaign}/populate", files=file).raise_for_status()
        api.post(f"{campaign}/control", json={"action": "start"}).raise_for_status()
        api.post(f"{campaign}/execute-batch").raise_for_status()


def test_people_are_put_on_the_list_found_imported_exported_and_taken_off(
    visiting: Visiting, tmp_path: Path
) -> None:
    there = gone_to(visiting, "suppressions", tenant="paris")
    page = there.page
    there.expected.add(400)  # of the number that is none
    dialog = page.get_by_role("dialog")

    page.get_by_role("button", name="Add people").click()
    dialog.get_by_label("Phone numbers").fill("12345")
    dialog.get_by_role("button", name="Put on the list").click()
    expect(dialog.get_by_role("alert")).to_contain_text("“12345” is no phone number")
    dialog.get_by_label("Phone numbers").fill("+1 201 555 0100\n+1 (202) 555-0101")
    dialog.get_by_label("Reason").fill("Asked by e-mail")
    dialog.get_by_role("button", name="Put on the list").click()
    expect(page.get_by_text("2 people put on the list")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="+12025550101")).to_contain_text("e-mail")

    file = tmp_path / "no-more.csv"
    file.write_text("phone\n+12035550102\n12345\n+12015550100\n")
    from_menu(page, "Import a file")
    dialog.locator("input[type=file]").set_input_files(file)
    dialog.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("1 person put on the list", exact=True)).to_be_visible()
    expect(page.get_by_text("On the list already: 1")).to_be_visible()
    expect(page.get_by_text("Line 3")).to_be_visible()

    page.get_by_role("searchbox").fill("+1 203")
    expect(page.get_by_role("row").filter(has_text="+12015550100")).to_be_hidden()
    expect(page.get_by_role("row").filter(has_text="+12035550102")).to_be_visible()
    with page.expect_download() as download:
        from_menu(page, "Export what is found")
    saved = Path(download.value.path()).read_text()
    assert "12035550102" in saved
    assert "12015550100" not in saved

    page.get_by_role("checkbox", name="+12035550102").check()
    page.get_by_role("button", name="Take off the list").click()
    expect(dialog).to_contain_text("told you themselves")
    dialog.get_by_role("button", name="Take off the list").click()
    expect(page.get_by_text("Nobody with such a number")).to_be_visible()


def from_menu(page: Page, name: str) -> None:
    page.get_by_role("button", name="File", exact=True).click()
    page.get_by_role("menuitem", name=name).click()


def test_another_systems_address_gets_its_secret_once_and_a_test(visiting: Visiting) -> None:
    there = gone_to(visiting, "integrations", tenant="rome")
    there.expected.add(400)  # of the address that is not of the internet
    page = there.page
    dialog = page.get_by_role("dialog")
    with listening() as address:
        page.get_by_role("button", name="Add an address").click()
        dialog.get_by_label("Address").fill("http://192.168.0.1/hook")
        dialog.get_by_role("button", name="Add the address").click()
        expect(dialog.get_by_role("alert")).to_contain_text("https")
        dialog.get_by_label("Address").fill(address)
        dialog.get_by_role("button", name="Add the address").click()

        secret = dialog.get_by_text("whsec_")
        expect(secret).to_be_visible()
        assert there.inaccessible() == []
        told = secret.inner_text().strip()
        dialog.get_by_role("button", name="I have kept it").click()
        expect(page.get_by_role("row").filter(has_text=address)).to_contain_text("Enabled")
        assert told not in page.content()

        action(page, address, "Send a test")
        expect(page.get_by_text(f"{address} took the test")).to_be_visible()

    action(page, address, "Disable")
    dialog.get_by_role("button", name="Disable", exact=True).click()
    expect(page.get_by_role("row").filter(has_text=address)).to_contain_text("Disabled")
    action(page, address, "Remove")
    dialog.get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_text("Nobody is told yet")).to_be_visible()


@contextmanager
def listening() -> Iterator[str]:
    """Another system, which takes everything; its address."""

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing to say."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Taking) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/hook"
        server.shutdown()


def test_a_person_is_erased_after_a_second_thought_and_the_receipt_stays(
    visiting: Visiting,
) -> None:
    page = gone_to(visiting, "erasures", tenant="oslo").page
    expect(page.get_by_text("Nothing was erased yet")).to_be_visible()

    page.get_by_role("button", name="Erase a person").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Phone number").fill("+1 201 555 0100")
    dialog.get_by_role("button", name="Erase", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("Confirm")
    dialog.get_by_role("checkbox").check()
    dialog.get_by_role("button", name="Erase", exact=True).click()

    row = page.get_by_role("row").filter(has_text="0100")
    expect(row).to_contain_text("You")
    expect(row).not_to_contain_text("2015550100")


def test_the_overview_and_the_caps_tell_what_was_sent(visiting: Visiting) -> None:
    there = gone_to(visiting, "overview")
    page = there.page
    for campaign in ("Order updates", "Autumn offer"):
        expect(page.get_by_role("link", name=campaign)).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="131026")).to_contain_text("Would not help")
    page.get_by_role("radio", name="7 days").or_(
        page.get_by_role("button", name="7 days")
    ).first.click()
    expect(page.get_by_role("row").filter(has_text="131026")).to_be_visible()

    page.get_by_role("link", name="Daily cap", exact=True).click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.get_by_text("Conversations that may be opened")).to_be_visible()
    expect(page.get_by_role("link", name="Autumn offer")).to_be_visible()
    expect(page.get_by_role("link", name="Order updates")).to_be_hidden()


def test_a_viewer_is_shown_nothing_that_changes_anything(visiting: Visiting) -> None:
    there = gone_to(visiting, "overview", role="viewer")
    page, main = there.page, there.page.get_by_role("main")
    pages = page.get_by_role("navigation", name="Pages")
    expect(page.get_by_role("link", name="Suppressions")).to_be_visible()
    expect(page.get_by_role("link", name="Integrations")).to_have_count(0)

    for name in ("Overview", "Senders", "Daily cap", "Suppressions"):
        pages.get_by_role("link", name=name, exact=True).click()
        there.settle(name)
        expect(main.get_by_role("table").first).to_be_visible()
        expect(main.get_by_role("table").get_by_role("radio")).to_have_count(0)
        expect(main.get_by_role("table").get_by_role("checkbox")).to_have_count(0)
        for button in ("Actions", "Register a number", "Add people", "Take off the list", "File"):
            expect(main.get_by_role("button", name=button, exact=True)).to_have_count(0)
    expect(main.get_by_role("button", name="Export all")).to_be_visible()

    for path in ("integrations", "erasures"):  # known from elsewhere
        page.goto(f"{there.scene.url}/{path}")
        expect(page.get_by_text("Ask somebody with the role Administrator.")).to_be_visible()
        expect(main.get_by_role("table")).to_have_count(0)
