"""A whole lesson: a teacher's page and three phones, from the passcode to the end of the class."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.classes import (
    PATIENCE,
    Lesson,
    choose_room,
    enter,
    expect_live,
    newest,
    open_door,
    record,
    toggle_reading,
    write,
)
from tests.support import CANARY, Server, markup_of

PHONE = {"width": 390, "height": 844}


def open_class(page: Page, server: Server) -> Lesson:
    """Give the passcode that the server has printed, and open a class."""
    open_door(page, server)
    page.get_by_role("button", name="New class").click()
    expect(page.get_by_text("Others may still join")).to_be_visible(timeout=PATIENCE)
    return newest(server)


def test_a_lesson(lesson_server: Server, new_page: Callable[..., Page]) -> None:
    """Joining, pairs, a third, ciphertext for all, reading with one's key, a pause, the end."""
    teacher = new_page()
    seen_by_teacher = record(teacher)
    lesson = open_class(teacher, lesson_server)
    phones = [new_page(**PHONE) for _ in range(3)]
    frames = [record(phone) for phone in phones]
    names = [enter(phone, lesson) for phone in phones]
    first, second, third = phones
    expect(first.get_by_placeholder("Message to your room")).to_be_visible(timeout=PATIENCE)
    expect(third.get_by_text("You are waiting for a partner")).to_be_visible()
    teacher.get_by_role("button", name="Let them join a pair now").click(timeout=PATIENCE)
    expect(third.get_by_placeholder("Message to your room")).to_be_visible(timeout=PATIENCE)
    for phone in phones:
        expect_live(phone)
        expect(phone.locator(".sc-presence span")).to_have_count(2, timeout=PATIENCE)

    write(first, CANARY)
    for phone in phones:
        expect(phone.locator(".sc-message strong")).to_have_text(names[0], timeout=PATIENCE)
    [token] = first.locator(".sc-message .sc-token").all_text_contents()
    expect(teacher.locator(".stMain")).to_contain_text(token[:20], timeout=PATIENCE)
    toggle_reading(second)
    expect(second.locator(".sc-text")).to_have_text(CANARY, timeout=PATIENCE)
    for page, received in zip((first, third, teacher), (frames[0], frames[2], seen_by_teacher), strict=True):
        assert CANARY not in markup_of(page)
        assert not any(CANARY in frame for frame in received)
    third.locator(".sc-open").click()
    expect(third.locator(".st-key-plaintext")).to_contain_text(CANARY, timeout=PATIENCE)
    third.locator("a[href$='/join']").first.evaluate("link => link.click()")
    expect(third.get_by_placeholder("Message to your room")).to_be_visible(timeout=PATIENCE)

    choose_room(first, "Everyone")
    write(first, "hello all")
    expect(second.locator(".sc-unread-badge")).to_have_text(["1 new in “Everyone”"], timeout=PATIENCE)
    teacher.get_by_text("Pause writing in all rooms").click()
    for phone in phones:
        expect(phone.get_by_text("Your teacher has paused writing.")).to_be_visible(timeout=PATIENCE)
    write(second, "kept")
    expect(second.locator(".sc-refusal")).to_contain_text("has paused writing", timeout=PATIENCE)
    teacher.get_by_text("Pause writing in all rooms").click()
    expect(second.locator(".sc-refusal")).to_contain_text("You can send now", timeout=PATIENCE)
    second.locator(".st-key-pane_room textarea").press("Enter")
    expect(second.locator(".sc-text")).to_have_text([CANARY, "kept"], timeout=PATIENCE)

    lesson.desk("remove('p3')")
    expect(third.get_by_text("Your teacher has removed you")).to_be_visible(timeout=PATIENCE)
    teacher.get_by_role("button", name="Close class").click()
    teacher.get_by_role("button", name=re.compile("^Close class .* for everybody")).click()
    for phone in (first, second):
        expect(phone.get_by_text("Your teacher has ended this class.")).to_be_visible(timeout=PATIENCE)
        expect(phone.locator(".sc-message")).to_have_count(0)
