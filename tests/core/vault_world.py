"""A database with keys of rooms in it, as servers with several master keys see it."""

from __future__ import annotations

from sqlalchemy import URL, select, text

from securechat.crypto.keyring import FernetKey, KeyRing
from securechat.database.engine import Database
from securechat.database.store import SqlMessageStore
from securechat.database.tables import FACTS, MESSAGES, RECEIPTS, ROOM_KEYS, ROOMS
from securechat.database.vault import Vault

OLD, NEW, OTHER = FernetKey.generate(), FernetKey.generate(), FernetKey.generate()

ALL = [table.name for table in (FACTS, ROOMS, MESSAGES, RECEIPTS, ROOM_KEYS)]


class World:
    """A database with its store, as servers with several master keys see it."""

    def __init__(self, url: URL) -> None:
        self.database = Database(url)
        self.store = SqlMessageStore(self.database)

    def vault(self, *masters: FernetKey) -> Vault:
        """Return the vault as a server has it whose master keys these are."""
        return Vault(self.database, self.store, KeyRing(masters), where="MASTER_ENCRYPTION_KEY")

    def started(self, *masters: FernetKey) -> Vault:
        """Start a server with these master keys."""
        vault = self.vault(*masters)
        vault.rewrap()
        return vault

    def rows(self, *names: str) -> list[tuple[object, ...]]:
        """Return the rows of tables."""
        with self.database.engine.connect() as connection:
            return [
                (name, *row)
                for name in names
                for row in sorted(map(tuple, connection.execute(text(f"SELECT * FROM {name}"))), key=repr)  # noqa: S608
            ]

    def masters(self) -> list[str]:
        """Return under which master key each key is wrapped."""
        with self.database.engine.connect() as connection:
            return list(connection.scalars(select(ROOM_KEYS.c.master)))

    def wrapped(self) -> list[str]:
        """Return the wrapped keys, those of one room after those of the other, the primary key last."""
        statement = select(ROOM_KEYS.c.wrapped).order_by(ROOM_KEYS.c.room_id, ROOM_KEYS.c.number)
        with self.database.engine.connect() as connection:
            return list(connection.scalars(statement))

    def execute(self, statement: str) -> None:
        """Change the database as its administrator can."""
        with self.database.engine.begin() as connection:
            connection.execute(text(statement))


def filled(vault: Vault, count: int) -> dict[str, KeyRing]:
    """Give rooms two keys each, and the first of them a message."""
    rings = {f"room {number}": KeyRing.generate().rotated() for number in range(count)}
    for room, ring in rings.items():
        vault.keep(room, ring, keys_version=1)
    return rings


def assert_open(vault: Vault, rings: dict[str, KeyRing]) -> None:
    """Check that a server has all keys of all rooms."""
    for room, ring in rings.items():
        found = vault.ring(room)
        assert found is not None
        assert found[0].keys == ring.keys
