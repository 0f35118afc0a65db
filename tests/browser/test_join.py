"""Joining a class with phones: a seat that stays, a room of two, and what each of them sees."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import faults
from tests.classes import (
    PATIENCE,
    Lesson,
    choose_room,
    enter,
    expect_in_room,
    expect_live,
    open_me,
    toggle_reading,
    write,
)
from tests.support import CANARY, markup_of

NewPage = Callable[..., Page]
PHONE = {"width": 390, "height": 844}
READ_COMPOSER = """() => {
    const box = document.querySelector(".st-key-pane_room textarea");
    return [box.value, box.selectionStart, box.selectionEnd, document.activeElement === box];
}"""


@pytest.fixture(scope="module")
def lesson_bounds() -> dict[str, float]:
    """Who is gone is noticed soon."""
    return {"here_seconds": 5.0, "ping_seconds": 1.0}


@pytest.fixture
def seated(lesson: Lesson, new_page: NewPage) -> tuple[Page, str]:
    """Somebody on a phone, in a room with somebody who has none: `p2`. Comes with their name."""
    page = new_page(**PHONE)
    name = enter(page, lesson)
    lesson.join()
    expect(page.get_by_placeholder("Message to your room")).to_be_visible(timeout=PATIENCE)
    expect_live(page)
    return page, name


def messages(page: Page) -> list[str]:
    """Return the ids of the messages on the page."""
    ids: list[str] = page.locator(".sc-message").evaluate_all("all => all.map(each => each.dataset.id)")
    return ids


def record(page: Page) -> list[str]:
    """Record every frame that the server sends to a page from now on."""
    frames: list[str] = []

    def keep(payload: str | bytes) -> None:
        frames.append(payload if isinstance(payload, str) else payload.decode(errors="replace"))

    page.on("websocket", lambda socket: socket.on("framereceived", keep))
    return frames


class TestSeat:
    """A seat belongs to a browser, and comes back with it."""

    def test_two_phones_find_each_other(self, lesson: Lesson, new_page: NewPage) -> None:
        """The first waits and says so; the second comes, both sit in one room, see each other, and write."""
        first, second = new_page(**PHONE), new_page(**PHONE)
        frames = record(first), record(second)
        one = enter(first, lesson)
        expect(first.get_by_text("You are waiting for a partner")).to_be_visible()
        two = enter(second, lesson)
        expect(first.get_by_placeholder("Message to your room")).to_be_visible(timeout=PATIENCE)
        expect(first.get_by_text("You are waiting")).to_have_count(0)
        expect(first.locator(".sc-presence")).to_have_text([f"● {two} is here"])
        expect(second.locator(".sc-presence")).to_have_text([f"● {one} is here"])
        write(first, CANARY)
        expect(second.locator(".sc-message strong")).to_have_text(one)
        write(second, CANARY)
        expect(first.locator(".sc-message strong")).to_have_text([one, two])
        assert lesson.texts(1) == [CANARY, CANARY]
        for page, received in zip((first, second), frames, strict=True):
            assert CANARY not in markup_of(page)
            assert not any(CANARY in frame for frame in received)
            assert any("gAAAA" in frame for frame in received)

    def test_a_reload_and_a_new_tab_are_the_same_seat(self, lesson: Lesson, seated: tuple[Page, str]) -> None:
        """By reload, by the link in a new tab and by the page without a code; in another browser not."""
        page, name = seated
        write(page, "hello")
        expect(page.locator(".sc-message")).to_have_count(1)
        page.reload()
        expect_in_room(page)
        expect(page.locator(".sc-message strong")).to_have_text(name)
        for address in (lesson.link, f"{lesson.server.url}/join"):
            tab = page.context.new_page()
            tab.goto(address)
            expect_in_room(tab)
            expect(tab.locator(".sc-message strong")).to_have_text(name)
            tab.close()
        assert len(lesson.people()) == 2

    def test_another_browser_has_no_seat(
        self, lesson: Lesson, seated: tuple[Page, str], new_page: NewPage
    ) -> None:
        """It is asked for a name; a link to a message of the room tells it nothing."""
        room = lesson.rooms()[1]
        write(seated[0], CANARY)
        expect(seated[0].locator(".sc-message")).to_have_count(1)
        other = new_page()
        frames = record(other)
        other.goto(f"{lesson.server.url}/inspector?message=1&room={room}")
        expect(other.get_by_text("You are not in this room.")).to_be_visible(timeout=PATIENCE)
        other.goto(lesson.link)
        expect(other.get_by_role("button", name="Join", exact=True)).to_be_visible(timeout=PATIENCE)
        assert not any(secret in frame for frame in frames for secret in (CANARY, "gAAAA"))

    def test_leaving_and_coming_back(self, lesson: Lesson, new_page: NewPage) -> None:
        """The partner is told and offered somebody else; who left takes the seat again in the same page."""
        first, second = new_page(**PHONE), new_page(**PHONE)
        enter(first, lesson)
        enter(second, lesson)
        write(second, "before")
        expect(first.locator(".sc-message")).to_have_count(1)
        open_me(first)
        first.get_by_role("button", name="Leave the class").click()
        expect(first.get_by_text("You have left.")).to_be_visible()
        expect(second.get_by_text("Nobody else is in your room any more.")).to_be_visible()
        expect(second.get_by_role("button", name="Find somebody else", exact=True)).to_be_visible()
        first.get_by_role("button", name="Back to my seat").click()
        expect_in_room(first)
        expect(first.locator(".sc-message")).to_have_count(1)
        expect(second.get_by_text("Nobody else is in your room")).to_have_count(0)
        assert len(lesson.people()) == 2

    def test_somebody_else_to_talk_to(self, lesson: Lesson, seated: tuple[Page, str]) -> None:
        """Who is left alone waits again by one press, and gets a new room with the next who comes."""
        page, _ = seated
        write(page, "to the first one")
        expect(page.locator(".sc-message")).to_have_count(1)
        lesson.ask("room.leave('p2')")
        page.get_by_role("button", name="Find somebody else", exact=True).click()
        expect(page.get_by_text("You are waiting for a partner")).to_be_visible()
        lesson.join()
        expect(page.get_by_placeholder("Message to your room")).to_be_visible(timeout=PATIENCE)
        expect(page.get_by_text("Nobody has written yet.")).to_be_visible()

    def test_who_was_removed_is_told(self, lesson: Lesson, seated: tuple[Page, str]) -> None:
        """The open page says so by itself, and shows no message any more; so does it after a reload."""
        page, _ = seated
        write(page, "hello")
        expect(page.locator(".sc-message")).to_have_count(1)
        lesson.desk("remove('p1')")
        for _ in range(2):
            expect(page.get_by_text("Your teacher has removed you")).to_be_visible(timeout=PATIENCE)
            expect(page.locator(".sc-message")).to_have_count(0)
            page.reload()

    def test_a_closed_class_is_over(self, lesson: Lesson, seated: tuple[Page, str]) -> None:
        """The open page says so by itself and shows nothing of it."""
        page, _ = seated
        write(page, "hello")
        expect(page.locator(".sc-message")).to_have_count(1)
        lesson.close()
        expect(page.get_by_text("Your teacher has ended this class.")).to_be_visible(timeout=PATIENCE)
        expect(page.locator(".sc-message")).to_have_count(0)

    def test_a_browser_that_stores_nothing(self, lesson: Lesson, new_page: NewPage) -> None:
        """Where the browser keeps no seats, one joins all the same, for as long as the page is open."""
        page = new_page(**PHONE)
        page.add_init_script(
            "for (const name of ['getItem', 'setItem']) Storage.prototype[name] = () => { throw Error(); };"
        )
        enter(page, lesson)
        write(page, "hello")
        expect(page.locator(".sc-message")).to_have_count(1)


class TestReading:
    """Texts, for who asks to read with their key."""

    def test_it_is_on_that_device_alone_and_goes_again(
        self, lesson: Lesson, seated: tuple[Page, str], new_page: NewPage
    ) -> None:
        """Off at first; on, texts are there; off, they leave the page at once, and no more of them come."""
        page, _ = seated
        frames = record(page)
        page.reload()
        expect_in_room(page)
        expect_live(page)
        lesson.say("p2", CANARY, 1)
        expect(page.locator(".sc-message")).to_have_count(1)
        assert not any(CANARY in frame for frame in frames)
        toggle_reading(page)
        expect(page.locator(".sc-text")).to_have_text(CANARY)
        tab = page.context.new_page()
        tab.goto(lesson.link)
        expect_in_room(tab)
        expect(tab.locator(".sc-message")).to_have_count(1)
        assert CANARY not in markup_of(tab), "another tab did not ask for it"
        tab.close()
        toggle_reading(page)
        expect(page.locator(".sc-text")).to_have_count(0)
        expect(page.locator(".sc-message")).to_have_count(1)
        assert CANARY not in markup_of(page)
        page.evaluate(
            f"""() => {{
                window.shown = 0;
                const look = () => {{ window.shown += document.body.textContent.includes("{CANARY}"); }};
                new MutationObserver(look).observe(document.body, {{subtree: true, childList: true}});
            }}"""
        )
        for number in range(2, 6):
            lesson.say("p2", CANARY, 1)
            expect(page.locator(".sc-message")).to_have_count(number)
        assert page.evaluate("window.shown") == 0
        expect(page.locator(".sc-text")).to_have_count(0)

    def test_texts_do_not_come_any_more(self, lesson: Lesson, seated: tuple[Page, str]) -> None:
        """A while after it was switched off, what is written comes to the page as ciphertext alone."""
        page, _ = seated
        frames = record(page)
        toggle_reading(page)
        lesson.say("p2", "read", 1)
        expect(page.locator(".sc-text")).to_have_text("read")
        toggle_reading(page)
        expect(page.locator(".sc-text")).to_have_count(0)
        lesson.say("p2", CANARY, 0)
        expect(page.locator(".sc-unread-badge")).to_be_visible()
        expect_feeds(lesson, "p1", 2)
        frames.clear()
        lesson.say("p2", CANARY, 1)
        expect(page.locator(".sc-message")).to_have_count(2)
        expect_feeds(lesson, "p1", 2)
        assert not any(CANARY in frame for frame in frames)

    def test_private_messages(self, lesson: Lesson, seated: tuple[Page, str], new_page: NewPage) -> None:
        """The one it is for reads it; another one who reads with their key sees that it is not theirs."""
        page, name = seated
        other = new_page(**PHONE)
        frames = record(other)
        enter(other, lesson)
        for each in (page, other):
            if each is page:
                choose_room(each, "Everyone")
            toggle_reading(each)
        lesson.say("p2", CANARY, 0, to="p1")
        expect(page.locator(".sc-text")).to_have_text(CANARY)
        expect(page.locator(".sc-message strong")).to_have_text(f"{lesson.people()['p2']} to {name} alone")
        expect(other.locator(".sc-text")).to_have_text("Your keys do not open this.")
        expect(other.locator(".sc-message strong")).to_have_text(f"{lesson.people()['p2']} to {name} alone")
        assert not any(CANARY in frame for frame in frames)
        lesson.desk("allow(shows_recipients=False)")
        lesson.say("p2", CANARY, 0, to="p1")
        expect(other.locator(".sc-message strong").nth(1)).to_have_text(
            f"{lesson.people()['p2']} to one person"
        )
        expect(page.locator(".sc-text")).to_have_text([CANARY, CANARY])

    def test_markup_is_inert(self, lesson: Lesson, seated: tuple[Page, str]) -> None:
        """A text that is read is text: no element comes of it."""
        page, _ = seated
        toggle_reading(page)
        text = "<img src=x onerror=alert(1)> **b** :red[x] a\u202eb"
        lesson.say("p2", text, 1)
        expect(page.locator(".sc-text")).to_have_text(text.replace("\u202e", "⟨U+202E⟩"))
        expect(page.locator(".sc-text *")).to_have_count(0)


def expect_feeds(lesson: Lesson, person: str, count: int) -> None:
    """Wait until somebody has so many feeds open: one for each room."""
    for _ in range(100):
        if lesson.ask(f"room.presence._connections.get({person!r}, 0)") == count:
            return
        lesson.ask("__import__('time').sleep(0.1)")
    raise AssertionError(f"{lesson.ask(f'room.presence._connections.get({person!r}, 0)')} feeds are open")


class TestRoom:
    """What the page of a room says and keeps."""

    def test_presence(self, lesson: Lesson, new_page: NewPage) -> None:
        """Here, writing, and away when the browser is closed."""
        first, second = new_page(**PHONE), new_page(**PHONE)
        enter(first, lesson)
        name = enter(second, lesson)
        expect_live(first)
        expect_live(second)
        expect(first.locator(".sc-presence")).to_have_text([f"● {name} is here"])
        second.locator(".st-key-pane_room textarea").press_sequentially("half")
        expect(first.locator(".sc-presence")).to_have_text([f"● {name} is writing …"])
        expect(first.locator(".sc-presence")).to_have_text([f"● {name} is here"])
        second.context.close()
        expect(first.locator(".sc-presence")).to_have_text([f"○ {name} is away"], timeout=PATIENCE)

    def test_writing_again_at_once(self, lesson: Lesson, new_page: NewPage) -> None:
        """Who sends something short and writes on is seen to write: that is told anew after a message."""
        first, second = new_page(**PHONE), new_page(**PHONE)
        told: list[str | bytes] = []
        second.on("websocket", lambda socket: socket.on("framesent", lambda frame: told.append(frame)))
        enter(first, lesson)
        name = enter(second, lesson)
        expect_live(first)
        expect_live(second)
        box, writing = second.locator(".st-key-pane_room textarea"), '{"type":"writing"}'
        box.press_sequentially("x")
        expect(first.locator(".sc-presence")).to_have_text([f"● {name} is writing …"])
        assert told.count(writing) == 1
        box.press("Enter")
        box.press_sequentially("abc", delay=20)
        expect(first.locator(".sc-message")).to_have_count(1)
        for _ in range(10):
            if told.count(writing) == 2:
                break
            second.wait_for_timeout(100)  # less, in all, than until a key would tell of it anyway
        assert told.count(writing) == 2
        expect(first.locator(".sc-presence")).to_have_text([f"● {name} is writing …"])

    def test_a_new_key_is_told_to_both(self, lesson: Lesson, seated: tuple[Page, str]) -> None:
        """At once, with whom it is from; also to who comes back later."""
        page, _ = seated
        partner = lesson.people()["p2"]
        seat = "__import__('securechat.classroom', fromlist=['Seat']).Seat.take"
        rotate = "change_keys(lambda ring: ring.rotated()).fingerprint"
        lesson.ask(f"{seat}(room, 'p2', list(room.view().rooms)[1]).{rotate}")
        line = page.locator(".sc-presence")
        expect(line).to_contain_text(f"{partner} made key 2 of this room. New messages use it.")
        lesson.ask(f"{seat}(room, 'p1', list(room.view().rooms)[1]).{rotate}")
        expect(line).to_contain_text("You made key 3 of this room.")
        page.reload()
        expect(line).to_contain_text("You made key 3 of this room.", timeout=PATIENCE)

    def test_what_is_new_elsewhere_is_counted(self, lesson: Lesson, seated: tuple[Page, str]) -> None:
        """Beside the way to the other room and in the title; looked at, it is no longer new."""
        page, _ = seated
        badge = page.locator(".sc-unread-badge")
        expect(badge).to_be_hidden()
        for number in (1, 2):
            lesson.say("p2", "hello all", 0)
            expect(badge).to_have_text(f"{number} new in “Everyone”")
        expect(page).to_have_title(re.compile(r"^\(2\) "))
        choose_room(page, "Everyone")
        expect(badge).to_be_hidden()
        expect(page).to_have_title(re.compile(r"^(?!\()"))
        lesson.say("p2", "hello you", 1)
        expect(badge).to_have_text("1 new in “My room”")
        lesson.say("p1", "my own, from another tab", 1)
        lesson.say("p2", "again", 1)
        expect(badge).to_have_text("2 new in “My room”")

    def test_what_was_looked_at_is_not_new_after_a_reload(
        self, lesson: Lesson, seated: tuple[Page, str]
    ) -> None:
        """It is remembered in the tab: what was looked at stays old, and what was not stays new."""
        page, _ = seated
        badge = page.locator(".sc-unread-badge")
        for text in ("one", "two"):
            lesson.say("p2", text, 0)
        expect(badge).to_have_text("2 new in “Everyone”", timeout=PATIENCE)
        choose_room(page, "Everyone")
        choose_room(page, "My room")
        page.reload()
        expect_in_room(page)
        expect_live(page)
        expect(badge).to_be_hidden()
        lesson.say("p2", "three", 0)
        expect(badge).to_have_text("1 new in “Everyone”", timeout=PATIENCE)
        page.reload()
        expect_in_room(page)
        expect(badge).to_have_text("1 new in “Everyone”", timeout=PATIENCE)

    def test_locked_writing(self, lesson: Lesson, seated: tuple[Page, str]) -> None:
        """It is said, what is sent is refused and kept, and goes when writing goes on."""
        page, _ = seated
        box = page.locator(".st-key-pane_room textarea")
        box.fill("half a sen")
        lesson.desk("allow(locked=True)")
        expect(page.get_by_text("Your teacher has paused writing.")).to_be_visible()
        expect(box).to_have_value("half a sen")
        box.press("Enter")
        expect(page.locator(".sc-refusal")).to_contain_text("has paused writing")
        expect(box).to_have_value("half a sen")
        assert lesson.texts(1) == []
        lesson.desk("allow(locked=False)")
        expect(page.locator(".sc-refusal")).to_have_text("You can send now.")
        box.press("Enter")
        expect(page.locator(".sc-message")).to_have_count(1)
        expect(box).to_have_value("")
        assert lesson.texts(1) == ["half a sen"]

    def test_a_cleared_room(self, lesson: Lesson, seated: tuple[Page, str]) -> None:
        """It is empty at once, says why, and what is typed stays."""
        page, _ = seated
        write(page, "hello")
        expect(page.locator(".sc-message")).to_have_count(1)
        page.locator(".st-key-pane_room textarea").fill("half a sen")
        lesson.desk("clear()")
        expect(page.get_by_text("The conversation was cleared.")).to_be_visible()
        expect(page.locator(".st-key-pane_room textarea")).to_have_value("half a sen")

    def test_names_follow(self, lesson: Lesson, seated: tuple[Page, str]) -> None:
        """Renamed by the teacher, people have their new names in open transcripts and on their own button."""
        page, _ = seated
        write(page, "from me")
        expect(page.locator(".sc-message")).to_have_count(1)
        lesson.say("p2", "from the other", 1)
        expect(page.locator(".sc-message")).to_have_count(2)
        lesson.desk("rename('p2', 'The Other')")
        expect(page.locator(".sc-message strong").nth(1)).to_have_text("The Other")
        expect(page.locator(".sc-presence")).to_contain_text("The Other")
        lesson.desk("rename('p1', 'Only Me')")
        expect(page.locator(".sc-message strong").first).to_have_text("Only Me")
        expect(page.locator(".st-key-me button").first).to_contain_text("Only Me")

    def test_a_removed_name_goes_from_open_transcripts(
        self, lesson: Lesson, seated: tuple[Page, str]
    ) -> None:
        """In the room of everyone, too: a name that the teacher removes is on no page any more."""
        page, _ = seated
        choose_room(page, "Everyone")
        lesson.say("p2", "hello all", 0)
        expect(page.locator(".sc-message strong")).to_have_text(lesson.people()["p2"])
        lesson.desk("remove('p2')")
        expect(page.locator(".sc-message strong")).to_have_text("Somebody removed")

    def test_to_whom_one_can_write(self, lesson: Lesson, seated: tuple[Page, str]) -> None:
        """Somebody who joins can be written to alone by pages that were open before."""
        page, _ = seated
        choose_room(page, "Everyone")
        lesson.join()
        name = lesson.people()["p3"]
        box = page.locator(".st-key-recipient input")
        option = page.get_by_role("option", name=f"To {name} alone")
        for _ in range(30):  # the list may be ten seconds old
            box.click()
            expect(page.get_by_role("option").first).to_be_visible()
            if option.count():
                break
            box.press("Escape")
            page.wait_for_timeout(500)
        option.click()
        expect(page.get_by_placeholder(f"Message to {name}")).to_be_visible()
        write(page, CANARY)
        expect(page.locator(".sc-message strong")).to_contain_text(f"to {name} alone")
        assert lesson.ask(
            "[m.recipient for m in list(room.view().rooms.values())[0].conversation.view().messages]"
        ) == ["p3"]

    def test_half_written_text_is_the_rooms(self, lesson: Lesson, seated: tuple[Page, str]) -> None:
        """Each room keeps its own, through switches between them and the way to the Inspector."""
        page, _ = seated
        box = page.locator(".st-key-pane_room textarea")
        box.fill("to my room")
        choose_room(page, "Everyone")
        expect(box).to_have_value("")
        box.fill("to everyone")
        choose_room(page, "My room")
        expect(box).to_have_value("to my room")
        lesson.say("p2", "hello", 1)
        page.locator(".sc-open").click()
        expect(page.get_by_role("heading", name="Message 1, from")).to_be_visible()
        page.locator("a[href$='/join']").first.evaluate("link => link.click()")
        expect_in_room(page)
        expect(box).to_have_value("to my room")

    def test_typing_is_never_disturbed(self, lesson: Lesson, seated: tuple[Page, str]) -> None:
        """Text, caret and focus survive messages, presence, names, a pause, people who come, and a third."""
        page, _ = seated
        page.locator(".st-key-pane_room textarea").click()
        page.keyboard.type("half a sen")
        for _ in range(4):
            page.keyboard.press("ArrowLeft")
        before = page.evaluate(READ_COMPOSER)
        assert before == ["half a sen", 6, 6, True]
        for number in range(1, 9):
            lesson.say("p2", f"news {number}", 1)
            lesson.ask(f"room.write('p2', {lesson.rooms()[1]!r})")
            lesson.ask("room.presence.look('p2')")
            expect(page.locator(".sc-message")).to_have_count(number)
            assert page.evaluate(READ_COMPOSER) == before
        lesson.desk("rename('p2', 'The Other')")
        expect(page.locator(".sc-presence")).to_contain_text("The Other")
        for _ in range(3):
            lesson.desk("allow(locked=True)")
            expect(page.get_by_text("Your teacher has paused writing.")).to_be_visible()
            assert page.evaluate(READ_COMPOSER) == before
            lesson.desk("allow(locked=False)")
            expect(page.locator(".stAlert")).to_have_count(0)
            assert page.evaluate(READ_COMPOSER) == before
        lesson.join()
        lesson.ask("room.settle(at_once=True)")
        expect(page.locator(".sc-presence span")).to_have_count(2)
        assert page.evaluate(READ_COMPOSER) == before
        page.keyboard.type("X")
        assert page.evaluate(READ_COMPOSER)[0] == "half aX sen"

    def test_the_inspector_by_link_and_by_press(self, lesson: Lesson, seated: tuple[Page, str]) -> None:
        """A message opens in the Inspector by press and, in a new tab, by its link."""
        page, _ = seated
        write(page, CANARY)
        link = page.locator(".sc-open").first
        expect(link).to_have_attribute("href", f"/inspector?message=1&room={lesson.rooms()[1]}")
        tab = page.context.new_page()
        tab.goto(lesson.server.url + str(link.get_attribute("href")))
        link.click()
        for each in (page, tab):
            expect(each.locator(".st-key-plaintext")).to_contain_text(CANARY, timeout=PATIENCE)
            expect(each.get_by_text("Your room in the class")).to_be_visible()
        tab.close()


class TestOnAPhone:
    """What fits, and what everybody can use."""

    def test_the_composer_is_in_sight(self, lesson: Lesson, new_page: NewPage) -> None:
        """At 390x844, waiting, in a room, in that of everyone, paused or alone: never scrolled."""
        page = new_page(**PHONE)
        enter(page, lesson)
        seen = {"waiting": fits(page)}
        lesson.join()
        expect(page.get_by_placeholder("Message to your room")).to_be_visible(timeout=PATIENCE)
        seen["in a room"] = fits(page)
        choose_room(page, "Everyone")
        seen["everyone"] = fits(page)
        lesson.desk("allow(locked=True)")
        expect(page.get_by_text("Your teacher has paused writing.")).to_be_visible()
        seen["everyone, paused"] = fits(page)
        choose_room(page, "My room")
        seen["paused"] = fits(page)
        lesson.desk("allow(locked=False)")
        lesson.ask("room.leave('p2')")
        expect(page.get_by_text("Nobody else is in your room any more.")).to_be_visible()
        seen["alone"] = fits(page)
        assert all(seen.values()), seen

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_no_serious_fault(self, lesson: Lesson, new_page: NewPage, scheme: str) -> None:
        """The form, a wrong code, the names, waiting, the room, reading, and everyone."""
        lesson.desk("allow(free_names=True)")
        page = new_page(**PHONE, scheme=scheme)
        found = {}
        page.goto(f"{lesson.server.url}/join")
        expect(page.get_by_label("Code of the class")).to_be_visible(timeout=PATIENCE)
        page.get_by_label("Code of the class").fill("XXXXXX")
        page.get_by_role("button", name="Next").click()
        expect(page.get_by_text("There is no class with this code")).to_be_visible()
        found["form"] = faults(page)
        page.goto(lesson.link)
        expect(page.get_by_role("button", name="Join", exact=True)).to_be_visible(timeout=PATIENCE)
        found["names"] = faults(page)
        enter(page, lesson)
        found["waiting"] = faults(page)
        lesson.join()
        expect(page.get_by_placeholder("Message to your room")).to_be_visible(timeout=PATIENCE)
        lesson.say("p2", "hello", 1)
        lesson.say("p2", "hello", 0, to="p1")
        expect(page.locator(".sc-unread-badge")).to_be_visible()
        found["room"] = faults(page)
        toggle_reading(page)
        expect(page.locator(".sc-text")).to_have_text("hello")
        open_me(page)
        expect(page.get_by_role("button", name="Leave the class")).to_be_visible()
        found["me"] = faults(page)
        page.keyboard.press("Escape")
        choose_room(page, "Everyone")
        lesson.desk("allow(locked=True)")
        expect(page.get_by_text("Your teacher has paused writing.")).to_be_visible()
        found["everyone"] = faults(page)
        assert not any(found.values()), {name: those for name, those in found.items() if those}

    def test_the_keyboard_alone_does_everything(self, lesson: Lesson, new_page: NewPage) -> None:
        """Type the code, choose another name, join, write, read, switch rooms: no mouse is needed."""
        lesson.join()
        lesson.ask("room.presence.connect('p1') and None")  # is here, however long the typing takes
        page = new_page()
        page.goto(f"{lesson.server.url}/join")
        field = page.get_by_label("Code of the class")
        expect(field).to_be_visible(timeout=PATIENCE)
        tab_to(page, field)
        page.keyboard.type(lesson.code.lower())
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Join", exact=True)).to_be_visible(timeout=PATIENCE)
        names = page.locator(".st-key-alias button")
        name = names.nth(2).inner_text().strip()
        tab_to(page, names.nth(2), key="ArrowRight")
        page.keyboard.press("Space")
        tab_to(page, page.get_by_role("button", name="Join", exact=True))
        page.keyboard.press("Enter")
        expect_in_room(page)
        assert name in lesson.people().values()
        tab_to(page, page.locator(".st-key-pane_room textarea"))
        page.keyboard.type("hello")
        page.keyboard.press("Enter")
        expect(page.locator(".sc-message")).to_have_count(1)
        tab_to(page, page.get_by_role("switch", name="Read with my key"), back=True)
        page.keyboard.press("Space")
        expect(page.locator(".sc-text")).to_have_text("hello")
        tab_to(page, page.locator(".st-key-room_choice button").nth(1), back=True, key="ArrowRight")
        page.keyboard.press("Space")
        expect(page.get_by_placeholder("Message to everyone")).to_be_visible()

    def test_a_message_is_announced_once(self, lesson: Lesson, seated: tuple[Page, str]) -> None:
        """One live region says who wrote; none reads a text, nor old messages when reading is switched."""
        page, _ = seated
        lesson.say("p2", "before", 1)
        expect(page.locator(".sc-message")).to_have_count(1)
        page.locator("[aria-live], [role=status], [role=log], [role=alert]").evaluate_all(
            """regions => {
                window.said = [];
                for (const region of regions)
                    new MutationObserver(() => window.said.push(region.textContent.trim()))
                        .observe(region, {childList: true, subtree: true, characterData: true});
            }"""
        )
        toggle_reading(page)
        expect(page.locator(".sc-text")).to_have_text(["before"])
        lesson.say("p2", CANARY, 1)
        expect(page.locator(".sc-text")).to_have_text(["before", CANARY])
        toggle_reading(page)
        expect(page.locator(".sc-text")).to_have_count(0)
        expect(page.locator(".sc-message")).to_have_count(2)
        said = [text for text in page.evaluate("window.said") if "message" in text.lower() or CANARY in text]
        assert said == [f"New encrypted message from {lesson.people()['p2']}, number 2"]


def fits(page: Page) -> bool:
    """Say whether the composer is in sight, and nothing goes beyond the side of the screen."""
    page.evaluate("document.querySelector('.stMain').scrollTo(0, 0)")
    box = page.locator(".st-key-pane_room .sc-box-row").bounding_box()
    assert box is not None
    widest = (
        "Math.max(...[...document.querySelectorAll('.stMain *')].map(e => e.getBoundingClientRect().right))"
    )
    width = page.evaluate("document.documentElement.scrollWidth")
    return bool(box["y"] + box["height"] <= PHONE["height"] and width <= 390 and page.evaluate(widest) <= 390)


def tab_to(page: Page, target: Locator, *, back: bool = False, key: str = "") -> None:
    """Press Tab, or an arrow key within a group, until something has the focus."""
    has_focus = "e => e === document.activeElement"
    for _ in range(60):
        if target.evaluate(has_focus):
            return
        in_group = key and target.evaluate("e => e.parentElement.contains(document.activeElement)")
        page.keyboard.press(key if in_group else "Shift+Tab" if back else "Tab")
    raise AssertionError("it cannot be reached with the keyboard")
