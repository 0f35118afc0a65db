"""The page Sealed room in a real browser: it leads to `/sealed`, or says why there is none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.classes import PATIENCE
from tests.support import ROOT, Server, running_server

NewPage = Callable[..., Page]
SCRIPT_ONLY = ROOT / "tests" / "apps" / "script_only.py"


def open_page(page: Page, server: Server) -> None:
    """Open the page, and wait until it is drawn."""
    page.goto(f"{server.url}/sealed_room")
    expect(page.get_by_role("link", name="Back to Chat")).to_be_visible(timeout=PATIENCE)


@pytest.mark.parametrize("base_path", ["", "school/crypto"])
def test_it_opens_one_in_a_tab_of_its_own(tmp_path: Path, new_page: NewPage, base_path: str) -> None:
    """Also where the app has a path of its own; the page itself stays, and leads back."""
    with running_server(tmp_path, base_path=base_path) as server:
        page = new_page()
        open_page(page, server)
        with page.context.expect_page() as opened:
            page.get_by_role("link", name="Open a sealed room").click()
        expect(opened.value).to_have_url(f"{server.url}/sealed")
        expect(opened.value).to_have_title("Sealed room")
        assert opened.value.evaluate("window.opener") is None
        page.get_by_role("link", name="Back to Chat").click()
        expect(page.get_by_placeholder("Message as User A")).to_be_visible(timeout=PATIENCE)


def test_a_host_without_our_routes_says_so(tmp_path: Path, new_page: NewPage) -> None:
    """It answers `/sealed` with the app itself, so nobody is led there; it is said what to do."""
    with running_server(tmp_path, app=SCRIPT_ONLY) as server:
        page = new_page()
        open_page(page, server)
        note = page.locator(".sc-door-note")
        expect(note).to_contain_text("there are no sealed rooms at this address")
        expect(note).to_contain_text("python -m securechat talk")
        expect(page.get_by_role("link", name="Open a sealed room")).to_be_hidden()


@pytest.mark.parametrize("failure", ["no connection", "a proxy's answer"])
def test_it_looks_again_while_the_server_does_not_answer(
    server: Server, new_page: NewPage, failure: str
) -> None:
    """And says so; the link comes when it does, without anybody's help."""
    page = new_page()
    fails = [True]

    def answer(route: Route) -> None:
        if not fails:
            route.continue_()
        elif failure == "no connection":
            route.abort()
        else:
            route.fulfill(status=502, body="Bad gateway")

    page.route("**/sealed", answer)
    open_page(page, server)
    link = page.get_by_role("link", name="Open a sealed room")
    expect(page.get_by_text("The server does not answer.")).to_be_visible()
    expect(link).to_be_hidden()
    fails.clear()
    expect(link).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("The server does not answer.")).to_be_hidden()
