"""What only PostgreSQL can: keep a message in one statement, and ring for other servers.

Others need a transaction of six statements. Most of the time would go into waiting for one answer after the
other, with the room locked.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Connection,
    bindparam,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from securechat.database.statements import now
from securechat.database.tables import ASCII, MESSAGES, NAME, RECEIPTS, ROOMS

CHANNEL = "securechat"
"""The channel on which it rings when a transaction is done that has changed a room. Each database has its own
channels. Nothing is said there: whoever hears it looks at what it watches."""

_RING = func.pg_notify(CHANNEL, "")

_RING_ALONE = select(_RING)

_MOST: BindParameter[int] = bindparam("most", type_=BigInteger())
_KEYS: BindParameter[int] = bindparam("keys", type_=BigInteger())
_SENDER: BindParameter[str] = bindparam("its_sender", type_=NAME)
_RECIPIENT: BindParameter[str] = bindparam("its_recipient", type_=NAME)
_CLIENT_ID: BindParameter[str] = bindparam("its_client_id", type_=NAME)
_TOKEN: BindParameter[str] = bindparam("its_token", type_=ASCII)
_TIME: BindParameter[int] = bindparam("time", type_=BigInteger())

_FIRST_ID = func.greatest(ROOMS.c.first_id, ROOMS.c.last_id + 2 - _MOST)

_ROOM = (
    update(ROOMS)
    .where(ROOMS.c.name == bindparam("room"), or_(_KEYS.is_(None), ROOMS.c.keys_version == _KEYS))
    .values(
        first_id=_FIRST_ID,
        last_id=ROOMS.c.last_id + 1,
        dropped=ROOMS.c.dropped + _FIRST_ID - ROOMS.c.first_id,
        revision=ROOMS.c.revision + 1,
    )
    .returning(ROOMS.c.id, ROOMS.c.first_id, ROOMS.c.last_id, func.coalesce(_TIME, now()).label("sent_at"))
    .cte("room")
)

_RECEIPT = (
    insert(RECEIPTS)
    .from_select(
        ["room_id", "sender", "client_id", "message_id", "recipient", "sent_at", "is_rewritten"],
        select(
            _ROOM.c.id, _SENDER, _CLIENT_ID, _ROOM.c.last_id, _RECIPIENT, _ROOM.c.sent_at, literal(False)
        ).where(_CLIENT_ID.is_not(None)),
    )
    .cte("receipt")
)

_FALLEN = (
    delete(MESSAGES).where(MESSAGES.c.room_id == _ROOM.c.id, MESSAGES.c.id < _ROOM.c.first_id).cte("fallen")
)

_FORGOTTEN = (
    delete(RECEIPTS)
    .where(RECEIPTS.c.room_id == _ROOM.c.id, RECEIPTS.c.message_id < _ROOM.c.last_id + 1 - _MOST)
    .cte("forgotten")
)

APPEND = (
    insert(MESSAGES)
    .from_select(
        ["room_id", "id", "sender", "recipient", "token", "sent_at"],
        select(_ROOM.c.id, _ROOM.c.last_id, _SENDER, _RECIPIENT, _TOKEN, _ROOM.c.sent_at),
    )
    .add_cte(_RECEIPT, _FALLEN, _FORGOTTEN)
    .returning(MESSAGES.c.id, MESSAGES.c.sent_at, _RING)
)
"""Keeps a message where its room is there and has the keys that were named, and returns its number and time.
It fails, and nothing happens, where the sender has a receipt for that name already.

The statement sees what was there when it began. What others have added while it waited for the room, and what
falls out at once, is deleted with the next message only: so readers look where a room begins.
"""


def ring_bell(connection: Connection) -> None:
    """Ring for other servers when this transaction is done; on other engines they look by themselves."""
    if connection.dialect.name == "postgresql":
        connection.execute(_RING_ALONE)
