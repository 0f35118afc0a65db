"""What is inside a token of a sealed room: a text, and who says it as the how many-th, as JSON.

The name and the number are under the key: the server learns no names, and whoever changes, repeats or leaves
out a message cannot do so unseen (`securechat.sealed.ledger`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from securechat.errors import InvalidMessage, MessageTooLong
from securechat.rooms.messages import MAX_MESSAGE_CHARS, MAX_TOKEN_CHARS, contained

VERSION = 1
"""The version of this format: `v`."""

MAX_NAME = 24
"""Characters (Unicode code points) in the name of somebody who writes."""

MAX_NUMBER = 2**53 - 1
"""The last whole number that every program reads as it is (RFC 8259, section 6)."""

MAX_BYTES = (MAX_TOKEN_CHARS // 4 * 3 - 57) // 16 * 16 - 1
"""Bytes of JSON whose token is still stored: 57 stand around the ciphertext, and one at least fills it up."""


class Unread(Enum):
    """Why something that opened is no `Said`."""

    FOREIGN = auto()
    """Another program with the same key has made it."""

    NEWER = auto()
    """It is of a version that is not known here."""


@dataclass(frozen=True)
class Said:
    """What somebody says. Its `repr` has neither the name nor the text in it.

    Attributes:
        by: The visit it comes from: 16 hexadecimal digits, made at random by each page and each program.
        n: The how many-th message of this visit it is: 1, 2, 3, …
        name: What people call whoever says it; 1 to 24 characters, not to be shown as they are
            (`securechat.rooms.messages.contained`).
        text: What they say. Without a text it says only that they are here.
        left: That they go, where the text is empty.
    """

    by: str
    n: int
    name: str = field(repr=False)
    text: str = field(repr=False)
    left: bool = False

    @property
    def shown_name(self) -> str:
        """The name as it may be shown, in one line."""
        return contained(self.name).replace("\n", "⟨U+000A⟩").replace("\t", "⟨U+0009⟩")

    def to_json(self) -> str:
        """Return it as it is encrypted.

        Raises:
            InvalidMessage: The name is none, or something in it is not text.
            MessageTooLong: The text is too long.
        """
        if len(self.text) > MAX_MESSAGE_CHARS:
            raise MessageTooLong(len(self.text), MAX_MESSAGE_CHARS, "characters")
        check_name(self.name)
        left = {"left": True} if self.left else {}
        data = {"v": VERSION, "by": self.by, "n": self.n, "name": self.name, "text": self.text, **left}
        # Half a surrogate pair counts as something here, and is refused when it is encrypted.
        written = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        size = len(written.encode(errors="replace"))
        if size > MAX_BYTES:
            raise MessageTooLong(size, MAX_BYTES, "bytes with name and number")
        return written


def check_name(name: str) -> None:
    """Refuse what nobody can be called.

    Raises:
        InvalidMessage: It is empty, too long, or has characters that are not seen.
    """
    if not 1 <= len(name) <= MAX_NAME or not name.strip():
        raise InvalidMessage(f"A name has 1 to {MAX_NAME} characters.")
    if contained(name) != name or "\n" in name or "\t" in name:
        raise InvalidMessage("The name has a character in it that cannot be seen. Type it anew.")


class _Said(Struct, forbid_unknown_fields=True):
    """How it has to look, strictly."""

    v: int
    by: Annotated[str, Meta(pattern="^[0-9a-f]{16}$", max_length=16)]
    n: Annotated[int, Meta(ge=1, le=MAX_NUMBER)]
    name: Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]
    text: Annotated[str, Meta(max_length=MAX_MESSAGE_CHARS)]
    left: bool = False


def read_said(plaintext: str) -> Said | Unread:
    """Read what was in a token.

    Args:
        plaintext: What the key has opened.

    Returns:
        What somebody says, or why it cannot be said who. It raises nothing, so that nothing of a text gets
        into an exception.
    """
    try:
        data = msgspec.json.decode(plaintext)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return Unread.FOREIGN
    version = data.get("v") if isinstance(data, dict) else None
    if isinstance(version, int) and version > VERSION:
        return Unread.NEWER
    if version is True or version != VERSION:
        return Unread.FOREIGN
    try:
        said = msgspec.convert(data, _Said)
    except msgspec.ValidationError:
        return Unread.FOREIGN
    return Said(said.by, said.n, said.name, said.text, said.left)
