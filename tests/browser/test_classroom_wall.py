"""Classroom in a real browser: a class comes alive on the wall, and the teacher is in charge of it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import APIResponse, Error, Locator, Page, Response, WebSocketRoute, expect

from securechat.classroom.aliases import ADJECTIVES, ANIMALS
from tests.browser.axe import faults
from tests.browser.slow_server import SlowServer
from tests.classes import Lesson, ask, class_server, newest, open_door
from tests.support import CANARY, Server, let_settle, markup_of

NewPage = Callable[..., Page]


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that takes what a lesson asks for."""
    settings = {
        "SECURECHAT_PRESENTER_PASSCODE": "open sesame",
        "SECURECHAT_PUBLIC_URL": "http://10.0.0.5:8501",
    }
    with class_server(tmp_path_factory.mktemp("school"), settings) as running:
        yield running


def open_class(page: Page, school: Server) -> tuple[Lesson, Callable[..., None]]:
    """Open a new class; return it, and what lets its pupils do something."""
    open_door(page, school, "open sesame")
    page.get_by_role("button", name="New class").click()
    expect(page.locator(".sc-wall")).to_be_visible(timeout=30_000)
    expect(page.locator(".sc-code")).to_have_text(re.compile(r"^\w{3} \w{3}$"))
    lesson = newest(school)

    def play(*, join: Sequence[str] = (), say: Sequence[str] = (), text: str = "") -> None:
        lesson.ask(f"[room.presence.connect(room.join(name).participant) for name in {join!r}] and None")
        for person in say:
            lesson.say(person, text, number=1)

    return lesson, play


def tile(page: Page, title: str) -> Locator:
    """Return the tile of a room."""
    return page.locator(".sc-tile").filter(has=page.get_by_text(title, exact=True))


def test_a_class_comes_alive(school: Server, new_page: NewPage) -> None:
    """Who joins and what is written appears at once and in place, as ciphertext, without any run.

    The page may ask for a run when somebody joins, since the teacher can write to them. What comes of it is
    held back here, so nothing is seen by it. What is written asks for none.
    """
    page = new_page()
    server = SlowServer(page)
    _, play = open_class(page, school)
    expect(page.locator(".sc-wall .sc-sign")).to_contain_text("Live")
    let_settle(page)
    server.hold()
    play(join=["Brave Otter", "Calm Fox"])
    room = tile(page, "Room 1")
    expect(room).to_contain_text("Brave Otter")
    expect(page.locator(".sc-counts")).to_contain_text("2 here")
    room.evaluate("tile => { tile.kept = true; }")
    play(say=["p1"], text=CANARY)
    expect(room).to_contain_text("1 message")
    expect(room.locator("code").first).to_contain_text("gAAAAA")
    server.let_go()

    room.get_by_role("button").click()
    expect(page.get_by_role("button", name="Pause writing here")).to_be_visible()
    expect(page.locator("[data-test-script-state='notRunning']")).to_be_attached()
    runs = server.runs  # the last one has drawn the page with those who are there
    for _ in range(10):
        play(say=["p1"], text=CANARY)
    expect(room).to_contain_text("11 messages")
    assert room.evaluate("tile => tile.kept === true && tile.contains(document.activeElement)")
    assert CANARY not in markup_of(page)
    page.wait_for_timeout(3_000)  # longer than it takes the page to ask where it finds itself behind
    assert server.runs == runs

    server.hold()
    play(join=["Keen Robin"])
    expect(page.locator(".sc-waiting")).to_contain_text("Keen Robin")
    server.let_go()
    expect(page.get_by_role("button", name="Let them join a pair now")).to_be_visible()


def test_the_keyboard_alone_is_enough(school: Server, new_page: NewPage) -> None:
    """Arrow keys go over the tiles, Enter picks one; its room is paused; the panel follows who joins."""
    page = new_page()
    _, play = open_class(page, school)
    play(join=["Brave Otter", "Calm Fox", "Keen Robin", "Merry Newt"])
    room = tile(page, "Room 2")
    expect(room).to_be_visible()
    tile(page, "Everyone").get_by_role("button").focus()
    page.keyboard.press("End")
    expect(room.get_by_role("button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(room.get_by_role("button")).to_have_attribute("aria-pressed", "true")
    pause = page.get_by_role("button", name="Pause writing here")
    expect(pause).to_be_visible()
    pause.focus()
    page.keyboard.press("Enter")
    expect(room.get_by_text("Paused")).to_be_visible()
    expect(page.get_by_text("Writing is paused in Room 2")).to_be_visible()
    page.locator(".sc-members button", has_text="Merry Newt").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("New name")).to_be_visible()
    page.get_by_label("New name").fill("Zoë")
    page.keyboard.press("Enter")
    expect(room).to_contain_text("Zoë")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_view_has_a_serious_fault(school: Server, new_page: NewPage, scheme: str) -> None:
    """Door, desk with a panel and a question open, and every view for the back row, in both themes."""
    page = new_page(scheme=scheme)
    page.goto(f"{school.url}/classroom")
    expect(page.get_by_label("Passcode")).to_be_visible(timeout=30_000)
    assert faults(page) == []
    _, play = open_class(page, school)
    play(join=["Brave Otter", "Calm Fox", "Keen Robin"], say=["p1"], text="hello")
    tile(page, "Room 1").get_by_role("button").click()
    expect(page.get_by_role("button", name="Pause writing here")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="Save the transcript").click()
    page.get_by_text("With the decrypted texts").click()
    expect(page.get_by_text("I understand").first).to_be_visible()
    assert faults(page) == []
    page.keyboard.press("Escape")
    for view, name in (("Invite", "invite"), ("Invite and wall", "projector")):
        page.get_by_role("radio", name=view, exact=True).click()
        expect(page.locator(f".sc-wall[data-view='{name}']")).to_be_visible()
        expect(page).to_have_url(re.compile(f"view={name}"))
        expect(page.locator(".sc-qr")).to_be_visible()
        assert faults(page) == []


def test_sixty_rooms_are_on_the_screen_at_once(school: Server, new_page: NewPage) -> None:
    """On a projector nobody scrolls: every tile is inside the window, and no two overlap."""
    page = new_page(1280, 720)
    _, play = open_class(page, school)
    names = [f"{adjective} {animal}" for adjective in ADJECTIVES[:3] for animal in ANIMALS]
    play(join=names)
    page.get_by_role("radio", name="Wall", exact=True).click()
    expect(page.locator(".sc-fills .sc-tile")).to_have_count(61)
    boxes = page.locator(".sc-tile").evaluate_all(
        "tiles => tiles.map(tile => { const box = tile.getBoundingClientRect(); "
        "return [box.left, box.top, box.right, box.bottom].map(Math.round); })"
    )
    assert all(
        left >= 0 and right <= 1280 and top >= 0 and bottom <= 720 for left, top, right, bottom in boxes
    )
    assert all(
        a == b or a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1] for a in boxes for b in boxes
    )


@pytest.mark.parametrize(
    ("label", "rule"),
    [
        ("Pause writing in all rooms", "locked=True"),
        ("Others may still join", "joining=False"),
        ("Names of their own choice", "free_names=True"),
        ("Everybody sees who gets private messages", "shows_recipients=False"),
    ],
)
def test_a_switch_shows_what_another_browser_has_switched(
    school: Server, new_page: NewPage, label: str, rule: str
) -> None:
    """At once, and without a click on this page."""
    page = new_page()
    lesson, _ = open_class(page, school)
    switch = page.get_by_role("switch", name=label)
    expect(switch).to_be_checked(checked=rule.endswith("False"))
    let_settle(page)
    lesson.desk(f"allow({rule})")
    expect(switch).to_be_checked(checked=rule.endswith("True"), timeout=15_000)


def test_without_the_feed_the_page_looks_by_itself(school: Server, new_page: NewPage) -> None:
    """Where no WebSocket gets through, the sign says so, and a tile still appears and can be picked."""
    page = new_page()
    page.route_web_socket("**/api/classes/**", lambda socket: socket.close())
    _, play = open_class(page, school)
    expect(page.locator(".sc-wall .sc-sign")).to_contain_text("Polling")
    expect(page.locator(".st-key-class_look")).to_be_attached(timeout=20_000)
    play(join=["Brave Otter", "Calm Fox"])
    expect(tile(page, "Room 1")).to_contain_text("Brave Otter")
    tile(page, "Room 1").get_by_role("button").click()
    expect(page.get_by_role("button", name="Pause writing here")).to_be_visible()


def watch_feed(page: Page) -> list[WebSocketRoute]:
    """Return the connections that walls on a page will open, as they come."""
    sockets: list[WebSocketRoute] = []

    def connect(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        socket.connect_to_server()

    page.route_web_socket("**/api/classes/**", connect)
    return sockets


def wait_until(page: Page, what: Callable[[], bool]) -> None:
    """Wait until something is so, for half a minute at the most."""
    deadline = time.monotonic() + 30
    while not what():
        assert time.monotonic() < deadline
        page.wait_for_timeout(50)


def test_a_lost_feed_comes_back_with_a_new_ticket_and_tells_of_the_end(
    school: Server, new_page: NewPage
) -> None:
    """By the last ticket that came, or one of a run if that is too old; it hears of the end of the class."""
    page = new_page()
    server, sockets = SlowServer(page), watch_feed(page)
    lesson, play = open_class(page, school)
    sign = page.locator(".sc-wall .sc-sign")
    expect(sign).to_contain_text("Live")
    let_settle(page)

    def shown() -> str:
        return unquote(urlsplit(sockets[-1].url).query.removeprefix("ticket="))

    first, runs = shown(), server.runs
    renewed = ask(school, f"application.tickets.renew({first!r})")
    sockets[-1].send(json.dumps({"type": "ticket", "ticket": renewed}))
    sockets[-1].close()
    wait_until(page, lambda: shown() == renewed)
    expect(sign).to_contain_text("Live")
    assert server.runs == runs

    sockets[-1].send(json.dumps({"type": "ticket", "ticket": "expired"}))
    sockets[-1].close()
    wait_until(page, lambda: shown() == "expired")
    wait_until(page, lambda: shown() not in (first, renewed, "expired"))
    expect(sign).to_contain_text("Live")
    play(join=["Brave Otter", "Calm Fox"])
    expect(tile(page, "Room 1")).to_contain_text("Brave Otter")
    lesson.close()
    expect(page.get_by_text("This class has ended")).to_be_visible()
    expect(page.get_by_role("button", name="New class")).to_be_visible()


def test_why_the_feed_was_closed_is_understood(school: Server, new_page: NewPage) -> None:
    """By 4003 the page asks for a run, which knows why; after 4004 it does not try again."""
    page = new_page()
    server, sockets = SlowServer(page), watch_feed(page)
    open_class(page, school)
    sign = page.locator(".sc-wall .sc-sign")
    expect(sign).to_contain_text("Live")
    let_settle(page)
    runs = server.runs
    sockets[-1].close(code=4003)
    wait_until(page, lambda: server.runs > runs)
    wait_until(page, lambda: len(sockets) > 1)
    expect(sign).to_contain_text("Live")

    tries = len(sockets)
    sockets[-1].close(code=4004)
    expect(page.locator(".st-key-class_look")).to_be_attached(timeout=20_000)
    assert len(sockets) == tries


def test_transcripts_are_saved_by_the_browser(school: Server, new_page: NewPage) -> None:
    """One press saves ciphertext; decrypted needs a second step, leaves the page, and is in no answer."""
    page = new_page()
    bodies: list[Response | APIResponse] = []
    page.on("response", lambda answer: bodies.append(answer))
    _, play = open_class(page, school)
    play(join=["Brave Otter", "Calm Fox"])
    play(say=["p1"], text=CANARY)
    expect(tile(page, "Room 1")).to_contain_text("1 message")
    page.get_by_role("button", name="Save the transcript").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save ciphertext CSV").click()
    saved = Path(download.value.path()).read_text()
    assert "gAAAAA" in saved
    assert CANARY not in saved
    page.get_by_text("With the decrypted texts").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="I understand: save decrypted JSON").click()
    [row] = json.loads(Path(download.value.path()).read_text())
    assert row["text"] == CANARY
    assert download.value.suggested_filename.endswith("-decrypted.json")
    expect(page.get_by_text("no longer in this page")).to_be_visible()
    assert CANARY not in markup_of(page)
    for answer in bodies:
        try:
            assert CANARY.encode() not in answer.body()
        except Error:  # a redirect, or what the browser has let go of, has no body
            continue
