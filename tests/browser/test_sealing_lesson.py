"""The part of a lesson in which pupils seal their room: a teacher and two phones, and Mallory in between."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from securechat.ui.sealing.words import OPEN, SEAL
from tests.classes import (
    PATIENCE,
    enter,
    expect_in_room,
    expect_live,
    newest,
    open_door,
    record,
    write,
)
from tests.pair_visits import (
    DIFFER,
    SLOW,
    emoji,
    expect_sealed,
    expect_stage,
    expect_to_talk,
    match,
    press,
)
from tests.support import CANARY, Server, markup_of

PHONE = {"width": 360, "height": 740}


def test_a_lesson(lesson_server: Server, new_page: Callable[..., Page]) -> None:
    """Mallory is noticed and taken out, the room is sealed, and from then on only the two can read it."""
    teacher = new_page()
    told = record(teacher)
    open_door(teacher, lesson_server)
    teacher.get_by_role("button", name="New class").click()
    expect(teacher.get_by_text("Others may still join")).to_be_visible(timeout=PATIENCE)
    lesson = newest(lesson_server)
    phones = first, second = new_page(**PHONE), new_page(**PHONE)
    names = [enter(phone, lesson) for phone in phones]
    for phone in phones:
        expect_live(phone)
        expect(phone.get_by_role("button", name=SEAL)).to_be_visible(timeout=PATIENCE)
    write(first, "not sealed yet")
    expect(second.locator(".sc-message")).to_have_count(1, timeout=PATIENCE)

    mark = teacher.locator(".sc-tile-seal").last
    teacher.get_by_role("button", name=re.compile("^Room 1,")).click(timeout=PATIENCE)
    teacher.get_by_role("button", name="Put Mallory between these two").click(timeout=PATIENCE)
    found = teacher.locator(".stTable tbody td").last
    expect(found).to_have_text("not compared yet", timeout=PATIENCE)
    expect(first.get_by_role("button", name=SEAL)).to_be_visible()
    first.get_by_role("button", name=SEAL).click()
    invitation = f"{names[0]} wants to seal this room with you. Press “{SEAL}”."
    expect(second.get_by_text(invitation)).to_be_visible(timeout=SLOW)
    expect(mark).to_have_text("comparing", timeout=PATIENCE)
    second.get_by_role("button", name=SEAL).click()
    assert emoji(first) != emoji(second)
    press(second, DIFFER)
    for phone in phones:
        expect_stage(phone, "differs")
    expect(found).to_have_text("noticed", timeout=PATIENCE)

    teacher.get_by_role("button", name="Take Mallory out").click(timeout=PATIENCE)
    expect(teacher.locator(".stTable")).to_have_count(0, timeout=PATIENCE)
    press(first, "Start again")
    match(first, second)
    for phone, other in zip(phones, reversed(names), strict=True):
        expect_sealed(phone, other)
    expect(mark).to_have_text("sealed", timeout=PATIENCE)
    expect_to_talk(first, second, about=CANARY)
    token = lesson.ask("list(room.view().rooms.values())[1].conversation.view().messages[-1].token")
    expect(teacher.locator(".sc-tile").last).to_contain_text(token[:20], timeout=PATIENCE)
    assert not any(CANARY in frame for frame in told)
    assert CANARY not in markup_of(teacher)

    second.on("dialog", lambda dialog: dialog.accept())
    second.get_by_role("button", name="More").click()
    press(second, "Back to the class")
    expect_in_room(second)
    expect(second.get_by_text("You sealed this room: your phones make its key")).to_be_visible(timeout=SLOW)
    expect(second.locator(".st-key-under_panes")).to_contain_text("can still read 1 message (1)")
    second.locator(".sc-open").last.click()
    expect(second.get_by_text("This message is sealed")).to_be_visible(timeout=SLOW)
    second.locator("a[href$='/join']").first.evaluate("link => link.click()")
    second.get_by_role("button", name=OPEN).click(timeout=SLOW)
    match(first, second)
    expect_to_talk(first, second, about="once more")

    teacher.get_by_role("radio", name="Wall", exact=True).click()
    expect(teacher.locator(".st-key-class_projector")).to_be_visible(timeout=PATIENCE)
    expect(mark).to_have_text("sealed")
    assert "Mallory" not in markup_of(teacher)
    lesson.close()
    for phone in phones:
        expect_stage(phone, "lost")
