"""Somebody of a class who is on another page: their partner comes, and others write to them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.classes import PATIENCE, Lesson, enter
from tests.support import Server, block_feed

NewPage = Callable[..., Page]
PHONE = {"width": 390, "height": 844}
SIDEWAYS = {"width": 844, "height": 390}


@pytest.mark.parametrize("feed", ["live", "blocked"])
def test_who_waits_elsewhere_is_told_that_a_partner_comes(
    lesson: Lesson, new_page: NewPage, feed: str
) -> None:
    """The lab that a waiting pupil is led to says so by itself, and leads to their room; Chat is not it."""
    page = new_page(**PHONE)
    if feed == "blocked":
        block_feed(page)
    enter(page, lesson)
    expect(page.get_by_text("You are waiting for a partner.")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("[data-testid=stMain]").get_by_role("link", name="Chat")).to_have_count(0)
    page.get_by_role("link", name="Meanwhile, see how two people agree on a key").click()
    news = page.locator(".sc-news")
    expect(news).to_have_text("You are waiting for a partner. This page tells you when somebody comes.")
    lesson.join()
    expect(news).to_have_text(f"Your partner has come: {lesson.people()['p2']}.", timeout=PATIENCE)
    lesson.say("p2", "hello", 1)
    expect(news).to_contain_text("1 new in “My room”", timeout=PATIENCE)
    assert lesson.ask("room.presence.is_here('p1')")
    page.get_by_role("link", name="Go to my room").click()
    expect(page.get_by_placeholder("Message to your room")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".sc-message")).to_have_count(1)
    expect(page.locator(".sc-unread-badge")).to_be_hidden()


def test_one_link_leads_back_from_the_inspector(lesson: Lesson, new_page: NewPage) -> None:
    """The line of news has it where there is news, also that somebody waits; else the Inspector has it."""
    page = new_page(**PHONE)
    enter(page, lesson)
    expect(page.get_by_text("You are waiting for a partner.")).to_be_visible(timeout=PATIENCE)
    lesson.say("teacher", "to all", 0)
    page.get_by_role("link", name="Inspect message 1").click()
    main = page.locator("[data-testid=stMain]")
    back = main.get_by_role("link", name=re.compile("Back to|Go to my room"))
    expect(page.locator(".sc-news")).to_be_visible(timeout=PATIENCE)
    expect(main.get_by_role("heading", name="Message 1, from")).to_be_visible(timeout=PATIENCE)
    expect(back).to_have_count(1)
    expect(back).to_have_accessible_name(re.compile("Back to my class"))
    lesson.join()
    expect(back).to_have_accessible_name(re.compile("Go to my room"), timeout=PATIENCE)
    back.click()
    expect(page.get_by_placeholder("Message to your room")).to_be_visible(timeout=PATIENCE)
    lesson.say("p2", "hello", 1)
    page.get_by_role("link", name="Inspect message 1").click()
    expect(main.get_by_role("heading", name="Message 1, from")).to_be_visible(timeout=PATIENCE)
    expect(back).to_have_accessible_name(re.compile("Back to the room"), timeout=PATIENCE)
    expect(back).to_have_count(1)


def test_who_is_on_another_page_sees_what_is_new(lesson: Lesson, new_page: NewPage) -> None:
    """Also on Chat; without news nothing of the class is there. The menu begins with their room."""
    page = new_page(**SIDEWAYS)
    enter(page, lesson)
    lesson.join()
    expect(page.get_by_placeholder("Message to your room")).to_be_visible(timeout=PATIENCE)
    menu = page.locator("[data-testid=stTopNavLink]")
    expect(menu.first).to_contain_text("My room")
    menu.get_by_text("Chat", exact=True).click()
    expect(page.locator(".st-key-pane_a")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".sc-news")).to_have_count(1, timeout=PATIENCE)
    expect(page.get_by_text("Go to my room")).to_be_hidden()
    lesson.say("teacher", "to all", 0)
    lesson.say("p2", "to you", 1)
    expect(page.locator(".sc-news")).to_have_text("1 new in “My room”, 1 new in “Everyone”", timeout=PATIENCE)
    expect(page.get_by_text("Go to my room")).to_be_visible()
    expect(menu.first).to_be_visible()
    expect(menu.first).to_contain_text("My room")


def test_who_comes_without_a_seat_finds_the_way_into_a_class(
    lesson_server: Server, new_page: NewPage
) -> None:
    """The menu of everybody else has Chat first, and "Join a class"."""
    page = new_page()
    page.goto(lesson_server.url)
    menu = page.locator("[data-testid=stTopNavLink]")
    expect(menu.first).to_contain_text("Chat", timeout=PATIENCE)
    page.locator("[data-testid=stTopNavSection]").filter(has_text="Class").click()
    expect(page.locator("[data-testid=stTopNavDropdownLink]").filter(has_text="Join a class")).to_be_visible()
    expect(page.locator(".sc-news")).to_have_count(0)
