"""A store in memory: as quick as it can be, and gone with the process."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import accumulate
from math import inf

from securechat.errors import KeysChanged, StoreFull
from securechat.rooms.messages import Message, check_name, check_stored, check_token
from securechat.rooms.store import MAX_ROOM_MESSAGES, MAX_ROOMS, RoomHead, RoomView


class InMemoryMessageStore:
    """A store in this process's memory: gone when the process ends.

    Args:
        clock: The present time, in UTC.
        max_messages: Messages kept in a room.
        max_rooms: Rooms kept.
        max_chars: Characters of tokens kept in a room, beside its newest message; any number if None.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        max_messages: int = MAX_ROOM_MESSAGES,
        max_rooms: int = MAX_ROOMS,
        max_chars: int | None = None,
    ) -> None:
        self._clock = clock
        self._max_messages = max_messages
        self._max_rooms = max_rooms
        self._max_chars = max_chars
        self._lock = threading.Lock()
        self._nothing = RoomView(epoch=secrets.token_hex(8))
        self._views: dict[str, RoomView] = {}
        self._client_ids: dict[str, OrderedDict[tuple[str, str], Message]] = {}

    def append(
        self,
        room: str,
        sender: str,
        token: str,
        *,
        client_id: str | None = None,
        recipient: str | None = None,
        keys_version: int | None = None,
    ) -> Message:
        """See `MessageStore.append`."""
        check_stored(room, sender, token, client_id, recipient)
        with self._lock:
            if client_id is not None and (known := self._acknowledged(room, sender, client_id)):
                return known
            view = self._views.get(room, self._nothing)
            if keys_version not in (None, view.keys_version):
                raise KeysChanged
            self._check_room_for(room)
            message = Message(view.last_id + 1, room, sender, token, self._clock(), recipient)
            messages = (*view.messages, message)
            fallen = self._too_many(messages)
            self._views[room] = replace(
                view,
                messages=messages[fallen:],
                first_id=view.first_id + fallen,
                last_id=message.id,
                dropped=view.dropped + fallen,
                revision=view.revision + 1,
            )
            if fallen and self._max_chars is not None:
                self._forget_tokens(room, before=view.first_id + fallen)
            if client_id is not None:
                self._remember(room, sender, client_id, message)
        return message

    def acknowledged(self, room: str, sender: str, client_id: str) -> Message | None:
        """See `MessageStore.acknowledged`."""
        with self._lock:
            return self._acknowledged(room, sender, client_id)

    def holds(self, room: str, token: str) -> bool:
        """See `MessageStore.holds`."""
        return any(message.token == token for message in self.view(room).messages)

    def is_current(self, room: str) -> bool:
        """See `MessageStore.is_current`: this one always is."""
        return True

    def head(self, room: str) -> RoomHead:
        """See `MessageStore.head`."""
        return self.view(room).head

    def heads(self, rooms: Collection[str]) -> Mapping[str, RoomHead]:
        """See `MessageStore.heads`."""
        return {room: self.head(room) for room in rooms}

    def tail(self, room: str, count: int) -> RoomView:
        """See `MessageStore.tail`."""
        view = self.view(room)
        return replace(view, messages=view.messages[max(0, len(view.messages) - count) :])

    def tails(self, rooms: Collection[str], count: int) -> Mapping[str, RoomView]:
        """See `MessageStore.tails`."""
        return {room: self.tail(room, count) for room in rooms}

    def since(self, room: str, after: int) -> RoomView:
        """See `MessageStore.since`."""
        view = self.view(room)
        return replace(view, messages=view.messages[max(0, after + 1 - view.first_id) :])

    def view(self, room: str) -> RoomView:
        """See `MessageStore.view`."""
        if (view := self._views.get(room)) is not None:
            return view
        with self._lock:  # a room that is being forgotten is not seen without messages in its old epoch
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

    def forget(self, room: str) -> None:
        """See `MessageStore.forget`."""
        with self._lock:
            if self._views.pop(room, None) is not None:
                self._nothing = RoomView(epoch=secrets.token_hex(8))
            self._client_ids.pop(room, None)

    def replace_tokens(
        self, room: str, tokens: Mapping[int, str], *, keys_version: int | None = None
    ) -> None:
        """See `MessageStore.replace_tokens`."""
        for token in tokens.values():
            check_token(token)
        with self._lock:
            view = self._views.get(room, self._nothing)
            if keys_version not in (None, view.keys_version):
                raise KeysChanged
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

    def change_keys_version(self, room: str, present: int) -> int:
        """See `MessageStore.change_keys_version`."""
        check_name("room", room)
        with self._lock:
            view = self._views.get(room, self._nothing)
            if present != view.keys_version:
                raise KeysChanged
            self._check_room_for(room)
            self._views[room] = replace(view, revision=view.revision + 1, keys_version=present + 1)
            return present + 1

    def close(self) -> None:
        """See `MessageStore.close`."""

    def _too_many(self, messages: tuple[Message, ...]) -> int:
        """Return how many of the oldest messages have to go."""
        too_many = max(0, len(messages) - self._max_messages)
        if self._max_chars is None:
            return too_many
        sizes = accumulate(len(message.token) for message in reversed(messages))
        fitting = sum(size <= self._max_chars for size in sizes)
        return max(too_many, len(messages) - max(1, fitting))

    def _check_room_for(self, room: str) -> None:
        if room not in self._views and len(self._views) >= self._max_rooms:
            raise StoreFull(self._max_rooms)

    def _acknowledged(self, room: str, sender: str, client_id: str) -> Message | None:
        return self._client_ids.get(room, OrderedDict()).get((sender, client_id))

    def _forget_tokens(self, room: str, before: float = inf) -> None:
        """Let the names that clients gave earlier messages stand for nothing that could be opened."""
        known = self._client_ids.get(room, OrderedDict())
        for name, message in known.items():
            if message.token and message.id < before:
                known[name] = replace(message, token="")

    def _remember(self, room: str, sender: str, client_id: str, message: Message) -> None:
        known = self._client_ids.setdefault(room, OrderedDict())
        known[sender, client_id] = message
        if len(known) > self._max_messages:
            known.popitem(last=False)
