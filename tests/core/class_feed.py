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

from securechat import live
from securechat.application import Application, Bounds
from securechat.classroom import TEACHER, Ticket
from securechat.crypto.keyring import KeyRing
from securechat.settings import Settings
from securechat.ui import middleware
from tests.core.classes import Lesson
from tests.feed import Frame, receive
from tests.support import free_port


class School:
    """A server with the feed of an application.

    Args:
        lesson: See below.
        bounds: Those of the application; the usual ones unless told.

    Attributes:
        url: Where it is.
        application: Whose feed it is.
        later: Seconds that its clock is ahead.
        lesson: Its class. Another one may take its place, so that tests can share a server.
    """

    def __init__(self, lesson: Lesson, bounds: Bounds | None = None) -> None:
        self.url = ""
        self.later = 0
        settings = Settings(key=KeyRing.generate(), presenter_passcode="open sesame")
        self.application = Application(settings, clock=self._clock, bounds=bounds)
        self.lesson = lesson

    def _clock(self) -> float:
        return time.monotonic() + 1_000_000 + self.later  # so that there was a time long ago

    @property
    def lesson(self) -> Lesson:
        """See above."""
        return self._lesson

    @lesson.setter
    def lesson(self, lesson: Lesson) -> None:
        self._lesson = lesson
        self.application.classrooms, self.application.presenters = lesson.classes, lesson.presenters

    def ticket(
        self, place: str, holder: str, *, reads: bool = False, seals: bool = False, age: int = 0
    ) -> str:
        """Issue a ticket, some seconds ago."""
        session = self.lesson.right.session if holder == TEACHER else ""
        self.later -= age
        try:
            return self.application.tickets.issue(Ticket(place, holder, reads, session, seals))
        finally:
            self.later += age

    def enter(self, room: str, holder: str, *, reads: bool = False, after: int = 0) -> ClientConnection:
        """Open the feed of a room as its page does; use it as a context manager."""
        ticket = self.ticket(room, holder, reads=reads)
        return self.open(f"/api/rooms/{room}/live?after={after}&ticket={ticket}")

    def seal(self, room: str, holder: str, *, after: int = 0) -> ClientConnection:
        """Open the feed of a room as the page does on which it is sealed; use it as a context manager."""
        ticket = self.ticket(room, holder, seals=True)
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
def school(lesson: Lesson | None = None, **bounds: float) -> Iterator[School]:
    """Serve the feed of an application.

    Args:
        lesson: The class.
        bounds: See `Bounds`: those that are not as in the app.
    """
    running = School(lesson or Lesson(), Bounds(**bounds))  # type: ignore[arg-type]
    config = uvicorn.Config(
        Starlette(routes=live.routes(lambda: running.application.feed), middleware=middleware.stack()),
        port=free_port(),
        log_level="error",
        ws="websockets-sansio",
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
