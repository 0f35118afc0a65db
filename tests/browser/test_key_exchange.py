"""Key exchange in a real browser: by clicks on a phone, by keys on a projector, and on into the room."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import faults
from tests.support import Server, choose_page, open_chat, say

NewPage = Callable[..., Page]
STEPS = 6


def open_page(page: Page, server: Server) -> None:
    """Open the page and wait until it is drawn."""
    page.goto(f"{server.url}/key_exchange")
    expect(page.get_by_role("button", name="Next: A and B each make a key pair")).to_be_visible(
        timeout=30_000
    )


def next_step(page: Page) -> Locator:
    """Return the button for the next step."""
    return page.get_by_role("button", name=re.compile("^.*Next: "))


def wait_for_step(page: Page, step: int) -> None:
    """Wait until a step is drawn."""
    expect(page.get_by_role("heading", name=f"Step {step} of {STEPS}")).to_be_visible()


def bring_mallory(page: Page) -> None:
    """Turn on the switch that brings Mallory."""
    page.get_by_text("Mallory sits in the middle").click()
    expect(page.get_by_text("goes through Mallory")).to_be_visible()


def words(page: Page) -> list[list[str]]:
    """Return the words of the fingerprints, A's and B's."""
    drawn = [each.inner_text().split() for each in page.locator("ol.sc-sas:visible").all()]
    return [[text for text in each if text.isascii()] for each in drawn]


def fits(page: Page) -> bool:
    """Say whether nothing sticks out at the side, neither of the page nor of a box in it."""
    return bool(
        page.evaluate(
            """[document.documentElement, ...document.querySelectorAll(".stMain pre, .sc-sas")]
                .every((box) => box.scrollWidth <= box.clientWidth)"""
        )
    )


def test_the_whole_walk_on_a_phone(server: Server, new_page: NewPage) -> None:
    """Step by step with taps, back once, a message of one's own; columns stack and nothing sticks out."""
    page = new_page(width=390, height=844)
    open_page(page, server)
    for step in range(1, STEPS + 1):
        next_step(page).click()
        wait_for_step(page, step)
        assert fits(page)
        if step == 5:
            mine, yours = words(page)
            assert mine == yours
            assert len(mine) == 7
    page.get_by_role("button", name="Back").click()
    wait_for_step(page, 5)
    next_step(page).click()
    wait_for_step(page, 6)
    expect(page.get_by_role("button", name="That was the last step")).to_be_disabled()
    boxes = [page.get_by_role("heading", name=name).bounding_box() for name in ("User A", "Eve", "User B")]
    tops = [box["y"] for box in boxes if box]
    assert tops == sorted(set(tops)), "one under the other"
    text = "<b>from</b> the phone " + "x" * 100
    page.get_by_label("A writes").fill(text)
    page.get_by_role("button", name="Encrypt and send").click()
    expect(page.locator(".st-key-exchange_read code")).to_have_text(text)
    assert fits(page)


def test_the_whole_walk_by_keyboard_with_mallory(server: Server, new_page: NewPage) -> None:
    """One key press a step, focus stays on the button; what a step brings fits the projector."""
    page = new_page()
    open_page(page, server)
    page.get_by_role("switch", name="Mallory sits in the middle").focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("goes through Mallory")).to_be_visible()
    page.keyboard.press("Tab")  # to the other switch
    for _ in range(3):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText").find("Next: ") >= 0:
            break
    for step in range(1, STEPS + 1):
        expect(next_step(page)).to_be_focused()
        page.keyboard.press("Enter")
        wait_for_step(page, step)
        scene = page.locator(f".st-key-exchange_scene_{step} .stColumn").all()
        assert len(scene) == 3
        for column in scene:
            box = column.bounding_box()
            assert box
            assert box["y"] + box["height"] <= 720
        if step == 5:
            mine, yours = words(page)
            assert mine != yours
            expect(page.get_by_text("They differ, so A and B stop here.")).to_be_visible()
    page.get_by_label("A writes").focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("by keyboard")
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-exchange_read code")).to_have_text("by keyboard")
    expect(page.locator(".st-key-exchange_read_by_mallory code")).to_have_text("by keyboard")
    expect(page.get_by_text("Comparing would have caught her")).to_contain_text(", ".join(mine))


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_no_step_has_a_serious_fault(server: Server, new_page: NewPage, width: int, scheme: str) -> None:
    """Steps with everything open, private values, a refused text and Mallory, in both themes."""
    page = new_page(width=width, height=844, scheme=scheme)
    open_page(page, server)
    assert faults(page) == []
    bring_mallory(page)
    page.get_by_text("Show private values").click()
    for step in range(1, STEPS):
        next_step(page).click()
        wait_for_step(page, step)
    page.get_by_text("Step 2: Public keys").click()
    expect(page.get_by_text("Sent to both instead")).to_be_visible()
    assert faults(page) == []
    next_step(page).click()
    wait_for_step(page, STEPS)
    expect(page.get_by_text("Sent to both instead")).to_be_visible()
    page.get_by_label("A writes").fill(" ")
    page.get_by_role("button", name="Encrypt and send").click()
    expect(page.get_by_text("There is nothing to send yet.")).to_be_visible()
    assert faults(page) == []
    page.get_by_text("Mallory sits in the middle").click()
    expect(page.get_by_text("Eve copies everything that they send")).to_be_visible()
    for step in range(1, STEPS + 1):
        next_step(page).click()
        wait_for_step(page, step)
    assert faults(page) == []


def test_the_key_goes_on_into_the_room(start_server: Callable[..., Server], new_page: NewPage) -> None:
    """By the presenter only; then a message from Chat opens in the Inspector with the new key."""
    server = start_server(SECURECHAT_PRESENTER_PASSCODE="open sesame")
    page = new_page()
    open_chat(page, server)
    say(page, "A", "before")
    expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(1)
    choose_page(page, "Key exchange", "Labs")
    for step in range(1, STEPS + 1):
        next_step(page).click()
        wait_for_step(page, step)
    expect(page.get_by_role("button", name="Use this key for the room")).to_have_count(0)
    page.get_by_label("Passcode").fill("open sesame")
    page.get_by_role("button", name="Open").click()
    page.get_by_role("button", name="Use this key for the room").click()
    done = page.get_by_text("is now the primary key of the room")
    expect(done).to_be_visible()
    found = re.search(r"(?:[0-9a-f]{4} ){3}[0-9a-f]{4}", done.inner_text())
    assert found
    page.get_by_role("link", name="Write a message").click()
    say(page, "B", "after")
    expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(2)
    for message, text, opened_by in ((2, "after", "the primary key"), (1, "before", "retired key 1")):
        page.goto(f"{server.url}/inspector?message={message}")
        page.get_by_label("Passcode").fill("open sesame")
        page.get_by_role("button", name="Open").click()
        expect(page.locator(".st-key-plaintext code")).to_have_text(text)
        expect(page.get_by_test_id("stMetric").filter(has_text="Fingerprint")).to_contain_text(found[0])
        expect(page.get_by_test_id("stMetric").filter(has_text="Opened this")).to_contain_text(opened_by)
