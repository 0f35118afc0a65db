"""The people of a class, and who of them is here just now."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic

TEACHER = "teacher"
"""The teacher's name as a sender. No participant has it as an id."""

HERE_SECONDS = 12.0
"""Seconds after which somebody counts as gone who has no live feed and whose page does not look any more."""

WRITING_SECONDS = 4.0
"""Seconds for which somebody counts as writing after the last sign of it."""


@dataclass(frozen=True)
class Participant:
    """Somebody who joined a class.

    Attributes:
        id: What messages call them, such as `p7`; it says nothing, and stays when the name changes.
        alias: What people call them.
        joined_at: When they joined, in UTC.
        room: The name of the room they sit in; None while they wait for somebody to talk to.
        left: Whether they have left. They may come back to their seat.
        departures: How often they left. Without part in whether participants are equal.
    """

    id: str
    alias: str
    joined_at: datetime
    room: str | None = None
    left: bool = False
    departures: int = field(default=0, compare=False)


class Presence:
    """Who is here, and who is writing. May be used from any thread.

    Args:
        clock: Seconds that only go up.
        here_seconds: See `HERE_SECONDS`.
    """

    def __init__(self, *, clock: Callable[[], float] = monotonic, here_seconds: float = HERE_SECONDS) -> None:
        self._clock = clock
        self._here_seconds = here_seconds
        self._lock = threading.Lock()
        self._connections: dict[str, int] = {}
        self._seen: dict[str, float] = {}
        self._writing: dict[tuple[str, str], float] = {}

    def look(self, person: str) -> None:
        """Note that somebody's page is looking just now."""
        with self._lock:
            self._seen[person] = self._clock()

    def connect(self, person: str) -> Callable[[], None]:
        """Note that somebody has a live feed open; return what notes that it is closed. Call that once."""
        with self._lock:
            self._connections[person] = self._connections.get(person, 0) + 1
            self._seen[person] = self._clock()

        def disconnect() -> None:
            with self._lock:
                left = self._connections.get(person, 0) - 1
                if left > 0:
                    self._connections[person] = left
                elif self._connections.pop(person, None) is not None and person in self._seen:
                    self._seen[person] = self._clock()

        return disconnect

    def is_here(self, person: str) -> bool:
        """Say whether somebody has a page open that shows signs of life."""
        with self._lock:
            if self._connections.get(person):
                return True
            seen = self._seen.get(person)
            return seen is not None and self._clock() - seen < self._here_seconds

    def write(self, person: str, room: str) -> None:
        """Note that somebody is writing in a room."""
        with self._lock:
            self._writing[person, room] = self._clock()

    def stop_writing(self, person: str, room: str) -> None:
        """Note that somebody has sent what they were writing."""
        with self._lock:
            self._writing.pop((person, room), None)

    def is_writing(self, person: str, room: str) -> bool:
        """Say whether somebody is writing in a room."""
        with self._lock:
            wrote = self._writing.get((person, room))
            return wrote is not None and self._clock() - wrote < WRITING_SECONDS

    def forget(self, person: str) -> None:
        """Forget when somebody was seen. Feeds that are open still count until they are closed."""
        with self._lock:
            self._seen.pop(person, None)
            for key in [key for key in self._writing if key[0] == person]:
                del self._writing[key]
