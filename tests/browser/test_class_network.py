"""A class over a network that breaks: nothing is lost, nothing is there twice, what is typed stays."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.classes import (
    PATIENCE,
    Lesson,
    enter,
    expect_in_room,
    expect_live,
    toggle_reading,
    write,
)
from tests.support import CANARY, block_feed, markup_of

NewPage = Callable[..., Page]
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def lesson_bounds() -> dict[str, float]:
    """Tickets run out after three seconds."""
    return {"ticket_seconds": 3}


def seat(page: Page, lesson: Lesson) -> None:
    """Join, and sit in a room with somebody who has no browser: `p2`."""
    enter(page, lesson)
    lesson.join()
    expect(page.get_by_placeholder("Message to your room")).to_be_visible(timeout=PATIENCE)


def numbers(page: Page) -> list[int]:
    """Return the ids of the messages on the page."""
    ids = page.locator(".sc-message").evaluate_all("all => all.map(each => Number(each.dataset.id))")
    return [int(number) for number in ids]


def test_away_for_a_while(lesson: Lesson, new_page: NewPage) -> None:
    """Offline for longer than a ticket is valid: the page gets a new one, and all it missed, in order."""
    page = new_page(**PHONE)
    routes: list[WebSocketRoute] = []
    down: list[bool] = []

    def relay(route: WebSocketRoute) -> None:
        if down:
            route.close()
            return
        routes.append(route)
        route.connect_to_server()

    page.route_web_socket("**/api/rooms/**", relay)
    page.route_web_socket("**/_stcore/stream", relay)
    seat(page, lesson)
    expect_live(page)
    lesson.say("p2", "before", 1)
    expect(page.locator(".sc-message")).to_have_count(1)
    page.locator(".st-key-pane_room textarea").fill("half a sen")
    page.context.set_offline(True)
    down.append(True)
    for route in routes:
        route.close()
    expect(page.locator(".sc-sign")).not_to_have_text("● Live")
    for number in range(3):
        lesson.say("p2", f"missed {number}", 1)
    lesson.ask("__import__('time').sleep(4)")
    assert numbers(page) == [1], "what was read stays to be read"
    page.context.set_offline(False)
    down.clear()
    expect(page.locator(".sc-message")).to_have_count(4, timeout=60_000)
    expect(page.locator(".sc-sign")).to_have_text(["● Live"], timeout=60_000)
    assert numbers(page) == [1, 2, 3, 4]
    expect(page.locator(".st-key-pane_room textarea")).to_have_value("half a sen")
    lesson.say("p2", "after", 1)
    expect(page.locator(".sc-message")).to_have_count(5)


def test_a_feed_that_is_cut_again_and_again(lesson: Lesson, new_page: NewPage) -> None:
    """Cut after every fourth frame it comes back, with texts for who reads: each message once, in order."""
    page = new_page(**PHONE)

    def cut(route: WebSocketRoute) -> None:
        upstream = route.connect_to_server()
        passed: list[str | bytes] = []

        def forward(message: str | bytes) -> None:
            passed.append(message)
            if len(passed) <= 4:
                route.send(message)
            else:
                route.close()

        upstream.on_message(forward)

    page.route_web_socket("**/api/rooms/**", cut)
    seat(page, lesson)
    toggle_reading(page)
    texts = [f"text {number}" for number in range(1, 9)]
    for text in texts:
        lesson.say("p2", text, 1)
    expect(page.locator(".sc-text")).to_have_text(texts, timeout=60_000)
    assert numbers(page) == list(range(1, 9))


def test_beyond_the_feed(lesson: Lesson, new_page: NewPage) -> None:
    """Where a proxy keeps the feed away one is paired, reads, writes, and is told of pause, name and end."""
    page = new_page(**PHONE)
    block_feed(page)
    enter(page, lesson)
    expect(page.locator(".sc-sign")).to_have_text(["◐ Polling"], timeout=PATIENCE)
    lesson.join()
    expect(page.get_by_placeholder("Message to your room")).to_be_visible(timeout=PATIENCE)
    lesson.say("p2", CANARY, 1)
    expect(page.locator(".sc-message")).to_have_count(1, timeout=PATIENCE)
    assert CANARY not in markup_of(page)
    toggle_reading(page)
    expect(page.locator(".sc-text")).to_have_text(CANARY, timeout=PATIENCE)
    write(page, "answer")
    expect(page.locator(".sc-text")).to_have_text([CANARY, "answer"], timeout=PATIENCE)
    assert lesson.texts(1) == [CANARY, "answer"]
    page.locator(".st-key-pane_room textarea").fill("half a sen")
    lesson.desk("allow(locked=True)")
    expect(page.get_by_text("Your teacher has paused writing.")).to_be_visible(timeout=PATIENCE)
    lesson.say("teacher", "to all", 0)
    expect(page.locator(".sc-unread-badge")).to_have_text(["1 new in “Everyone”"], timeout=PATIENCE)
    expect(page.locator(".st-key-pane_room textarea")).to_have_value("half a sen")
    lesson.close()
    expect(page.get_by_text("Your teacher has ended this class.")).to_be_visible(timeout=PATIENCE)


def test_a_lost_answer_stores_nothing_twice(lesson: Lesson, new_page: NewPage) -> None:
    """The message was taken and the answer lost: sent again by itself, it is there once."""
    page = new_page(**PHONE)
    deaf: list[bool] = []

    def lose(route: WebSocketRoute) -> None:
        upstream = route.connect_to_server()
        upstream.on_message(lambda message: None if deaf else route.send(message))

    page.route_web_socket("**/_stcore/stream", lose)
    seat(page, lesson)
    expect_live(page)
    deaf.append(True)
    write(page, "once")
    expect(page.locator(".sc-message")).to_have_count(1, timeout=PATIENCE)
    deaf.clear()
    write(page, "the next one")
    expect(page.locator(".sc-message")).to_have_count(2, timeout=PATIENCE)
    expect(page.locator(".st-key-pane_room textarea")).to_have_value("", timeout=PATIENCE)
    assert lesson.texts(1) == ["once", "the next one"]


def test_a_reload_while_offline_keeps_the_seat(lesson: Lesson, new_page: NewPage) -> None:
    """A page that is opened anew after a break is in the same room, and has everything."""
    page = new_page(**PHONE)
    seat(page, lesson)
    lesson.say("p2", "one", 1)
    expect(page.locator(".sc-message")).to_have_count(1)
    page.context.set_offline(True)
    lesson.say("p2", "two", 1)
    page.context.set_offline(False)
    page.reload()
    expect_in_room(page)
    expect(page.locator(".sc-message")).to_have_count(2, timeout=PATIENCE)
    assert list(lesson.people()) == ["p1", "p2"]
