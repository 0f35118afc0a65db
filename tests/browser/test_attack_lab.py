"""Attack lab in a real browser: by mouse, by keyboard, on a phone, and without asking any other host."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote_plus, urlsplit

import pytest
from playwright.sync_api import Page, expect

from securechat.ui.attack_lab import LABS
from securechat.ui.attack_lab.guess import SECONDS
from tests.browser.axe import faults
from tests.support import Server, choose_page, open_chat, say

NewPage = Callable[..., Page]


def open_lab(page: Page, server: Server, name: str) -> None:
    """Open a lab by its address and wait until it is drawn."""
    page.goto(f"{server.url}/attack_lab?lab={quote_plus(name)}")
    expect(page.get_by_text("What it does not show:")).to_be_visible(timeout=30_000)
    page.wait_for_function("document.body.innerHTML.includes('CanvasText')")  # styles come a moment later


def refused(page: Page) -> str:
    """Return what the page says of the token that is refused."""
    return page.get_by_role("alert").filter(has_text="Refused").first.inner_text()


def test_the_first_visitor_asks_no_other_host(start_server: Callable[..., Server], new_page: NewPage) -> None:
    """Also whoever comes first, by a link, to a server that has just started; and every lab after that."""
    server, page = start_server(), new_page()
    hosts: set[str | None] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
    for lab in LABS:
        open_lab(page, server, lab.name)
        page.wait_for_timeout(300)
    assert hosts - {None} == {"127.0.0.1"}


def test_a_click_flips_a_bit(server: Server, new_page: NewPage) -> None:
    """The byte changes and is marked, the step that stops it is named; a second click takes it back."""
    page = new_page()
    open_lab(page, server, "Tamper")
    byte = page.locator(".sc-bytes button").nth(13)
    before = byte.inner_text()
    byte.click()
    expect(page.get_by_text("reads pay 00 coins to")).to_be_visible()  # 1 and 0 differ in the last bit
    assert "Recompute the HMAC and compare" in refused(page)
    assert int(byte.inner_text(), 16) == int(before, 16) ^ 1
    assert byte.get_attribute("aria-label") == f"Byte 13, Initialization vector: {byte.inner_text()}, changed"
    byte.click()
    expect(page.get_by_text("Click a byte")).to_be_visible()
    expect(byte).to_have_text(before)
    expect(page.locator(".sc-bytes .sc-changed")).to_have_count(0)


def test_by_keyboard(server: Server, new_page: NewPage) -> None:
    """One Tab reaches the bytes, arrow keys go through them, Enter flips, and the focus stays there."""
    page = new_page()
    open_lab(page, server, "Tamper")
    expect(page.locator(".sc-bytes button").first).to_be_visible()
    page.get_by_role("button", name="HMAC", exact=True).focus()  # with nothing to undo, Undo all is passed by
    page.keyboard.press("Tab")
    for key in ("ArrowRight", "ArrowDown", "End"):
        page.keyboard.press(key)
    last = page.locator(".sc-bytes button").last
    expect(last).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("would not have noticed")).to_be_visible()
    assert "Recompute the HMAC and compare" in refused(page)
    expect(last).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="Check the version")).to_be_visible()
    expect(page.locator(".sc-bytes .sc-changed")).to_have_count(2)


def test_a_message_on_a_phone(server: Server, new_page: NewPage) -> None:
    """A message of the room can be tampered with on a phone, and nothing is wider than the screen."""
    page = new_page(width=390, height=844)
    open_chat(page, server, "?as=A")
    say(page, "A", "pay 10 to Eve")
    expect(page.locator(".sc-message").last).to_be_visible()
    for lab in LABS:
        open_lab(page, server, lab.name)
        page.get_by_text("A message of the room").click()
        expect(page.get_by_label("Message", exact=True)).to_be_visible()
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") == 390, lab.name
    open_lab(page, server, "Forge")
    expect(page.get_by_text("reads pay 90 to Eve")).to_be_visible()


def test_a_replayed_message_appears_in_chat(server: Server, new_page: NewPage) -> None:
    """What is sent again is there a second time, at once, on every open page."""
    page, other = new_page(), new_page()
    open_chat(page, server)
    say(page, "B", "once only")
    shown = page.locator(".st-key-pane_a .sc-message")
    expect(shown.last).to_contain_text("User B")
    count = shown.count()
    open_lab(other, server, "Replay and age")
    other.get_by_role("button", name="Send the same token again").click()
    expect(shown).to_have_count(count + 1)
    tokens = page.locator(".st-key-pane_a .sc-token").all_text_contents()
    assert tokens[-1] == tokens[-2]
    expect(other.get_by_text("Accepted once more.")).to_be_visible()


def test_guessing_can_be_stopped(server: Server, new_page: NewPage) -> None:
    """It ends before its time; what was counted until then stands there, and a plot of what that means."""
    page = new_page()
    open_lab(page, server, "Guess")
    page.get_by_role("button", name="Guess for a moment").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    page.get_by_role("button", name="Stop guessing").click()
    expect(page.get_by_text("times the age of the universe")).to_be_visible()
    seconds = float(page.get_by_text("keys in").inner_text().split(" keys in ")[1].split(" s of")[0])
    assert 0 < seconds < SECONDS
    expect(page.locator("[data-testid=stVegaLiteChart] text").get_by_text("10²⁰", exact=True)).to_be_visible()


def test_what_is_chosen_is_there_after_a_look_elsewhere(server: Server, new_page: NewPage) -> None:
    """Text and lab are as they were when somebody comes back from another page."""
    page = new_page()
    open_lab(page, server, "Tamper")
    page.get_by_text("A text typed here").click()
    whole = page.locator(".sc-bytes").inner_text()
    page.get_by_label("Text", exact=True).fill("my own text")
    page.get_by_label("Text", exact=True).press("Enter")
    expect(page.get_by_text("my own text")).to_be_visible()
    expect(page.locator(".sc-bytes")).not_to_have_text(whole, use_inner_text=True)
    page.locator(".sc-bytes button").nth(9).click()
    expect(page.get_by_text("reads ly own text")).to_be_visible()  # m and l differ in the last bit
    page.get_by_role("link", name="Inspector").click()
    expect(page.get_by_text("Or paste any token")).to_be_visible()
    choose_page(page, "Attack lab", "Labs")
    expect(page.get_by_text("reads ly own text")).to_be_visible()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
@pytest.mark.parametrize("name", [lab.name for lab in LABS])
def test_no_lab_has_a_serious_fault(
    server: Server, new_page: NewPage, scheme: str, width: int, name: str
) -> None:
    """Axe finds nothing serious, also once something was done and every value is shown."""
    page = new_page(width=width, height=844, scheme=scheme)
    open_lab(page, server, name)
    act = {
        "Tamper": "Ciphertext",
        "Wrong key": "Another one",
        "Replay and age": "Send the same token again",
        "Guess": "Stop guessing",
    }.get(name)
    if act:
        page.get_by_role("button", name=act, exact=True).click()
    if page.get_by_text("Show every value").count():
        page.get_by_text("Show every value").first.click()
        expect(page.get_by_text("Clean URL-safe Base64.").first).to_be_visible()
    assert faults(page) == []
