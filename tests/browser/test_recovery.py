"""A page finds its way back by itself: after a lost run, and after a restart of the server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, WebSocketRoute, expect
from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.classes import PATIENCE, Lesson, class_server, enter
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
    """Where the feed tells of another state than the page was drawn from, the page is drawn again."""
    page = new_page()
    tells_otherwise = False

    def relay(route: WebSocketRoute) -> None:
        upstream = route.connect_to_server()
        route.on_message(upstream.send)

        def forward(data: str | bytes) -> None:
            frame = json.loads(data)
            if frame["type"] == "room" and tells_otherwise:
                frame["closed"] = "Nobody writes."
            route.send(json.dumps(frame))

        upstream.on_message(forward)

    page.route_web_socket("**/api/rooms/**", relay)
    asked = whole_runs(page)
    open_chat(page, server)
    expect(page.locator(".sc-sign")).to_have_text(["● Live"])
    before = len(asked)
    page.wait_for_timeout(4_000)
    assert len(asked) == before, "a page that is up to date asks for nothing"
    tells_otherwise = True
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    for _ in range(150):
        if len(asked) > before:
            break
        page.wait_for_timeout(100)
    assert len(asked) > before


def test_a_page_that_was_drawn_again_rests(lesson: Lesson, new_page: Callable[..., Page]) -> None:
    """Where somebody else may write now, Chat is drawn once, and asks for nothing more."""
    page = new_page()
    asked = whole_runs(page)
    open_chat(page, lesson.server)
    expect(page.locator(".sc-sign")).to_have_text(["● Live"])
    lesson.ask("application.policy.reserve(on=True)")
    try:
        expect(page.locator(".sc-refusal").first).to_be_visible()
        page.wait_for_timeout(2_000)
        before = len(asked)
        page.wait_for_timeout(4_000)
        assert len(asked) == before
    finally:
        lesson.ask("application.policy.reserve(on=False)")


def test_a_burst_beside_a_busy_timer_is_shown_whole(
    start_server: Callable[..., Server], new_page: Callable[..., Page]
) -> None:
    """With a timer that ticks fifty times a second, every message that was sent is shown, late or soon."""
    server = start_server(SECURECHAT_REFRESH_MS="20")
    page, other = new_page(), new_page()
    for polling in (page, other):
        block_feed(polling)
    for polling in (page, other):
        open_chat(polling, server)
    for number in range(1, 31):
        say(page, "AB"[number % 2], f"message {number}")  # each may write 20 in 10 seconds
        expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(number, timeout=30_000)
    expect(other.locator(".st-key-pane_a .sc-message")).to_have_count(30, timeout=30_000)


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


def test_a_class_does_not_outlive_the_server(tmp_path: Path, new_page: Callable[..., Page]) -> None:
    """After a restart an open page of the class, and one that comes back to it, say what happened to it."""
    port = free_port()
    page = new_page(width=390, height=844)
    with class_server(tmp_path, port=port) as server:
        lesson = Lesson.open(server)
        enter(page, lesson)
        page.wait_for_load_state("networkidle")
    gone = page.get_by_text(
        "The teacher's computer was restarted and this class is gone. Ask for the new code."
    )
    with class_server(tmp_path, port=port):
        expect(gone).to_be_visible(timeout=2 * PATIENCE)
        for address in (lesson.link, f"{server.url}/join"):
            page.goto(address)
            expect(gone).to_be_visible(timeout=PATIENCE)
            expect(page.get_by_text("There is no class with this code")).to_have_count(0)


def test_typing_goes_on_without_a_server(tmp_path: Path, new_page: Callable[..., Page]) -> None:
    """Who types while the server is gone loses no letter, reads so, and sends once when it is back."""
    port, page, words = free_port(), new_page(), "No connection to the teacher's computer."
    with running_server(tmp_path, port=port) as server:
        open_chat(page, server)
        expect(page.locator(".sc-sign")).to_have_text(["● Live"])
        server.process.kill()
        box, dialog = page.get_by_placeholder("Message as User A"), page.get_by_test_id("stDialog")
        box.click()
        typed = ""
        for _ in range(300):
            page.keyboard.type("r")  # a key that Streamlit's box has a meaning for
            typed += "r"
            page.wait_for_timeout(100)
            if dialog.count() and len(typed) > 60:
                break
        expect(dialog).to_have_count(1)
        expect(dialog).to_be_hidden()
        expect(box).to_be_focused()
        expect(box).to_have_value(typed)
        expect(page.locator(".sc-sign")).to_have_text(["○ Offline"])
        expect(page.get_by_role("alert").filter(has_text=words)).to_be_in_viewport()
    with running_server(tmp_path, port=port):
        expect(page.locator(".sc-sign")).to_have_text(["● Live"], timeout=60_000)
        expect(page.get_by_text(words)).to_have_count(0)
        box.press("Enter")
        for pane in "ab":
            expect(page.locator(f".st-key-pane_{pane} .sc-message")).to_have_count(1)
        expect(box).to_have_value("")


def test_offline_is_said_soon_and_stays_said(tmp_path: Path, new_page: Callable[..., Page]) -> None:
    """Also where the server goes as soon as the page is there: nothing calls that a page that polls."""
    page = new_page()
    with running_server(tmp_path) as server:
        open_chat(page, server)
        expect(page.locator(".sc-sign")).to_have_text(["● Live"])
        page.evaluate(
            """() => {
                const sign = document.querySelector(".sc-sign");
                window.signs = [];
                new MutationObserver(() => signs.push(sign.dataset.state)).observe(sign, { childList: true });
            }"""
        )
        server.process.kill()
        expect(page.locator(".sc-sign")).to_have_text(["○ Offline"], timeout=5_000)
        page.wait_for_timeout(12_000)  # longer than the page goes without asking for a run
        assert page.evaluate("signs.at(-1)") == "offline"
        assert page.evaluate("signs.filter((sign) => sign === 'offline').length") == 1


def test_a_page_from_the_cache_of_the_back_button(server: Server, new_page: Callable[..., Page]) -> None:
    """Its connection is one that the browser has closed without a word: it takes a new one."""
    page, other = new_page(), new_page()
    open_chat(page, server)
    open_chat(other, server)
    expect(page.locator(".sc-sign")).to_have_text(["● Live"])
    count = page.locator(".st-key-pane_a .sc-message").count()
    with page.expect_websocket(lambda socket: "/api/rooms/" in socket.url):
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(page.locator(".sc-sign")).to_have_text(["● Live"])
    say(other, "B", "after all")
    expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(count + 1)
