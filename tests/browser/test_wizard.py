"""The first campaign of somebody new: from nothing to the start, in the browser alone."""

import re
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visiting
from tests.browser.visit import Visit

SLOW = 60_000  # ms, for lists on a busy machine
ROWS = 1000
BAD = 20  # no phone number
TWICE = 5
NAMELESS = 3


def people() -> str:
    """A list of a thousand rows, of which a few can't be used."""
    lines = ["mobile;first_name;order"]
    lines += [f"+1 201 555 {number:04d};Ana {number};A-{number}" for number in range(2000, 2972)]
    lines += [f"{number};Bruno;B-{number}" for number in range(BAD)]
    lines += [f"+1 201 555 {2000 + number};Ana again;C-{number}" for number in range(TWICE)]
    lines += [f"+1 201 555 {3000 + number};;D-{number}" for number in range(NAMELESS)]
    assert len(lines) == 1 + ROWS
    return "\n".join(lines) + "\n"


def to_next(page: Page, heading: str) -> None:
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.get_by_role("heading", name=heading, exact=True, level=1)).to_be_visible()


def choose_template(page: Page, name: str, template: str) -> None:
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Template").click()
    page.get_by_role("option", name=template).click()


def to_recipients(there: Visit, name: str) -> None:
    """A new campaign as far as its list."""
    there.page.goto(f"{there.scene.url}/campaigns/new")
    choose_template(there.page, name, "order_update")
    to_next(there.page, "Sending")
    to_next(there.page, "Recipients")


def upload(page: Page, name: str, content: bytes) -> None:
    file = {"name": name, "mimeType": "text/csv", "buffer": content}
    page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    expect(page.get_by_role("heading", name="The first rows")).to_be_visible()


def test_a_list_with_bad_rows_becomes_a_campaign_that_is_started(
    visiting: Visiting, tmp_path: Path
) -> None:
    there = visiting()
    page = there.page
    page.goto(f"{there.scene.url}/campaigns/new")
    to_next_without = page.get_by_role("button", name="Next", exact=True)

    to_next_without.click()
    expect(page.get_by_text("Give the campaign a name.")).to_be_visible()
    choose_template(page, "Wizard", "order_update")
    preview = page.get_by_role("figure", name="The message")
    expect(preview).to_contain_text("Hello {{1}}, your order {{2}} is on its way.")
    to_next(page, "Sending")
    expect(page).to_have_url(re.compile(r"/campaigns/cmp_[^/]+/edit\?step=sending$"))

    there.expected.add(400)
    page.get_by_label("People in a batch").fill("5000")
    to_next_without.click()
    expect(page.get_by_text("This must be at most 1000.")).to_be_visible()
    page.get_by_label("People in a batch").fill("100")
    page.get_by_label("People a day, of this campaign").fill("150")
    to_next(page, "Recipients")

    to_next_without.click()
    expect(page.get_by_text("Choose a list, and upload it.")).to_be_visible()
    upload(page, "odd.csv", b"name,contact\nAna,+12015552000\n")
    page.get_by_role("button", name="Column with the phones").click()
    page.get_by_role("option", name="contact").click()
    expect(page.get_by_role("columnheader", name="phone phone")).to_be_visible()
    upload(page, "people.csv", people().encode("utf-16"))
    expect(page.get_by_role("columnheader", name="mobile phone")).to_be_visible()
    expect(preview).to_have_text("Hello Ana 2000, your order A-2000 is on its way.")
    page.get_by_role("button", name="The next row").click()
    expect(preview).to_have_text("Hello Ana 2001, your order A-2001 is on its way.")
    assert there.inaccessible() == []
    page.get_by_role("button", name="Upload the list").click()

    expect(page.get_by_role("heading", name="972 people added")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("28 rows left out")).to_be_visible()
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download who was left out").click()
    downloading.value.save_as(tmp_path / "left-out.csv")
    left_out = (tmp_path / "left-out.csv").read_text().splitlines()
    kinds = [line.split(",")[2] for line in left_out[1:]]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "invalid": BAD,
        "duplicate": TWICE,
        "missingVariable": NAMELESS,
    }
    assert there.inaccessible() == []

    to_next(page, "Review and start")
    # 150 a day: today, and six more days, the last one not whole.
    estimate = re.compile("^972 people, about [67] days if it starts now: at most 100 a minute")
    expect(page.get_by_text(estimate)).to_be_visible()
    assert there.inaccessible() == []
    page.get_by_label("Your phone").fill("+1 201 555 9000")
    page.get_by_role("button", name="Send the test").click()
    page.get_by_role("dialog").get_by_role("button", name="Send it").click()
    expect(page.get_by_text("WhatsApp took it. Look at the phone.")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Start …").click()
    page.get_by_role("dialog").get_by_role("button", name="Send to 972 people").click()
    expect(page).to_have_url(re.compile(r"/campaigns/cmp_[^/]+$"))
    expect(page.get_by_text("“Wizard” is started")).to_be_visible()


def test_leaving_half_way_loses_nothing(visiting: Visiting) -> None:
    there = visiting()
    page = there.page
    page.goto(f"{there.scene.url}/campaigns/new")
    choose_template(page, "Half-way", "spring_sale")
    page.reload()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Half-way")
    to_next(page, "Sending")
    page.get_by_text("Without pause").click()
    page.get_by_label("Workers at once").fill("3")
    to_next(page, "Recipients")
    page.get_by_label("Header {{1}}: text").fill("dear {{first_name}}")

    page.reload()
    expect(page.get_by_label("Header {{1}}: text")).to_have_value("dear {{first_name}}")
    page.get_by_role("button", name="Previous").click()
    expect(page.get_by_label("Workers at once")).to_have_value("3")

    page.goto(f"{there.scene.url}/campaigns/new")
    expect(page.get_by_label("Name", exact=True)).to_have_value("")  # that one has its own draft


def test_a_long_list_is_imported_and_what_was_left_out_is_told(visiting: Visiting) -> None:
    there = visiting()
    page = there.page
    to_recipients(there, "Long")
    rows = [f"+1 201 555 {number},Ana,A-{number},{'x' * 4_200}" for number in range(4000, 4048)]
    content = "\n".join(["phone,first_name,order,note", *rows, "12,Bruno,B,"])
    assert len(content) > 200_000

    upload(page, "long.csv", content.encode())
    page.get_by_role("button", name="Upload the list").click()

    added = page.get_by_role("heading", name="48 people added")
    expect(added).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("1 row left out")).to_be_visible()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Download who was left out").click()
    assert "50,12,invalid," in Path(downloading.value.path()).read_text()
    page.reload()
    expect(added).to_be_visible()  # the server knows it


def test_an_upload_that_breaks_off_says_how_many_are_in_and_goes_on(visiting: Visiting) -> None:
    there = visiting()
    page = there.page
    to_recipients(there, "Broken off")
    rows = [f"+1 201 555 {number},Ana,A-{number}" for number in range(6000, 6010)]
    head = "phone,first_name,order"
    upload(page, "people.csv", "\n".join([head, *rows]).encode())

    def half(route: Route) -> None:
        """What API Gateway answers when its time is over, with half of the list stored."""
        headers = {**route.request.headers, "idempotency-key": "another-one-of-sixteen"}
        route.fetch(headers=headers, post_data="\n".join([head, *rows[:5]]))
        route.fulfill(status=503, json={"message": "Service Unavailable"})

    there.expected.add(503)
    page.route("**/populate", half)
    page.get_by_role("button", name="Upload the list").click()
    told = "5 people are in the campaign, perhaps only a part of the list."
    expect(page.get_by_text(told)).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("Another list adds whoever is new.")).to_have_count(0)
    expect(page.get_by_text("The list was not taken")).to_have_count(0)
    assert there.inaccessible() == []

    page.unroute("**/populate")
    page.get_by_role("button", name="Upload the list").click()
    expect(page.get_by_role("heading", name="5 people added")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("10 people are in the campaign.")).to_be_visible()


def test_the_texts_of_a_campaign_with_people_are_fixed_and_others_may_only_look(
    visiting: Visiting,
) -> None:
    started = visiting()
    started.page.goto(f"{started.scene.url}/campaigns/{started.scene.ids['completed']}/edit")
    expect(started.page.get_by_text("Only drafts can be changed.")).to_be_visible()

    viewer = visiting(role="viewer")
    viewer.page.goto(f"{viewer.scene.url}/campaigns/new")
    expect(viewer.page.get_by_text("Your role may only look")).to_be_visible()
    started.settle()
    viewer.settle()
