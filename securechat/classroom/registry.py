"""All classes of a server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from datetime import UTC, datetime
from time import monotonic

from securechat.classroom.classroom import MAX_ROOMS as MAX_CLASS_ROOMS
from securechat.classroom.classroom import Classroom
from securechat.classroom.codes import is_code, new_code, read_code
from securechat.errors import ClassroomFull, NoSuchClass
from securechat.limits import RateLimit
from securechat.store import InMemoryMessageStore, MessageStore

MAX_CLASSES = 20
"""Classes at once."""

MAX_ROOM_MESSAGES = 200
"""Messages kept in one room of a class; older ones fall out."""

MAX_ROOMS = MAX_CLASSES * (MAX_CLASS_ROOMS + 1)
"""Rooms in the store of all classes."""

IDLE_HOURS = 4.0
"""Hours without activity after which a class ends, unless told otherwise."""

GUESS_COUNT = 5
"""Wrong codes that one guesser has within `GUESS_SECONDS`."""

GUESS_SECONDS = 60.0
"""The window of that limit, in seconds."""


class Classrooms:
    """The classes of a server. May be used from any thread.

    A class that nobody has used for long ends by itself. That is looked after whenever anything is asked
    here, as every open page and feed does.

    Args:
        store: Where messages are kept; in memory unless told.
        idle_hours: See `IDLE_HOURS`.
        clock: Seconds that only go up.
        now: The present time, in UTC.
        max_classes: See `MAX_CLASSES`.
    """

    def __init__(
        self,
        store: MessageStore | None = None,
        *,
        idle_hours: float = IDLE_HOURS,
        clock: Callable[[], float] = monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        max_classes: int = MAX_CLASSES,
    ) -> None:
        self._store = store or InMemoryMessageStore(max_messages=MAX_ROOM_MESSAGES, max_rooms=MAX_ROOMS)
        self._idle_seconds = idle_hours * 3_600
        self._clock = clock
        self._now = now
        self._max_classes = max_classes
        self._lock = threading.Lock()
        self._classes: dict[str, Classroom] = {}
        self._guesses = RateLimit(GUESS_COUNT, GUESS_SECONDS, action="Not looked up", clock=clock)

    def new(self) -> Classroom:
        """Open a class.

        Raises:
            ClassroomFull: There are too many.
        """
        self.all()  # what is over makes room
        with self._lock:
            if len(self._classes) >= self._max_classes:
                raise ClassroomFull(self._max_classes, "classes", "Close one of them first.")
            code = new_code()
            while code in self._classes:
                code = new_code()
            classroom = Classroom(code, self._store, clock=self._clock, now=self._now)
            self._classes[code] = classroom
            return classroom

    def all(self) -> tuple[Classroom, ...]:
        """Return the classes that are open, the newest first. Those that nobody used for long are ended."""
        with self._lock:
            there = tuple(self._classes.values())
        for classroom in there:
            if classroom.idle_seconds >= self._idle_seconds:
                classroom.desk.close()
        with self._lock:
            self._classes = {code: there for code, there in self._classes.items() if not there.view().closed}
            return tuple(reversed(self._classes.values()))

    def find(self, typed: str, guesser: Hashable) -> Classroom:
        """Return the class whose code somebody typed.

        Args:
            typed: The code, in whatever case and grouping.
            guesser: Who typed it: a session, for instance.

        Raises:
            NoSuchClass: No class has it.
            TooFast: This guesser was wrong too often.
        """
        code = read_code(typed)
        if not is_code(code):  # a slip, and no guess
            raise NoSuchClass
        self._guesses.check(guesser)
        found = next((classroom for classroom in self.all() if classroom.code == code), None)
        if found is None:
            self._guesses.take(guesser)
            raise NoSuchClass
        return found

    def by_id(self, class_id: str) -> Classroom | None:
        """Return the class with this id, or None if it is not there (any more)."""
        return next((classroom for classroom in self.all() if classroom.id == class_id), None)

    def of_room(self, room: str) -> Classroom | None:
        """Return the class that has a room of this name, or None."""
        return next((classroom for classroom in self.all() if room in classroom.view().rooms), None)
