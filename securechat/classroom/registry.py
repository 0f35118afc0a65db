"""All classes of a server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from datetime import UTC, datetime
from time import monotonic

from securechat.classroom.classroom import Classroom, class_of_room
from securechat.classroom.codes import is_code, new_code, read_code
from securechat.classroom.people import HERE_SECONDS
from securechat.classroom.state import MAX_ROOMS as MAX_CLASS_ROOMS
from securechat.errors import ClassEnded, ClassroomFull, NoSuchClass
from securechat.rooms.hub import Hub
from securechat.rooms.limits import RateLimit
from securechat.rooms.memory_store import InMemoryMessageStore
from securechat.rooms.store import MessageStore

MAX_CLASSES = 20
"""Classes at once."""

MAX_ROOM_MESSAGES = 200
"""Messages kept in one room of a class; older ones fall out."""

MAX_ENDED = 200
"""Classes of which it is remembered that they have ended, and why."""

MAX_ROOMS = MAX_CLASSES * (MAX_CLASS_ROOMS + 1)
"""Rooms in the store of all classes."""

IDLE_HOURS = 4.0
"""Hours without activity after which a class ends, unless told otherwise."""

GUESS_LIMIT = 5, 60.0
"""Wrong codes that one guesser has, and within how many seconds."""

_HOUR = 3_600.0
"""Seconds."""


class Classrooms:
    """The classes of a server. May be used from any thread.

    Nothing that is asked here ends a class. One that nobody has used for long ends when `tick` is called, as
    the application does regularly.

    Args:
        store: Where messages are kept; in memory unless told.
        idle_hours: See `IDLE_HOURS`.
        clock: Seconds that only go up.
        now: The present time, in UTC.
        max_classes: See `MAX_CLASSES`.
        here_seconds: See `people.HERE_SECONDS`.
        on_pause: Called with the id of a class, and whether writing is paused in all of its rooms.
        hub: Who is told of what happens in classes; one of its own unless told.
    """

    def __init__(
        self,
        store: MessageStore | None = None,
        *,
        idle_hours: float = IDLE_HOURS,
        clock: Callable[[], float] = monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        max_classes: int = MAX_CLASSES,
        here_seconds: float = HERE_SECONDS,
        on_pause: Callable[[str, bool], None] = lambda class_id, paused: None,
        hub: Hub | None = None,
    ) -> None:
        self._hub = hub or Hub()
        self._store = store or InMemoryMessageStore(max_messages=MAX_ROOM_MESSAGES, max_rooms=MAX_ROOMS)
        self._idle_seconds = idle_hours * _HOUR
        self._clock = clock
        self._now = now
        self._max_classes = max_classes
        self._here_seconds = here_seconds
        self._on_pause = on_pause
        self._lock = threading.Lock()
        self._classes: dict[str, Classroom] = {}  # those that are open, by their ids
        self._ended: dict[str, tuple[str, str]] = {}  # code and reason, by the id of the class
        self._ids: dict[str, str] = {}  # of those in either, by their codes
        self._guesses = RateLimit(*GUESS_LIMIT, action="Not looked up", clock=clock)

    def new(self) -> Classroom:
        """Open a class.

        Raises:
            ClassroomFull: There are too many.
        """
        self.tick(self._clock())  # what is over makes room
        with self._lock:
            if len(self._classes) >= self._max_classes:
                raise ClassroomFull(self._max_classes, "classes", "Close one of them first.")
            code = new_code()
            while self._ids.get(code) in self._classes:
                code = new_code()
            classroom = Classroom(
                code,
                self._store,
                clock=self._clock,
                now=self._now,
                here_seconds=self._here_seconds,
                on_pause=self._on_pause,
                on_end=self._remember,
                hub=self._hub,
            )
            self._classes[classroom.id] = classroom
            self._ids[code] = classroom.id
            return classroom

    def tick(self, now: float) -> None:
        """End the classes that nobody has used for long.

        Args:
            now: The present second of the clock.
        """
        for classroom in self.all():
            classroom.desk.close_idle(now, self._idle_seconds)

    def all(self) -> tuple[Classroom, ...]:
        """Return the classes that are open, the newest first."""
        with self._lock:
            return tuple(reversed(self._classes.values()))

    def _remember(self, class_id: str, is_idle: bool) -> None:
        """Remember of a class that it ends, and why."""
        unit = "hour" if self._idle_seconds == _HOUR else "hours"
        idle = f"Nobody used this class for {self._idle_seconds / _HOUR:g} {unit}, so it has ended."
        with self._lock:
            code = self._classes.pop(class_id).code
            self._ended[class_id] = code, idle if is_idle else "Your teacher has ended this class."
            while len(self._ended) > MAX_ENDED:
                oldest = next(iter(self._ended))
                code, _ = self._ended.pop(oldest)
                if self._ids[code] == oldest:
                    del self._ids[code]

    def why_ended(self, class_id: str) -> ClassEnded | None:
        """Return why the class with this id is over; None if it is not, or was never here."""
        with self._lock:
            return ClassEnded(self._ended[class_id][1]) if class_id in self._ended else None

    def find(self, typed: str, guesser: Hashable) -> Classroom:
        """Return the class whose code somebody typed.

        Args:
            typed: The code, in whatever case and grouping.
            guesser: Who typed it: a session, for instance.

        Raises:
            NoSuchClass: No class has it.
            ClassEnded: The class that had it is over.
            TooFast: This guesser was wrong too often.
        """
        code = read_code(typed)
        if not is_code(code):  # a slip, and no guess
            raise NoSuchClass
        self._guesses.check(guesser)
        class_id = self._ids.get(code, "")
        if found := self.by_id(class_id):
            return found
        if why := self.why_ended(class_id):
            raise why
        self._guesses.take(guesser)
        raise NoSuchClass

    def by_id(self, class_id: str) -> Classroom | None:
        """Return the class with this id, or None if it is not there (any more)."""
        return self._classes.get(class_id)

    def of_room(self, room: str) -> Classroom | None:
        """Return the class that has a room of this name, or None."""
        classroom = self.by_id(class_of_room(room))
        return classroom if classroom and room in classroom.view().rooms else None
