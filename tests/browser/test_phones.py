"""On a phone: what one types into is in sight, nothing scrolls inside what scrolls, all can be hit."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.every_page import PAGES, PHONES, open_page
from tests.classes import PATIENCE, Lesson, choose_room, enter, toggle_reading
from tests.support import Server, open_chat, say

NewPage = Callable[..., Page]

LEAST_TARGET = 24
"""Pixels of CSS that a finger needs at least, across and down (WCAG 2.2, 2.5.8)."""

HEADER = 64
"""Pixels of CSS that Streamlit's own header takes."""


@pytest.fixture(scope="module")
def server(lesson_server: Server) -> Server:
    """The real server, with a desk to open classes."""
    return lesson_server


@pytest.fixture
def phone(new_page: NewPage, size: tuple[int, int]) -> Page:
    """A page on a phone."""
    return new_page(*size, has_touch=True)


def expect_in_sight(box: Locator) -> None:
    """Wait until all of a box is on the screen, and nothing lies over it."""
    expect(box).to_be_visible(timeout=PATIENCE)
    box.page.wait_for_function(
        """(box) => {
            const { left, top, right, bottom } = box.getBoundingClientRect();
            const seen = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
            const inside = left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
            return inside && box.contains(seen);
        }""",
        arg=box.element_handle(),
        timeout=PATIENCE,
    )


def height_of(element: Locator) -> float:
    """Return how high an element is, in pixels of CSS."""
    return float(element.evaluate("(e) => e.getBoundingClientRect().height"))


def top_of(element: Locator) -> float:
    """Return how far an element begins below the upper edge of the screen, in pixels of CSS."""
    return float(element.evaluate("(e) => e.getBoundingClientRect().top"))


@pytest.mark.parametrize("size", [*PHONES, (1280, 720)], ids=str)
class TestComposer:
    """Without any scrolling, the box to type in is in sight."""

    @pytest.mark.parametrize("query", ["", "?as=A"])
    def test_in_chat(self, server: Server, phone: Page, query: str) -> None:
        """With both sides, and with one; the way to send, too."""
        open_chat(phone, server, query)
        form = phone.locator(".st-key-pane_a .sc-box-row")
        expect(form).to_be_visible()
        expect_in_sight(form)
        say(phone, "A", "hello")
        expect(phone.locator(".sc-message").last).to_be_visible()
        expect_in_sight(form)

    def test_in_a_class(self, server: Server, phone: Page) -> None:
        """While a pupil waits, in their own room, in that of everyone, and for a private message."""
        lesson = Lesson.open(server)
        form = phone.locator(".st-key-pane_room .sc-box-row")
        enter(phone, lesson)
        expect_in_sight(form)
        lesson.join()
        expect(phone.get_by_placeholder("Message to your room")).to_be_visible(timeout=PATIENCE)
        expect_in_sight(form)
        choose_room(phone, "Everyone")
        expect_in_sight(form)
        phone.locator("[data-testid=stSelectbox] input").click()
        phone.get_by_role("option", name="Teacher").click()
        expect(phone.get_by_placeholder("Message to Teacher")).to_be_visible()
        expect_in_sight(form)


@pytest.mark.parametrize("size", [(320, 568)], ids=str)
def test_most_of_a_small_screen_is_for_what_was_written(
    server: Server, phone: Page, size: tuple[int, int]
) -> None:
    """In a room, what stands over the transcript and under it leaves it half of what the header leaves."""
    lesson = Lesson.open(server)
    left = size[1] - HEADER
    enter(phone, lesson)
    assert height_of(phone.locator(".sc-scroll")) > left / 5  # beside what somebody who waits has to know
    link = phone.get_by_role("link", name="Meanwhile, see how two people agree on a key")
    assert link.evaluate(
        "(e) => [e, ...e.querySelectorAll('*')].every((e) => e.scrollWidth <= e.clientWidth + 1)"
    )
    lesson.join()
    expect(phone.get_by_placeholder("Message to your room")).to_be_visible(timeout=PATIENCE)
    phone.wait_for_function(_IS_HIGH, arg=left / 2)
    choose_room(phone, "Everyone")
    phone.wait_for_function(_IS_HIGH, arg=left / 2 - 64)  # beside the choice to whom
    assert phone.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") == size[0]


@pytest.mark.parametrize("size", PHONES, ids=str)
def test_a_pause_covers_nothing(server: Server, phone: Page) -> None:
    """What is said over the box does not cover to whom one writes, and the newest message is followed."""
    with closing(Lesson.open(server)) as lesson:  # its pause holds in Chat, too
        enter(phone, lesson)
        lesson.join()
        expect(phone.get_by_placeholder("Message to your room")).to_be_visible(timeout=PATIENCE)
        choose_room(phone, "Everyone")
        lesson.say("p2", "a message to everyone", 0)
        expect(phone.locator(".sc-message")).to_be_visible()
        lesson.desk("allow(locked=True)")
        said = phone.locator(".st-key-pane_room .sc-refusal")
        expect(said).to_have_text("Your teacher has paused writing.")
        expect_in_sight(said)
        expect_in_sight(phone.locator(".st-key-recipient [data-testid=stSelectbox]"))
        expect_in_sight(phone.locator(".st-key-pane_room .sc-box-row"))
        phone.wait_for_function(_SHOWS_THE_NEWEST)


_SHOWS_THE_NEWEST = """() => {
    const frame = document.querySelector(".sc-scroll");
    const bottom = frame.getBoundingClientRect().top + frame.clientHeight;
    const list = document.querySelector(".sc-messages").shadowRoot;
    const [token] = [...list.querySelectorAll(".sc-token")].slice(-1);
    return token.getBoundingClientRect().bottom <= bottom + 1;
}"""
"""Whether the newest token ends above whatever stands under the transcript."""

_IS_HIGH = "(least) => document.querySelector('.sc-scroll').getBoundingClientRect().height > least"
"""Whether what was written has so many pixels of CSS."""


@pytest.mark.parametrize("size", PHONES, ids=str)
def test_a_keyboard_on_the_screen_leaves_the_box_in_sight(
    server: Server, phone: Page, size: tuple[int, int]
) -> None:
    """The page is told to become smaller with it; in what is left, the box with the focus is in sight."""
    open_chat(phone, server, "?as=A")
    assert "interactive-widget=resizes-content" in str(
        phone.locator("meta[name=viewport]").get_attribute("content")
    )
    box = phone.get_by_placeholder("Message as User A")
    box.click()
    phone.set_viewport_size({"width": size[0], "height": size[1] // 2})
    phone.keyboard.type("hello")
    expect(box).to_have_value("hello")
    expect_in_sight(box)


@pytest.mark.parametrize("size", PHONES, ids=str)
def test_every_page_suits_a_finger(server: Server, phone: Page) -> None:
    """Nothing is wider than the screen, only a conversation scrolls by itself, all is large enough to hit."""
    open_chat(phone, server, "?as=A")
    say(phone, "A", "hello")
    expect(phone.locator(".sc-message").first).to_be_visible()
    for name in PAGES:
        open_page(phone, server, name)
        assert phone.evaluate(_FAULTS, LEAST_TARGET) == [], name


_FAULTS = """(least) => {
    const main = document.querySelector("[data-testid=stMain]");
    const scrolls = (e) => (
        /auto|scroll/.test(getComputedStyle(e).overflowY) && e.scrollHeight > e.clientHeight + 1
    );
    const inside = [...main.querySelectorAll("*:not(.sc-scroll)")].filter(scrolls);
    const pressed = [...main.querySelectorAll("button, [role=button], a, summary")];
    const small = pressed.filter((e) => e.checkVisibility() && !e.closest("p")).filter((e) => {
        const { width, height } = e.getBoundingClientRect();
        return width > 0 && Math.min(width, height) < least;
    });
    return [
        ...inside.map((e) => `scrolls by itself: ${e.className}`),
        ...small.map((e) => `too small: ${e.outerHTML.slice(0, 100)}`),
        ...(main.scrollWidth > innerWidth ? ["wider than the screen"] : []),
    ];
}"""
"""What is wrong with a page on a phone; a link in a sentence may be as small as its text."""


@pytest.mark.parametrize("size", [(390, 844)], ids=str)
def test_copy_and_inspect_stay_together(server: Server, phone: Page) -> None:
    """Beside a long name, too, both stand in one line."""
    lesson = Lesson.open(server)
    lesson.desk("allow(free_names=True)")
    enter(phone, lesson, "Wolfeschlegelsteinhausen")
    lesson.join()
    expect(phone.get_by_placeholder("Message to your room")).to_be_visible(timeout=PATIENCE)
    lesson.say(next(iter(lesson.people())), "hello", 1)
    copy, inspect = (phone.locator(f".sc-message .{name}") for name in ("sc-copy", "sc-open"))
    expect(copy).to_be_visible()
    tops = [top_of(copy), top_of(inspect)]
    assert abs(tops[0] - tops[1]) < 4


@pytest.mark.parametrize("size", [(390, 844)], ids=str)
def test_what_a_careless_receiver_reads_stands_under_the_buttons(server: Server, phone: Page) -> None:
    """In the lab Tamper it comes before the bytes, and also where nothing of the text was changed."""
    open_page(phone, server, "attack lab, Tamper")
    phone.get_by_text("A text typed here").click()
    phone.get_by_role("button", name="Version", exact=True).click()
    read = phone.locator(".st-key-read")
    expect(read).to_have_text("Unchanged: pay 10 coins to Mallory")
    phone.get_by_role("button", name="IV", exact=True).click()
    expect(read).to_have_text("pay 10 cnins to Mallory")
    expect(phone.locator(".sc-bytes button").first).to_be_visible()
    places = [
        top_of(there)
        for there in (phone.get_by_role("button", name="HMAC", exact=True), read, phone.locator(".sc-bytes"))
    ]
    assert places == sorted(places)


@pytest.mark.parametrize("size", [(390, 844)], ids=str)
def test_the_legend_is_folded(server: Server, phone: Page) -> None:
    """In a pupil's room the colours of a token are explained by one press."""
    enter(phone, Lesson.open(server))
    legend = phone.get_by_role("list", name="The fields of a token")
    expect(legend).to_be_hidden()
    phone.get_by_role("button", name="Colours").click()
    expect(legend).to_be_visible()
    expect(legend).to_contain_text("Initialization vector")


@pytest.mark.parametrize("size", PHONES, ids=str)
def test_in_the_inspector_the_result_comes_first(server: Server, phone: Page) -> None:
    """On the first screen there are the way back, the text and the verdict; the rest is folded, and opens."""
    open_chat(phone, server, "?as=A")
    say(phone, "A", "hello")
    expect(phone.locator(".sc-message").last).to_be_visible()
    open_page(phone, server, "inspector")
    expect(phone.get_by_role("link", name="Back to Chat")).to_be_visible()
    text = phone.locator(".st-key-plaintext code")
    expect_in_sight(text)
    expect(phone.get_by_text("Every check passed.")).to_be_visible()
    for name in ("Reveal key", "Copy the token", "Inspect this token"):
        expect(phone.get_by_role("button", name=name)).to_be_hidden()
    assert phone.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight") < 1_500
    phone.get_by_text("The key", exact=True).click()
    expect(phone.get_by_role("button", name="Reveal key")).to_be_visible()
    phone.get_by_text("Choose another message, or paste a token").click()
    phone.get_by_label("Or paste any token").fill("no token")
    phone.get_by_role("button", name="Inspect this token").click()
    expect(phone.get_by_text("It does not open.")).to_be_visible()
    expect(phone.get_by_label("Or paste any token")).to_be_hidden()


@pytest.mark.parametrize("size", [(320, 568), (844, 390)], ids=str)
def test_the_newest_message_is_followed_on_a_small_screen(server: Server, phone: Page) -> None:
    """The first one, too, where the hint is taller than its frame; and when reading is switched."""
    lesson = Lesson.open(server)
    enter(phone, lesson)
    lesson.join()
    expect(phone.get_by_placeholder("Message to your room")).to_be_visible(timeout=PATIENCE)
    expect(phone.locator(".sc-empty-text")).to_be_visible()
    messages, hint = phone.locator(".sc-message"), phone.locator(".sc-more")
    for number in (1, 2, 3):
        lesson.say("p2", "a message that takes some lines", 1)
        expect(messages).to_have_count(number)
        expect(hint).to_be_hidden()
    expect(phone.locator(".sc-transcript")).to_have_attribute("data-following", "true")
    for texts in (3, 0):
        toggle_reading(phone)
        expect(phone.locator(".sc-text")).to_have_count(texts)
        expect(messages).to_have_count(3)
        phone.wait_for_function(_AT_END)


_AT_END = """() => {
    const e = document.querySelector(".sc-scroll");
    return e.scrollHeight > e.clientHeight && e.scrollHeight - e.scrollTop - e.clientHeight < 2;
}"""
"""Whether the end of a transcript that is taller than its frame is in it."""
