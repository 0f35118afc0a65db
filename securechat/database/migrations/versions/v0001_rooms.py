"""Rooms, their messages and receipts.

A migration is not changed any more once it has landed, and it stands alone: what tables look like by then is
said in `securechat/database/tables.py`. Where a database ends a transaction with every change of a table, as
MySQL does, a migration may have been cut short: so it does not mind what is there already.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0001"
down_revision = None

NAME = (
    sa.String(64)
    .with_variant(sa.String(64, collation="C"), "postgresql")
    .with_variant(mysql.VARBINARY(256), "mysql")
)
ASCII = sa.Text().with_variant(mysql.MEDIUMTEXT(charset="ascii", collation="ascii_bin"), "mysql")
ROOM_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")

OPTIONS: dict[str, Any] = {"if_not_exists": True, "mysql_engine": "InnoDB", "mysql_charset": "utf8mb4"}


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "facts",
        sa.Column("name", NAME, nullable=False),
        sa.Column("value", ASCII, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_facts"),
        **OPTIONS,
    )
    op.create_table(
        "rooms",
        sa.Column("id", ROOM_ID, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("epoch", ASCII, nullable=False),
        sa.Column("first_id", sa.BigInteger, nullable=False),
        sa.Column("last_id", sa.BigInteger, nullable=False),
        sa.Column("dropped", sa.BigInteger, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("cleared", sa.Boolean, nullable=False),
        sa.Column("rewritten", sa.BigInteger, nullable=False),
        sa.Column("keys_version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rooms"),
        sa.UniqueConstraint("name", name="uq_rooms_name"),
        **OPTIONS,
    )
    op.create_table(
        "messages",
        sa.Column("room_id", ROOM_ID, nullable=False),
        sa.Column("id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("sender", NAME, nullable=False),
        sa.Column("recipient", NAME),
        sa.Column("token", ASCII, nullable=False),
        sa.Column("sent_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("room_id", "id", name="pk_messages"),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name="fk_messages_room_id", ondelete="CASCADE"),
        sqlite_with_rowid=False,
        **OPTIONS,
    )
    op.create_table(
        "receipts",
        sa.Column("room_id", ROOM_ID, nullable=False),
        sa.Column("sender", NAME, nullable=False),
        sa.Column("client_id", NAME, nullable=False),
        sa.Column("message_id", sa.BigInteger, nullable=False),
        sa.Column("recipient", NAME),
        sa.Column("sent_at", sa.BigInteger, nullable=False),
        sa.Column("is_rewritten", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("room_id", "sender", "client_id", name="pk_receipts"),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name="fk_receipts_room_id", ondelete="CASCADE"),
        sqlite_with_rowid=False,
        **OPTIONS,
    )
    index = "ix_receipts_room_id_message_id"
    if index not in {found["name"] for found in sa.inspect(op.get_bind()).get_indexes("receipts")}:
        op.create_index(index, "receipts", ["room_id", "message_id"])
