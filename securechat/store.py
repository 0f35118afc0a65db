"""Where messages are kept: encrypted, numbered, bounded, and never changed once they are there.

The store knows nothing of keys. What it holds is what an eavesdropper may see.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from securechat.errors import StoreFull
from securechat.messages import Message, check_stored

MAX_ROOM_MESSAGES = 500
"""Messages kept in one room; older ones fall out."""

MAX_ROOMS = 500
"""Rooms in one store."""


@dataclass(frozen=True)
class RoomView:
    """One room as it is at one moment.

    Attributes:
        messages: The messages kept, oldest first; their ids have no gaps.
        dropped: How many older ones fell out since the room was made or cleared.
        revision: Goes up with every change of the room: equal revisions, equal views.
        cleared: Whether the room was ever cleared.
    """

    messages: tuple[Message, ...] = ()
    dropped: int = 0
    revision: int = 0
    cleared: bool = False

    def find(self, message_id: int) -> Message | None:
        """Return the message with that id, or None if it is not (or no longer) here."""
        index = message_id - self.messages[0].id if self.messages else -1
        return self.messages[index] if 0 <= index < len(self.messages) else None


EMPTY_ROOM = RoomView()
"""A room that nobody has written in."""


class MessageStore(Protocol):
    """What a store can do. Every method may be called from any thread."""

    def append(self, room: str, sender: str, token: str) -> Message:
        """Keep a message and number it.

        Args:
            room: The room's name, 1 to 64 characters; a new room comes into being with its first message.
            sender: Who sends it, 1 to 64 characters.
            token: The Fernet token.

        Returns:
            The message with its id: one more than the last one that its room ever had.

        Raises:
            InvalidMessage: Something is empty or too long.
            StoreFull: It would be one room too many.
        """

    def since(self, room: str, after: int = 0) -> tuple[Message, ...]:
        """Return the messages of a room with an id over `after`, oldest first."""

    def view(self, room: str) -> RoomView:
        """Return a room as it is now."""

    def clear(self, room: str) -> None:
        """Forget all messages of a room. Their ids are not used again."""


class InMemoryMessageStore:
    """A store in this process's memory: gone when the process ends.

    Args:
        clock: The present time, in UTC.
        max_messages: Messages kept in a room.
        max_rooms: Rooms kept.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        max_messages: int = MAX_ROOM_MESSAGES,
        max_rooms: int = MAX_ROOMS,
    ) -> None:
        self._clock = clock
        self._max_messages = max_messages
        self._max_rooms = max_rooms
        self._lock = threading.Lock()
        self._views: dict[str, RoomView] = {}
        self._last_ids: dict[str, int] = {}

    def append(self, room: str, sender: str, token: str) -> Message:
        """See `MessageStore.append`."""
        check_stored(room, sender, token)
        with self._lock:
            if room not in self._views and len(self._views) >= self._max_rooms:
                raise StoreFull(self._max_rooms)
            view = self._views.get(room, EMPTY_ROOM)
            message = Message(self._last_ids.get(room, 0) + 1, room, sender, token, self._clock())
            kept = (*view.messages, message)[-self._max_messages :]
            fallen = len(view.messages) + 1 - len(kept)
            self._last_ids[room] = message.id
            self._views[room] = replace(
                view, messages=kept, dropped=view.dropped + fallen, revision=view.revision + 1
            )
        return message

    def since(self, room: str, after: int = 0) -> tuple[Message, ...]:
        """See `MessageStore.since`."""
        messages = self.view(room).messages
        return messages[max(0, after + 1 - messages[0].id) :] if messages else ()

    def view(self, room: str) -> RoomView:
        """See `MessageStore.view`."""
        return self._views.get(room, EMPTY_ROOM)

    def clear(self, room: str) -> None:
        """See `MessageStore.clear`."""
        with self._lock:
            view = self._views.get(room)
            if view is not None and view.messages:
                self._views[room] = RoomView(revision=view.revision + 1, cleared=True)
