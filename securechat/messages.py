"""Messages, and what a valid one is."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from securechat.errors import EmptyMessage, InvalidMessage, MessageTooLong

MAX_MESSAGE_CHARS = 2_000
"""Characters (Unicode code points) in one message."""

MAX_MESSAGE_BYTES = 4 * MAX_MESSAGE_CHARS
"""Bytes of UTF-8 in one message: four a character at the most."""

MAX_TOKEN_CHARS = 4 * -(-(25 + 16 * (MAX_MESSAGE_BYTES // 16 + 1) + 32) // 3)
"""Characters of the token of a message of `MAX_MESSAGE_BYTES`: the longest that is stored."""

MAX_NAME_CHARS = 64
"""Characters in the name of a room or a sender."""

SENDERS = ("A", "B")
"""Who writes in the room of the front page."""


@dataclass(frozen=True)
class Message:
    """A message as it is stored and shown: encrypted.

    Attributes:
        id: 1, 2, … within its room, never used again.
        room: The room's name.
        sender: Who sent it.
        token: The Fernet token.
        sent_at: When the store took it, in UTC.
        recipient: Whom alone it is for; None if it is for everybody in the room.
    """

    id: int
    room: str
    sender: str
    token: str
    sent_at: datetime
    recipient: str | None = None


def check_plaintext(text: str) -> None:
    """Refuse a text that cannot be sent.

    Args:
        text: What somebody typed.

    Raises:
        EmptyMessage: It is empty or all white space.
        MessageTooLong: It is over `MAX_MESSAGE_CHARS`, and only then can it be over `MAX_MESSAGE_BYTES`.
    """
    if not text.strip():
        raise EmptyMessage
    if len(text) > MAX_MESSAGE_CHARS:
        raise MessageTooLong(len(text), MAX_MESSAGE_CHARS, "characters")


def check_stored(
    room: str, sender: str, token: str, client_id: str | None = None, recipient: str | None = None
) -> None:
    """Refuse what the store should not hold, by its size.

    Raises:
        InvalidMessage: A name is empty or over `MAX_NAME_CHARS`, or the token is empty.
        MessageTooLong: The token is over `MAX_TOKEN_CHARS`.
    """
    for what, name in (
        ("room", room),
        ("sender", sender),
        ("message", client_id),
        ("recipient", recipient),
    ):
        if name is not None and not 1 <= len(name) <= MAX_NAME_CHARS:
            raise InvalidMessage(f"The name of a {what} has 1 to {MAX_NAME_CHARS} characters.")
    check_token(token)


def check_token(token: str) -> None:
    """Refuse a token that the store should not hold, by its size.

    Raises:
        InvalidMessage: It is empty.
        MessageTooLong: It is over `MAX_TOKEN_CHARS`.
    """
    if not token:
        raise InvalidMessage("There is no token to store.")
    if len(token) > MAX_TOKEN_CHARS:
        raise MessageTooLong(len(token), MAX_TOKEN_CHARS, "characters of token")


_KEPT = "\n\t\u200c\u200d"
"""Controls that text needs: line break, tab, and the joiners of Persian, Hindi and emoji families."""


def contained(text: str) -> str:
    """Make characters visible that would act on the text around them or hide in it.

    Control characters (ANSI escapes start with one), direction overrides and zero-width characters
    become `⟨U+202E⟩`; everything else stays as typed. See CVE-2021-42574 for what they are used for.
    """
    return "".join(
        f"⟨U+{ord(char):04X}⟩"
        if char not in _KEPT and unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp", "Cs")
        else char
        for char in text
    )
