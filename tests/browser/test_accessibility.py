"""Every page is accessible: axe finds nothing serious, and screen readers hear of a message once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import faults
from tests.browser.every_page import PAGES, open_page
from tests.support import Server, markup_of, open_chat, running_server, say


def unfold(page: Page) -> None:
    """Open everything that is folded on a phone."""
    for summary in page.locator("details.sc-folded summary").all():
        summary.click()


@pytest.fixture(scope="module")
def closed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a passcode."""
    folder = tmp_path_factory.mktemp("closed")
    with running_server(folder, {"SECURECHAT_PRESENTER_PASSCODE": "open sesame"}) as running:
        yield running


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_has_a_serious_fault(
    server: Server, new_page: Callable[..., Page], scheme: str, width: int
) -> None:
    """Chat (empty, used, one side, with a question open) and Inspector, in both themes."""
    page = new_page(width=width, height=844, scheme=scheme)
    open_chat(page, server)
    assert faults(page) == []
    for sender in "AB":
        say(page, sender, "hello " * 10)
        expect(page.locator(f".st-key-pane_{sender.lower()} .sc-own").last).to_be_visible()
    say(page, "A", " ")
    expect(page.get_by_text("nothing to send")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="Clear conversation").click()
    expect(page.get_by_role("button", name="Clear for everyone")).to_be_visible()
    assert faults(page) == []
    open_chat(page, server, "?as=nobody")
    assert faults(page) == []
    page.goto(f"{server.url}/inspector")
    expect(page.locator(".st-key-plaintext")).to_be_visible()
    if width < 640:
        assert faults(page) == []
        unfold(page)
    page.get_by_role("button", name="Reveal key").click()
    expect(page.get_by_role("button", name="Hide key")).to_be_visible()
    assert faults(page) == []
    page.get_by_label("Or paste any token").fill("no token")
    page.get_by_role("button", name="Inspect this token").click()
    expect(page.get_by_text("It does not open.")).to_be_visible()
    assert faults(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_passcode_form_has_no_serious_fault(
    closed_server: Server, new_page: Callable[..., Page], scheme: str
) -> None:
    """The form, also after a wrong guess."""
    page = new_page(scheme=scheme)
    open_chat(page, closed_server)
    say(page, "A", "hello")
    expect(page.locator(".sc-message").first).to_be_visible()
    page.goto(f"{closed_server.url}/inspector")
    page.get_by_label("Passcode").fill("wrong")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_text("That is not the passcode")).to_be_visible()
    assert faults(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_of_a_broken_key_has_no_serious_fault(
    tmp_path: Path, new_page: Callable[..., Page], scheme: str
) -> None:
    """The page that says which file, what is wrong and what to do; a reload after mending starts the app."""
    (tmp_path / "secret.key").write_text("not a key")
    with running_server(tmp_path) as broken:
        page = new_page(scheme=scheme)
        page.goto(broken.url)
        expect(page.get_by_role("heading", name="SecureChat cannot start")).to_be_visible(timeout=30_000)
        expect(page.get_by_text("secret.key", exact=True)).to_be_visible()
        assert "not a key" not in markup_of(page)
        assert faults(page) == []
        (tmp_path / "secret.key").unlink()
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_placeholder("Message as User A")).to_be_visible()


def test_new_messages_are_announced_once(server: Server, new_page: Callable[..., Page]) -> None:
    """One live region of the page says who wrote; none says it a second time or reads out the token."""
    page = new_page()
    open_chat(page, server)
    count = page.locator(".st-key-pane_a .sc-message").count()
    page.locator("[aria-live], [role=status], [role=log], [role=alert]").evaluate_all(
        """regions => {
            window.said = [];
            for (const region of regions)
                new MutationObserver(() => window.said.push(region.textContent.trim()))
                    .observe(region, {childList: true, subtree: true, characterData: true});
        }"""
    )
    say(page, "B", "hello")
    expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(count + 1)
    page.wait_for_timeout(2_500)
    said = [text for text in page.evaluate("window.said") if text]
    number = page.locator(".st-key-pane_a .sc-message").last.get_attribute("data-id")
    assert said == [f"New encrypted message from User B, number {number}"]


def test_colour_is_not_the_only_sign(server: Server, new_page: Callable[..., Page]) -> None:
    """The five fields differ in the kind of line under them, and the legend shows the same lines."""
    page = new_page()
    open_chat(page, server)
    say(page, "A", "hello")
    expect(page.locator(".st-key-pane_a .sc-message").first).to_be_visible()
    line = "e => getComputedStyle(e).textDecorationStyle"
    names = ("version", "time", "iv", "ciphertext", "hmac")
    in_token = [page.locator(f".st-key-pane_a .sc-token .sc-{name}").first.evaluate(line) for name in names]
    in_legend = [page.locator(f".sc-legend .sc-{name}").first.evaluate(line) for name in names]
    assert len(set(in_token)) == 5
    assert in_token == in_legend


def test_no_heading_level_is_skipped(server: Server, new_page: Callable[..., Page]) -> None:
    """Headings go down one level at a time on every page, from the second at most."""
    page = new_page()
    open_chat(page, server)
    say(page, "A", "hello")
    expect(page.locator(".sc-message").first).to_be_visible()
    for name in PAGES:
        open_page(page, server, name)
        levels: list[int] = page.evaluate(
            """() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
                .filter((heading) => heading.checkVisibility()).map(({ tagName }) => Number(tagName[1]))"""
        )
        assert levels, name
        assert [below for above, below in pairwise([1, *levels]) if below > above + 1] == [], name
