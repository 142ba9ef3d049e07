"""Every page: no error, nobody else asked, and nothing in the way of keyboard and screen reader."""

import pytest

from tests.browser.conftest import Visiting
from tests.browser.pages import PAGES, Shown
from tests.browser.visit import NARROW

ACROSS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)
def test_a_page_is_accessible_light_and_dark_wide_and_narrow(
    visiting: Visiting, shown: Shown
) -> None:
    there = visiting(role=shown.role, tenant=shown.tenant)
    page = there.open(shown)

    assert there.inaccessible() == []
    there.turn("dark", NARROW)
    assert there.inaccessible() == []
    assert page.evaluate(ACROSS) <= 0, f"{NARROW[0]} px are too narrow for it"
