"""Pages of a server that is started again on the one database: they go on, and nothing is said to be gone."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.every_page import open_page
from tests.classes import PATIENCE, Lesson, class_server, enter
from tests.support import free_port, markup_of, open_chat, running_server, say, tokens

NewPage = Callable[..., Page]

LOST = "The conversation before that is lost"
LIVE = "● Live"


def test_open_pages_go_on(tmp_path: Path, new_page: NewPage) -> None:
    """Chat keeps what it shows and what is half typed; what Key life did lasts; the Inspector opens it."""
    port, environ = free_port(), {"DATABASE_URL": f"sqlite:///{tmp_path}/chat.db"}
    chat, life = new_page(), new_page()
    with running_server(tmp_path, environ, port=port) as server:
        open_chat(chat, server)
        expect(chat.get_by_text("kept in a database, also when the server restarts")).to_have_count(1)
        say(chat, "A", "before the restart")
        expect(chat.locator(".st-key-pane_a .sc-message")).to_have_count(1)
        open_page(life, server, "key life")
        for button in ("Make a new primary key", "Re-encrypt old messages", "Drop retired keys"):
            life.get_by_role("button", name=button).click()
            if button.startswith("Drop"):
                life.get_by_role("button", name="for good").click()
            expect(life.get_by_test_id("stAlertContentSuccess")).to_have_count(1)
        say(chat, "B", "under the new key")
        expect(chat.locator(".st-key-pane_a .sc-message")).to_have_count(2)
        chat.get_by_placeholder("Message as User A").fill("half typed")
        before = tokens(chat, "A")
        row = life.locator(".st-key-ring tr", has_text="primary").locator("code").inner_text()
        chat.evaluate(
            """() => {
                window.words = "";
                const look = () => { window.words += document.body.innerText; };
                new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
            }"""
        )
    expect(chat.locator(".sc-sign")).to_have_text(["○ Offline"], timeout=30_000)
    with running_server(tmp_path, environ, port=port) as server:
        expect(chat.locator(".sc-sign")).to_have_text([LIVE], timeout=60_000)
        box = chat.get_by_placeholder("Message as User A")
        expect(box).to_have_value("half typed")
        assert tokens(chat, "A") == before
        say(chat, "B", "after the restart")
        expect(chat.locator(".st-key-pane_a .sc-message")).to_have_count(3)
        assert tokens(chat, "A")[:2] == before
        expect(box).to_have_value("half typed")
        words = chat.evaluate("window.words") + markup_of(chat)
        assert LOST not in words
        assert "brought back from a backup" not in words
        open_page(life, server, "key life")
        ring = life.locator(".st-key-ring tr")
        expect(ring.filter(has_text="primary")).to_contain_text(row)
        expect(ring.filter(has_text="retired")).to_have_count(0)
        for number, text in enumerate(("before the restart", "under the new key", "after the restart"), 1):
            life.goto(f"{server.url}/inspector?message={number}")
            expect(life.locator(".st-key-plaintext code")).to_have_text(text)


def test_what_is_cleared_is_in_no_file(tmp_path: Path, new_page: NewPage) -> None:
    """Its tokens are in the files of the database, and no more once it was cleared; nor do they come back."""
    files = [tmp_path / name for name in ("chat.db", "chat.db-wal", "chat.db-shm")]

    def found(token: str) -> list[str]:
        return [path.name for path in files if path.exists() and token.encode() in path.read_bytes()]

    environ = {"DATABASE_URL": f"sqlite:///{tmp_path}/chat.db"}
    page = new_page()
    with running_server(tmp_path, environ) as server:
        open_chat(page, server)
        for number in range(1, 8):
            say(page, "A", f"message {number}")
            expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(number)
        cleared = tokens(page, "A")
        assert all(found(token) for token in cleared)
        page.get_by_role("button", name="Clear conversation").click()
        page.get_by_role("button", name="Clear for everyone").click()
        expect(page.locator(".sc-message")).to_have_count(0)
        assert not any(found(token) for token in cleared)
    assert not any(found(token) for token in cleared)
    with running_server(tmp_path, environ) as server:
        open_chat(page, server)
        say(page, "A", "after it was cleared")
        expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(1)
        expect(page.locator(".st-key-pane_a .sc-message").first).to_have_attribute("data-id", "8")


def test_a_message_is_deleted_by_hand(tmp_path: Path, new_page: NewPage) -> None:
    """Chat says so in its place, the others are there, people write on; the Inspector says why it is shut."""
    environ = {"DATABASE_URL": f"sqlite:///{tmp_path}/chat.db"}
    page = new_page()
    shown = page.locator(".st-key-pane_a .sc-message")
    with running_server(tmp_path, environ) as server:
        open_chat(page, server)
        for number in range(1, 4):
            say(page, "A", f"message {number}")
            expect(shown).to_have_count(number)
        before = tokens(page, "A")
    with closing(sqlite3.connect(tmp_path / "chat.db")) as database, database:
        database.execute("DELETE FROM messages WHERE id = 2")
    with running_server(tmp_path, environ) as server:
        open_chat(page, server)
        expect(shown).to_have_count(3)
        assert tokens(page, "A") == [before[0], "(removed from the database)", before[2]]
        expect(shown.nth(1).locator(".sc-field")).to_have_count(0)
        expect(page.locator(".sc-sign")).to_have_text([LIVE])
        say(page, "B", "message 4")
        expect(shown).to_have_count(4)
        expect(page.get_by_text("does not open")).to_have_count(0)
        page.goto(f"{server.url}/inspector?message=2")
        expect(page.get_by_text("The step that failed: Decode the Base64 text")).to_be_visible()


def test_a_class_is_gone_all_the_same(tmp_path: Path, new_page: NewPage) -> None:
    """The conversation of Chat lasts, a class does not: its page says what happened to it."""
    port, environ = free_port(), {"DATABASE_URL": f"sqlite:///{tmp_path}/chat.db"}
    page, chat = new_page(width=390, height=844), new_page()
    with class_server(tmp_path, environ, port=port) as server:
        lesson = Lesson.open(server)
        enter(page, lesson)
        open_chat(chat, server)
        say(chat, "A", "this stays")
        expect(chat.locator(".st-key-pane_a .sc-message")).to_have_count(1)
    with class_server(tmp_path, environ, port=port) as server:
        gone = "The teacher's computer was restarted and this class is gone. Ask for the new code."
        expect(page.get_by_text(gone)).to_be_visible(timeout=2 * PATIENCE)
        open_chat(chat, server)
        expect(chat.locator(".st-key-pane_a .sc-message")).to_have_count(1)
