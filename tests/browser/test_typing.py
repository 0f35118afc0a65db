"""Typing is never disturbed: half-written text, caret, focus and selection survive what goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support import Server, block_feed, open_chat, running_server, say

REFRESHES = 1_000
READ_COMPOSER = """() => {
    const box = document.querySelector(".st-key-pane_a textarea");
    return [box.value, box.selectionStart, box.selectionEnd, document.activeElement === box];
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose pages look for news very often, so that a thousand looks take a minute."""
    folder = tmp_path_factory.mktemp("server")
    with running_server(folder, {"SECURECHAT_REFRESH_MS": "20"}) as running:
        yield running


def count_refreshes(page: Page) -> Callable[[], int]:
    """Count how often the page asks the server to look for news."""
    sent: list[int] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda _: sent.append(1)))
    return lambda: len(sent)


def write_half(page: Page) -> list[object]:
    """Write half a sentence as A, put the caret into it, and return what the composer is like then."""
    page.get_by_placeholder("Message as User A").click()
    page.keyboard.type("half a sen")
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    state: list[object] = page.evaluate(READ_COMPOSER)
    assert state == ["half a sen", 6, 6, True]
    return state


def test_half_written_text_survives_a_thousand_refreshes(
    server: Server, new_page: Callable[..., Page]
) -> None:
    """Text, caret and focus are the same after 1,000 refreshes and 15 incoming messages."""
    alice, bob = new_page(), new_page()
    block_feed(alice)
    refreshes = count_refreshes(alice)
    open_chat(alice, server)
    open_chat(bob, server, "?as=B")
    before = write_half(alice)
    start = refreshes()
    for number in range(1, 16):
        say(bob, "B", f"news {number}")
        expect(alice.locator(".st-key-pane_a .sc-message")).to_have_count(number)
        bob.wait_for_timeout(550)  # B may write 20 messages in 10 seconds
        assert alice.evaluate(READ_COMPOSER) == before
    for _ in range(240):
        if refreshes() - start >= REFRESHES:
            break
        alice.wait_for_timeout(500)
    assert refreshes() - start >= REFRESHES
    assert alice.evaluate(READ_COMPOSER) == before
    alice.keyboard.type("X")
    assert alice.evaluate(READ_COMPOSER)[0] == "half aX sen"


def test_half_written_text_survives_the_live_feed(server: Server, new_page: Callable[..., Page]) -> None:
    """The same beside messages that the feed brings."""
    alice, bob = new_page(), new_page()
    open_chat(alice, server)
    open_chat(bob, server, "?as=B")
    expect(alice.locator(".sc-sign")).to_have_text(["● Live"])
    count = alice.locator(".st-key-pane_a .sc-message").count()
    before = write_half(alice)
    for number in range(1, 16):
        say(bob, "B", f"news {number}")
        expect(alice.locator(".st-key-pane_a .sc-message")).to_have_count(count + number)
        bob.wait_for_timeout(550)
        assert alice.evaluate(READ_COMPOSER) == before
    alice.keyboard.type("X")
    assert alice.evaluate(READ_COMPOSER)[0] == "half aX sen"


def test_a_selection_in_the_transcript_survives(server: Server, new_page: Callable[..., Page]) -> None:
    """A marked token stays marked while refreshes and messages go on."""
    alice, bob = new_page(), new_page()
    open_chat(alice, server)
    open_chat(bob, server, "?as=B")
    count = alice.locator(".st-key-pane_a .sc-message").count()
    say(bob, "B", "one")
    expect(alice.locator(".st-key-pane_a .sc-message")).to_have_count(count + 1)
    newest = alice.locator(".st-key-pane_a .sc-token").last
    newest.evaluate("token => getSelection().selectAllChildren(token)")
    marked = alice.evaluate("getSelection().toString()")
    assert marked.startswith("gAAAA")
    say(bob, "B", "two")
    expect(alice.locator(".st-key-pane_a .sc-message")).to_have_count(count + 2)
    alice.wait_for_timeout(1_000)
    assert alice.evaluate("getSelection().toString()") == marked


def test_a_half_filled_paste_box_survives(server: Server, new_page: Callable[..., Page]) -> None:
    """In the Inspector, the list grows with new messages and what is being pasted stays."""
    page, bob = new_page(), new_page()
    open_chat(bob, server, "?as=B")
    say(bob, "B", "one")
    page.goto(f"{server.url}/inspector")
    box = page.get_by_label("Or paste any token")
    box.click()
    page.keyboard.type("gAAAAAB half")
    listed = page.locator(".st-key-messages label").count()
    say(bob, "B", "two")
    expect(page.locator(".st-key-messages label")).to_have_count(listed + 1)
    expect(box).to_have_value("gAAAAAB half")
    expect(box).to_be_focused()
