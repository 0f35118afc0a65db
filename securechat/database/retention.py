"""For how long messages are kept: what is older is deleted, with whatever speaks of it."""

from __future__ import annotations

from functools import partial

from sqlalchemy import Connection

from securechat.database import statements as sql
from securechat.database.engine import Database
from securechat.database.postgresql import ring_bell

_DAY = 24 * 3_600 * 1_000_000  # microseconds


def forget_old(database: Database, days: int) -> int:
    """Delete the messages that are older, by the clock of the database.

    Of each room the oldest ones go, up to the first that is not too old: so no number is missing in between.
    Several servers may do this at once.

    Args:
        database: Where its tables are.
        days: For how many days messages are kept.

    Returns:
        How many messages were deleted.

    Raises:
        StoreUnavailable: The database does not answer.
    """
    deleted: dict[str, int] = {}  # a transaction may be done again, which counts once

    def forget(connection: Connection, room: str) -> bool:
        row = connection.execute(sql.LOCK_ROOM, {"room": room}).first()
        if row is None:
            return False
        values = {"this_room": row.id, "from_id": row.first_id, "age": days * _DAY}
        first_young = connection.execute(sql.READ_FIRST_YOUNG, values).scalar() or row.last_id + 1
        first_id = min(first_young, row.last_id + 1)  # somebody may have written another number into a row
        fallen = max(0, first_id - row.first_id)
        if fallen:
            before = {"this_room": row.id, "before": first_id}
            connection.execute(sql.DELETE_MESSAGES, before)
            connection.execute(sql.DELETE_RECEIPTS, before)
            numbers = {"new_first_id": first_id, "new_last_id": row.last_id, "fallen": fallen}
            connection.execute(sql.ADVANCE_ROOM, {"this_room": row.id, **numbers})
            ring_bell(connection)
            deleted[room] = fallen
        return bool(fallen > 0)

    for row in database.read(sql.READ_OLD_ROOMS, {"age": days * _DAY}):
        database.erase(partial(forget, room=row.name))
    return sum(deleted.values())
