"""The live feed in real browsers: at once, at rest, and through what goes wrong on the way."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, WebSocketRoute, expect

from securechat.crypto.keyring import KeyRing
from tests.support import Server, block_feed, free_port, let_settle, open_chat, running_server, say, tokens

NewPage = Callable[..., Page]
LIVE, POLLING, OFFLINE = "● Live", "◐ Polling", "○ Offline"


def expect_sign(page: Page, sign: str) -> None:
    """Wait until the page says how messages come."""
    expect(page.locator(".sc-sign")).to_have_text([sign])


def numbers(page: Page, pane: str = "a") -> list[int]:
    """Return the ids of the messages shown in a pane."""
    items = page.locator(f".st-key-pane_{pane} .sc-message")
    return [int(number) for number in items.evaluate_all("items => items.map(item => item.dataset.id)")]


def count_requests(page: Page) -> Callable[[], int]:
    """Count what the page sends to Streamlit."""
    sent: list[int] = []

    def listen(socket: object) -> None:
        if "_stcore/stream" in socket.url:  # type: ignore[attr-defined]
            socket.on("framesent", lambda _: sent.append(1))  # type: ignore[attr-defined]

    page.on("websocket", listen)
    return lambda: len(sent)


class TestAtRest:
    """Where the feed is up, an open page asks for nothing."""

    def test_a_live_page_rests(self, server: Server, new_page: NewPage) -> None:
        """Once live, nothing is asked for in ten seconds, and messages come all the same."""
        page, other = new_page(), new_page()
        requests = count_requests(page)
        open_chat(page, server)
        open_chat(other, server, "?as=B")
        expect_sign(page, LIVE)
        let_settle(page)
        before, shown = requests(), len(numbers(page))
        say(other, "B", "hello")
        expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(shown + 1, timeout=1_000)
        page.wait_for_timeout(6_000)
        assert requests() == before

    def test_a_hidden_tab_asks_for_nothing(self, server: Server, new_page: NewPage) -> None:
        """A tab that nobody sees says nothing of a lost feed, until it is seen: then it looks for news."""
        page = new_page()
        page.add_init_script(
            "Object.defineProperty(document, 'visibilityState', "
            "{ get: () => (window.hiddenTab ? 'hidden' : 'visible') })"
        )
        feeds: list[WebSocketRoute] = []

        def connect(feed: WebSocketRoute) -> None:
            feeds.append(feed)
            if len(feeds) == 1:
                feed.connect_to_server()
            else:
                feed.close()

        page.route_web_socket("**/api/rooms/**", connect)
        requests = count_requests(page)
        open_chat(page, server)
        expect_sign(page, LIVE)
        let_settle(page)
        page.evaluate("window.hiddenTab = true")
        before = requests()
        feeds[0].close()
        expect_sign(page, POLLING)
        page.wait_for_timeout(6_000)
        assert requests() == before
        page.evaluate("window.hiddenTab = false")
        shown, other = len(numbers(page)), new_page()
        open_chat(other, server, "?as=B")
        say(other, "B", "hello")
        expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(shown + 1)

    def test_sending_runs_no_page(self, server: Server, new_page: NewPage) -> None:
        """A message goes by the feed: Streamlit is asked for nothing, and there is no timer on the page."""
        page = new_page()
        received: list[int] = []

        def listen(socket: object) -> None:
            if "_stcore/stream" in socket.url:  # type: ignore[attr-defined]
                socket.on("framereceived", lambda data: received.append(len(data)))  # type: ignore[attr-defined]

        page.on("websocket", listen)
        requests = count_requests(page)
        open_chat(page, server)
        expect_sign(page, LIVE)
        let_settle(page)
        before, shown = requests(), len(numbers(page))
        received.clear()
        say(page, "A", "hello")
        expect(page.locator(".st-key-pane_b .sc-message")).to_have_count(shown + 1)
        page.wait_for_timeout(1_000)
        assert requests() == before
        assert not received
        expect(page.locator("iframe")).to_have_count(0)

    def test_beyond_the_feed_it_polls(self, server: Server, new_page: NewPage) -> None:
        """Where a proxy keeps the feed away, messages still come within seconds, both ways."""
        page, other = new_page(), new_page()
        block_feed(page)
        open_chat(page, server)
        open_chat(other, server)
        expect_sign(page, POLLING)
        shown = len(numbers(other))
        expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(shown)
        say(other, "B", "to the page that polls")
        expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(shown + 1, timeout=4_000)
        say(page, "A", "from the page that polls")
        for each in (page, other):
            expect(each.locator(".st-key-pane_a .sc-message")).to_have_count(shown + 2, timeout=4_000)
        page.wait_for_timeout(5_000)
        expect_sign(page, POLLING)


class TestOnTheWay:
    """Connections break, answers get lost: nothing is lost or shown twice."""

    def test_a_feed_that_breaks_again_and_again(self, server: Server, new_page: NewPage) -> None:
        """Cut after every third frame, it comes back and goes on where it was."""
        page, other = new_page(), new_page()

        def cut(route: WebSocketRoute) -> None:
            upstream = route.connect_to_server()
            passed: list[str | bytes] = []

            def forward(message: str | bytes) -> None:
                passed.append(message)
                if len(passed) <= 3:
                    route.send(message)
                else:
                    route.close()

            upstream.on_message(forward)

        page.route_web_socket("**/api/rooms/**", cut)
        open_chat(page, server)
        open_chat(other, server)
        expect(other.locator(".sc-sign")).to_have_text([LIVE])
        before = numbers(other)
        for number in range(1, 16):
            say(other, "B", f"message {number}")
            expect(other.locator(".st-key-pane_a .sc-message")).to_have_count(len(before) + number)
            other.wait_for_timeout(520)
        expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(len(before) + 15)
        assert numbers(page) == numbers(other) == list(range(1, len(before) + 16))
        assert tokens(page, "A") == tokens(other, "A")

    def test_a_frame_that_got_lost(self, server: Server, new_page: NewPage) -> None:
        """A message that is missing between two others is fetched, and nothing after it is lost."""
        page, other = new_page(), new_page()
        lost: list[str] = []

        def lose_one(route: WebSocketRoute) -> None:
            upstream = route.connect_to_server()

            def forward(message: str | bytes) -> None:
                if not lost and armed and '"type":"message"' in str(message):
                    lost.append(str(message))
                else:
                    route.send(message)

            upstream.on_message(forward)

        armed: list[bool] = []
        page.route_web_socket("**/api/rooms/**", lose_one)
        open_chat(page, server)
        open_chat(other, server)
        expect_sign(page, LIVE)
        before = len(numbers(other))
        armed.append(True)
        for _ in range(3):
            say(other, "A", "hello")
            other.wait_for_timeout(300)
        expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(before + 3)
        assert lost
        assert numbers(page) == list(range(1, before + 4))

    def test_a_lost_answer_stores_nothing_twice(self, server: Server, new_page: NewPage) -> None:
        """The server took the message, its answer is lost: sent again by itself, it is there once."""
        page, other = new_page(), new_page()
        deaf: list[bool] = []

        def lose(route: WebSocketRoute) -> None:
            upstream = route.connect_to_server()
            upstream.on_message(lambda message: None if deaf else route.send(message))

        page.route_web_socket("**/api/rooms/**", lose)
        open_chat(page, server)
        open_chat(other, server)
        expect_sign(page, LIVE)
        let_settle(page)
        shown = len(numbers(other))
        deaf.append(True)
        say(page, "A", "sent twice, stored once")
        expect(other.locator(".st-key-pane_a .sc-message")).to_have_count(shown + 1)
        page.wait_for_timeout(1_000)
        deaf.clear()
        page.wait_for_timeout(4_000)
        assert page.get_by_placeholder("Message as User A").input_value() == ""
        expect(page.locator(".st-key-pane_a .sc-refusal")).to_be_hidden()
        say(page, "A", "the next one")
        expect(other.locator(".st-key-pane_a .sc-message")).to_have_count(shown + 2)

    def test_two_at_once_go_in_order(self, server: Server, new_page: NewPage) -> None:
        """Three messages typed faster than the server answers arrive, in order."""
        page = new_page()
        open_chat(page, server)
        expect_sign(page, LIVE)
        let_settle(page)
        shown = len(numbers(page))
        page.evaluate(
            """() => {
                const box = document.querySelector(".st-key-pane_a textarea");
                for (const text of ["x", "x".repeat(20), "x".repeat(40)]) {
                    box.value = text;
                    box.form.requestSubmit();
                }
            }"""
        )
        expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(shown + 3)
        lengths = [len(token) for token in tokens(page, "A")[-3:]]
        assert lengths == sorted(set(lengths))

    def test_what_is_typed_meanwhile_stays(self, server: Server, new_page: NewPage) -> None:
        """A refused message comes back before what was typed since, the caret stays with the latter."""
        page = new_page()
        held: list[str | bytes] | None = None
        routes: list[WebSocketRoute] = []

        def relay(route: WebSocketRoute) -> None:
            upstream = route.connect_to_server()
            routes.append(route)
            route.on_message(upstream.send)
            upstream.on_message(lambda data: route.send(data) if held is None else held.append(data))

        page.route_web_socket("**/api/rooms/**", relay)
        open_chat(page, server)
        expect_sign(page, LIVE)
        held = []
        page.get_by_placeholder("Message as User A").fill("x" * 2001)
        page.keyboard.press("Enter")
        page.keyboard.type("and on")
        answers, held = held, None
        for data in answers:
            routes[-1].send(data)
        expect(page.locator(".st-key-pane_a .sc-refusal")).to_contain_text("2,000 are allowed")
        page.keyboard.type("!")
        assert page.get_by_placeholder("Message as User A").input_value() == "x" * 2001 + "\nand on!"

    def test_a_refused_text_is_refused_again_at_once(self, server: Server, new_page: NewPage) -> None:
        """Enter on what came back gives the same reason within two seconds, also after a visit elsewhere."""
        page = new_page()
        open_chat(page, server)
        expect_sign(page, LIVE)
        box, note = page.get_by_placeholder("Message as User A"), page.locator(".st-key-pane_a .sc-refusal")
        box.fill("   ")
        for _ in range(3):
            box.press("Enter")
            expect(box).to_have_value("   ", timeout=2_000)
            expect(note).to_contain_text("nothing to send", timeout=2_000)
        page.get_by_role("link", name="Inspector").click()
        expect(page.get_by_label("Or paste any token")).to_be_visible()
        page.get_by_role("link", name=re.compile("Chat")).first.click()
        expect(box).to_have_value("   ")
        expect(note).to_contain_text("nothing to send")
        box.fill("something")
        box.press("Enter")
        expect(note).to_be_hidden()

    def test_what_falls_out_does_not_move_what_is_read(self, server: Server, new_page: NewPage) -> None:
        """Somebody reads further up while the oldest message goes and a new one comes."""
        page = new_page()
        token = KeyRing.generate().encrypt("x" * 60)

        def message(number: int) -> str:
            return json.dumps(
                {
                    "type": "message",
                    "id": number,
                    "sender": "B",
                    "token": token,
                    "sent_at": "2026-01-01T12:00:00Z",
                }
            )

        def room(first_id: int) -> str:
            state = {"epoch": "of the test", "first_id": first_id, "dropped": first_id - 1, "cleared": False}
            return json.dumps({"type": "room", "rewritten": 0, **state})

        routes: list[WebSocketRoute] = []

        def play(route: WebSocketRoute) -> None:
            routes.append(route)
            for number in range(1, 31):
                route.send(message(number))
            route.send(room(1))

        page.route_web_socket("**/api/rooms/**", play)
        open_chat(page, server)
        expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(30)
        page.locator(".st-key-pane_a .sc-scroll").evaluate("e => { e.scrollTop = 600; }")
        read = page.locator(".st-key-pane_a .sc-message[data-id='8']")
        top = "e => e.getBoundingClientRect().top"
        before = read.evaluate(top)
        for first_id in (2, 3):
            routes[-1].send(room(first_id))
            routes[-1].send(message(29 + first_id))
            expect(page.locator(".st-key-pane_a .sc-dropped")).to_contain_text(f"{first_id - 1} older")
            assert abs(read.evaluate(top) - before) < 1

    def test_under_a_base_path(self, tmp_path: Path, new_page: NewPage) -> None:
        """Where the app lives below a path, so does the feed; links lead there."""
        with running_server(tmp_path, base_path="school/crypto") as server:
            page = new_page()
            open_chat(page, server)
            expect_sign(page, LIVE)
            say(page, "A", "hello")
            expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(1)
            link = page.locator(".st-key-pane_a .sc-open").get_attribute("href")
            assert link == "/school/crypto/inspector?message=1"
            page.goto(server.url + "/inspector?message=1")
            expect(page.get_by_role("heading", name="Message 1, from User A")).to_be_visible()
            expect_sign(page, LIVE)


def send_until_taken(page: Page, other: Page) -> None:
    """Press Enter, and again where the text came back: the feed is back some time before the session is."""
    box, shown = page.get_by_placeholder("Message as User A"), page.locator(".st-key-pane_a .sc-message")
    for _ in range(5):
        box.press("Enter")
        for _ in range(200):
            page.wait_for_timeout(100)
            if shown.count() or box.input_value():
                break
        if shown.count():
            break
    expect(other.locator(".st-key-pane_b .sc-message")).to_have_count(1)


class TestRestart:
    """The server goes away and comes back."""

    @pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
    def test_in_mid_conversation(self, tmp_path: Path, new_page: NewPage, how: signal.Signals) -> None:
        """The page says that it is offline, keeps what is sent, says what was lost, and goes on."""
        port = free_port()
        page, other = new_page(), new_page()
        with running_server(tmp_path, port=port) as server:
            open_chat(page, server)
            open_chat(other, server)
            expect_sign(page, LIVE)
            say(page, "A", "before the restart")
            expect(other.locator(".st-key-pane_b .sc-message")).to_have_count(1)
            let_settle(page)
            page.get_by_placeholder("Message as User B").fill("half a sen")
            server.process.send_signal(how)
            server.process.wait(15)
            say(page, "A", "into the void")
            expect_sign(page, OFFLINE)
            expect(page.locator(".st-key-pane_a .sc-refusal")).to_contain_text("Your text is kept")
            assert page.get_by_placeholder("Message as User A").input_value() == "into the void"
            assert numbers(page) == [1], "what was read stays to be read"
        with running_server(tmp_path, port=port):
            for each in (page, other):
                expect(each.locator(".sc-sign")).to_have_text([LIVE], timeout=60_000)
                expect(each.locator(".sc-message")).to_have_count(0)
                expect(each.locator(".st-key-pane_a .sc-lost")).to_contain_text("is lost")
            assert page.get_by_placeholder("Message as User A").input_value() == "into the void"
            assert page.get_by_placeholder("Message as User B").input_value() == "half a sen"
            send_until_taken(page, other)
            expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(1)
            expect(page.locator(".st-key-pane_a .sc-refusal")).to_be_hidden()

    def test_after_a_visit_to_the_inspector(self, tmp_path: Path, new_page: NewPage) -> None:
        """A page that has been elsewhere can send right after a restart, like any other."""
        port, page = free_port(), new_page()
        with running_server(tmp_path, port=port) as server:
            open_chat(page, server)
            page.get_by_role("link", name="Inspector").click()
            expect(page.get_by_label("Or paste any token")).to_be_visible()
            page.wait_for_load_state("networkidle")
            page.get_by_role("link", name=re.compile("Chat")).first.click()
            expect(page.get_by_placeholder("Message as User A")).to_be_visible()
            page.wait_for_timeout(3_000)  # the page rests as if one had stayed there
        expect_sign(page, OFFLINE)
        with running_server(tmp_path, port=port):
            expect(page.locator(".sc-sign")).to_have_text([LIVE], timeout=60_000)
            expect(page.get_by_role("dialog")).to_have_count(0)
            say(page, "A", "after the restart")
            expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(1)
            expect(page.locator(".st-key-pane_a .sc-refusal")).to_be_hidden()

    def test_a_server_that_stands_still(self, start_server: Callable[..., Server], new_page: NewPage) -> None:
        """Two messages into a frozen server come back in order; sent again, each is stored once."""
        server, page = start_server(), new_page()
        open_chat(page, server)
        expect_sign(page, LIVE)
        let_settle(page)
        box, note = page.get_by_placeholder("Message as User A"), page.locator(".st-key-pane_a .sc-refusal")
        server.process.send_signal(signal.SIGSTOP)
        try:
            say(page, "A", "x")
            say(page, "A", "x" * 40)
            expect(note).to_contain_text("Your text is kept", timeout=20_000)
            expect(box).to_have_value("x\n" + "x" * 40)
            expect(page.locator(".sc-sign")).not_to_have_text(LIVE)
        finally:
            server.process.send_signal(signal.SIGCONT)
        expect(page.locator(".sc-sign")).to_have_text([LIVE], timeout=60_000)
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.wait_for_timeout(2_000)
        if box.input_value():
            box.press("Enter")
        expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(2)
        page.wait_for_timeout(3_000)
        shown = tokens(page, "A")
        assert [len(token) for token in shown] == sorted({len(token) for token in shown})
        assert len(shown) == 2
        expect(box).to_have_value("")

    def test_an_answer_that_comes_too_late(self, server: Server, new_page: NewPage) -> None:
        """What was given back, and was stored after all, leaves the box by itself."""
        page, other = new_page(), new_page()
        held: list[tuple[WebSocketRoute, str | bytes]] | None = None

        def relay(route: WebSocketRoute) -> None:
            upstream = route.connect_to_server()
            route.on_message(upstream.send)
            upstream.on_message(lambda data: route.send(data) if held is None else held.append((route, data)))

        page.route_web_socket("**/api/rooms/**", relay)
        page.route_web_socket("**/_stcore/stream", relay)
        open_chat(page, server)
        open_chat(other, server)
        expect_sign(page, LIVE)
        let_settle(page)
        box, note = page.get_by_placeholder("Message as User A"), page.locator(".st-key-pane_a .sc-refusal")
        messages = other.locator(".st-key-pane_a .sc-message")
        count = messages.count()
        held = []
        say(page, "A", "late")
        expect(messages).to_have_count(count + 1)
        expect(note).to_contain_text("Your text is kept", timeout=20_000)
        expect(box).to_have_value("late")
        answers, held = held, None
        for route, data in answers:
            with suppress(Error):  # that connection was given up
                route.send(data)
        expect(box).to_have_value("", timeout=60_000)
        expect(note).to_be_hidden()
        say(other, "A", "the next one")
        expect(messages).to_have_count(count + 2)

    def test_both_ways_at_once_store_once(self, server: Server, new_page: NewPage) -> None:
        """The feed takes a text and breaks before it answers: it goes again by Streamlit, is there once."""
        page, other = new_page(), new_page()
        feeds: list[WebSocketRoute] = []

        def relay(route: WebSocketRoute) -> None:
            feeds.append(route)
            if len(feeds) > 1:
                route.close()
                return
            upstream = route.connect_to_server()

            def take(data: str | bytes) -> None:
                upstream.send(data)
                if '"write"' in str(data):
                    route.close()

            route.on_message(take)
            upstream.on_message(lambda data: None if '"stored"' in str(data) else route.send(data))

        page.route_web_socket("**/api/rooms/**", relay)
        open_chat(page, server)
        open_chat(other, server)
        expect_sign(page, LIVE)
        shown = len(numbers(other))
        say(page, "A", "by both ways")
        expect(other.locator(".st-key-pane_a .sc-message")).to_have_count(shown + 1)
        expect_sign(page, POLLING)
        say(page, "A", "by the other way")
        for each in (page, other):
            expect(each.locator(".st-key-pane_a .sc-message")).to_have_count(shown + 2, timeout=20_000)
        expect(page.get_by_placeholder("Message as User A")).to_have_value("")
        expect(page.locator(".st-key-pane_a .sc-refusal")).to_be_hidden()

    def test_a_draft_survives_the_way_to_the_inspector(self, server: Server, new_page: NewPage) -> None:
        """Half a sentence is still there when one comes back from another page."""
        page = new_page()
        open_chat(page, server)
        page.get_by_placeholder("Message as User A").fill("half a sen")
        page.get_by_role("link", name="Inspector").click()
        expect(page.get_by_label("Or paste any token")).to_be_visible()
        page.get_by_role("link", name=re.compile("Chat")).first.click()
        expect(page.get_by_placeholder("Message as User A")).to_have_value("half a sen")
