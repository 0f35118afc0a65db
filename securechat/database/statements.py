"""The statements with which the store reads and changes its tables, each made once.

Values are only given when a statement is executed. SQLAlchemy keeps statements for as long as the program
runs, and a value that was written into one would be kept with it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, and_, bindparam, delete, exists, func, insert, not_, or_, select, update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from securechat.database.tables import EPOCH, FACTS, MESSAGES, RECEIPTS, ROOM_KEYS, ROOMS


class now(FunctionElement[int]):  # noqa: N801 - as SQLAlchemy writes functions
    """The present time by the clock of the database, in microseconds since 1970."""

    type = BigInteger()
    inherit_cache = True


@compiles(now, "sqlite")
def _now_sqlite(element: now, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return "clock_microseconds()"  # see sqlite.py


@compiles(now, "postgresql")
def _now_postgresql(element: now, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"


@compiles(now, "mysql")
def _now_mysql(element: now, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return "CAST(unix_timestamp(sysdate(6)) * 1000000 AS SIGNED)"


HEAD = (
    FACTS.c.value.label("next_epoch"),
    ROOMS.c.name,
    ROOMS.c.epoch,
    ROOMS.c.first_id,
    ROOMS.c.last_id,
    ROOMS.c.dropped,
    ROOMS.c.revision,
    ROOMS.c.cleared,
    ROOMS.c.rewritten,
    ROOMS.c.keys_version,
)
"""The epoch of rooms that are not there, and what is known of one that is: `RoomHead` in its own order."""

_MESSAGE = (MESSAGES.c.id, MESSAGES.c.sender, MESSAGES.c.token, MESSAGES.c.sent_at, MESSAGES.c.recipient)

_IS_THIS_ROOM = ROOMS.c.name == bindparam("room")
_IS_OF_THE_ROOM = and_(MESSAGES.c.room_id == ROOMS.c.id, MESSAGES.c.id >= ROOMS.c.first_id)
_ARE_THESE_ROOMS = ROOMS.c.name.in_(bindparam("rooms", expanding=True))

READ_HEADS = select(*HEAD).select_from(FACTS.outerjoin(ROOMS, _ARE_THESE_ROOMS)).where(FACTS.c.name == EPOCH)
"""The heads of those of some `rooms` that are there; one row without a room where none of them is."""

READ_TAILS = (
    select(*HEAD, *_MESSAGE)
    .select_from(
        FACTS.outerjoin(ROOMS, _ARE_THESE_ROOMS).outerjoin(
            MESSAGES, and_(_IS_OF_THE_ROOM, MESSAGES.c.id > ROOMS.c.last_id - bindparam("count"))
        )
    )
    .where(FACTS.c.name == EPOCH)
    .order_by(MESSAGES.c.id)
)
"""The same, each with its newest messages, `count` at most, or with one row without a message."""

READ_SINCE = (
    select(*HEAD, *_MESSAGE)
    .select_from(
        FACTS.outerjoin(ROOMS, _ARE_THESE_ROOMS).outerjoin(
            MESSAGES, and_(_IS_OF_THE_ROOM, MESSAGES.c.id > bindparam("after"))
        )
    )
    .where(FACTS.c.name == EPOCH)
    .order_by(MESSAGES.c.id)
)
"""The same, each with its messages that have an id over `after`: one statement, hence one moment."""

COUNT_MESSAGES = select(
    func.count(), func.min(MESSAGES.c.sent_at).label("oldest"), func.max(MESSAGES.c.sent_at).label("newest")
).select_from(ROOMS.join(MESSAGES, _IS_OF_THE_ROOM))
"""How many messages are kept in all rooms, and when the first and the last of them came."""

READ_EQUAL_TOKENS = (
    select(MESSAGES.c.token)
    .select_from(ROOMS.join(MESSAGES, _IS_OF_THE_ROOM))
    .where(_IS_THIS_ROOM, MESSAGES.c.token == bindparam("its_token"))
)
"""The tokens of a `room` that are `its_token`, or what the database takes for equal."""

READ_RECEIPT = (
    select(
        RECEIPTS.c.message_id,
        RECEIPTS.c.sent_at,
        RECEIPTS.c.recipient,
        RECEIPTS.c.is_rewritten,
        MESSAGES.c.token,
    )
    .select_from(
        ROOMS.join(RECEIPTS, RECEIPTS.c.room_id == ROOMS.c.id).outerjoin(
            MESSAGES, and_(_IS_OF_THE_ROOM, MESSAGES.c.id == RECEIPTS.c.message_id)
        )
    )
    .where(
        _IS_THIS_ROOM,
        RECEIPTS.c.sender == bindparam("its_sender"),
        RECEIPTS.c.client_id == bindparam("its_client_id"),
    )
)
"""What `its_client_id` of `its_sender` in a `room` stands for; without a token where the message is gone."""

LOCK_ROOM = (
    select(
        ROOMS.c.id,
        ROOMS.c.first_id,
        ROOMS.c.last_id,
        ROOMS.c.keys_version,
        now().label("now"),
    )
    .where(_IS_THIS_ROOM)
    .with_for_update()
)
"""What is needed of a `room` to change it. Until the transaction ends nobody else changes it."""

LOCK_FACTS = select(FACTS.c.value).where(FACTS.c.name == EPOCH).with_for_update()
"""The epoch of rooms that are not there. Until the transaction ends no room comes or goes. Who locks a room,
too, does so afterwards."""

COUNT_ROOMS = select(func.count()).select_from(ROOMS)

ADD_ROOM = insert(ROOMS)

DELETE_ROOM = delete(ROOMS).where(_IS_THIS_ROOM)

RENEW_NEXT_EPOCH = update(FACTS).where(FACTS.c.name == EPOCH).values(value=bindparam("next_epoch"))

RENEW_ALL_EPOCHS = update(ROOMS).values(epoch=bindparam("next_epoch"), revision=ROOMS.c.revision + 1)

_ROOM = ROOMS.c.id == bindparam("this_room")

ADVANCE_ROOM = (
    update(ROOMS)
    .where(_ROOM)
    .values(
        first_id=bindparam("new_first_id"),
        last_id=bindparam("new_last_id"),
        dropped=ROOMS.c.dropped + bindparam("fallen"),
        revision=ROOMS.c.revision + 1,
    )
)

ADD_MESSAGE = insert(MESSAGES)

ADD_RECEIPT = insert(RECEIPTS)

DELETE_MESSAGES = delete(MESSAGES).where(
    MESSAGES.c.room_id == bindparam("this_room"), MESSAGES.c.id < bindparam("before")
)

DELETE_RECEIPTS = delete(RECEIPTS).where(
    RECEIPTS.c.room_id == bindparam("this_room"), RECEIPTS.c.message_id < bindparam("before")
)

CLEAR_ROOM = (
    update(ROOMS)
    .where(_ROOM)
    .values(first_id=ROOMS.c.last_id + 1, dropped=0, cleared=True, revision=ROOMS.c.revision + 1)
)

REPLACE_TOKEN = (
    update(MESSAGES)
    .where(MESSAGES.c.room_id == bindparam("this_room"), MESSAGES.c.id == bindparam("its_id"))
    .values(token=bindparam("its_token"))
)

REWRITE_RECEIPTS = (
    update(RECEIPTS).where(RECEIPTS.c.room_id == bindparam("this_room")).values(is_rewritten=True)
)

NOTE_REWRITING = (
    update(ROOMS).where(_ROOM).values(rewritten=ROOMS.c.rewritten + 1, revision=ROOMS.c.revision + 1)
)

NEXT_KEYS_VERSION = (
    update(ROOMS).where(_ROOM).values(keys_version=ROOMS.c.keys_version + 1, revision=ROOMS.c.revision + 1)
)

_IS_YOUNG = MESSAGES.c.sent_at >= now() - bindparam("age")

READ_OLD_ROOMS = select(ROOMS.c.name).where(exists().where(_IS_OF_THE_ROOM, not_(_IS_YOUNG)))
"""The names of the rooms in which a message is older than `age` microseconds."""

READ_FIRST_YOUNG = select(func.min(MESSAGES.c.id)).where(
    MESSAGES.c.room_id == bindparam("this_room"), MESSAGES.c.id >= bindparam("from_id"), _IS_YOUNG
)
"""The first message of a room, from one of them on, that is not."""

_ITS_NAME = FACTS.c.name == bindparam("its_name")

READ_FACT = select(FACTS.c.value).where(_ITS_NAME)

ADD_FACT = insert(FACTS)

CHANGE_FACT = update(FACTS).where(_ITS_NAME).values(value=bindparam("its_value"))

CHANGE_NOTHING = update(FACTS).values(value=FACTS.c.value)
"""Finds out whether the database takes changes."""

READ_KEYS = (
    select(
        ROOMS.c.keys_version,
        ROOM_KEYS.c.number,
        ROOM_KEYS.c.wrapped,
        ROOM_KEYS.c.master,
        ROOM_KEYS.c.made_at,
    )
    .select_from(ROOMS.join(ROOM_KEYS, ROOM_KEYS.c.room_id == ROOMS.c.id))
    .where(_IS_THIS_ROOM)
    .order_by(ROOM_KEYS.c.number.desc())
)
"""The wrapped keys of a `room`, the primary first; no row where it has none."""

READ_KEYS_UNDER = (
    select(ROOMS.c.name, ROOM_KEYS.c.room_id, ROOM_KEYS.c.number, ROOM_KEYS.c.wrapped)
    .select_from(ROOMS.join(ROOM_KEYS, ROOM_KEYS.c.room_id == ROOMS.c.id))
    .where(
        ROOM_KEYS.c.master.in_(bindparam("masters", expanding=True)),
        or_(
            ROOM_KEYS.c.room_id > bindparam("after_room"),
            and_(
                ROOM_KEYS.c.room_id == bindparam("after_room"), ROOM_KEYS.c.number > bindparam("after_number")
            ),
        ),
    )
    .order_by(ROOM_KEYS.c.room_id, ROOM_KEYS.c.number)
    .limit(bindparam("most"))
)
"""The keys that are wrapped under some `masters`: `most` of them, from one of them on."""

COUNT_OTHER_KEYS = (
    select(func.count())
    .select_from(ROOM_KEYS)
    .where(ROOM_KEYS.c.master.not_in(bindparam("masters", expanding=True)))
)
"""How many keys are wrapped under none of some `masters`."""

COUNT_MASTERS = select(ROOM_KEYS.c.master, func.count().label("count")).group_by(ROOM_KEYS.c.master)
"""How many keys are wrapped under each master key."""

ADD_KEYS = insert(ROOM_KEYS)

DELETE_KEYS = delete(ROOM_KEYS).where(ROOM_KEYS.c.room_id == bindparam("this_room"))

WRAP_KEY = (
    update(ROOM_KEYS)
    .where(ROOM_KEYS.c.room_id == bindparam("this_room"), ROOM_KEYS.c.number == bindparam("its_number"))
    .values(wrapped=bindparam("its_wrapped"), master=bindparam("its_master"))
)
