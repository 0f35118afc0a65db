"""What tests of a pair's sealed room share: what two pupils do and see on their pages."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.sealed_visits import wait_until, write

MATCH, DIFFER = "They match", "They are different"
PHONE = {"width": 360, "height": 640}
"""A small one."""

SLOW = 60_000
"""Milliseconds for what two browsers do together on a slow machine."""


def expect_stage(page: Page, stage: str) -> None:
    """Wait until a page shows a stage of the sealing."""
    expect(page.locator(f"#sealing [data-stage={stage}]")).to_be_visible(timeout=SLOW)


def press(page: Page, label: str) -> None:
    """Press a button that is in sight."""
    page.get_by_role("button", name=label, exact=True).locator("visible=true").first.click()


def emoji(page: Page) -> list[str]:
    """Wait until a page shows seven emoji to compare, and return them with their words."""
    expect_stage(page, "compare")
    expect(page.locator("#sealing .emoji li")).to_have_count(7)
    return page.locator("#sealing .emoji li").all_text_contents()


def expect_sealed(page: Page, other: str) -> None:
    """Wait until a page is in the sealed room."""
    expect(page.locator("#composer")).to_be_visible(timeout=SLOW)
    expect(page.locator("#sign")).to_have_text("● Live", timeout=SLOW)
    expect(page.locator("h1")).to_contain_text(other)


def match(*pages: Page) -> list[str]:
    """Have both compare and say that the emoji match; return those."""
    wait_until(lambda: emoji(pages[0]) == emoji(pages[1]))  # one page may show those of the last round still
    shown = emoji(pages[0])
    for page in pages:
        press(page, MATCH)
    for page in pages:
        expect(page.locator("#composer")).to_be_visible(timeout=SLOW)
        expect(page.locator("#sign")).to_have_text("● Live", timeout=SLOW)
    return shown


def expect_to_talk(*pages: Page, about: str) -> None:
    """Have both write, and both read both."""
    for number, page in enumerate(pages):
        write(page, f"{about} {number}")
        for each in pages:
            expect(each.locator("#list .text").last).to_have_text(f"{about} {number}", timeout=SLOW)
