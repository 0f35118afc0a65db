"""Where messages are kept: encrypted, numbered, bounded, and never changed once they are there.

The store knows nothing of keys. What it holds is what an eavesdropper may see.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from securechat.errors import StoreFull
from securechat.messages import Message, check_stored, check_token

MAX_ROOM_MESSAGES = 500
"""Messages kept in one room; older ones fall out."""

MAX_ROOMS = 500
"""Rooms in one store."""


@dataclass(frozen=True)
class RoomView:
    """One room as it is at one moment.

    Attributes:
        epoch: Which life of the store this is. Another epoch, another conversation: its ids begin anew.
        messages: The messages kept, oldest first; their ids have no gaps.
        first_id: The id of the oldest message kept; of the next one that will come, where none is kept.
        dropped: How many older ones fell out since the room was made or cleared.
        revision: Goes up with every change of the room: equal revisions of one epoch, equal views.
        cleared: Whether the room was ever cleared.
        rewritten: How often messages got other tokens.
    """

    epoch: str = ""
    messages: tuple[Message, ...] = ()
    first_id: int = 1
    dropped: int = 0
    revision: int = 0
    cleared: bool = False
    rewritten: int = 0

    @property
    def last_id(self) -> int:
        """The id of the newest message that the room ever had; 0 if it never had one."""
        return self.first_id + len(self.messages) - 1

    def find(self, message_id: int) -> Message | None:
        """Return the message with that id, or None if it is not (or no longer) here."""
        index = message_id - self.first_id
        return self.messages[index] if 0 <= index < len(self.messages) else None

    def since(self, after: int = 0) -> tuple[Message, ...]:
        """Return the messages with an id over `after`, oldest first."""
        return self.messages[max(0, after + 1 - self.first_id) :]


class MessageStore(Protocol):
    """What a store can do. Every method may be called from any thread."""

    def append(
        self,
        room: str,
        sender: str,
        token: str,
        *,
        client_id: str | None = None,
        recipient: str | None = None,
    ) -> Message:
        """Keep a message and number it.

        Args:
            room: The room's name, 1 to 64 characters; a new room comes into being with its first message.
            sender: Who sends it, 1 to 64 characters.
            token: The Fernet token.
            client_id: The sender's own name for the message, 1 to 64 characters. A sender who is not sure
                whether it arrived sends it again under the same name, and it is kept once.
            recipient: Whom alone it is for, 1 to 64 characters; None if it is for everybody in the room.

        Returns:
            The message with its id: one more than the last one that its room ever had. Of a `client_id`
            that is known, the message that was kept the first time.

        Raises:
            InvalidMessage: Something is empty or too long.
            StoreFull: It would be one room too many.
        """

    def acknowledged(self, room: str, sender: str, client_id: str) -> Message | None:
        """Return the message that a sender's `client_id` stands for, or None if it is not known (any more).

        Remembered are as many as a room keeps messages. Of those that were
        cleared or got another token, the token is empty.
        """

    def since(self, room: str, after: int = 0) -> tuple[Message, ...]:
        """Return the messages of a room with an id over `after`, oldest first."""

    def view(self, room: str) -> RoomView:
        """Return a room as it is now."""

    def clear(self, room: str) -> None:
        """Forget all messages of a room. Their ids are not used again."""

    def forget(self, room: str) -> None:
        """Forget a room altogether, as if it had never been there. Who had subscribed to it is told."""

    def replace_tokens(self, room: str, tokens: Mapping[int, str]) -> None:
        """Give messages of a room other tokens: the same texts, encrypted again. All else of them stays.

        Args:
            room: The room's name.
            tokens: The new tokens by the ids of their messages. Ids that are not (or no longer) here do not
                matter.

        Raises:
            InvalidMessage: A token is empty or too long. Nothing was replaced.
        """

    def subscribe(self, room: str, wake: Callable[[], None]) -> Callable[[], None]:
        """Be told of every change of a room.

        Args:
            room: The room's name. It need not be there yet.
            wake: Called after a change, in the thread that made it. It must neither wait nor raise, and
                looks at the room by itself if it wants to: several changes may be told as one.

        Returns:
            What ends the subscription.
        """


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
        self._nothing = RoomView(epoch=secrets.token_hex(8))
        self._views: dict[str, RoomView] = {}
        self._client_ids: dict[str, OrderedDict[tuple[str, str], Message]] = {}
        self._subscribers: dict[str, dict[object, Callable[[], None]]] = {}

    def append(
        self,
        room: str,
        sender: str,
        token: str,
        *,
        client_id: str | None = None,
        recipient: str | None = None,
    ) -> Message:
        """See `MessageStore.append`."""
        check_stored(room, sender, token, client_id, recipient)
        with self._lock:
            if client_id is not None and (known := self._acknowledged(room, sender, client_id)):
                return known
            if room not in self._views and len(self._views) >= self._max_rooms:
                raise StoreFull(self._max_rooms)
            view = self._views.get(room, self._nothing)
            message = Message(view.last_id + 1, room, sender, token, self._clock(), recipient)
            kept = (*view.messages, message)[-self._max_messages :]
            fallen = len(view.messages) + 1 - len(kept)
            self._views[room] = replace(
                view,
                messages=kept,
                first_id=view.first_id + fallen,
                dropped=view.dropped + fallen,
                revision=view.revision + 1,
            )
            if client_id is not None:
                self._remember(room, sender, client_id, message)
            subscribers = self._subscribers_of(room)
        _wake(subscribers)
        return message

    def acknowledged(self, room: str, sender: str, client_id: str) -> Message | None:
        """See `MessageStore.acknowledged`."""
        with self._lock:
            return self._acknowledged(room, sender, client_id)

    def since(self, room: str, after: int = 0) -> tuple[Message, ...]:
        """See `MessageStore.since`."""
        return self.view(room).since(after)

    def view(self, room: str) -> RoomView:
        """See `MessageStore.view`."""
        return self._views.get(room, self._nothing)

    def clear(self, room: str) -> None:
        """See `MessageStore.clear`."""
        with self._lock:
            view = self._views.get(room)
            if view is None or not view.messages:
                return
            self._views[room] = replace(
                view,
                messages=(),
                first_id=view.last_id + 1,
                dropped=0,
                revision=view.revision + 1,
                cleared=True,
            )
            self._forget_tokens(room)
            subscribers = self._subscribers_of(room)
        _wake(subscribers)

    def forget(self, room: str) -> None:
        """See `MessageStore.forget`."""
        with self._lock:
            self._views.pop(room, None)
            self._client_ids.pop(room, None)
            subscribers = self._subscribers_of(room)
        _wake(subscribers)

    def replace_tokens(self, room: str, tokens: Mapping[int, str]) -> None:
        """See `MessageStore.replace_tokens`."""
        for token in tokens.values():
            check_token(token)
        with self._lock:
            view = self._views.get(room, self._nothing)
            if not any(view.find(message_id) for message_id in tokens):
                return
            self._views[room] = replace(
                view,
                messages=tuple(
                    replace(message, token=tokens.get(message.id, message.token)) for message in view.messages
                ),
                revision=view.revision + 1,
                rewritten=view.rewritten + 1,
            )
            self._forget_tokens(room)
            subscribers = self._subscribers_of(room)
        _wake(subscribers)

    def subscribe(self, room: str, wake: Callable[[], None]) -> Callable[[], None]:
        """See `MessageStore.subscribe`."""
        ticket = object()
        with self._lock:
            self._subscribers.setdefault(room, {})[ticket] = wake

        def unsubscribe() -> None:
            with self._lock:
                subscribers = self._subscribers.get(room, {})
                subscribers.pop(ticket, None)
                if not subscribers:
                    self._subscribers.pop(room, None)

        return unsubscribe

    def _subscribers_of(self, room: str) -> tuple[Callable[[], None], ...]:
        return tuple(self._subscribers.get(room, {}).values())

    def _acknowledged(self, room: str, sender: str, client_id: str) -> Message | None:
        return self._client_ids.get(room, OrderedDict()).get((sender, client_id))

    def _forget_tokens(self, room: str) -> None:
        """Let the names that clients gave their messages stand for nothing that could be opened."""
        known = self._client_ids.get(room, OrderedDict())
        for name, message in known.items():
            known[name] = replace(message, token="")

    def _remember(self, room: str, sender: str, client_id: str, message: Message) -> None:
        known = self._client_ids.setdefault(room, OrderedDict())
        known[sender, client_id] = message
        if len(known) > self._max_messages:
            known.popitem(last=False)


def _wake(subscribers: tuple[Callable[[], None], ...]) -> None:
    # Outside the lock: a subscriber may look at the room at once.
    for wake in subscribers:
        wake()
