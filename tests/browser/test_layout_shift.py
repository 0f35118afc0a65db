"""How far pages jump while they load, in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.every_page import PAGES, open_page
from tests.support import Server, open_chat, running_server, say

NewPage = Callable[..., Page]

OBSERVE = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
POOR = 0.25
"""What is poor begins here, and what is good ends at 0.1: https://web.dev/articles/cls."""
STEADY = 0.15
"""For the labs, whose room is reserved: somewhat over what is good, as a slow machine draws in pieces."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own: one page has a message to inspect."""
    with running_server(tmp_path_factory.mktemp("layout")) as running:
        yield running


@pytest.fixture(autouse=True)
def _message(server: Server, new_page: NewPage) -> None:
    page = new_page()
    open_chat(page, server)
    if page.locator(".st-key-pane_a .sc-message").count() == 0:
        say(page, "A", "meet me at nine")
        expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(1)
    page.close()


@pytest.mark.parametrize("size", [(390, 844), (1280, 720)], ids=["phone", "wide"])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_jumps(name: str, size: tuple[int, int], server: Server, new_page: NewPage) -> None:
    """What somebody is about to read or to press stays where it is while the rest of the page comes."""
    page = new_page(*size)
    page.add_init_script(OBSERVE)
    open_page(page, server, name)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)  # what is drawn last
    assert page.evaluate("window.shifted") < (STEADY if name.startswith("attack lab") else POOR)
