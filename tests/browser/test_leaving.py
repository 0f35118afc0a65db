"""Whoever goes to another page gets there, whatever the page that is left is just about to ask."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.slow_server import SlowServer
from tests.support import Server, block_feed, let_settle, open_chat, say

NewPage = Callable[..., Page]

TICK = "streamlit:setComponentValue"
"""The message by which the timer of a page, in a frame of its own, asks for a look."""


def test_a_page_that_is_left_does_not_call_back(server: Server, new_page: NewPage) -> None:
    """It is cut off from the feed just as somebody goes, and would tell the server so."""
    page = new_page()
    feeds: list[WebSocketRoute] = []

    def connect(route: WebSocketRoute) -> None:
        feeds.append(route)
        if len(feeds) == 1:
            route.connect_to_server()
        else:
            route.close()

    page.route_web_socket("**/api/rooms/**", connect)
    slow = SlowServer(page)
    open_chat(page, server)
    expect(page.locator(".sc-sign")).to_have_text(["● Live"])
    let_settle(page)
    feeds[0].close()
    expect(page.locator(".sc-sign")).to_have_text(["◐ Polling"])
    page.wait_for_timeout(2_000)
    slow.hold()
    before = len(slow.asked)
    page.get_by_role("link", name="Inspector", exact=True).evaluate("(link) => link.click()")
    page.wait_for_timeout(2_000)  # in which the feed is given up
    assert slow.asked[before:] == ["run"], "the other page, and nothing else"
    slow.let_go()
    expect(page.get_by_label("Or paste any token")).to_be_visible()
    page.get_by_role("link", name="Chat", exact=True).click()
    say(page, "A", "back again")
    expect(page.locator(".st-key-pane_a .sc-message").last).to_contain_text("User A")


def test_nor_does_its_timer(start_server: Callable[..., Server], new_page: NewPage) -> None:
    """Without the feed a page looks by itself: that ends with the click, and with the browser's Back."""
    server, page = start_server(SECURECHAT_REFRESH_MS="300"), new_page()
    block_feed(page)
    slow = SlowServer(page)
    open_chat(page, server)
    page.get_by_role("link", name="Inspector", exact=True).click()
    expect(page.get_by_label("Or paste any token")).to_be_visible()
    to_inspector = """document.querySelector("header a[href$='/inspector']").click()"""
    for go, there in (
        ("history.back()", page.get_by_placeholder("Message as User A")),
        (to_inspector, page.get_by_label("Or paste any token")),
    ):
        page.wait_for_timeout(1_000)
        slow.hold()
        slow.asked.clear()
        page.evaluate(
            f"""() => new Promise((done) => window.addEventListener("message", function tick({{ data }}) {{
                if (data?.type !== "{TICK}") return;
                window.removeEventListener("message", tick);
                setTimeout(() => {{ {go}; done(); }}, 50);
            }}))"""
        )
        looks = slow.looks
        page.wait_for_timeout(1_000)
        assert slow.looks == looks, "none after the click"
        # The tick before it, or several: the timer does not wait until the page listens for one.
        before, other_page = slow.asked[:-1], slow.asked[-1]
        assert set(before) == {"look"}
        assert other_page == "run"
        slow.let_go()
        expect(there).to_be_visible()


def test_a_page_that_was_called_back_all_the_same_comes_again(
    start_server: Callable[..., Server], new_page: NewPage
) -> None:
    """A tick that was on its way when somebody went leaves no empty page."""
    server, page = start_server(), new_page()
    block_feed(page)
    slow = SlowServer(page)
    open_chat(page, server)
    page.wait_for_timeout(1_000)
    timer = page.frame(url="**/component/streamlit_autorefresh.*/**")
    assert timer
    slow.hold()
    page.get_by_role("link", name="Inspector", exact=True).evaluate("(link) => link.click()")
    page.wait_for_timeout(500)  # until the server has run the other page
    looks = slow.looks
    message = {"isStreamlitMessage": True, "type": TICK, "value": 999, "dataType": "json"}
    timer.evaluate("(message) => window.parent.postMessage(message, '*')", message)
    page.wait_for_timeout(500)
    assert slow.looks == looks + 1
    slow.let_go()
    expect(page.get_by_label("Or paste any token")).to_be_visible()


def test_a_page_that_stays_goes_on_looking(start_server: Callable[..., Server], new_page: NewPage) -> None:
    """Where a click led nowhere, as without a network, the page looks for news again after a while."""
    server, page, other = start_server(SECURECHAT_REFRESH_MS="200"), new_page(), new_page()
    block_feed(page)
    open_chat(page, server)
    open_chat(other, server)
    page.evaluate(
        """() => {
            const link = document.createElement("a");
            link.href = "/elsewhere";
            link.onclick = (event) => event.preventDefault();
            document.body.append(link);
            link.click();
        }"""
    )
    say(other, "B", "news")
    expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(1)
