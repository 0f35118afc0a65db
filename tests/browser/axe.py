"""What axe finds on a page."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

SERIOUS = ("serious", "critical")
UNMENDED = "[data-testid=stSidebarNav] :is(ul, li):not([role=none])"
"""What Streamlit's menu of a phone has until `securechat/ui/menu.js` has seen it."""


def faults(page: Page) -> list[str]:
    """Return the serious and critical faults that axe finds on a page."""
    page.wait_for_timeout(700)  # let animations end: axe measures the contrast of half-faded text
    expect(page.locator(UNMENDED)).to_have_count(0)
    return [
        f"{fault['id']}: {node['target']} {node['failureSummary']}"
        for fault in Axe().run(page).response["violations"]
        if fault["impact"] in SERIOUS
        for node in fault["nodes"]
    ]
