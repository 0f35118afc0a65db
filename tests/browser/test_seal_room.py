"""Sealing a room in a real browser: the way from the class to the page for it, and back."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.browser.axe import faults
from tests.browser.slow_server import SlowServer
from tests.classes import PATIENCE, Lesson, choose_room, enter, expect_live, open_door, toggle_reading

NewPage = Callable[..., Page]
PHONE = {"width": 360, "height": 740}


@pytest.fixture
def phones(lesson: Lesson, new_page: NewPage) -> tuple[Page, Page]:
    """Two phones in one room, that of `p1` and that of `p2`."""
    first, second = new_page(**PHONE), new_page(**PHONE)
    for phone in (first, second):
        enter(phone, lesson)
    for phone in (first, second):
        expect(phone.get_by_placeholder("Message to your room")).to_be_visible(timeout=PATIENCE)
        expect_live(phone)
    return first, second


def addresses(page: Page) -> list[str]:
    """Record the addresses to which a page goes from now on."""
    went: list[str] = []
    page.on("framenavigated", lambda frame: went.append(frame.url))
    return went


def test_one_press_leads_there(lesson: Lesson, phones: tuple[Page, Page]) -> None:
    """In the same tab, with the room and a ticket that is for sealing it, and for this phone alone."""
    for number, phone in enumerate(phones, start=1):
        went = addresses(phone)
        phone.get_by_role("button", name="Seal this room").click()
        expect(phone).to_have_title(re.compile("^Sealed room"), timeout=PATIENCE)
        [address] = [each for each in went if "#pair=" in each]
        assert address.startswith(f"{lesson.server.url}/sealed#")
        given = {name: value for name, [value] in parse_qs(urlsplit(address).fragment).items()}
        assert given["pair"] == lesson.rooms()[1]
        ticket = f"application.tickets.check({given['ticket']!r}, place={given['pair']!r})"
        assert lesson.ask(f"[{ticket}.holder, {ticket}.seals]") == [f"p{number}", True]
        assert len(phone.context.pages) == 1


def test_the_other_phone_is_told(lesson: Lesson, phones: tuple[Page, Page]) -> None:
    """As soon as one has begun, without a reload; once it is sealed, the room is closed and leads there."""
    name = lesson.people()["p1"]
    lesson.ask("sealing.compare(room, 'p1', 'p2') and None")
    told = phones[1].get_by_text(f"{name} wants to seal this room with you. Press “Seal this room”.")
    expect(told).to_be_visible(timeout=PATIENCE)
    expect(phones[1].locator(".sc-way-due")).to_be_in_viewport()
    expect(phones[1].locator(".st-key-pane_room textarea")).to_be_in_viewport()
    assert faults(phones[1]) == []
    lesson.say("p1", "before", 1)
    lesson.ask("sealing.post(room, sealing.seal(room, 'p1', 'p2')[0]) and None")
    for phone in phones:
        expect(phone.get_by_role("button", name="Open the sealed room")).to_be_visible(timeout=PATIENCE)
        expect(phone.get_by_text("You sealed this room: your phones make its key")).to_be_visible()
        expect(phone.locator("[data-testid=stAlert]")).to_have_count(0)
    toggle_reading(phones[1])
    read = ["before", "Sealed: nobody can open this here."]
    expect(phones[1].locator(".sc-text")).to_have_text(read, timeout=PATIENCE)
    phones[1].emulate_media(color_scheme="dark")
    assert faults(phones[1]) == []


def test_in_the_room_of_everyone(lesson: Lesson, phones: tuple[Page, Page]) -> None:
    """Who looks at the other room is told, too, as long as it is so; and is led there."""
    phone, name = phones[1], lesson.people()["p1"]
    choose_room(phone, "Everyone")
    lesson.ask("sealing.compare(room, 'p1', 'p2') and None")
    told = phone.get_by_text(f"{name} wants to seal your room with you. Choose “My room”.")
    expect(told).to_be_visible(timeout=PATIENCE)
    lesson.ask("room.seal('p2', list(room.view().rooms)[1], frames.Seal(1, 'differ'))")
    expect(told).to_have_count(0, timeout=PATIENCE)


def test_the_teacher_wants_it_first(lesson: Lesson, phones: tuple[Page, Page]) -> None:
    """The composer says so, and what to press is in sight, also on a small phone."""
    lesson.desk("allow(seal_rule=SealRule.REQUIRED)")
    for phone in phones:
        expect(phone.locator(".sc-refusal")).to_contain_text("seal this room first", timeout=PATIENCE)
        expect(phone.locator(".sc-way-due")).to_be_in_viewport()
        expect(phone.locator(".sc-refusal")).to_be_in_viewport()


def test_what_is_typed_is_not_lost(phones: tuple[Page, Page]) -> None:
    """It is asked first; who stays finds it there, and can go afterwards."""
    phone = phones[0]
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    phone.once("dialog", stay)
    box = phone.locator(".st-key-pane_room textarea")
    box.fill("half a text")
    phone.get_by_role("button", name="Seal this room").click()
    assert asked == ["What you have typed is not sent yet. Go without it?"]
    expect(box).to_have_value("half a text")
    phone.once("dialog", lambda dialog: dialog.accept())
    phone.get_by_role("button", name="Seal this room").click()
    expect(phone).to_have_title(re.compile("^Sealed room"), timeout=PATIENCE)


def test_a_host_without_the_page(lesson: Lesson, new_page: NewPage) -> None:
    """It answers that address with the app: nobody is led there, and it is said in a sentence."""
    phone = new_page(**PHONE)
    phone.route("**/sealed", lambda route: route.fulfill(body="<title>SecureChat</title>"))
    enter(phone, lesson)
    lesson.join()
    expect(phone.get_by_text("there is no page to seal a room with")).to_be_visible(timeout=PATIENCE)
    expect(phone.get_by_role("button", name="Seal this room")).to_have_count(0)


def test_a_press_that_gets_lost(lesson: Lesson, new_page: NewPage) -> None:
    """It is said that it takes a moment, and the page asks once more by itself."""
    phone = new_page(**PHONE)
    server = SlowServer(phone)
    enter(phone, lesson)
    lesson.join()
    expect_live(phone)
    button = phone.get_by_role("button", name="Seal this room")
    expect(button).to_be_visible(timeout=PATIENCE)
    expect(phone.locator("[data-test-script-state='notRunning']")).to_be_attached(timeout=PATIENCE)
    server.loses = 1
    button.click()
    expect(phone.get_by_role("button", name="One moment …")).to_be_visible()
    expect(phone).to_have_title(re.compile("^Sealed room"), timeout=PATIENCE)
    assert server.loses == 0


def test_a_server_that_does_not_answer(lesson: Lesson, new_page: NewPage) -> None:
    """After some tries it is said, and one can press again."""
    phone = new_page(**PHONE)
    phone.clock.install()
    server = SlowServer(phone)
    enter(phone, lesson)
    lesson.join()
    expect_live(phone)
    button = phone.get_by_role("button", name="Seal this room")
    expect(button).to_be_visible(timeout=PATIENCE)
    server.hold()
    button.click()
    expect(phone.get_by_role("button", name="One moment …")).to_be_visible()
    phone.clock.run_for(60_000)
    expect(phone.get_by_text("The server does not answer. Try again.")).to_be_visible(timeout=PATIENCE)
    expect(button).to_be_visible()


def test_on_the_wall_and_at_the_desk(lesson: Lesson, new_page: NewPage) -> None:
    """A tile says that two compare, and when they have sealed; the desk says by itself who noticed."""
    people = [lesson.join()[0] for _ in range(4)]
    lesson.ask(f"[room.presence.connect(person) for person in {people}] and None")  # else they go away
    teacher = new_page()
    open_door(teacher, lesson.server)
    teacher.get_by_role("button", name=re.compile("^Show")).first.click()
    tiles = teacher.locator(".sc-tile")
    expect(tiles).to_have_count(3, timeout=PATIENCE)
    lesson.desk("allow(seal_rule=SealRule.FORBIDDEN)")
    expect(teacher.get_by_role("radio", name="Not allowed")).to_be_checked(timeout=PATIENCE)
    lesson.desk("allow(seal_rule=SealRule.REQUIRED)")
    expect(teacher.get_by_role("radio", name="Required")).to_be_checked(timeout=PATIENCE)
    marks = tiles.locator(".sc-tile-seal")
    expect(marks.locator("visible=true")).to_have_count(0)
    lesson.ask("[sealing.compare(room, 'p1', 'p2'), sealing.seal(room, 'p3', 'p4')] and None")
    expect(marks).to_have_text(["", "comparing", "sealed"], timeout=PATIENCE)
    tiles.nth(2).get_by_role("button").click()
    expect(tiles.nth(2).get_by_role("button")).to_have_accessible_name(re.compile("Room 2, .*, sealed$"))
    teacher.get_by_role("button", name="Put Mallory between these two").click(timeout=PATIENCE)
    teacher.get_by_role("button", name="Yes: put Mallory between these two").click()
    table = teacher.locator(".stTable tbody tr")
    expect(table).to_contain_text(["not compared yet"], timeout=PATIENCE)
    assert faults(teacher) == []
    expect(marks).to_have_text(["", "comparing", ""], timeout=PATIENCE)
    lesson.ask("sealing.compare(room, 'p3', 'p4') and None")
    lesson.ask("room.seal('p3', list(room.view().rooms)[2], frames.Seal(2, 'differ'))")
    expect(table.locator("td").last).to_have_text("noticed", timeout=PATIENCE)
