"""The presenter's desk and switches: who may write is said at once, and nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.classes import PATIENCE, Lesson, choose_room, enter, expect_live, open_door
from tests.support import block_feed, choose_page, open_chat, say

NewPage = Callable[..., Page]
RESERVED = "Only the teacher writes here now."
PAUSED = "Your teacher has paused writing."
AGAIN = "You can send now."


@pytest.fixture
def lesson(lesson: Lesson) -> Iterator[Lesson]:
    """A class; afterwards everybody writes in Chat again, and it is empty."""
    yield lesson
    lesson.ask("(application.policy.reserve(on=False), application.conversation.clear())")


@pytest.fixture
def teacher(lesson: Lesson, new_page: NewPage) -> Page:
    """The teacher's page, on the desk of the class."""
    page = new_page()
    open_door(page, lesson.server)
    page.get_by_role("button", name="Show").first.click(timeout=PATIENCE)
    expect(page.locator(".sc-wall")).to_be_visible(timeout=PATIENCE)
    return page


def note(page: Page, pane: str) -> Locator:
    """Return what is said over the box of a pane."""
    return page.locator(f".st-key-pane_{pane} .sc-refusal")


def reserve(lesson: Lesson, *, on: bool) -> None:
    """Let only the presenter write in Chat, or everybody again."""
    lesson.ask(f"application.policy.reserve(on={on})")


def go_to_chat(page: Page) -> None:
    """Go there by the menu, in the same session."""
    page.get_by_role("link", name=re.compile("Chat")).first.click()
    expect(page.get_by_placeholder("Message as User A")).to_be_visible(timeout=PATIENCE)


class TestChat:
    """Only the presenter writes."""

    def test_from_the_desk_and_back(self, lesson: Lesson, teacher: Page, new_page: NewPage) -> None:
        """One press, and the others can only type; the teacher writes; another press, and they send."""
        page = new_page()
        open_chat(page, lesson.server)
        box = page.get_by_placeholder("Message as User A")
        box.fill("half a sen")
        teacher.get_by_text("Only I write in Chat").click()
        expect(note(page, "a")).to_have_text(f"{RESERVED} What you type is kept.")
        expect(note(page, "b")).to_have_text(RESERVED)
        page.keyboard.type("tence")
        page.keyboard.press("Enter")
        expect(box).to_have_value("half a sentence")
        go_to_chat(teacher)
        expect(teacher.locator(".sc-refusal").first).to_be_hidden()
        say(teacher, "B", "from the teacher")
        expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(1)
        teacher.get_by_text("Only I write here").click()
        expect(note(page, "a")).to_have_text(AGAIN)
        expect(note(page, "b")).to_be_hidden()
        expect(box).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator(".st-key-pane_b .sc-message")).to_have_count(2)
        expect(note(page, "a")).to_be_hidden()

    def test_without_the_feed(self, lesson: Lesson, new_page: NewPage) -> None:
        """A page that polls is told, too, and opens by itself."""
        page = new_page()
        block_feed(page)
        open_chat(page, lesson.server)
        reserve(lesson, on=True)
        expect(note(page, "a")).to_have_text(RESERVED, timeout=5_000)
        reserve(lesson, on=False)
        expect(note(page, "a")).to_be_hidden(timeout=5_000)

    def test_a_locked_session_is_anybody(self, lesson: Lesson, teacher: Page) -> None:
        """The page of a session that is locked again closes like anybody's, and has no switch."""
        reserve(lesson, on=True)
        go_to_chat(teacher)
        expect_live(teacher)
        expect(note(teacher, "a")).to_be_hidden()
        choose_page(teacher, "Classroom", "Class")
        teacher.get_by_role("button", name="Lock again").click(timeout=PATIENCE)
        expect(teacher.get_by_label("Passcode")).to_be_visible(timeout=PATIENCE)
        go_to_chat(teacher)
        expect(note(teacher, "a")).to_have_text(RESERVED)
        expect(teacher.get_by_text("Only I write here")).to_have_count(0)

    def test_a_pause_of_the_class_covers_it(self, lesson: Lesson, new_page: NewPage) -> None:
        """As long as it lasts."""
        page = new_page()
        open_chat(page, lesson.server)
        lesson.desk("allow(locked=True)")
        expect(note(page, "a")).to_have_text(PAUSED)
        lesson.desk("allow(locked=False)")
        expect(note(page, "a")).to_be_hidden()


class TestDesk:
    """What a teacher needs in the lesson is in sight at 1280 x 720, without scrolling."""

    def test_a_room_and_a_person(self, lesson: Lesson, teacher: Page) -> None:
        """The switches, the first tiles, what may be done with a room, and with a person."""
        for _ in range(4):
            lesson.join()
        inside = {"timeout": PATIENCE, "ratio": 1.0}
        for text in ("Pause writing in all rooms", "Only I write in Chat", "Others may still join"):
            expect(teacher.get_by_text(text)).to_be_in_viewport(**inside)
        teacher.get_by_role("button", name=re.compile("^Room 1")).click()
        for name in ("Pause writing here", "Clear this room", "Lock again"):
            expect(teacher.get_by_role("button", name=name)).to_be_in_viewport(**inside)
        teacher.locator(".sc-members button").first.click()
        for name in ("Rename", "Remove", "Done"):
            expect(teacher.get_by_role("button", name=name, exact=True)).to_be_in_viewport(**inside)


class TestNotes:
    """What is said over a box goes when it no longer holds, and covers nothing."""

    def test_a_pause_in_everyone_on_a_phone(self, lesson: Lesson, new_page: NewPage) -> None:
        """The note stands between the choice of the recipient and the box; after the pause one can send."""
        page = new_page(390, 844)
        enter(page, lesson)
        enter(new_page(390, 844), lesson)
        choose_room(page, "Everyone")
        box = page.locator(".st-key-pane_room textarea")
        box.fill("half a sen")
        before = page.evaluate("document.documentElement.scrollHeight")
        lesson.desk("allow(locked=True)")
        expect(note(page, "room")).to_have_text(f"{PAUSED} What you type is kept.")
        choice = page.locator(".st-key-pane_room [data-testid=stSelectbox]").bounding_box()
        said, boxed = note(page, "room").bounding_box(), box.bounding_box()
        assert choice is not None
        assert said is not None
        assert boxed is not None
        assert choice["y"] + choice["height"] <= said["y"] < boxed["y"]
        assert page.evaluate("document.documentElement.scrollHeight") == before
        lesson.desk("allow(locked=False)")
        expect(note(page, "room")).to_have_text(AGAIN)
        box.press("Enter")
        expect(page.locator(".sc-message")).to_have_count(1)
        expect(note(page, "room")).to_be_hidden()

    def test_too_fast(self, lesson: Lesson, new_page: NewPage) -> None:
        """After the seconds that were named it says that one can send."""
        page = new_page()
        open_chat(page, lesson.server)
        expect_live(page)
        lesson.ask("[application.conversation.send('A', 'x').id for _ in range(20)]")
        say(page, "A", "one too many")
        expect(note(page, "a")).to_contain_text("Wait")
        expect(note(page, "a")).to_have_text(AGAIN, timeout=15_000)
        page.keyboard.press("Enter")
        expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(21)
        expect(note(page, "a")).to_be_hidden()
