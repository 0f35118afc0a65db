"""A database that goes while people write, and comes back: nothing is lost, and each page says what holds."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from securechat.errors import StoreUnavailable
from securechat.rooms.room import NOT_SENT
from tests.browser.every_page import PAGES, open_page
from tests.databases import DatabaseServer, address_of
from tests.feed import feed, receive_until
from tests.lines import line_to
from tests.support import CANARY_KEY, Server, block_feed, open_chat, running_server, say

NewPage = Callable[..., Page]

LIVE, POLLING, OLD = "● Live", "◐ Polling", "◌ Not up to date"
WHY = "The database does not answer. What you see may be old."
BACK = 40_000
"""Milliseconds until the page has noticed that the database is back."""


@dataclass
class Loss:
    """A database that can be lost.

    Attributes:
        address: What `DATABASE_URL` says.
        how: Loses it.
        back: Brings it back.
    """

    address: str
    how: Callable[[], object]
    back: Callable[[], object]
    _is_lost: bool = False

    def lose(self) -> None:
        """Lose the database."""
        self._is_lost = True
        self.how()

    def mend(self) -> None:
        """Have it back, where it is lost."""
        if self._is_lost:
            self._is_lost = False
            self.back()


def _lost(way: str, request: pytest.FixtureRequest, folder: Path, stack: ExitStack) -> Loss:
    engine, what = way.split()
    if engine == "sqlite":
        return _full(folder / "disk", stack) if what == "full" else _locked(folder / "chat.db", stack)
    server: DatabaseServer = request.getfixturevalue(engine)
    url = server.make()
    if what == "stopped":
        return Loss(address_of(url), server.stop, server.start)
    line = stack.enter_context(line_to(url))
    return Loss(line.leads(url), {"cut": line.cut, "stalled": line.stall}[what], line.mend)


def _locked(path: Path, stack: ExitStack) -> Loss:
    """Return a file that something else can keep locked."""
    others: list[sqlite3.Connection] = []

    def lock() -> None:
        others.append(stack.enter_context(closing(sqlite3.connect(path, isolation_level=None))))
        others[-1].execute("BEGIN IMMEDIATE")

    return Loss(f"sqlite:///{path}", lock, lambda: others[-1].execute("ROLLBACK"))


def _full(disk: Path, stack: ExitStack) -> Loss:
    """Return a file on a small disk that can be filled; where none can be had the test is skipped."""
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can make a small disk, and not everywhere")
    stack.callback(lambda: subprocess.run(["umount", "--lazy", str(disk)], check=True))
    rest = disk / "rest"

    def fill() -> None:
        with suppress(OSError), rest.open("wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4_096)

    return Loss(f"sqlite:///{disk}/chat.db", fill, rest.unlink)


@pytest.fixture
def lost(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Loss]:
    """Return a database that is lost in the way that the test names."""
    with ExitStack() as stack:
        loss = _lost(request.param, request, tmp_path, stack)
        yield loss
        loss.mend()


@pytest.fixture
def server(lost: Loss, tmp_path: Path) -> Iterator[Server]:
    """The real server, with that database."""
    environ = {"DATABASE_URL": lost.address, "MASTER_ENCRYPTION_KEY": CANARY_KEY}
    with running_server(tmp_path, environ) as running:
        yield running


def lose_by(*ways: str) -> pytest.MarkDecorator:
    """Have a test lose its database in each of these ways."""
    return pytest.mark.parametrize("lost", ways, indirect=True)


def status(server: Server, path: str = "/api/health") -> tuple[int, Any]:
    """Return the status and the answer of an address."""
    try:
        with urllib.request.urlopen(f"{server.url}{path}", timeout=15) as answer:  # noqa: S310 - our own server
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def shown(page: Page) -> Locator:
    """Return the messages on a page of Chat."""
    return page.locator(".st-key-pane_a .sc-message")


def expect_sign(page: Page, sign: str) -> None:
    """Wait until the page says how messages come."""
    expect(page.locator(".sc-sign").first).to_have_text(sign, timeout=BACK)


def expect_refused(page: Page, text: str) -> None:
    """Wait until a text of A is back in its box, with the reason over it, and the page is said to be old."""
    expect(page.locator(".st-key-pane_a .sc-refusal")).to_have_text(NOT_SENT)
    expect(page.get_by_placeholder("Message as User A")).to_have_value(text)
    expect_sign(page, OLD)
    expect(page.get_by_role("alert").filter(has_text=WHY)).to_have_count(1)


@lose_by(
    "sqlite locked",
    "postgresql stalled",
    "postgresql cut",
    "postgresql stopped",
    "mariadb stalled",
    "mariadb stopped",
)
def test_nothing_is_lost(lost: Loss, server: Server, new_page: NewPage) -> None:
    """Shown stays shown; what is sent is kept, and stored once afterwards. No feed is closed."""
    page, other, polling = new_page(), new_page(), new_page()
    block_feed(polling)
    for each in (page, other, polling):
        open_chat(each, server)
    expect_sign(polling, POLLING)
    say(page, "A", "before")
    for each in (page, other, polling):
        expect(shown(each)).to_have_count(1)
    with feed(server.url) as listener:
        receive_until(listener, "room")
        lost.lose()
        say(page, "A", "while it is away")
        expect_refused(page, "while it is away")
        expect_sign(other, OLD)
        say(polling, "A", "the other way")
        expect_refused(polling, "the other way")
        for each in (page, other, polling):
            expect(shown(each)).to_have_count(1)
        code, said = status(server)
        assert code == 503
        assert json.loads(said)["database"]["is_answering"] is False
        assert status(server, "/_stcore/health")[0] == 200
        lost.mend()
        expect_sign(page, LIVE)
        expect_sign(other, LIVE)
        expect_sign(polling, POLLING)
        assert status(server)[0] == 200
        for number, each in enumerate((page, polling), start=2):
            box = each.get_by_placeholder("Message as User A")
            expect(each.locator(".st-key-pane_a .sc-refusal")).to_have_text("You can send now.")
            box.press("Enter")
            expect(box).to_have_value("")
            for one in (page, other, polling):
                expect(shown(one)).to_have_count(number)
        told = [
            frame.get("stale", False) for frame in receive_until_id(listener, 3) if frame["type"] == "room"
        ]
        assert told[0] is True
        assert told[-1] is False
    log = server.log.read_text()
    assert "Traceback" not in log
    assert "canary" not in log


def receive_until_id(listener: Any, last: int) -> list[dict[str, Any]]:  # noqa: ANN401 - a connection
    """Return all frames up to a message."""
    frames = receive_until(listener, "message")
    while frames[-1]["id"] < last:
        frames += receive_until(listener, "message")
    return frames


@lose_by("sqlite locked")
def test_it_was_stored_all_the_same(lost: Loss, server: Server, new_page: NewPage) -> None:
    """A message of which nobody knew is seen by all when it is there; sent again, it is there once."""
    page, other = new_page(), new_page()
    for each in (page, other):
        open_chat(each, server)
    expect_sign(page, LIVE)
    lost.lose()
    say(page, "A", "late")
    expect_refused(page, "late")
    lost.mend()  # before SQLite gives up to wait
    for each in (page, other):
        expect(shown(each)).to_have_count(1)
    expect_sign(page, LIVE)
    box = page.get_by_placeholder("Message as User A")
    box.press("Enter")
    expect(box).to_have_value("")
    say(page, "A", "the next one")
    expect(shown(other)).to_have_count(2)
    expect(shown(page)).to_have_count(2)


@lose_by("sqlite full")
def test_a_full_disk(lost: Loss, server: Server, new_page: NewPage) -> None:
    """What is there can be read; what is sent comes back into the box, and is stored once there is room."""
    page, other = new_page(), new_page()
    for each in (page, other):
        open_chat(each, server)
    say(page, "A", "before")
    expect(shown(other)).to_have_count(1)
    lost.lose()
    say(page, "A", "too much")
    box, note = page.get_by_placeholder("Message as User A"), page.locator(".st-key-pane_a .sc-refusal")
    expect(box).to_have_value("too much")
    # A change that is smaller may find room all the same: then it is said that one can send.
    expect(note).to_have_text(re.compile(f"{re.escape(NOT_SENT)}|You can send now."))
    for each in (page, other):
        expect(shown(each)).to_have_count(1)
    lost.mend()
    expect(note).to_have_text("You can send now.", timeout=BACK)
    expect_sign(page, LIVE)
    box.press("Enter")
    for each in (page, other):
        expect(shown(each)).to_have_count(2)
    expect(box).to_have_value("")
    log = server.log.read_text()
    assert "There is no space left on its disk." in log
    assert "Traceback" not in log


@lose_by("postgresql cut")
def test_every_page_goes_on(lost: Loss, server: Server, new_page: NewPage) -> None:
    """Each is drawn from what is known; what needs the database says that it did not work."""
    page = new_page()
    open_chat(page, server)
    say(page, "A", "under the first key")
    expect(shown(page)).to_have_count(1)
    open_page(page, server, "key life")
    page.get_by_role("button", name="Make a new primary key").click()
    expect(page.get_by_test_id("stAlertContentSuccess")).to_be_visible()
    key_file = server.log.parent / "secret.key"
    before = key_file.read_text()
    lost.lose()
    for name in PAGES:
        open_page(page, server, name)
        expect(page.get_by_test_id("stException")).to_have_count(0)
    open_page(page, server, "inspector")
    expect(page.locator(".st-key-plaintext code")).to_have_text("under the first key")
    refused = page.get_by_text(StoreUnavailable.said)
    open_page(page, server, "key life")
    for name in ("Make a new primary key", "Re-encrypt old messages"):
        page.get_by_role("button", name=name).click()
        expect(refused).to_have_count(1)
        open_page(page, server, "key life")
    page.get_by_role("button", name="Drop retired keys").click()
    page.get_by_role("button", name="for good").click()
    expect(refused).to_have_count(1)
    open_chat(page, server)
    page.get_by_role("button", name="Clear conversation").click()
    page.get_by_role("button", name="Clear for everyone").click()
    expect(refused).to_have_count(1)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert key_file.read_text() == before
    lost.mend()
    expect_sign(page, LIVE)
    expect(shown(page)).to_have_count(1)
    page.get_by_role("button", name="Clear for everyone").click()
    expect(shown(page)).to_have_count(0)
    assert "Traceback" not in server.log.read_text()
