"""Chat in real browsers: two people, ciphertext only, live."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from securechat.crypto.anatomy import character_spans
from tests.support import CANARY, Server, markup_of, open_chat, say, tokens

NewPage = Callable[..., Page]


@pytest.fixture(autouse=True)
def _empty_room(server: Server, new_page: NewPage) -> None:
    """Start each test with an empty room."""
    page = new_page()
    open_chat(page, server)
    if tokens(page, "A"):
        clear(page)
    page.context.close()


def clear(page: Page) -> None:
    """Clear the conversation, as a teacher would."""
    page.get_by_role("button", name="Clear conversation").click()
    page.get_by_role("button", name="Clear for everyone").click()
    expect(page.locator(".sc-message")).to_have_count(0)


def record_frames(page: Page) -> list[bytes]:
    """Record everything that the server sends to a page from now on."""
    frames: list[bytes] = []

    def keep(payload: str | bytes) -> None:
        frames.append(payload.encode() if isinstance(payload, str) else payload)

    page.on("websocket", lambda socket: socket.on("framereceived", keep))
    return frames


def test_two_browsers_talk_in_ciphertext(server: Server, new_page: NewPage) -> None:
    """A writes, B in another browser sees the token only; B answers, A sees that."""
    alice, bob = new_page(), new_page()
    frames = record_frames(alice), record_frames(bob)
    open_chat(alice, server)
    open_chat(bob, server)
    say(alice, "A", CANARY)
    expect(bob.locator(".st-key-pane_b .sc-message")).to_have_count(1, timeout=3_000)
    say(bob, "B", CANARY)
    expect(alice.locator(".st-key-pane_a .sc-message")).to_have_count(2, timeout=3_000)
    shown = tokens(alice, "A")
    assert shown == tokens(alice, "B") == tokens(bob, "A") == tokens(bob, "B")
    assert all(re.fullmatch(r"gAAAA[\w-]+=*", token) for token in shown)
    for page, received in zip((alice, bob), frames, strict=True):
        assert CANARY not in markup_of(page)
        assert not any(CANARY.encode() in frame for frame in received)
        assert any(shown[0].encode() in frame for frame in received)


def test_own_messages_stand_on_the_other_side(server: Server, new_page: NewPage) -> None:
    """In A's pane, A's message stands further right than B's; in B's pane it is the other way round."""
    page = new_page()
    open_chat(page, server)
    say(page, "A", "from A")
    say(page, "B", "from B")
    expect(page.locator(".st-key-pane_b .sc-message")).to_have_count(2)
    left = {
        (pane, sender): page.locator(f".st-key-pane_{pane} .sc-{sender}").first.bounding_box()
        for pane in "ab"
        for sender in "AB"
    }
    boxes = {place: box["x"] for place, box in left.items() if box}
    assert boxes["a", "A"] > boxes["a", "B"]
    assert boxes["b", "B"] > boxes["b", "A"]


def test_the_composer_empties_and_keeps_the_focus(server: Server, new_page: NewPage) -> None:
    """After Enter one can go on typing at once."""
    page = new_page()
    open_chat(page, server)
    page.get_by_placeholder("Message as User A").click()
    for number in (1, 2):
        page.keyboard.type(f"message {number}")
        page.keyboard.press("Enter")
        expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(number)
        expect(page.get_by_placeholder("Message as User A")).to_be_focused()
        expect(page.get_by_placeholder("Message as User A")).to_have_value("")


@pytest.mark.parametrize(("text", "reason"), [("x" * 2001, "2,000 are allowed"), ("   ", "nothing to send")])
def test_a_refused_message_is_not_lost(server: Server, new_page: NewPage, text: str, reason: str) -> None:
    """What was typed stands in the composer again, with the reason."""
    page = new_page()
    open_chat(page, server)
    say(page, "A", text)
    expect(page.locator(".st-key-pane_a")).to_contain_text(reason)
    expect(page.get_by_placeholder("Message as User A")).to_have_value(text)
    expect(page.locator(".sc-message")).to_have_count(0)


def test_the_fields_are_told_apart_as_the_core_does(server: Server, new_page: NewPage) -> None:
    """Whatever the length of the token, each field has the characters that `character_spans` gives it."""
    page = new_page()
    open_chat(page, server)
    for number, length in enumerate((1, 15, 16, 32, 48, 100, 2000), start=1):
        say(page, "A", "x" * length)
        expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(number)
    drawn = page.locator(".st-key-pane_a .sc-token").evaluate_all(
        "codes => codes.map(code => [...code.children].map(span => [span.className, span.textContent]))"
    )
    for token, spans in zip(tokens(page, "A"), drawn, strict=True):
        expected = [[f"sc-field sc-{name}", token[start:end]] for name, start, end in character_spans(token)]
        assert spans == expected


def test_clearing_asks_and_reaches_all(server: Server, new_page: NewPage) -> None:
    """One press does not clear; the second does, in both browsers, and the room says so."""
    alice, bob = new_page(), new_page()
    open_chat(alice, server)
    open_chat(bob, server)
    say(alice, "A", "hello")
    expect(bob.locator(".st-key-pane_b .sc-message")).to_have_count(1)
    alice.get_by_role("button", name="Clear conversation").click()
    expect(alice.get_by_text("Forget all messages")).to_be_visible()
    expect(bob.locator(".st-key-pane_b .sc-message")).to_have_count(1)
    alice.get_by_role("button", name="Clear for everyone").click()
    for page in (alice, bob):
        expect(page.locator(".sc-message")).to_have_count(0)
        expect(page.locator(".st-key-pane_a")).to_contain_text("The conversation was cleared.")


def test_the_copy_button_copies_the_token(server: Server, new_page: NewPage) -> None:
    """What lands on the clipboard is the token, whole."""
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    open_chat(page, server)
    say(page, "A", "hello")
    page.locator(".st-key-pane_a .sc-copy").click()
    expect(page.locator(".st-key-pane_a .sc-copy")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == tokens(page, "A")[0]


def test_the_transcript_follows_at_its_end_only(server: Server, new_page: NewPage) -> None:
    """At the end it follows; further up it stays put, with a hint that leads to the end."""
    page = new_page()
    open_chat(page, server)
    scroller = page.locator(".st-key-pane_a .sc-scroll")
    at_end = "e => e.scrollHeight - e.scrollTop - e.clientHeight < 2"
    for number in range(1, 6):
        say(page, "A", "a long message " * 10)
        expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(number)
    assert scroller.evaluate(at_end)
    more = page.locator(".st-key-pane_a .sc-more")
    expect(more).to_be_hidden()
    scroller.evaluate("e => { e.scrollTop = 40; }")
    say(page, "B", "news")
    expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(6)
    expect(more).to_be_visible()
    assert scroller.evaluate("e => e.scrollTop") == 40
    more.click()
    assert scroller.evaluate(at_end)
    expect(more).to_be_hidden()


def test_an_own_message_is_followed_from_anywhere(server: Server, new_page: NewPage) -> None:
    """Who writes while reading further up is taken to what they wrote; the other pane stays put."""
    page = new_page()
    open_chat(page, server)
    for number in range(1, 6):
        say(page, "B", "a long message " * 10)
        expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(number)
    for pane in "ab":
        page.locator(f".st-key-pane_{pane} .sc-scroll").evaluate("e => { e.scrollTop = 40; }")
    say(page, "A", "mine")
    expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(6)
    expect(page.locator(".st-key-pane_b .sc-more")).to_be_visible()
    expect(page.locator(".st-key-pane_a .sc-more")).to_be_hidden()
    expect(page.locator(".st-key-pane_a .sc-message").last).to_be_in_viewport(ratio=0.95)
    assert page.locator(".st-key-pane_b .sc-scroll").evaluate("e => e.scrollTop") == 40


def test_one_side_alone_for_a_phone(server: Server, new_page: NewPage) -> None:
    """?as=B shows one pane; its messages reach the page with both."""
    phone, projector = new_page(width=390, height=844), new_page()
    open_chat(phone, server, "?as=B")
    open_chat(projector, server)
    expect(phone.locator(".st-key-pane_a")).to_have_count(0)
    say(phone, "B", "from the phone")
    expect(projector.locator(".st-key-pane_a .sc-message")).to_have_count(1)


def test_all_is_in_sight_on_a_projector(server: Server, new_page: NewPage) -> None:
    """At 1280x720 both panes and composers are visible without scrolling, also with messages."""
    page = new_page()
    open_chat(page, server)
    for sender in "AB":
        say(page, sender, "a long message " * 20)
    expect(page.locator(".st-key-pane_b .sc-message")).to_have_count(2)
    for side in "ab":
        box = page.locator(f".st-key-pane_{side}").bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 720


@pytest.mark.parametrize("path", ["/", "/?as=A", "/inspector"])
def test_a_phone_never_scrolls_sideways(server: Server, new_page: NewPage, path: str) -> None:
    """On 390 pixels every page is as wide as the screen."""
    page = new_page(width=390, height=844)
    open_chat(page, server)
    say(page, "A", "hello " * 60)
    expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(1)
    page.goto(server.url + path)
    drawn = ".st-key-plaintext" if "inspector" in path else ".sc-token"
    expect(page.locator(drawn).first).to_be_visible()
    page.wait_for_timeout(500)
    widest = (
        "Math.max(...[...document.querySelectorAll('.stMain *')].map(e => e.getBoundingClientRect().right))"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate(widest) <= 390


def test_where_nothing_changed_nothing_changes(server: Server, new_page: NewPage) -> None:
    """Refreshes without news change nothing in the panes: not one node."""
    page = new_page()
    open_chat(page, server)
    say(page, "A", "hello")
    expect(page.locator(".st-key-pane_b .sc-message")).to_have_count(1)
    page.wait_for_timeout(1_500)
    page.evaluate(
        """() => {
            window.changes = [];
            const watch = new MutationObserver((list) => window.changes.push(
                ...list.map((change) => change.type + " " + change.target.outerHTML?.slice(0, 120))));
            for (const pane of document.querySelectorAll(".st-key-pane_a, .st-key-pane_b"))
                for (const tree of [pane, pane.querySelector(".sc-messages").shadowRoot])
                    watch.observe(tree, {
                        subtree: true, childList: true, attributes: true, characterData: true,
                    });
        }"""
    )
    page.wait_for_timeout(4_000)
    assert page.evaluate("window.changes") == []


def test_labels_of_buttons_are_whole(server: Server, new_page: NewPage) -> None:
    """A label has room; where it has none to spare, no browser that rounds otherwise puts dots into it."""
    page = new_page()
    open_chat(page, server, "?as=A")
    labels = page.locator("[data-testid=stMain] button [data-testid=stMarkdownContainer]")
    expect(labels).to_have_text(["Show both sides", "Clear conversation"])
    for label in labels.all():
        assert label.evaluate("e => e.scrollWidth <= Math.ceil(e.getBoundingClientRect().width)")
        assert label.evaluate("e => getComputedStyle(e).textOverflow") == "clip"
