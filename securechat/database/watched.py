"""A store that keeps a copy of the watched rooms: reading them asks no database, nor waits for one."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from itertools import count
from typing import TypeVar

from securechat.database.store import SqlMessageStore
from securechat.errors import StoreUnavailable
from securechat.rooms.hub import Hub, room_topic
from securechat.rooms.messages import Message
from securechat.rooms.store import RoomHead, RoomView

T = TypeVar("T")

PATIENCE_SECONDS = 2.0
"""How long whoever asks waits for an answer of the database: less than pages wait for one to what they send,
which takes two or more of these."""

_log = logging.getLogger(__name__)


class WatchedStore:
    """A store in a database, some rooms of which are watched: see `MessageStore`.

    A copy of each watched room is kept here. What is changed by this server is in it before anybody is told;
    what others change, when a waker has `look_at_all` called. Where the database does not answer, those who
    read get what was there before, and `is_current` says that it may be old; and whoever wants to change
    something is refused at once, until a waker has found that it answers again.

    Args:
        store: The store in the database.
        hub: Who is told of what others change.
        rooms: The names of the rooms that are watched.

    Raises:
        StoreUnavailable: The database does not answer.
    """

    def __init__(self, store: SqlMessageStore, hub: Hub, rooms: Collection[str]) -> None:
        self._store = store
        self._hub = hub
        self._copies = {room: _Copy(store, room) for room in rooms}
        self._doubts = 0  # how often there was one
        self._is_in_doubt = False
        self._is_silent = False

    @property
    def is_in_doubt(self) -> bool:
        """Whether what is known may be old."""
        return self._is_in_doubt

    @property
    def is_silent(self) -> bool:
        """Whether the database did not answer whoever asked last."""
        return self._is_silent

    def look_at_all(self) -> None:
        """Look at what is watched, and tell of what has changed.

        Raises:
            StoreUnavailable: The database does not answer.
        """
        heads = self._in_time(lambda: self._store.heads(self._copies))
        for room, copy in self._copies.items():
            if heads[room] != copy.view.head and self._in_time(copy.look):
                self._hub.publish(room_topic(room))

    def doubt(self) -> None:
        """Note that what is known may be old."""
        self._doubts += 1
        self._note(is_in_doubt=True)

    def recover(self, change: Callable[[], object]) -> None:
        """Find out whether the database answers again. From then on what is known here is current.

        Args:
            change: Has it take a change.

        Raises:
            StoreUnavailable: It does not.
        """
        doubts = self._doubts
        self._in_time(change)
        self.look_at_all()
        if doubts == self._doubts:
            self._is_silent = False
            self._note(is_in_doubt=False)

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

        def append() -> Message:
            return self._store.append(
                room, sender, token, client_id=client_id, recipient=recipient, keys_version=keys_version
            )

        return self._change(room, append)

    def acknowledged(self, room: str, sender: str, client_id: str) -> Message | None:
        """See `MessageStore.acknowledged`."""
        return self._ask(lambda: self._store.acknowledged(room, sender, client_id))

    def holds(self, room: str, token: str) -> bool:
        """See `MessageStore.holds`."""
        return self._ask(lambda: self._store.holds(room, token))

    def is_current(self, room: str) -> bool:
        """See `MessageStore.is_current`."""
        return not self._is_in_doubt or room not in self._copies

    def head(self, room: str) -> RoomHead:
        """See `MessageStore.head`."""
        copy = self._copies.get(room)
        return copy.view.head if copy else self._store.head(room)

    def heads(self, rooms: Collection[str]) -> Mapping[str, RoomHead]:
        """See `MessageStore.heads`."""
        others = self._store.heads([room for room in rooms if room not in self._copies])
        return {room: others.get(room) or self.head(room) for room in rooms}

    def tail(self, room: str, count: int) -> RoomView:
        """See `MessageStore.tail`."""
        copy = self._copies.get(room)
        return _newest(copy.view, count) if copy else self._store.tail(room, count)

    def tails(self, rooms: Collection[str], count: int) -> Mapping[str, RoomView]:
        """See `MessageStore.tails`."""
        others = self._store.tails([room for room in rooms if room not in self._copies], count)
        return {room: others.get(room) or self.tail(room, count) for room in rooms}

    def since(self, room: str, after: int) -> RoomView:
        """See `MessageStore.since`."""
        if copy := self._copies.get(room):
            view = copy.view
            return _newest(view, view.last_id - after)
        return self._store.since(room, after)

    def view(self, room: str) -> RoomView:
        """See `MessageStore.view`. Who needs all messages gets those of now, if they can be had."""
        if copy := self._copies.get(room):
            if self._looks_new(copy):
                self._hub.publish(room_topic(room))
            return copy.view
        return self._store.view(room)

    def clear(self, room: str) -> None:
        """See `MessageStore.clear`."""
        self._change(room, lambda: self._store.clear(room))

    def forget(self, room: str) -> None:
        """See `MessageStore.forget`."""
        self._change(room, lambda: self._store.forget(room))

    def replace_tokens(
        self, room: str, tokens: Mapping[int, str], *, keys_version: int | None = None
    ) -> None:
        """See `MessageStore.replace_tokens`."""
        self._change(room, lambda: self._store.replace_tokens(room, tokens, keys_version=keys_version))

    def change_keys_version(self, room: str, present: int) -> int:
        """See `MessageStore.change_keys_version`."""
        return self._change(room, lambda: self._store.change_keys_version(room, present))

    def close(self) -> None:
        """See `MessageStore.close`."""
        self._store.close()

    def _change(self, room: str, change: Callable[[], T]) -> T:
        """Change a room, and have the change in its copy. Who changes it tells everybody afterwards."""
        copy = self._copies.get(room)

        def change_and_look() -> T:
            done = change()
            if copy:
                try:
                    copy.look()
                except StoreUnavailable:  # it is changed all the same
                    self._fall_silent()
            return done

        return self._ask(change_and_look)

    def _looks_new(self, copy: _Copy) -> bool:
        """Bring a copy up to date if that can be done, and say whether it was not."""
        with suppress(StoreUnavailable):
            return self._ask(copy.look)
        return False

    def _ask(self, question: Callable[[], T]) -> T:
        """Ask the database, unless it is known that it does not answer."""
        if self._is_silent:
            raise StoreUnavailable
        try:
            return self._in_time(question)
        except StoreUnavailable:
            self._fall_silent()
            raise

    def _fall_silent(self) -> None:
        self._is_silent = True
        self.doubt()

    def _in_time(self, question: Callable[[], T]) -> T:
        """Ask the database, and wait for the answer only for so long. Then it is not known what comes of it.

        The question has a thread of its own: no driver lets itself be interrupted, and some wait for ever.
        """
        answer: Future[T] = Future()
        is_given_up = False

        def ask() -> None:
            try:
                answer.set_result(question())
            except BaseException as error:  # it belongs to whoever has asked
                answer.set_exception(error)
            if is_given_up:
                self._publish()  # nobody else tells of what it has changed after all

        threading.Thread(target=ask, name="securechat-database", daemon=True).start()
        try:
            return answer.result(PATIENCE_SECONDS)
        except TimeoutError:
            is_given_up = True
            if answer.done():  # just now
                self._publish()
            if not self._is_silent:
                _log.error("The database has not answered for %g seconds.", PATIENCE_SECONDS)
        raise StoreUnavailable

    def _note(self, *, is_in_doubt: bool) -> None:
        if is_in_doubt is not self._is_in_doubt:
            self._is_in_doubt = is_in_doubt
            self._publish()

    def _publish(self) -> None:
        self._hub.publish(*map(room_topic, self._copies))


class _Copy:
    """What is known of one room.

    Attributes:
        view: All of it, as it was at one moment.
    """

    def __init__(self, store: SqlMessageStore, room: str) -> None:
        self._store = store
        self._room = room
        self._lock = threading.Lock()
        self._numbers = count(1)
        self._began = 0
        self.view = store.view(room)

    def look(self) -> bool:
        """Bring it up to date, and say whether it was not. One look is enough for all who ask meanwhile."""
        asked = next(self._numbers)
        with self._lock:
            if self._began > asked:
                return False
            began = next(self._numbers)
            known, view = self.view, self._store.since(self._room, self.view.last_id)
            if (view.epoch, view.rewritten) == (known.epoch, known.rewritten):
                kept = (message for message in known.messages if message.id >= view.first_id)
                view = replace(view, messages=(*kept, *view.messages))
            else:
                view = self._store.view(self._room)
            self.view, self._began = view, began
            return view.head != known.head


def _newest(view: RoomView, count: int) -> RoomView:
    """Return a room with so many of its newest messages at most."""
    if count >= len(view.messages):
        return view
    return replace(view, messages=view.messages[len(view.messages) - max(count, 0) :])
