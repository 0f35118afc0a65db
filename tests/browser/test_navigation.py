"""The navigation in a real browser: sections, and never more than five entries side by side."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import faults
from tests.classes import PATIENCE, Lesson, enter
from tests.support import Server, open_chat

NewPage = Callable[..., Page]

SECTIONS = {
    "": {"Chat": "", "Inspector": "inspector", "Sealed room": "sealed_room"},
    "Labs": {"Attack lab": "attack_lab", "Key exchange": "key_exchange", "Key life": "key_life"},
    "Class": {"Join a class": "join", "Classroom": "classroom"},
}
"""The path of each page, by the section that it stands in and its name."""

LINK = "[data-testid=stTopNavLink]:visible, [data-testid=stTopNavDropdownLink]:visible"
"""What leads to a page: in the row, and in the section that is open."""


def row(page: Page) -> Locator:
    """Return what stands side by side at the top of a wide screen."""
    return page.locator("[data-testid=stTopNav]").locator(
        "[data-testid=stTopNavLink]:visible, [data-testid=stTopNavSection]:visible"
    )


def names(entries: Locator) -> list[str]:
    """Return what entries are called, without their icons."""
    return [entry.locator("p").inner_text() for entry in entries.all()]


@pytest.mark.parametrize("size", [(1280, 720), (844, 390)], ids=["projector", "phone held sideways"])
def test_five_entries_lead_to_every_page(server: Server, new_page: NewPage, size: tuple[int, int]) -> None:
    """What is used most stands there by itself, the rest in two sections; no address has changed."""
    page = new_page(*size)
    open_chat(page, server)
    assert names(row(page)) == [*SECTIONS[""], "Labs", "Class"]
    for section, pages in SECTIONS.items():
        for name, path in pages.items():
            if section:
                page.locator("[data-testid=stTopNavSection]").filter(has_text=section).click()
            link = page.locator(LINK).filter(has_text=name)
            expect(link).to_have_attribute("href", f"{server.url}/{path}")
            link.click()
            expect(page).to_have_url(f"{server.url}/{path}", timeout=PATIENCE)
            expect(page.locator("[data-test-script-state='notRunning']")).to_be_attached(timeout=PATIENCE)
            assert len(names(row(page))) == 5


def test_who_sits_in_a_class_has_five_entries_too(lesson: Lesson, new_page: NewPage) -> None:
    """Their room is the first one, and makes room for itself."""
    page = new_page()
    enter(page, lesson)
    lesson.join()
    expect(page.get_by_placeholder("Message to your room")).to_be_visible(timeout=PATIENCE)
    assert names(row(page)) == ["My room", "Chat", "Inspector", "Labs", "Class"]
    page.locator("[data-testid=stTopNavSection]").filter(has_text="Class").click()
    for name in ("Sealed room", "Classroom"):
        expect(page.locator(LINK).filter(has_text=name)).to_be_visible()


def test_on_a_phone_the_menu_is_closed_and_has_the_same_sections(server: Server, new_page: NewPage) -> None:
    """Nothing of it is in the way of the chat; opened, no section has more than five entries."""
    page = new_page(width=390, height=844)
    open_chat(page, server)
    menu = page.locator("[data-testid=stSidebarNav]")
    expect(menu).not_to_be_in_viewport()
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(menu).to_be_in_viewport()
    titles = [title for title in SECTIONS if title]
    expect(menu.locator("[data-testid=stNavSectionHeader] p")).to_have_text(titles)
    pages = [name for section in SECTIONS.values() for name in section]
    expect(menu.locator("[data-testid=stSidebarNavLink] p")).to_have_text(pages)
    assert all(len(section) <= 5 for section in SECTIONS.values())
    menu.get_by_text("Labs").click()  # a section can be closed, and opened again
    expect(menu.get_by_text("Attack lab")).to_have_count(0)
    menu.get_by_text("Labs").click()
    expect(menu.get_by_text("Attack lab")).to_be_visible()
    assert faults(page) == []
    menu.get_by_text("Sealed room").click()
    expect(page.get_by_role("heading", name="Sealed room")).to_be_visible(timeout=PATIENCE)
