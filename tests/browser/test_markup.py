"""Markup is inert: nothing that somebody writes runs, is drawn as markup, or calls another host."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.support import Server, markup_of, open_chat, say

HOSTILE = [
    "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>",
    "![](https://tracker.example/pixel.png) [click](javascript:window.hacked=1)",
    ":red[not red] $\\href{javascript:window.hacked=1}{x}$ **not bold** :material/home:",
    "<style>body { display: none }</style></code></div><b>x</b>",
]


def test_hostile_texts_are_shown_as_typed(server: Server, new_page: Callable[..., Page]) -> None:
    """In the Inspector each stands as it was typed, nothing runs, and no foreign host is asked."""
    page = new_page()
    hosts: set[str | None] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
    page.on("websocket", lambda socket: hosts.add(urlsplit(socket.url).hostname))
    open_chat(page, server)
    for number, text in enumerate(HOSTILE, start=1):
        say(page, "A", text)
        expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(number)
    for number, text in enumerate(HOSTILE, start=1):
        page.goto(f"{server.url}/inspector?message={number}")
        expect(page.locator(".st-key-plaintext code")).to_have_text(text)
        page.wait_for_timeout(300)
        assert page.evaluate("window.hacked") is None
        assert page.locator(".st-key-plaintext").locator("img, script, b, a, style, .katex").count() == 0
    assert hosts - {None} == {"127.0.0.1"}


def test_a_direction_override_stays_in_its_box(server: Server, new_page: Callable[..., Page]) -> None:
    """A right-to-left override is written out, so that it turns nothing around."""
    page = new_page()
    open_chat(page, server)
    say(page, "B", "safe\u202egnp.exe")
    expect(page.locator(".st-key-pane_b .sc-B")).to_have_count(1)
    page.goto(f"{server.url}/inspector")
    expect(page.locator(".st-key-plaintext code")).to_have_text("safe⟨U+202E⟩gnp.exe")
    assert "\u202e" not in markup_of(page)
