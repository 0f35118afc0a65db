"""What browsers do to a page by themselves: translate it, complete what is typed, check its spelling."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support import Server, block_feed, open_chat, say, tokens

NewPage = Callable[..., Page]
TRANSLATOR = Path(__file__).with_name("translator.js")
TRANSLATED = "[data-translated]"


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A page whose browser translates whatever it may."""
    page = new_page()
    page.add_init_script(path=TRANSLATOR)
    return page


def write_three(page: Page, server: Server) -> int:
    """Write three messages that differ, and return the number of the last one."""
    open_chat(page, server)
    messages = page.locator(".st-key-pane_a .sc-message")
    before = messages.count()
    for number in range(1, 4):
        say(page, "A", f"text {number}")
        expect(messages).to_have_count(before + number)
    return before + 3


def test_the_inspector_shows_what_it_says(server: Server, page: Page) -> None:
    """Heading, token and text belong to one message, also after the way to the one before it."""
    last = write_three(page, server)
    token = tokens(page, "A")[-2]
    page.goto(f"{server.url}/inspector?message={last}")
    expect(page.locator(".st-key-plaintext code")).to_have_text("text 3")
    page.get_by_role("button", name=re.compile("Older")).click()
    expect(page.locator(".st-key-plaintext code")).to_have_text("text 2")
    expect(page.get_by_role("heading", name=f"Message {last - 1}, from User A")).to_be_visible()
    expect(page.locator(".sc-box .sc-token")).to_have_text(token)
    expect(page.locator(TRANSLATED)).to_have_count(0)


def test_the_key_exchange_goes_on(server: Server, page: Page) -> None:
    """Every step has its own heading."""
    page.goto(f"{server.url}/key_exchange")
    headings = page.locator("[data-testid=stMain] h3")
    expect(headings).to_have_text(re.compile("Two strangers"), timeout=30_000)
    for number in (1, 2, 3):
        page.get_by_role("button", name="Next").click()
        expect(headings.first).to_contain_text(f"Step {number} of 6")
    expect(page.locator(TRANSLATED)).to_have_count(0)


def test_a_host_that_sends_a_page_of_its_own(server: Server, new_page: NewPage) -> None:
    """Where only scripts are known, and the page of the server says nothing, the app says it by itself."""
    page = new_page()
    page.add_init_script(
        """addEventListener("DOMContentLoaded", () => {
            for (const name of ["translate", "spellcheck"]) document.documentElement.removeAttribute(name);
        });"""
    )
    open_chat(page, server)
    expect(page.locator("html")).to_have_attribute("translate", "no")
    expect(page.locator("html")).to_have_attribute("spellcheck", "false")


def test_copy_takes_the_token_that_is_known(server: Server, page: Page) -> None:
    """Whatever became of the text on the page."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    write_three(page, server)
    token = tokens(page, "A")[-1]
    item = page.locator(".st-key-pane_a .sc-message").last
    item.locator(".sc-token").evaluate("e => { e.textContent = 'something else'; }")
    item.get_by_role("button", name=re.compile("Copy")).click()
    expect(item.get_by_role("button")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == token


@pytest.mark.parametrize("path", ["", "attack_lab", "attack_lab?lab=Forge", "key_life", "join", "classroom"])
def test_nothing_is_completed_or_sent_to_a_speller(server: Server, new_page: NewPage, path: str) -> None:
    """No box offers what was typed there before, and no text goes to a spelling service of the browser."""
    page = new_page()
    block_feed(page)
    page.goto(f"{server.url}/{path}")
    boxes = page.locator("textarea, input[type=text], input[type=password]").and_(page.locator(":visible"))
    expect(boxes.first).to_be_visible(timeout=30_000)
    expect(page.locator("html")).to_have_attribute("translate", "no")
    for box in boxes.all():
        assert box.evaluate("e => e.spellcheck") is False
        if box.evaluate("e => e.role") != "combobox" and box.evaluate("e => e.tagName") == "INPUT":
            assert box.get_attribute("autocomplete") in ("off", "one-time-code", "current-password")
    if path == "join":
        box = page.get_by_label("Code of the class")
        box.focus()
        expect(box).to_have_attribute("autocapitalize", "off")
        expect(box).to_have_attribute("autocorrect", "off")
