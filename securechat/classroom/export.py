"""What was written in a class, as a file: as an eavesdropper has it, or decrypted."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, dataclass
from datetime import UTC

from securechat.classroom.classroom import Classroom
from securechat.classroom.view import ClassView, Room
from securechat.errors import InvalidMessage, InvalidToken, NoServerKey
from securechat.rooms.messages import Message

_FORMULA = "=+-@＝＋－＠﹦﹢﹣﹫\t\0"
"""What a cell must not begin with, or a spreadsheet program computes it (OWASP ASVS 5.0, 1.2.10)."""

_LINE_BREAKS = "\r\n"
"""What no cell may begin with either; inside of a text they only begin a new line."""

_OTHER_SEPARATORS = f";|\t{_LINE_BREAKS}"
"""Where a new cell begins for a program that separates cells by something else than this file does."""

_BYTE_ORDER_MARK = "\ufeff"
"""Tells spreadsheet programs that a CSV file is UTF-8; without it some read `Ã¼` for `ü`."""


@dataclass(frozen=True)
class Row:
    """One message in an export.

    Attributes:
        room: What people call the room.
        id: The message's number in its room.
        sent_at: When it was sent: ISO 8601, in UTC, to the second.
        sender: Who sent it, as they are called now.
        recipient: To whom alone; empty if it was for everybody in the room.
        sealed: Whether it was encrypted by a phone, in a sealed room.
        token: The Fernet token.
        text: The decrypted text; empty in an export that has none, if no key opens it any more, or if a
            phone encrypted it.
    """

    room: str
    id: int
    sent_at: str
    sender: str
    recipient: str
    sealed: bool
    token: str
    text: str = ""

    def __repr__(self) -> str:
        return f"Row(room={self.room!r}, id={self.id})"


def rows(classroom: Classroom, *, decrypted: bool) -> list[Row]:
    """Return all messages of a class that are still kept, room after room.

    Args:
        classroom: The class.
        decrypted: Whether with their texts. Private ones have theirs, too: the server has every key.
    """
    view = classroom.view()
    return [
        _row(view, room, message, decrypted=decrypted)
        for room in view.rooms.values()
        for message in room.conversation.view().messages
    ]


def to_csv(table: list[Row], *, decrypted: bool) -> str:
    """Write rows as CSV (RFC 4180) with a byte order mark and a header.

    A `'` keeps spreadsheet programs from computing what stands in a cell, also where they take a semicolon,
    a tab or a vertical bar for what separates the cells.
    """
    names = [*Row.__dataclass_fields__]
    if not decrypted:
        names.remove("text")
    file = io.StringIO(_BYTE_ORDER_MARK)
    file.seek(0, io.SEEK_END)
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    writer.writerow(names)
    for row in table:
        writer.writerow([_cell(getattr(row, name)) for name in names])
    return file.getvalue()


def to_json(table: list[Row], *, decrypted: bool) -> str:
    """Write rows as JSON: a list of objects."""
    dicts = [asdict(row) for row in table]
    if not decrypted:
        for row in dicts:
            del row["text"]
    return json.dumps(dicts, ensure_ascii=False, indent=1) + "\n"


def _row(view: ClassView, room: Room, message: Message, *, decrypted: bool) -> Row:
    text = ""
    if decrypted:
        try:
            text = room.conversation.keyring_for(message).open_by_key(message.token).plaintext
        except (InvalidToken, InvalidMessage, NoServerKey):
            text = ""
    return Row(
        room=room.title,
        id=message.id,
        sent_at=f"{message.sent_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        sender=view.name_of(message.sender),
        recipient=view.name_of(message.recipient) if message.recipient else "",
        sealed=room.conversation.is_sealed(message),
        token=message.token,
        text=text,
    )


def _cell(value: object) -> str:
    """Put a `'` wherever some program would see a cell begin like a formula. What is true is `yes`."""
    text = ("no", "yes")[value] if isinstance(value, bool) else str(value)
    kept = ["'"] if text.startswith(tuple(_LINE_BREAKS)) else []
    may_begin, is_split = (
        not kept,
        False,
    )  # whether only quotes and spaces stand between here and such a place
    for char in text:
        if may_begin and char in _FORMULA:
            kept.append("'")
            may_begin = False
        kept.append(char)
        if char in _OTHER_SEPARATORS:
            may_begin = is_split = True
        elif char != '"' and not char.isspace():
            may_begin = False
    # The quote that ends this cell would else begin another one, with the line break after it.
    return "".join([*kept, "'"] if may_begin and is_split else kept)
