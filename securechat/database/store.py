"""A store in a database: it lasts, and several servers may share it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Executable
from sqlalchemy.exc import IntegrityError

from securechat.database import statements as sql
from securechat.database.engine import AnyRow, Database
from securechat.database.postgresql import APPEND, ring_bell
from securechat.database.tables import microseconds, new_epoch, time_of
from securechat.database.views import acknowledged_in, rooms_in
from securechat.errors import KeysChanged, StoreFull, StoreUnavailable
from securechat.rooms.messages import Message, check_name, check_stored, check_token, is_name, is_token
from securechat.rooms.store import MAX_ROOM_MESSAGES, MAX_ROOMS, RoomHead, RoomView

_NEW = RoomHead()


class SqlMessageStore:
    """A store in a database. See `MessageStore`; every method may also raise StoreUnavailable.

    Whoever changes a room locks its row first, so all changes of a room come one after the other, whichever
    server they are from. What is read is read in one statement, which sees one moment.

    Args:
        database: Where its tables are.
        clock: The present time, in UTC; by the database's own clock unless told.
        max_messages: Messages kept in a room.
        max_rooms: Rooms kept.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime] | None = None,
        max_messages: int = MAX_ROOM_MESSAGES,
        max_rooms: int = MAX_ROOMS,
    ) -> None:
        self._database = database
        self._clock = clock
        self._max_messages = max_messages
        self._max_rooms = max_rooms

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
        time = microseconds(self._clock()) if self._clock else None
        names = {"room": room, "its_sender": sender, "its_client_id": client_id}
        if self._database.kind == "postgresql":
            values = {"its_token": token, "its_recipient": recipient, "keys": keys_version, "time": time}
            if (row := self._append_at_once({**names, **values})) is not None:
                return Message(row.id, room, sender, token, time_of(row.sent_at), recipient)

        def keep(connection: Connection) -> Message:
            row = self.lock_room(connection, room, keys_version)
            if client_id is not None:
                known = acknowledged_in(connection.execute(sql.READ_RECEIPT, names).all(), room, sender)
                if known is not None:
                    return known
            _check_keys(row.keys_version, keys_version)
            message_id, sent_at = row.last_id + 1, row.now if time is None else time
            self._count(connection, row)
            common = {"room_id": row.id, "sender": sender, "recipient": recipient, "sent_at": sent_at}
            connection.execute(sql.ADD_MESSAGE, {**common, "id": message_id, "token": token})
            if client_id is not None:
                receipt = {"client_id": client_id, "message_id": message_id, "is_rewritten": False}
                connection.execute(sql.ADD_RECEIPT, {**common, **receipt})
            ring_bell(connection)
            return Message(message_id, room, sender, token, time_of(sent_at), recipient)

        return self._database.change(keep)

    def acknowledged(self, room: str, sender: str, client_id: str) -> Message | None:
        """See `MessageStore.acknowledged`."""
        if not all(map(is_name, (room, sender, client_id))):
            return None
        values = {"room": room, "its_sender": sender, "its_client_id": client_id}
        return acknowledged_in(self._database.read(sql.READ_RECEIPT, values), room, sender)

    def holds(self, room: str, token: str) -> bool:
        """See `MessageStore.holds`."""
        if not is_name(room) or not is_token(token):
            return False
        found = self._database.read(sql.READ_EQUAL_TOKENS, {"room": room, "its_token": token})
        return any(row.token == token for row in found)  # MySQL overlooks spaces at the end

    def is_current(self, room: str) -> bool:
        """See `MessageStore.is_current`: what is read here comes from the database."""
        return True

    def head(self, room: str) -> RoomHead:
        """See `MessageStore.head`."""
        return self.heads([room])[room]

    def heads(self, rooms: Collection[str]) -> Mapping[str, RoomHead]:
        """See `MessageStore.heads`."""
        views = self._read(sql.READ_HEADS, rooms, lambda head: head.last_id + 1)
        return {room: view.head for room, view in views.items()}

    def tail(self, room: str, count: int) -> RoomView:
        """See `MessageStore.tail`."""
        return self.tails([room], count)[room]

    def tails(self, rooms: Collection[str], count: int) -> Mapping[str, RoomView]:
        """See `MessageStore.tails`."""
        return self._read(sql.READ_TAILS, rooms, lambda head: head.last_id + 1 - count, count=count)

    def since(self, room: str, after: int) -> RoomView:
        """See `MessageStore.since`."""
        return self._read(sql.READ_SINCE, [room], lambda _: after + 1, after=after)[room]

    def view(self, room: str) -> RoomView:
        """See `MessageStore.view`."""
        return self.since(room, 0)

    def clear(self, room: str) -> None:
        """See `MessageStore.clear`."""

        def clear(connection: Connection) -> bool:
            row = connection.execute(sql.LOCK_ROOM, {"room": room}).first()
            if row is None or row.first_id > row.last_id:
                return False
            connection.execute(sql.DELETE_MESSAGES, {"this_room": row.id, "before": row.last_id + 1})
            connection.execute(sql.CLEAR_ROOM, {"this_room": row.id})
            ring_bell(connection)
            return True

        if is_name(room):
            self._database.erase(clear)

    def forget(self, room: str) -> None:
        """See `MessageStore.forget`."""

        def forget(connection: Connection) -> bool:
            connection.execute(sql.LOCK_FACTS)
            was_there = connection.execute(sql.DELETE_ROOM, {"room": room}).rowcount > 0
            if was_there:
                connection.execute(sql.RENEW_NEXT_EPOCH, {"next_epoch": new_epoch()})
                ring_bell(connection)
            return was_there

        if is_name(room):
            self._database.erase(forget)

    def replace_tokens(
        self, room: str, tokens: Mapping[int, str], *, keys_version: int | None = None
    ) -> None:
        """See `MessageStore.replace_tokens`."""
        for token in tokens.values():
            check_token(token)

        def replace(connection: Connection) -> bool:
            row = connection.execute(sql.LOCK_ROOM, {"room": room}).first()
            _check_keys(row.keys_version if row else _NEW.keys_version, keys_version)
            here = [
                {"this_room": row.id, "its_id": message_id, "its_token": token}
                for message_id, token in tokens.items()
                if row and row.first_id <= message_id <= row.last_id
            ]
            if row and here:
                connection.execute(sql.REPLACE_TOKEN, here)
                connection.execute(sql.REWRITE_RECEIPTS, {"this_room": row.id})
                connection.execute(sql.NOTE_REWRITING, {"this_room": row.id})
                ring_bell(connection)
            return bool(here)

        if is_name(room):
            self._database.erase(replace)

    def change_keys_version(self, room: str, present: int) -> int:
        """See `MessageStore.change_keys_version`."""
        check_name("room", room)

        def change(connection: Connection) -> int:
            row = self.lock_room(connection, room, present)
            _check_keys(row.keys_version, present)
            connection.execute(sql.NEXT_KEYS_VERSION, {"this_room": row.id})
            ring_bell(connection)
            return present + 1

        return self._database.change(change)

    def close(self) -> None:
        """See `MessageStore.close`."""
        self._database.close()

    def lock_room(self, connection: Connection, room: str, keys_version: int | None) -> AnyRow:
        """Lock a room in a transaction, and make it if it is not there: a new one has keys of version 1.

        Args:
            connection: What the transaction goes by.
            room: Its name.
            keys_version: See `append`; it is only looked at where there is no room yet.

        Raises:
            KeysChanged: A room that is not there has no such keys.
            StoreFull: There are too many rooms.
        """
        if (row := connection.execute(sql.LOCK_ROOM, {"room": room}).first()) is not None:
            return row
        _check_keys(_NEW.keys_version, keys_version)
        epoch = connection.execute(sql.LOCK_FACTS).scalar_one()
        if (row := connection.execute(sql.LOCK_ROOM, {"room": room}).first()) is not None:
            return row  # somebody else has made it meanwhile
        if connection.execute(sql.COUNT_ROOMS).scalar_one() >= self._max_rooms:
            raise StoreFull(self._max_rooms)
        connection.execute(sql.ADD_ROOM, {**vars(_NEW), "name": room, "epoch": epoch})
        return connection.execute(sql.LOCK_ROOM, {"room": room}).one()

    def _append_at_once(self, values: Mapping[str, Any]) -> AnyRow | None:
        """Keep a message as PostgreSQL can; return nothing where it cannot, and nothing has happened then."""
        try:
            return next(iter(self._database.write(APPEND, {**values, "most": self._max_messages})), None)
        except IntegrityError:  # the sender's name for it is known
            return None

    def _count(self, connection: Connection, room: AnyRow) -> None:
        """Count one message more, and let what is too old fall out."""
        last_id = room.last_id + 1
        oldest = last_id + 1 - self._max_messages
        first_id = max(room.first_id, oldest)
        fallen = first_id - room.first_id
        numbers = {"new_first_id": first_id, "new_last_id": last_id, "fallen": fallen}
        connection.execute(sql.ADVANCE_ROOM, {"this_room": room.id, **numbers})
        if fallen:
            connection.execute(sql.DELETE_MESSAGES, {"this_room": room.id, "before": first_id})
        if oldest > 1:
            connection.execute(sql.DELETE_RECEIPTS, {"this_room": room.id, "before": oldest})

    def _read(
        self,
        statement: Executable,
        rooms: Collection[str],
        first: Callable[[RoomHead], int],
        **values: int,
    ) -> dict[str, RoomView]:
        """Return what a statement says of rooms by their names: see `rooms_in`."""
        if not rooms:
            return {}
        rows = self._database.read(statement, {"rooms": list(filter(is_name, rooms)), **values})
        if not rows:  # somebody has deleted the epoch
            raise StoreUnavailable
        return rooms_in(rows, rooms, first)


def _check_keys(present: int, wanted: int | None) -> None:
    """Refuse what is under other keys than the room has."""
    if wanted not in (None, present):
        raise KeysChanged
