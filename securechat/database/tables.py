"""The tables: what stands in a database of rooms, receipts and messages.

Their types are those with which all engines agree: names that are told apart by every letter, its case, its
accent and the space after it; whole numbers of 64 bits; times in microseconds since 1970, in UTC.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    insert,
    select,
)
from sqlalchemy.dialects.mysql import MEDIUMTEXT, VARBINARY

from securechat.rooms.messages import MAX_NAME_CHARS

EPOCH = "epoch"
"""The fact that says in which epoch a room is that comes into being now."""

MASTER_CHECK = "master_check"
"""The fact that tells the right master key from a wrong one."""

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""From when times are counted."""

_MAX_CHAR_BYTES = 4


class _Utf8(TypeDecorator[str]):
    """A name in MySQL, as bytes: no collation that all versions have heeds the space at the end."""

    impl = VARBINARY
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else value.encode()

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else value.decode()


NAME = (
    String(MAX_NAME_CHARS)
    .with_variant(String(MAX_NAME_CHARS, collation="C"), "postgresql")
    .with_variant(_Utf8(MAX_NAME_CHARS * _MAX_CHAR_BYTES), "mysql")
)
"""A name of a room, of a sender, or of a client for its message."""

ASCII = Text().with_variant(MEDIUMTEXT(charset="ascii", collation="ascii_bin"), "mysql")
"""A token or something else of printable ASCII characters."""

ROOM_ID = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only where they are called INTEGER; they have 64 bits all the same."""

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)
"""All tables. Their keys have names, so that a migration can speak of them on every engine."""

_MYSQL: dict[str, Any] = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4"}


def _counter(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


FACTS = Table(
    "facts",
    METADATA,
    Column("name", NAME, primary_key=True),
    Column("value", ASCII, nullable=False),
    **_MYSQL,
)
"""What holds for the whole database, by name."""

ROOMS = Table(
    "rooms",
    METADATA,
    Column("id", ROOM_ID, primary_key=True),
    Column("name", NAME, nullable=False, unique=True),
    Column("epoch", ASCII, nullable=False),
    _counter("first_id"),
    _counter("last_id"),
    _counter("dropped"),
    _counter("revision"),
    Column("cleared", Boolean, nullable=False),
    _counter("rewritten"),
    _counter("keys_version"),
    **_MYSQL,
)
"""What is known of each room without its messages: see `RoomHead`."""

MESSAGES = Table(
    "messages",
    METADATA,
    Column("room_id", ROOM_ID, ForeignKey(ROOMS.c.id, ondelete="CASCADE"), primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("sender", NAME, nullable=False),
    Column("recipient", NAME),
    Column("token", ASCII, nullable=False),
    _counter("sent_at"),
    sqlite_with_rowid=False,  # they lie in the order in which they are read
    **_MYSQL,
)
"""The messages that are kept."""

RECEIPTS = Table(
    "receipts",
    METADATA,
    Column("room_id", ROOM_ID, ForeignKey(ROOMS.c.id, ondelete="CASCADE"), primary_key=True),
    Column("sender", NAME, primary_key=True),
    Column("client_id", NAME, primary_key=True),
    _counter("message_id"),
    Column("recipient", NAME),
    _counter("sent_at"),
    Column("is_rewritten", Boolean, nullable=False),
    Index(None, "room_id", "message_id"),
    sqlite_with_rowid=False,
    **_MYSQL,
)
"""Which message a sender's name for it stands for, also when that message has been cleared."""

ROOM_KEYS = Table(
    "room_keys",
    METADATA,
    Column("room_id", ROOM_ID, ForeignKey(ROOMS.c.id, ondelete="CASCADE"), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("wrapped", ASCII, nullable=False),
    Column("master", NAME, nullable=False),
    _counter("made_at"),
    sqlite_with_rowid=False,
    **_MYSQL,
)
"""The keys of rooms, each wrapped under the master key with the fingerprint `master`: see `vault.py`. The one
with the highest number is the room's primary key."""


def create_tables(connection: Connection) -> None:
    """Make the tables and the first epoch as they are now, for a test: elsewhere `migrate.py` does."""
    METADATA.create_all(connection)
    add_epoch(connection)


def add_epoch(connection: Connection) -> None:
    """Make the first epoch, if there is none."""
    if connection.execute(select(FACTS.c.name).where(FACTS.c.name == EPOCH)).first() is None:
        connection.execute(insert(FACTS), {"name": EPOCH, "value": new_epoch()})


def new_epoch() -> str:
    """Return an epoch that no room ever had."""
    return secrets.token_hex(8)


def microseconds(time: datetime) -> int:
    """Return a time as it stands in the database."""
    return (time - BEGINNING) // timedelta(microseconds=1)


def time_of(microseconds: int) -> datetime:
    """Return a time that stands in the database, in UTC; the beginning for what is none."""
    try:
        return BEGINNING + timedelta(microseconds=int(microseconds))
    except (OverflowError, ValueError):
        return BEGINNING
