"""Messages get other tokens while pages are open: these appear in place, and nothing else moves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.played import NEW, OLD, Played, encrypted
from tests.classes import ask, class_server
from tests.feed import feed, receive_until
from tests.support import Server, block_feed, open_chat, running_server, say, tokens

NewPage = Callable[..., Page]
LIVE, POLLING = "● Live", "◐ Polling"

RENEW = """[
    application.conversation.change_keys(lambda ring: ring.rotated()),
    application.conversation.reencrypt(),
    application.conversation.change_keys(lambda ring: ring.without(ring.keys[1:])),
] and None"""
"""Makes a new key, encrypts all messages again, and drops the old key."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that takes what is asked for."""
    with class_server(tmp_path_factory.mktemp("app")) as running:
        yield running


def messages(page: Page, pane: str = "a") -> list[int]:
    """Return the ids of the messages shown in a pane."""
    items = page.locator(f".st-key-pane_{pane} .sc-message")
    return [int(number) for number in items.evaluate_all("items => items.map(item => item.dataset.id)")]


def silence(page: Page) -> None:
    """Empty what a screen reader was told, so that whatever is announced from now on shows."""
    page.locator(".sc-announcer").evaluate_all("all => { for (const each of all) each.textContent = ''; }")


def announced(page: Page) -> list[str]:
    """Return what a screen reader was told since."""
    return [text for text in page.locator(".sc-announcer").all_text_contents() if text]


def expect_tokens(page: Page, expected: list[str]) -> None:
    """Wait until both panes show these tokens, coloured by field."""
    for pane in "ab":
        shown = page.locator(f".st-key-pane_{pane} .sc-message .sc-token")
        expect(shown).to_have_text(expected)
        expect(shown.locator(".sc-field")).to_have_count(5 * len(expected))


@pytest.fixture(scope="module")
def empty_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose room stays empty: a page gets all messages from the feed that a test plays."""
    with running_server(tmp_path_factory.mktemp("empty")) as running:
        yield running


class TestOfTheServer:
    """A room that is encrypted again for real."""

    @pytest.mark.parametrize("sign", [LIVE, POLLING])
    def test_new_tokens_in_place(self, server: Server, new_page: NewPage, sign: str) -> None:
        """By the feed or by polling: each message shows its new token, and half a sentence stays."""
        page, other = new_page(), new_page()
        if sign == POLLING:
            block_feed(page)
        open_chat(page, server)
        open_chat(other, server, "?as=B")
        expect(page.locator(".sc-sign")).to_have_text([sign])
        count = len(messages(page)) + 3
        for number in range(3):
            say(other, "B", f"message {number}")
            expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(count - 2 + number)
        page.get_by_placeholder("Message as User A").fill("half a sen")
        before = tokens(page, "A")
        silence(page)
        ask(server, RENEW)
        with feed(server.url) as reader:
            after = [frame["token"] for frame in receive_until(reader, "room")[:-1]]
        assert len(after) == count
        assert not set(after) & set(before)
        expect_tokens(page, after)
        expect(other.locator(".st-key-pane_b .sc-token")).to_have_text(after)
        assert messages(page) == messages(other, "b") == list(range(1, count + 1))
        assert announced(page) == []
        assert page.get_by_placeholder("Message as User A").input_value() == "half a sen"
        say(other, "B", "under the new key")
        expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(count + 1)
        assert tokens(page, "A")[:-1] == after
        expect(page.locator(".sc-sign")).to_have_text([sign])


def arrive(page: Page, data: dict[str, Any]) -> None:
    """Let data of a run of the page arrive."""
    page.evaluate("data => securechat.roomOf({ name: 'demo', page: '' }).take(data)", data)


def redraw(page: Page) -> None:
    """Go to another page and back, so that all is drawn from what the browser knows."""
    page.get_by_role("link", name="Inspector").click()
    expect(page.get_by_label("Or paste any token")).to_be_visible()
    page.get_by_role("link", name=re.compile("Chat")).first.click()


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A page on which nothing was announced yet."""
    return new_page()


@pytest.fixture
def played(page: Page, empty_server: Server) -> Played:
    """The feed of that page, with all its messages shown."""
    played = Played(page)
    open_chat(page, empty_server)
    expect_tokens(page, played.tokens)
    silence(page)
    return played


class TestOfTheFeed:
    """A feed that says what it likes, when it likes."""

    def test_who_has_just_scrolled_up_stays_there(self, page: Page, played: Played) -> None:
        """A message that comes before the browser has told of the scrolling does not lead back to the end."""
        scrolled = page.evaluate(
            """() => {
                const scroller = document.querySelector(".st-key-pane_a .sc-scroll");
                const room = securechat.roomOf({ name: "demo", page: "" });
                scroller.scrollTop = 600;
                const message = { ...room.messages.at(-1), id: room.lastId + 1 };
                room.take({ ...room.state(), messages: [message] });
                return [scroller.scrollTop, room.messages.length];
            }"""
        )
        assert scrolled == [600, 31]
        expect(page.locator(".st-key-pane_a .sc-more")).to_be_visible()

    def test_a_notice_with_the_message_hides_no_part_of_it(self, page: Page, played: Played) -> None:
        """What makes the frame lower before the browser tells of the scrolling does not end the following."""
        page.evaluate(
            """() => {
                const room = securechat.roomOf({ name: "demo", page: "" });
                const message = { ...room.messages.at(-1), id: room.lastId + 1 };
                room.take({ ...room.state(), messages: [message] });
                document.querySelector(".st-key-pane_a .sc-composer").style.paddingBlockStart = "60px";
            }"""
        )
        page.wait_for_function(
            """() => {
                const scroller = document.querySelector(".st-key-pane_a .sc-scroll");
                return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 2;
            }"""
        )
        expect(page.locator(".st-key-pane_a .sc-transcript")).to_have_attribute("data-following", "true")

    def test_all_of_it_is_read_again(self, page: Page, played: Played) -> None:
        """It connects again from the start; what is read, marked and focused stays, as do the items."""
        page.locator(".st-key-pane_a .sc-scroll").evaluate("e => { e.scrollTop = 600; }")
        page.evaluate(
            """() => {
                window.lists = [...document.querySelectorAll(".sc-messages")].map((host) => host.shadowRoot);
                for (const list of lists) for (const item of list.querySelectorAll("li")) item.isOld = true;
                const read = lists[0].querySelector("[data-id='8']");
                read.querySelector(".sc-copy").focus({ preventScroll: true });
                getSelection().selectAllChildren(read.querySelector("strong"));
                const sign = document.querySelector(".sc-sign");
                window.signs = [];
                new MutationObserver(() => signs.push(sign.textContent)).observe(sign, { childList: true });
            }"""
        )
        look = """() => [
            document.querySelector(".st-key-pane_a .sc-scroll").scrollTop,
            getSelection().toString(),
            lists[0].activeElement.getAttribute("aria-label"),
            [...document.querySelectorAll(".sc-more")].map((button) => button.hidden),
            lists.flatMap((list) => [...list.querySelectorAll("li")]).filter((item) => item.isOld).length,
            signs,
        ]"""
        before = page.evaluate(look)
        assert before == [600, "User B", "Copy the token of message 8", [True, True], 60, []]
        connections = len(played.asked)
        played.rewrite()
        expect_tokens(page, played.tokens)
        assert page.evaluate(look) == before
        assert announced(page) == []
        assert played.asked[connections:] == [0]
        assert messages(page) == list(range(1, 31))

    def test_what_comes_meanwhile_comes_once(self, page: Page, played: Played) -> None:
        """A message that is new among the new tokens is announced, and none of the others."""
        played.tokens = encrypted(OLD, 31)
        played.rewrite()
        expect_tokens(page, played.tokens)
        assert announced(page) == ["New encrypted message from User B, number 31"]

    def test_every_time(self, page: Page, played: Played) -> None:
        """Rewritten a second time, they are read a second time."""
        for _ in range(3):
            played.rewrite()
            expect_tokens(page, played.tokens)
        assert played.asked[-3:] == [0, 0, 0]

    def test_rewritten_while_the_page_was_cut_off(self, page: Page, played: Played) -> None:
        """It asks for what came since, learns that the rest is old, and asks for all."""
        connections = len(played.asked)
        played.tokens, played.rewritten = encrypted(NEW, 32), 1
        played.sockets[-1].close()
        expect_tokens(page, played.tokens)
        assert played.asked[connections:] == [30, 0]
        assert announced(page) == ["2 new encrypted messages, up to number 32"]

    def test_cut_off_while_it_reads(self, page: Page, played: Played) -> None:
        """A connection that breaks before it has told all of it is not taken for the whole."""
        connections = len(played.asked)

        def break_off(socket: WebSocketRoute, after: int) -> None:
            played.send_some(socket, played.frames()[after : after + 10])
            played.greet = played.catch_up
            socket.close()

        played.greet = break_off
        played.rewrite()
        expect_tokens(page, played.tokens)
        assert played.asked[connections:] == [0, 0]
        assert announced(page) == []

    @pytest.mark.parametrize(("way", "count"), [("run", 1), ("run", 30), ("feed", 30)])
    def test_what_comes_too_late_brings_no_old_token_back(
        self, page: Page, played: Played, way: str, count: int
    ) -> None:
        """A run of the page that was slow, or a connection that is behind: what is newer stays."""
        stale = {**played.room(), "messages": played.frames()[:count]}
        played.rewrite()
        expect_tokens(page, played.tokens)
        if way == "run":
            arrive(page, stale)
        else:
            new, played.tokens, played.rewritten = played.tokens, encrypted(OLD, count), 0
            played.greet = lambda socket, _: played.catch_up(socket, 0)
            connections = len(played.sockets)
            played.sockets[-1].close()
            for _ in range(150):
                if len(played.sockets) > connections:
                    break
                page.wait_for_timeout(100)
            played.tokens = new
        played.add()
        expect_tokens(page, played.tokens)
        redraw(page)
        expect_tokens(page, played.tokens)

    def test_a_run_of_the_page_has_them_first(self, page: Page, played: Played) -> None:
        """Where it brings all new tokens before the feed tells of them, they are shown, and stay."""
        played.tokens, played.rewritten = encrypted(NEW, 30), 1
        arrive(page, {**played.room(), "messages": played.frames()})
        expect_tokens(page, played.tokens)
        played.tell_room(played.sockets[-1])
        played.add()
        expect_tokens(page, played.tokens)

    def test_a_feed_that_is_behind_the_page(self, page: Page, played: Played) -> None:
        """A message of before the rewriting, which a run of the page has overtaken, replaces nothing."""
        played.tokens.append(OLD.encrypt("message 030"))
        late = played.frames()[-1]
        played.tokens, played.rewritten = encrypted(NEW, 31), 1
        arrive(page, {**played.room(), "messages": played.frames()})
        played.send_some(played.sockets[-1], [late])
        played.tell_room(played.sockets[-1])
        played.add()
        expect_tokens(page, played.tokens)
        redraw(page)
        expect_tokens(page, played.tokens)

    def test_a_feed_that_is_behind_an_empty_page(self, page: Page, empty_server: Server) -> None:
        """The same with the first message, where the run leaves the messages to the feed."""
        played = Played(page)
        played.tokens = []
        open_chat(page, empty_server)
        expect(page.locator(".sc-sign")).to_have_text([LIVE])
        played.rewritten = 1
        arrive(page, {**played.room(), "messages": []})
        played.rewritten, played.tokens = 0, encrypted(OLD, 1)
        played.send_some(played.sockets[-1], played.frames())
        played.rewrite()
        expect_tokens(page, played.tokens)
