"""Rooms and messages as the store hands them out, made of the rows that the database returns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from securechat.database.engine import AnyRow
from securechat.database.statements import HEAD
from securechat.database.tables import BEGINNING, time_of
from securechat.rooms.messages import Message
from securechat.rooms.store import MAX_ROOM_MESSAGES, RoomHead, RoomView

REMOVED = "(removed from the database)"
"""What stands for the token of a message that somebody has deleted by hand. It is no token, so it opens with
no key."""

_NOBODY = "?"
_FIELDS = tuple(vars(RoomHead()))


def rooms_in(
    rows: Sequence[AnyRow], rooms: Collection[str], first: Callable[[RoomHead], int]
) -> dict[str, RoomView]:
    """Return rooms by their names, those that are not there too.

    Args:
        rows: What one of the statements that read rooms has said; one row at least.
        rooms: The names that it was asked for.
        first: Returns the id from which on the messages of a room were asked for.
    """
    nothing = RoomView(rows[0].next_epoch)
    heads: dict[str, RoomHead] = {}
    messages: dict[str, dict[int, Message]] = {}
    for row in rows:
        (_, name, *values), message = row[: len(HEAD)], row[len(HEAD) :]
        if name not in heads:
            heads[name] = RoomHead(**dict(zip(_FIELDS, values, strict=True)))
        if message and message[0] is not None:
            message_id, sender, token, sent_at, recipient = message
            messages.setdefault(name, {})[message_id] = Message(
                message_id, name, sender, token, time_of(sent_at), recipient
            )

    def view(room: str, head: RoomHead) -> RoomView:
        found = messages.get(room, {})
        at_most = max(MAX_ROOM_MESSAGES, len(found))  # somebody may have written a huge number
        ids = range(max(head.first_id, first(head), head.last_id + 1 - at_most), head.last_id + 1)
        return RoomView(**vars(head), messages=tuple(_without_gaps(room, ids, found)))

    return {room: view(room, heads[room]) if room in heads else nothing for room in rooms}


def acknowledged_in(rows: Sequence[AnyRow], room: str, sender: str) -> Message | None:
    """Return the message that a receipt says is there, if there is a receipt."""
    if not rows:
        return None
    message_id, sent_at, recipient, is_rewritten, token = rows[0]
    kept = "" if is_rewritten or token is None else token
    return Message(message_id, room, sender, kept, time_of(sent_at), recipient)


def _without_gaps(room: str, ids: Iterable[int], messages: dict[int, Message]) -> Iterable[Message]:
    """Yield the messages with these ids; something in the place of those that were deleted by hand."""
    sent_at = next((message.sent_at for message in messages.values()), BEGINNING)
    for message_id in ids:
        message = messages.get(message_id) or Message(message_id, room, _NOBODY, REMOVED, sent_at)
        sent_at = message.sent_at
        yield message
