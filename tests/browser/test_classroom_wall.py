"""Classroom in a real browser: a class comes alive on the wall, and the teacher is in charge of it."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import APIResponse, Error, Locator, Page, Response, WebSocketRoute, expect

from securechat.classroom.aliases import ADJECTIVES, ANIMALS
from tests.support import CANARY, ROOT, Server, running_server

NewPage = Callable[..., Page]

APP = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import streamlit as st
from starlette.responses import JSONResponse
from starlette.routing import Route
from app import draw
from securechat.ui import feed, state

def play(request):
    \"\"\"Let people do something in a class: this server is for tests alone.\"\"\"
    query = request.query_params
    classroom = next(one for one in state.classrooms().all() if one.code == query["code"])
    view = classroom.view()
    if "close" in query:
        classroom.desk.close()
    for name in query.getlist("join"):
        classroom.presence.connect(classroom.join(name).participant)
    for person in query.getlist("say"):
        room = classroom.view().participants[person].room
        classroom.view().rooms[room].conversation.send(person, query["text"])
    return JSONResponse({{"rooms": list(classroom.view().rooms)}})

if __name__ == "__main__":
    draw()
else:
    app = st.App(__file__, routes=[Route("/play", play), *feed.routes()])
"""
"""The app, with an address under which a test lets pupils join and write."""


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The real server, with that address."""
    folder = tmp_path_factory.mktemp("school")
    for name in ("pages", ".streamlit"):
        (folder / name).symlink_to(ROOT / name)
    app = folder / "school.py"
    app.write_text(APP)
    settings = {
        "SECURECHAT_PRESENTER_PASSCODE": "open sesame",
        "SECURECHAT_PUBLIC_URL": "http://10.0.0.5:8501",
    }
    with running_server(folder, settings, app=app) as running:
        yield running


def open_class(page: Page, school: Server) -> Callable[..., None]:
    """Open a new class, and return what lets its pupils do something."""
    page.goto(f"{school.url}/classroom")
    page.get_by_label("Passcode").fill("open sesame", timeout=30_000)
    page.get_by_label("Passcode").press("Enter")
    page.get_by_role("button", name="New class").click()
    expect(page.locator(".sc-wall")).to_be_visible(timeout=30_000)
    expect(page.locator(".sc-code")).to_have_text(re.compile(r"^\w{3} \w{3}$"))
    code = page.locator(".sc-code").inner_text().replace(" ", "")

    def play(**what: str | int | list[str]) -> None:
        query = urlencode({"code": code, **what}, doseq=True)
        with urllib.request.urlopen(f"{school.url}/play?{query}", timeout=10) as answer:  # noqa: S310
            json.load(answer)

    return play


def tile(page: Page, title: str) -> Locator:
    """Return the tile of a room."""
    return page.locator(".sc-tile").filter(has=page.get_by_text(title, exact=True))


def when_quiet(page: Page) -> int:
    """Wait until the page has told the server that its feed is up; return how often it has sent something."""
    for _ in range(10):
        before: int = page.evaluate("window.sent")
        page.wait_for_timeout(4_000)
        if page.evaluate("window.sent") == before:
            return before
    raise AssertionError("the page does not come to rest")


def faults(page: Page) -> list[str]:
    """Return the serious and critical faults that axe finds on a page."""
    page.wait_for_timeout(700)  # let animations end: axe measures the contrast of half-faded text
    return [
        f"{fault['id']}: {node['target']} {node['failureSummary']}"
        for fault in Axe().run(page).response["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


def test_a_class_comes_alive(school: Server, new_page: NewPage) -> None:
    """Who joins and what is written appears at once and in place, as ciphertext, without any run."""
    page = new_page()
    play = open_class(page, school)
    sign = page.locator(".sc-wall .sc-sign")
    expect(sign).to_contain_text("Live")
    page.wait_for_load_state("networkidle")
    page.evaluate(
        """() => {
            window.sent = 0;
            const send = WebSocket.prototype.send;
            WebSocket.prototype.send = function (data) { window.sent += 1; return send.call(this, data); };
        }"""
    )
    runs = when_quiet(page)
    play(join=["Brave Otter", "Calm Fox"])
    room = tile(page, "Room 1")
    expect(room).to_contain_text("Brave Otter")
    expect(page.locator(".sc-counts")).to_contain_text("2 here")
    room.evaluate("tile => { tile.kept = true; }")
    room.get_by_role("button").focus()
    for _ in range(10):
        play(say=["p1"], text=CANARY)
    expect(room).to_contain_text("10 messages")
    expect(room.locator("code").first).to_contain_text("gAAAAA")
    assert room.evaluate("tile => tile.kept === true && tile.contains(document.activeElement)")
    assert CANARY not in page.content()
    # The teacher's own pane looks once in 30 s.
    assert page.evaluate("window.sent") <= runs + 1
    play(join=["Keen Robin"])
    expect(page.locator(".sc-waiting")).to_contain_text("Keen Robin")
    expect(page.get_by_role("button", name="Seat them as thirds now")).to_be_visible()


def test_the_keyboard_alone_is_enough(school: Server, new_page: NewPage) -> None:
    """Arrow keys go over the tiles, Enter picks one; its room is paused; the panel follows who joins."""
    page = new_page()
    play = open_class(page, school)
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
    play = open_class(page, school)
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
    play = open_class(page, school)
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


def test_without_the_feed_the_page_looks_by_itself(school: Server, new_page: NewPage) -> None:
    """Where no WebSocket gets through, the sign says so, and a tile still appears and can be picked."""
    page = new_page()
    page.route_web_socket("**/api/classes/**", lambda socket: socket.close())
    play = open_class(page, school)
    expect(page.locator(".sc-wall .sc-sign")).to_contain_text("Polling")
    expect(page.locator(".st-key-class_look")).to_be_attached(timeout=20_000)
    play(join=["Brave Otter", "Calm Fox"])
    expect(tile(page, "Room 1")).to_contain_text("Brave Otter")
    tile(page, "Room 1").get_by_role("button").click()
    expect(page.get_by_role("button", name="Pause writing here")).to_be_visible()


def test_a_lost_feed_comes_back_with_a_new_ticket_and_tells_of_the_end(
    school: Server, new_page: NewPage
) -> None:
    """With a ticket too old to connect again, the page asks for one; it hears of the end of the class."""
    page = new_page()
    sockets: list[WebSocketRoute] = []

    def connect(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        socket.connect_to_server()

    page.route_web_socket("**/api/classes/**", connect)
    play = open_class(page, school)
    sign = page.locator(".sc-wall .sc-sign")
    expect(sign).to_contain_text("Live")
    page.evaluate("() => { const now = Date.now; Date.now = () => now() + 100_000; }")
    sockets[0].close()
    expect(sign).not_to_contain_text("Live")
    expect(sign).to_contain_text("Live")
    assert len({socket.url for socket in sockets}) == 2
    play(join=["Brave Otter", "Calm Fox"])
    expect(tile(page, "Room 1")).to_contain_text("Brave Otter")
    play(close=1)
    expect(page.get_by_text("This class has ended")).to_be_visible()
    expect(page.get_by_role("button", name="New class")).to_be_visible()


def test_transcripts_are_saved_by_the_browser(school: Server, new_page: NewPage) -> None:
    """One press saves ciphertext; decrypted needs a second step, leaves the page, and is in no answer."""
    page = new_page()
    bodies: list[Response | APIResponse] = []
    page.on("response", lambda answer: bodies.append(answer))
    play = open_class(page, school)
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
    assert CANARY not in page.content()
    for answer in bodies:
        try:
            assert CANARY.encode() not in answer.body()
        except Error:  # a redirect, or what the browser has let go of, has no body
            continue
