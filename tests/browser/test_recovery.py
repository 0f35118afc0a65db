"""A page finds its way back by itself: after a lost run, and after a restart of the server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect
from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.support import Server, block_feed, free_port, open_chat, running_server, say


def whole_runs(page: Page) -> list[str]:
    """Record from now on when the page asks for a run of the whole page, not of a fragment."""
    asked: list[str] = []

    def keep(payload: str | bytes) -> None:
        request = BackMsg()
        request.ParseFromString(payload if isinstance(payload, bytes) else payload.encode())
        if request.HasField("rerun_script") and not request.rerun_script.fragment_id:
            asked.append(request.rerun_script.page_script_hash)

    page.on("websocket", lambda socket: socket.on("framesent", keep))
    return asked


def test_a_page_that_stays_behind_asks_for_a_run(server: Server, new_page: Callable[..., Page]) -> None:
    """If what was drawn and what the server tells of differ for a while, the page is drawn again."""
    page = new_page()
    block_feed(page)
    asked = whole_runs(page)
    open_chat(page, server)
    page.wait_for_timeout(3_000)
    before = len(asked)
    page.wait_for_timeout(4_000)
    assert len(asked) == before, "a page that is up to date asks for nothing"
    page.evaluate(
        """() => {
            const dispatch = window.dispatchEvent.bind(window);
            window.dispatchEvent = (event) => dispatch(event.type === "securechat:pulse"
                ? new CustomEvent(event.type, {detail: {...event.detail, run: -1}}) : event);
        }"""
    )
    page.wait_for_timeout(5_000)
    assert len(asked) > before


def test_a_burst_beside_a_busy_timer_is_shown_whole(
    start_server: Callable[..., Server], new_page: Callable[..., Page]
) -> None:
    """With a timer that ticks fifty times a second, every message that was sent is shown."""
    server = start_server(SECURECHAT_REFRESH_MS="20")
    page, other = new_page(), new_page()
    for polling in (page, other):
        block_feed(polling)
    open_chat(page, server, "?as=B")
    open_chat(other, server)
    for number in range(1, 31):
        say(page, "B", f"message {number}")
        expect(page.locator(".sc-message")).to_have_count(number, timeout=10_000)
        page.wait_for_timeout(520)  # 20 messages in 10 seconds
    expect(other.locator(".st-key-pane_a .sc-message")).to_have_count(30, timeout=10_000)


def test_a_restarted_server_is_found_again(tmp_path: Path, new_page: Callable[..., Page]) -> None:
    """After a restart, open pages show the new, empty room, and go on working; nothing old stays."""
    port = free_port()
    chat, inspectors = new_page(), [new_page() for _ in range(3)]
    with running_server(tmp_path, port=port) as server:
        open_chat(chat, server)
        say(chat, "A", "before the restart")
        expect(chat.locator(".st-key-pane_a .sc-message")).to_have_count(1)
        for page in inspectors:
            page.goto(f"{server.url}/inspector?message=1")
            expect(page.locator(".st-key-plaintext")).to_be_visible()
            # Streamlit loads the code of each kind of widget when it first needs it: let all of it come.
            page.wait_for_load_state("networkidle")
            expect(page.get_by_label("Or paste any token")).to_be_visible()
    chat.wait_for_timeout(4_000)
    with running_server(tmp_path, port=port):
        expect(chat.locator(".sc-message")).to_have_count(0, timeout=45_000)
        for page in inspectors:
            expect(page.locator(".st-key-plaintext")).to_have_count(0, timeout=45_000)
        say(chat, "B", "after the restart")
        expect(chat.locator(".st-key-pane_a .sc-message")).to_have_count(1)
        for page in inspectors:
            expect(page.locator(".st-key-messages input")).to_have_count(1, timeout=15_000)
