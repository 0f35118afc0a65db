"""A store in SQLite, as short as it can be: it shows that the contract of a store asks for nothing of memory.

One connection behind one lock; each method is one transaction.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from securechat.errors import KeysChanged, StoreFull
from securechat.rooms.messages import Message, check_name, check_stored, check_token
from securechat.rooms.store import RoomHead, RoomView

_TABLES = """
CREATE TABLE facts (epoch TEXT NOT NULL);
CREATE TABLE rooms (
    room TEXT PRIMARY KEY, epoch TEXT NOT NULL,
    first_id INT NOT NULL DEFAULT 1, last_id INT NOT NULL DEFAULT 0,
    dropped INT NOT NULL DEFAULT 0, revision INT NOT NULL DEFAULT 0, cleared INT NOT NULL DEFAULT 0,
    rewritten INT NOT NULL DEFAULT 0, keys_version INT NOT NULL DEFAULT 1
);
CREATE TABLE messages (
    room TEXT REFERENCES rooms ON DELETE CASCADE, id INT, sender TEXT NOT NULL, token TEXT NOT NULL,
    sent_at INT NOT NULL, recipient TEXT, PRIMARY KEY (room, id)
);
CREATE TABLE receipts (
    number INTEGER PRIMARY KEY, room TEXT REFERENCES rooms ON DELETE CASCADE, id INT NOT NULL,
    sender TEXT NOT NULL, client_id TEXT NOT NULL, token TEXT NOT NULL, sent_at INT NOT NULL, recipient TEXT,
    UNIQUE (room, sender, client_id)
);
"""

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class SqliteMessageStore:
    """See `InMemoryMessageStore`.

    Args:
        path: The file; in memory unless told.
        clock: The present time, in UTC.
        max_messages: Messages kept in a room.
        max_rooms: Rooms kept.
    """

    def __init__(
        self,
        path: str = ":memory:",
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        max_messages: int = 500,
        max_rooms: int = 500,
    ) -> None:
        self._clock, self._max_messages, self._max_rooms = clock, max_messages, max_rooms
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.executescript(f"PRAGMA foreign_keys = ON; {_TABLES}")
        self._database.execute("INSERT INTO facts VALUES (?)", [secrets.token_hex(8)])

    @contextmanager
    def _transaction(self) -> Iterator[Callable[..., sqlite3.Cursor]]:
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._execute
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def _execute(self, statement: str, values: Any = ()) -> sqlite3.Cursor:  # noqa: ANN401 - as sqlite3 has it
        """Execute a statement. What SQLite cannot take as text goes as bytes, which equal no text."""
        if isinstance(values, list):
            values = [
                each.encode(errors="surrogatepass")
                if isinstance(each, str) and not each.isprintable()
                else each
                for each in values
            ]
        return self._database.execute(statement, values)

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
        with self._transaction() as execute:
            if client_id is not None and (known := _known(execute, room, sender, client_id)):
                return known
            if keys_version not in (None, _head(execute, room).keys_version):
                raise KeysChanged
            self._make_room(execute, room)
            execute(
                "UPDATE rooms SET last_id = last_id + 1, revision = revision + 1, "
                "dropped = dropped + (last_id - first_id + 2 > :most), "
                "first_id = first_id + (last_id - first_id + 2 > :most) WHERE room = :room",
                {"most": self._max_messages, "room": room},
            )
            head, sent_at = _head(execute, room), (self._clock() - _BEGINNING) // timedelta(microseconds=1)
            row = (room, head.last_id, sender, token, sent_at, recipient)
            execute("INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?)", row)
            execute("DELETE FROM messages WHERE room = ? AND id < ?", [room, head.first_id])
            if client_id is not None:
                execute(
                    "INSERT INTO receipts (room, id, sender, token, sent_at, recipient, client_id) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?)",
                    [*row, client_id],
                )
                execute(
                    "DELETE FROM receipts WHERE number IN (SELECT number FROM receipts WHERE room = ? "
                    "ORDER BY number DESC LIMIT -1 OFFSET ?)",
                    [room, self._max_messages],
                )
            return _message(row)

    def acknowledged(self, room: str, sender: str, client_id: str) -> Message | None:
        """See `MessageStore.acknowledged`."""
        with self._transaction() as execute:
            return _known(execute, room, sender, client_id)

    def holds(self, room: str, token: str) -> bool:
        """See `MessageStore.holds`."""
        with self._transaction() as execute:
            found = execute("SELECT 1 FROM messages WHERE room = ? AND token = ?", [room, token])
            return found.fetchone() is not None

    def is_current(self, room: str) -> bool:
        """See `MessageStore.is_current`."""
        return True

    def head(self, room: str) -> RoomHead:
        """See `MessageStore.head`."""
        return self.heads([room])[room]

    def heads(self, rooms: Collection[str]) -> Mapping[str, RoomHead]:
        """See `MessageStore.heads`."""
        with self._transaction() as execute:
            return {room: _head(execute, room) for room in rooms}

    def tail(self, room: str, count: int) -> RoomView:
        """See `MessageStore.tail`."""
        return self.tails([room], count)[room]

    def tails(self, rooms: Collection[str], count: int) -> Mapping[str, RoomView]:
        """See `MessageStore.tails`."""
        with self._transaction() as execute:
            heads = {room: _head(execute, room) for room in rooms}
            return {room: _view(execute, room, head, head.last_id - count) for room, head in heads.items()}

    def since(self, room: str, after: int) -> RoomView:
        """See `MessageStore.since`."""
        with self._transaction() as execute:
            return _view(execute, room, _head(execute, room), after)

    def view(self, room: str) -> RoomView:
        """See `MessageStore.view`."""
        return self.since(room, 0)

    def clear(self, room: str) -> None:
        """See `MessageStore.clear`."""
        with self._transaction() as execute:
            if execute("DELETE FROM messages WHERE room = ?", [room]).rowcount:
                execute(
                    "UPDATE rooms SET first_id = last_id + 1, dropped = 0, revision = revision + 1, "
                    "cleared = 1 WHERE room = ?",
                    [room],
                )
                execute("UPDATE receipts SET token = '' WHERE room = ?", [room])

    def forget(self, room: str) -> None:
        """See `MessageStore.forget`."""
        with self._transaction() as execute:
            if execute("DELETE FROM rooms WHERE room = ?", [room]).rowcount:
                execute("UPDATE facts SET epoch = ?", [secrets.token_hex(8)])

    def replace_tokens(
        self, room: str, tokens: Mapping[int, str], *, keys_version: int | None = None
    ) -> None:
        """See `MessageStore.replace_tokens`."""
        for token in tokens.values():
            check_token(token)
        with self._transaction() as execute:
            if keys_version not in (None, _head(execute, room).keys_version):
                raise KeysChanged
            update = "UPDATE messages SET token = ? WHERE room = ? AND id = ?"
            replaced = sum(execute(update, [token, room, id_]).rowcount for id_, token in tokens.items())
            if replaced:
                execute("UPDATE receipts SET token = '' WHERE room = ?", [room])
                execute(
                    "UPDATE rooms SET revision = revision + 1, rewritten = rewritten + 1 WHERE room = ?",
                    [room],
                )

    def change_keys_version(self, room: str, present: int) -> int:
        """See `MessageStore.change_keys_version`."""
        check_name("room", room)
        with self._transaction() as execute:
            self._make_room(execute, room)
            update = "UPDATE rooms SET revision = revision + 1, keys_version = keys_version + 1 "
            if not execute(f"{update} WHERE room = ? AND keys_version = ?", [room, present]).rowcount:
                raise KeysChanged
            return present + 1

    def close(self) -> None:
        """See `MessageStore.close`."""
        self._database.close()

    def _make_room(self, execute: Callable[..., sqlite3.Cursor], room: str) -> None:
        if execute("INSERT OR IGNORE INTO rooms (room, epoch) SELECT ?, epoch FROM facts", [room]).rowcount:
            [count] = execute("SELECT count(*) FROM rooms").fetchone()
            if count > self._max_rooms:
                raise StoreFull(self._max_rooms)


def _head(execute: Callable[..., sqlite3.Cursor], room: str) -> RoomHead:
    row = execute("SELECT * FROM rooms WHERE room = ?", [room]).fetchone()
    if row is None:
        [epoch] = execute("SELECT epoch FROM facts").fetchone()
        return RoomHead(epoch)
    _, epoch, first_id, last_id, dropped, revision, cleared, rewritten, keys_version = row
    return RoomHead(epoch, first_id, last_id, dropped, revision, bool(cleared), rewritten, keys_version)


def _view(execute: Callable[..., sqlite3.Cursor], room: str, head: RoomHead, after: int) -> RoomView:
    rows = execute("SELECT * FROM messages WHERE room = ? AND id > ? ORDER BY id", [room, after])
    return RoomView(**vars(head), messages=tuple(map(_message, rows)))


def _known(execute: Callable[..., sqlite3.Cursor], room: str, sender: str, client_id: str) -> Message | None:
    row = execute(
        "SELECT room, id, sender, token, sent_at, recipient FROM receipts "
        "WHERE room = ? AND sender = ? AND client_id = ?",
        [room, sender, client_id],
    ).fetchone()
    return _message(row) if row else None


def _message(row: tuple[str, int, str, str, int, str | None]) -> Message:
    room, number, sender, token, sent_at, recipient = row
    return Message(number, room, sender, token, _BEGINNING + timedelta(microseconds=sent_at), recipient)
