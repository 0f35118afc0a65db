"""Keys of rooms in the database: wrapped, so that whoever has the database alone opens none of them."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence

from sqlalchemy import Connection

from securechat.crypto.keyring import FernetKey, KeyOrigin, KeyRing, KeySource, OpenedToken
from securechat.database import statements as sql
from securechat.database.engine import AnyRow, Database
from securechat.database.postgresql import ring_bell
from securechat.database.settings import MASTER_SETTING
from securechat.database.store import SqlMessageStore
from securechat.database.tables import MASTER_CHECK
from securechat.errors import InvalidKey, InvalidToken, KeysChanged

BATCH = 500
"""Keys that are wrapped again in one transaction: other servers wait for the end of it."""

_ALL = 2**31 - 1

_CHECKED = "SecureChat master key"
"""The text of the token that only a right master key opens."""

_log = logging.getLogger(__name__)


class Vault:
    """The keys of rooms. Each stands in the database as a Fernet token, with the name of its room in it.

    So a key that somebody moves to another room, or makes the primary key of its own, does not open.

    Args:
        database: Where its tables are.
        store: The rooms in it.
        masters: The master keys: the first wraps, the others still open.
        where: The setting that they come from, in words.
    """

    def __init__(
        self, database: Database, store: SqlMessageStore, masters: KeyRing, *, where: str = MASTER_SETTING
    ) -> None:
        self._database = database
        self._store = store
        self._masters = masters
        self._where = where

    def rewrap(self) -> None:
        """Wrap every key under the first master key: to be done at the start. It touches no message.

        It may be ended at any moment: what is wrapped again by then stays so, and the next time goes on.
        Until it is done the master key that was the first before has to be among the others.

        Raises:
            InvalidKey: These are not the master keys of this database. Nothing was written.
            StoreUnavailable: The database does not answer.
        """
        after = (0, 0)

        def some(connection: Connection) -> Sequence[AnyRow]:
            connection.execute(sql.LOCK_FACTS)
            self._check(connection)
            rows = self._under_others(connection, after, BATCH)
            self._wrap_again(connection, rows)
            return rows

        def finish(connection: Connection) -> bool:
            connection.execute(sql.LOCK_FACTS)
            is_first = self._check(connection)
            # What other servers have kept meanwhile, too. The fact comes last, when nothing needs the others.
            rows = self._under_others(connection, (0, 0), _ALL)
            if closed := len(rows) - self._wrap_again(connection, rows):
                _log.warning("%d keys of rooms do not open with any master key.", closed)
            if not is_first:
                self._write_check(connection)
            return not is_first or len(rows) > closed

        while rows := self._database.change(some):
            after = (rows[-1].room_id, rows[-1].number)
        self._database.erase(finish)

    @property
    def has_older_masters(self) -> bool:
        """Whether there are other master keys behind the first."""
        return len(self._masters.keys) > 1

    def counts(self) -> tuple[int, int]:
        """Return how many keys are wrapped under the first master key, and how many there are.

        Raises:
            InvalidKey: These are not the master keys of this database.
            StoreUnavailable: The database does not answer.
        """

        def count(connection: Connection) -> tuple[int, int]:
            self._check(connection)
            under = {row.master: int(row.count) for row in connection.execute(sql.COUNT_MASTERS).mappings()}
            return under.get(self._masters.fingerprint, 0), sum(under.values())

        return self._database.look(count)

    def ring(self, room: str) -> tuple[KeyRing, int] | None:
        """Return the keys of a room and their version, as they are at one moment; None where it has none.

        Raises:
            InvalidKey: One of them does not open, or all are wrapped under another master key by now.
            StoreUnavailable: The database does not answer.
        """
        rows = self._database.read(sql.READ_KEYS, {"room": room})
        if not rows:
            return None
        ring = KeyRing(tuple(self._keys(room, rows)), origin=KeyOrigin(KeySource.ROOM))
        return ring, rows[0].keys_version

    def keep(self, room: str, ring: KeyRing, *, keys_version: int) -> int:
        """Keep the keys of a room instead of those that it had. A room that is not there is made.

        Args:
            room: Its name.
            ring: All its keys.
            keys_version: The version of the keys that these come after; 1 for the first.

        Returns:
            Their version: one more where the keys changed.

        Raises:
            KeysChanged: The room has keys of another version by now.
            InvalidKey: The keys of this database are wrapped under another master key by now.
            StoreFull: There are too many rooms.
            StoreUnavailable: The database does not answer. Whether they were kept is not known.
        """
        version = keys_version

        def keep(connection: Connection) -> bool:
            nonlocal version
            connection.execute(sql.LOCK_FACTS)
            if not self._check(connection):
                raise self._wrong()
            row = self._store.lock_room(connection, room, keys_version)
            if row.keys_version != keys_version:
                raise KeysChanged
            old = connection.execute(sql.READ_KEYS, {"room": room}).all()
            made_at = {key: known.made_at for key, known in zip(self._keys(room, old), old, strict=True)}
            connection.execute(sql.DELETE_KEYS, {"this_room": row.id})
            values = [
                {
                    "room_id": row.id,
                    "number": number,
                    "made_at": made_at.get(key, row.now),
                    "wrapped": self._wrapped(room, number, key),
                    "master": self._masters.fingerprint,
                }
                for number, key in enumerate(reversed(ring.keys), start=1)
            ]
            connection.execute(sql.ADD_KEYS, values)
            version = keys_version
            if made_at and ring.keys != tuple(made_at):
                connection.execute(sql.NEXT_KEYS_VERSION, {"this_room": row.id})
                version += 1
            ring_bell(connection)
            return bool(old)

        self._database.erase(keep)
        return version

    def _keys(self, room: str, rows: Sequence[AnyRow]) -> list[FernetKey]:
        keys = [self._unwrapped(room, row.number, row.wrapped) for row in rows]
        opened = [key for key in keys if key is not None]
        if not {row.master for row in rows} <= {key.fingerprint for key in self._masters.keys}:
            raise self._wrong()
        if len(opened) < len(keys):
            raise InvalidKey(
                "A key of this room does not open: it was changed there, or belongs to another room.",
                where="The database",
                remedy="Restore it from a backup. The messages of the room stay unreadable until then.",
            )
        return opened

    def _wrapped(self, room: str, number: int, key: FernetKey) -> str:
        return self._masters.encrypt(json.dumps({"room": room, "number": number, "key": key.reveal()}))

    def _unwrapped(self, room: str, number: int, wrapped: str) -> FernetKey | None:
        """Return a key; None where it does not open, or is another one than it should be."""
        opened = _opened(self._masters, wrapped)
        try:
            inside = json.loads(opened.plaintext) if opened else {}
            return FernetKey(inside["key"]) if (inside["room"], inside["number"]) == (room, number) else None
        except (ValueError, KeyError, TypeError, InvalidKey):
            return None

    def _under_others(self, connection: Connection, after: tuple[int, int], most: int) -> Sequence[AnyRow]:
        """Return keys that are wrapped under other master keys than the first."""
        others = [key.fingerprint for key in self._masters.keys[1:]]
        values = {"masters": others, "after_room": after[0], "after_number": after[1], "most": most}
        return connection.execute(sql.READ_KEYS_UNDER, values).all()

    def _wrap_again(self, connection: Connection, rows: Sequence[AnyRow]) -> int:
        """Wrap those keys that open under the first master key, and return how many they are."""
        opened = [(row, self._unwrapped(row.name, row.number, row.wrapped)) for row in rows]
        values = [
            {
                "this_room": row.room_id,
                "its_number": row.number,
                "its_wrapped": self._wrapped(row.name, row.number, key),
                "its_master": self._masters.fingerprint,
            }
            for row, key in opened
            if key is not None
        ]
        if values:
            connection.execute(sql.WRAP_KEY, values)
        return len(values)

    def _check(self, connection: Connection) -> bool:
        """Refuse master keys of another database, and say whether all was wrapped under the first before."""
        check = connection.execute(sql.READ_FACT, {"its_name": MASTER_CHECK}).scalar()
        if check is None:
            known = {"masters": [key.fingerprint for key in self._masters.keys]}
            if connection.execute(sql.COUNT_OTHER_KEYS, known).scalar_one():
                raise self._wrong()
            return False
        opened = _opened(self._masters, check)
        if opened is None or opened.plaintext != _CHECKED:
            raise self._wrong()
        return opened.key == self._masters.primary

    def _write_check(self, connection: Connection) -> None:
        check = self._masters.encrypt(_CHECKED)
        changed = connection.execute(sql.CHANGE_FACT, {"its_name": MASTER_CHECK, "its_value": check})
        if not changed.rowcount:
            connection.execute(sql.ADD_FACT, {"name": MASTER_CHECK, "value": check})

    def _wrong(self) -> InvalidKey:
        return InvalidKey(
            "The keys of rooms in this database are wrapped under another master key.",
            where=self._where,
            remedy="Nothing was written. Put the right one there, or behind the new one after a comma; then "
            "start the app again.",
        )


def _opened(masters: KeyRing, token: str) -> OpenedToken | None:
    try:
        return masters.open_by_key(token)
    except InvalidToken:
        return None
