"""Keyboards of the world: what their keys send, and in which direction their letters run."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.support import Server, open_chat

PRESS = """(box, { composed, breaks }) => {
    if (composed) {
        box.dispatchEvent(new CompositionEvent("compositionstart", { bubbles: true }));
        box.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true }));
    }
    const enter = { key: "Enter", keyCode: 229, bubbles: true, cancelable: true };
    const goesOn = box.dispatchEvent(new KeyboardEvent("keydown", enter));
    if (!breaks || !goesOn) return;
    box.setRangeText("\\n", box.selectionStart, box.selectionEnd, "end");
    box.dispatchEvent(new InputEvent("input", { inputType: "insertLineBreak", bubbles: true }));
}"""
"""Enter as a keyboard gives it that has a word to compose first."""


def press_enter(page: Page, *, composed: bool, breaks: bool) -> None:
    """Press Enter on a keyboard that composes.

    Args:
        page: The page.
        composed: Whether a word was just composed.
        breaks: Whether that Enter would break the line.
    """
    box = page.get_by_placeholder("Message as User A")
    box.evaluate(PRESS, {"composed": composed, "breaks": breaks})


def test_enter_of_every_keyboard(server: Server, new_page: Callable[..., Page]) -> None:
    """Enter sends, whatever its code; only the one that ends a composition goes on with the text."""
    page = new_page()
    open_chat(page, server)
    box, sent = page.get_by_placeholder("Message as User A"), page.locator(".st-key-pane_a .sc-message")
    box.press_sequentially("日本")
    press_enter(page, composed=True, breaks=False)  # Safari
    expect(box).to_have_value("日本")
    expect(sent).to_have_count(0)
    press_enter(page, composed=False, breaks=True)
    expect(box).to_have_value("")
    expect(sent).to_have_count(1)
    box.press_sequentially("hello")
    press_enter(page, composed=True, breaks=True)  # some phones, after every word
    expect(box).to_have_value("")
    expect(sent).to_have_count(2)
    box.press_sequentially("one")
    box.press("Shift+Enter")
    box.press_sequentially("two")
    expect(box).to_have_value("one\ntwo")
    expect(sent).to_have_count(2)


FIRST_LAST = """([element, first, last]) => {
    const text = document.createTreeWalker(element, NodeFilter.SHOW_TEXT).nextNode();
    const left = (at) => {
        const range = document.createRange();
        range.setStart(text, at);
        range.setEnd(text, at + 1);
        return range.getBoundingClientRect().left;
    };
    return [left(text.data.indexOf(first)), left(text.data.lastIndexOf(last))];
}"""


def test_hebrew_reads_from_right_to_left(server: Server, new_page: Callable[..., Page]) -> None:
    """Where it is typed and where it is read, the question mark stands at the left end of the question."""
    page = new_page()
    open_chat(page, server)
    box = page.get_by_placeholder("Message as User A")
    assert box.evaluate("e => getComputedStyle(e).direction") == "ltr"
    box.press_sequentially("מה שלומך?")
    assert box.evaluate("e => getComputedStyle(e).direction") == "rtl"
    count = page.locator(".st-key-pane_a .sc-message").count()
    box.press("Enter")
    expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(count + 1)
    page.goto(f"{server.url}/inspector")
    text = page.locator(".st-key-plaintext code")
    expect(text).to_have_text("מה שלומך?")
    begin, end = text.evaluate(f"e => ({FIRST_LAST})([e, 'מ', '?'])")
    assert end < begin
    pasted = page.get_by_label("Or paste any token")
    assert pasted.evaluate("e => getComputedStyle(e).unicodeBidi") == "plaintext"
