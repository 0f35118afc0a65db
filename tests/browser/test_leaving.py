"""Whoever goes to another page gets there, whatever the page that is left is just about to ask."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, WebSocketRoute, expect
from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.support import Server, block_feed, open_chat, say

NewPage = Callable[..., Page]

TICK = "streamlit:setComponentValue"
"""The message by which the timer of a page, in a frame of its own, asks for a look."""


class SlowServer:
    """The server's answers to a page, which can be held back, and what the page asked meanwhile.

    Attributes:
        looks: How often the page asked for a run of less than a page since answers are held back.
    """

    def __init__(self, page: Page) -> None:
        self.looks = 0
        self._holds = False
        self._held: list[str | bytes] = []
        page.route_web_socket("**/_stcore/stream", self._connect)

    def hold(self) -> None:
        """Hold all answers back from now on."""
        self._holds, self.looks = True, 0

    def let_go(self) -> None:
        """Give what was held back, and everything from now on."""
        self._holds = False
        while self._held:
            self._page.send(self._held.pop(0))

    def _connect(self, page: WebSocketRoute) -> None:
        server, self._page = page.connect_to_server(), page

        def ask(frame: str | bytes) -> None:
            message = BackMsg()
            message.ParseFromString(frame if isinstance(frame, bytes) else frame.encode())
            self.looks += message.rerun_script.fragment_id != ""
            server.send(frame)

        def answer(frame: str | bytes) -> None:
            if self._holds:
                self._held.append(frame)
            else:
                page.send(frame)

        page.on_message(ask)
        server.on_message(answer)


def test_a_page_that_is_left_does_not_call_back(server: Server, new_page: NewPage) -> None:
    """It tells the server of the feed in the very moment in which somebody goes."""
    page = new_page()
    page.add_init_script(
        "window.addEventListener('securechat:pulse', ({ detail }) => { window.tell = detail.tell; });"
    )
    slow = SlowServer(page)
    open_chat(page, server)
    expect(page.locator(".sc-sign")).to_have_text("● Live")
    page.wait_for_timeout(2_000)  # until it has told that
    slow.hold()
    page.get_by_role("link", name="Inspector", exact=True).evaluate(
        "(link) => { link.click(); window.tell(false); setTimeout(() => window.tell(true), 50); }"
    )
    page.wait_for_timeout(1_000)
    assert slow.looks == 0
    slow.let_go()
    expect(page.get_by_label("Or paste any token")).to_be_visible()
    page.get_by_role("link", name="Chat", exact=True).click()
    say(page, "A", "back again")
    expect(page.locator(".st-key-pane_a .sc-message").last).to_contain_text("User A")
    expect(page.locator(".sc-sign")).to_have_text("● Live")


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
        page.evaluate(
            f"""() => new Promise((done) => window.addEventListener("message", function tick({{ data }}) {{
                if (data?.type !== "{TICK}") return;
                window.removeEventListener("message", tick);
                setTimeout(() => {{ {go}; done(); }}, 50);
            }}))"""
        )
        looks = slow.looks
        page.wait_for_timeout(1_000)
        assert slow.looks == looks == 1, "the tick before, and none after"
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
