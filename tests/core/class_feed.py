"""The live feed of classes as the app serves it, and clients of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
import uvicorn
from starlette.applications import Starlette
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from securechat.classroom import Ticket, TicketOffice
from securechat.live import LiveFeed
from securechat.ui import feed as app_feed
from securechat.ui import state
from tests.core.classes import Lesson
from tests.feed import Frame, receive
from tests.support import free_port


class School:
    """A server whose feed is that of the app, and finds classes as the app does.

    Attributes:
        url: Where it is.
        lesson: Its class. Another one may take its place, so that tests can share a server.
        office: What issues its tickets.
    """

    def __init__(self, lesson: Lesson) -> None:
        self.url = ""
        self.lesson = lesson
        self.office = TicketOffice()

    def ticket(self, place: str, holder: str, *, reads: bool = False, age: int = 0) -> str:
        """Issue a ticket, some seconds ago."""
        return self.office.issue(Ticket(place, holder, reads), at_time=int(time.time()) - age)

    def enter(self, room: str, holder: str, *, reads: bool = False, after: int = 0) -> ClientConnection:
        """Open the feed of a room as its page does; use it as a context manager."""
        ticket = self.ticket(room, holder, reads=reads)
        return self.open(f"/api/rooms/{room}/live?after={after}&ticket={ticket}")

    def watch(self, class_id: str, holder: str = "teacher") -> ClientConnection:
        """Open the wall of a class; use it as a context manager."""
        return self.open(f"/api/classes/{class_id}/live?ticket={self.ticket(class_id, holder)}")

    def open(self, path: str, origin: str | None = None) -> ClientConnection:
        """Open whatever feed has that path."""
        headers = {} if origin is None else {"Origin": origin}
        address = f"ws://{urlsplit(self.url).netloc}{path}"
        return connect(address, additional_headers=headers, proxy=None, open_timeout=30)

    def answer(self, path: str, origin: str | None = None) -> tuple[int, bytes]:
        """Return status and body with which a connection to that path is refused."""
        with pytest.raises(InvalidStatus) as refused:
            self.open(path, origin)
        return refused.value.response.status_code, bytes(refused.value.response.body)


@contextmanager
def school(lesson: Lesson | None = None, **settings: object) -> Iterator[School]:
    """Serve the feed of the app.

    Args:
        lesson: The class.
        settings: For the `LiveFeed`, where it is not as in the app.
    """
    running = School(lesson or Lesson())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(state, "classrooms", lambda: running.lesson.classes)
        patch.setattr(state, "tickets", lambda: running.office)
        patch.setattr(app_feed, "LiveFeed", lambda *args, **named: LiveFeed(*args, **{**named, **settings}))
        routes = app_feed.routes()
        config = uvicorn.Config(
            Starlette(routes=routes), port=free_port(), log_level="error", ws="websockets-sansio"
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        running.url = f"http://127.0.0.1:{config.port}"
        try:
            yield running
        finally:
            server.should_exit = True
            thread.join()


def people(connection: ClientConnection, wanted: Callable[[Frame], bool] = lambda frame: True) -> Frame:
    """Read on to the next frame about people that is as wanted, and return it."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        frame = receive(connection)
        if frame["type"] == "people" and wanted(frame):
            return frame
    raise AssertionError("no such frame")


def is_gone(lesson: Lesson, person: str) -> bool:
    """Say whether somebody has no feed open, apart from when they were seen."""
    lesson.classroom.presence.forget(person)
    return not lesson.classroom.presence.is_here(person)


def eventually(what: Callable[[], bool]) -> bool:
    """Wait until something is so, for some seconds at the most."""
    deadline = time.monotonic() + 10
    while not what():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
