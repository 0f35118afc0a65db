"""Classes for tests of pages, browsers and the server: who joins them, and a hand on the teacher's desk."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.support import ROOT, Server, running_server

PATIENCE = 30_000
"""Milliseconds for what several browsers and a server do together on a slow machine."""

_DESK = '''
import json
from starlette.responses import JSONResponse
from starlette.routing import Route


async def _desk(request):
    """Do what a test asks for, as the teacher of a class would."""
    asked = json.loads(await request.body())
    classrooms = state.classrooms()
    names = {"classrooms": classrooms, "state": state, "room": classrooms.by_id(asked["class"])}
    return JSONResponse(eval(asked["do"], names))

'''


@contextmanager
def class_server(folder: Path, before: str = "") -> Iterator[Server]:
    """Start a copy of the app that also takes what a `Lesson` asks for.

    Args:
        folder: Where the copy goes; empty, or not there.
        before: Python that the copy runs first, such as another number of seconds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = (ROOT / "app.py").read_text()
    desk = 'routes=[*feed.routes(), Route("/desk", _desk, methods=["POST"])]'
    mounted = text.replace("routes=feed.routes()", desk)
    assert mounted != text
    head, start, rest = mounted.partition("def draw()")
    (folder / "app.py").write_text(f"{head}{before}\n{_DESK}\n{start}{rest}")
    for name in ("pages", "securechat", ".streamlit"):
        (folder / name).symlink_to(ROOT / name)
    with running_server(folder / "server", app=folder / "app.py") as server:
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
        code, class_id = _ask(server, "", "(lambda new: (new.code, new.id))(classrooms.new())")
        return cls(server, class_id, code)

    @property
    def link(self) -> str:
        """What the QR code says."""
        return f"{self.server.url}/?class={self.code}"

    def ask(self, do: str) -> Any:  # noqa: ANN401 - whatever JSON holds
        """Evaluate Python on the server, in which `room` is the class and `state` what sessions share."""
        return _ask(self.server, self.id, do)

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
        self.ask(f"{there}.send({person!r}, {text!r}, recipient={to!r}).id")

    def join(self) -> tuple[str, str]:
        """Let somebody in without a browser; return their id and token."""
        person, token = self.ask("(lambda j: (j.participant, j.token))(room.join(room.suggest(1)[0]))")
        return person, token

    def close(self) -> None:
        """End the class."""
        self.ask("room and room.desk.close()")


def _ask(server: Server, class_id: str, do: str) -> Any:  # noqa: ANN401 - see `ask`
    data = json.dumps({"class": class_id, "do": do}).encode()
    with urllib.request.urlopen(f"{server.url}/desk", data, timeout=30) as answer:  # noqa: S310 - our own server
        return json.load(answer)


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
    expect(page.locator(".st-key-pane_room .sc-transcript[data-following]")).to_be_visible(timeout=PATIENCE)


def expect_live(page: Page) -> None:
    """Wait until messages come by the feed."""
    expect(page.locator(".sc-sign")).to_have_text("● Live", timeout=PATIENCE)


def choose_room(page: Page, name: str) -> None:
    """Choose the own room or that of everyone."""
    page.locator(".st-key-room_choice").get_by_text(name, exact=True).click()
    placeholder = "Message to your room" if name == "Your room" else re.compile("Message to (?!your room)")
    expect(page.get_by_placeholder(placeholder)).to_be_visible(timeout=PATIENCE)
    expect_in_room(page)


def write(page: Page, text: str) -> None:
    """Type a message and press Enter."""
    box = page.locator(".st-key-pane_room textarea")
    box.fill(text)
    box.press("Enter")


def toggle_reading(page: Page) -> None:
    """Press "Read with my key"."""
    page.get_by_text("Read with my key").click()


def open_me(page: Page) -> None:
    """Open what is behind one's own name."""
    page.locator(".st-key-me button").first.click()
    expect(page.get_by_role("button", name="Leave the class")).to_be_visible()


def newest(server: Server) -> Lesson:
    """Return the class that was opened last."""
    class_id, code = _ask(server, "", "(lambda last: (last.id, last.code))(classrooms.all()[0])")
    return Lesson(server, class_id, code)
