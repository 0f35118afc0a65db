"""Classes for tests of pages, browsers and the server: who joins them, and a hand on the teacher's desk."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Page, expect

from securechat.classroom import TEACHER
from tests.support import ROOT, Server, running_server

PATIENCE = 30_000
"""Milliseconds for what several browsers and a server do together on a slow machine."""


@contextmanager
def class_server(
    folder: Path, environ: Mapping[str, str] | None = None, *, port: int | None = None, **bounds: float
) -> Iterator[Server]:
    """Start the app, which also takes what a `Lesson` asks for (`tests/apps/desk.py`).

    Args:
        folder: Its home.
        environ: Settings.
        port: Where it listens; anywhere unless told.
        bounds: See `application.Bounds`: those that are not as in the app.
    """
    settings = {**(environ or {}), "TEST_BOUNDS": json.dumps(bounds)}
    with running_server(folder, settings, app=ROOT / "tests" / "apps" / "desk.py", port=port) as server:
        yield server


@dataclass(frozen=True)
class Lesson:
    """A class on a server, and its teacher.

    Attributes:
        server: A `class_server`.
        id: The id of the class.
        code: What people type to join.
    """

    server: Server
    id: str
    code: str

    @classmethod
    def open(cls, server: Server) -> Lesson:
        """Open a class."""
        code, class_id = ask(server, "(lambda new: (new.code, new.id))(application.classrooms.new())")
        return cls(server, class_id, code)

    @property
    def link(self) -> str:
        """What the QR code says."""
        return f"{self.server.url}/?class={self.code}"

    def ask(self, do: str) -> Any:  # noqa: ANN401 - whatever JSON holds
        """Evaluate Python on the server, in which `room` is the class and `application` the app."""
        return ask(self.server, do, self.id)

    def desk(self, do: str) -> None:
        """Do something as the teacher, such as `remove('p1')`."""
        self.ask(f"room.desk.{do}")

    def rooms(self) -> list[str]:
        """Return the names of the rooms, that of everyone first."""
        names: list[str] = self.ask("list(room.view().rooms)")
        return names

    def people(self) -> dict[str, str]:
        """Return what people are called, by their ids."""
        names: dict[str, str] = self.ask("{p.id: p.alias for p in room.view().participants.values()}")
        return names

    def texts(self, number: int) -> list[str]:
        """Return what was written in a room, decrypted: 0 is the room of everyone."""
        there = f"list(room.view().rooms.values())[{number}].conversation"
        do = f"[c.keyring_for(m).decrypt(m.token) for c in [{there}] for m in c.view().messages]"
        texts: list[str] = self.ask(f"(lambda: {do})()")
        return texts

    def say(self, person: str, text: str, number: int, to: str | None = None) -> None:
        """Send a message as somebody, as if from another phone."""
        there = f"list(room.view().rooms.values())[{number}].conversation"
        by = f"Actor({person!r}, is_presenter={person == TEACHER})"
        self.ask(f"{there}.send({person!r}, {text!r}, to={to!r}, actor={by}).id")

    def join(self) -> tuple[str, str]:
        """Let somebody in without a browser; return their id and token."""
        person, token = self.ask("(lambda j: (j.participant, j.token))(room.join(room.suggest(1)[0]))")
        return person, token

    def seal_query(self, person: str, *, after: int = 0) -> tuple[str, str]:
        """Return the room in which somebody sits, and the query by which a phone opens its feed to seal."""
        of_seat = f"room.view().participants[{person!r}].room, {person!r}, seals=True"
        issue = f"application.tickets.issue(__import__('securechat.classroom').classroom.Ticket({of_seat}))"
        room, ticket = self.ask(f"(room.view().participants[{person!r}].room, {issue})")
        return room, f"?after={after}&ticket={ticket}"

    def close(self) -> None:
        """End the class."""
        self.ask("room and room.desk.close()")


def ask(server: Server, do: str, class_id: str = "") -> Any:  # noqa: ANN401 - whatever JSON holds
    """Evaluate Python on a `class_server`: see `Lesson.ask`."""
    asked = urlencode({"ask": json.dumps({"class": class_id, "do": do})})
    with urllib.request.urlopen(f"{server.url}/desk?{asked}", timeout=30) as answer:  # noqa: S310 - our own server
        return json.load(answer)


def record(page: Page) -> list[str]:
    """Record all that the server sends to a page from now on, by any of its WebSockets."""
    frames: list[str] = []

    def keep(payload: str | bytes) -> None:
        frames.append(payload if isinstance(payload, str) else payload.decode(errors="replace"))

    page.on("websocket", lambda socket: socket.on("framereceived", keep))
    return frames


def open_door(page: Page, server: Server, passcode: str = "") -> None:
    """Open the teacher's page with the passcode, the one that the server has printed unless told another.

    It is at rest afterwards: Streamlit loses a click on what it has drawn less than a tenth of a second ago.
    """
    page.goto(f"{server.url}/classroom")
    page.get_by_label("Passcode").fill(passcode or server.passcode, timeout=PATIENCE)
    page.get_by_label("Passcode").press("Enter")
    expect(page.get_by_role("button", name="Lock again")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("[data-test-script-state='notRunning']")).to_be_attached(timeout=PATIENCE)


def enter(page: Page, lesson: Lesson, name: str | None = None) -> str:
    """Join by the link under a proposed name, or one of the pupil's own; return the name."""
    page.goto(lesson.link)
    join = page.get_by_role("button", name="Join", exact=True)
    expect(join).to_be_visible(timeout=PATIENCE)
    if name is None:
        name = page.locator("[data-testid=stButtonGroup] button").first.inner_text()
    else:
        page.get_by_label("Or a name of your own").fill(name)
        page.get_by_label("Or a name of your own").press("Tab")
    join.click()
    expect_in_room(page)
    return name.strip()


def expect_in_room(page: Page) -> None:
    """Wait until a room is drawn, and its feed is up."""
    transcript = page.locator(".st-key-pane_room .sc-transcript[data-following]")
    expect(transcript).to_have_count(1, timeout=PATIENCE)  # that of the room before stays for a moment
    expect(transcript).to_be_visible(timeout=PATIENCE)


def expect_live(page: Page) -> None:
    """Wait until messages come by the feed."""
    expect(page.locator(".sc-sign")).to_have_text(["● Live"], timeout=PATIENCE)


def choose_room(page: Page, name: str) -> None:
    """Choose the own room or that of everyone."""
    page.locator(".st-key-room_choice").get_by_text(name, exact=True).click()
    placeholder = "Message to your room" if name == "My room" else re.compile("Message to (?!your room)")
    expect(page.get_by_placeholder(placeholder)).to_be_visible(timeout=PATIENCE)
    expect_in_room(page)


def write(page: Page, text: str) -> None:
    """Type a message and press Enter."""
    box = page.locator(".st-key-pane_room textarea")
    box.fill(text)
    box.press("Enter")


def toggle_reading(page: Page) -> None:
    """Press "Read with my key"."""
    page.get_by_text("Read with my key", exact=True).click()


def open_me(page: Page) -> None:
    """Open what is behind one's own name."""
    page.locator(".st-key-me button").first.click()
    expect(page.get_by_role("button", name="Leave the class")).to_be_visible()


def newest(server: Server) -> Lesson:
    """Return the class that was opened last."""
    class_id, code = ask(server, "(lambda last: (last.id, last.code))(application.classrooms.all()[0])")
    return Lesson(server, class_id, code)
