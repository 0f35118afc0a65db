"""Messages, and what a valid one is."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from securechat.errors import EmptyMessage, InvalidMessage, MessageTooLong

MAX_MESSAGE_CHARS = 2_000
"""Characters (Unicode code points) in one message."""

MAX_MESSAGE_BYTES = 4 * MAX_MESSAGE_CHARS
"""Bytes of UTF-8 in one message: four a character at the most."""

MAX_SEALED_BYTES = 6 * MAX_MESSAGE_CHARS + 512
"""Bytes in a token of a sealed room: JSON writes some characters in six (RFC 8259, section 7), and beside the
text stand a name and some numbers."""

MAX_TOKEN_CHARS = 4 * -(-(25 + 16 * (MAX_SEALED_BYTES // 16 + 1) + 32) // 3)
"""Characters of the token of `MAX_SEALED_BYTES`: the longest that is stored."""

MAX_PASTED_CHARS = 2 * MAX_TOKEN_CHARS
"""Characters of a text that are looked at as a token: room for what was added to the longest one."""

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
    """Refuse what the store should not hold, by its size and its characters.

    Raises:
        InvalidMessage: A name is no name (`is_name`), or the token is empty or no ASCII text.
        MessageTooLong: The token is over `MAX_TOKEN_CHARS`.
    """
    check_name("room", room)
    check_name("sender", sender)
    if client_id is not None:
        check_name("message", client_id)
    if recipient is not None:
        check_name("recipient", recipient)
    check_token(token)


def is_name(text: str) -> bool:
    """Say whether a store may hold something under this name.

    Printable characters are text in every encoding: no lone surrogate is among them, and no NUL, which some
    databases cannot hold.
    """
    return 1 <= len(text) <= MAX_NAME_CHARS and text.isprintable()


def check_name(what: str, name: str) -> None:
    """Refuse a name that the store should not hold.

    Args:
        what: Whose name it is, such as `room`.
        name: The name.

    Raises:
        InvalidMessage: It is empty, over `MAX_NAME_CHARS` or not all printable.
    """
    if is_name(name):
        return
    if not 1 <= len(name) <= MAX_NAME_CHARS:
        raise InvalidMessage(f"The name of a {what} has 1 to {MAX_NAME_CHARS} characters.")
    raise InvalidMessage(f"The name of a {what} has a character in it that cannot be printed.")


def is_token(text: str) -> bool:
    """Say whether a store may hold this as a token: printable ASCII characters, `MAX_TOKEN_CHARS` at most."""
    return 1 <= len(text) <= MAX_TOKEN_CHARS and text.isascii() and text.isprintable()


def check_token(token: str) -> None:
    """Refuse a token that the store should not hold, by its size and its characters.

    Raises:
        InvalidMessage: It is empty, or not all printable ASCII characters.
        MessageTooLong: It is over `MAX_TOKEN_CHARS`.
    """
    if is_token(token):
        return
    if not token:
        raise InvalidMessage("There is no token to store.")
    if len(token) > MAX_TOKEN_CHARS:
        raise MessageTooLong(len(token), MAX_TOKEN_CHARS, "characters of token")
    raise InvalidMessage("A token has no such characters: it is made of letters, digits, “-”, “_” and “=”.")


def read_pasted(text: str) -> str:
    """Return a pasted token, without white space around it.

    No box has a limit of its own: Streamlit's would ignore what is longer, and leave there what was before.

    Raises:
        InvalidMessage: There is nothing, or more than `MAX_PASTED_CHARS`.
    """
    token = text.strip()
    if not token:
        raise InvalidMessage("Paste a token first.")
    if len(token) > MAX_PASTED_CHARS:
        raise InvalidMessage(
            f"This text has {len(token):,} characters, and no token here has more than {MAX_TOKEN_CHARS:,}. "
            "It was not looked at."
        )
    return token


_KEPT = "\n\t\u200c\u200d"
"""Controls that text needs: line break, tab, and the joiners of Persian, Hindi and emoji families."""

_FLAGS = "|".join(
    "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in region) + "\U000e007f"
    for region in ("gbeng", "gbsct", "gbwls")
)
"""The flags of England, Scotland and Wales: all that Unicode makes of tag characters (UTS 51)."""

_FILLERS = "\u115f\u1160\u17b4\u17b5\u3164\uffa0"
"""Letters and marks that are not shown: Default_Ignorable_Code_Point of Unicode, beside the selectors."""

_SELECTORS = "\u034f\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
"""Marks that choose another shape of the character before them, such as the red heart. Without one before
them, and from the second one on, nothing is seen of them: text can be hidden in a row of them."""

_TO_LOOK_AT = re.compile(
    rf"(?P<flag>{_FLAGS})"
    rf"|(?<!^)(?<![{_SELECTORS}\s\u200c\u200d])(?P<shape>[{_SELECTORS}])"
    rf"|[^ -~\w]|[{_FILLERS}]"
)
"""What is kept as it is, and all single characters that may have to be written out."""


def is_invisible(char: str) -> bool:
    """Say whether a character is a letter or a mark that is not seen by itself."""
    return char in _FILLERS or re.fullmatch(f"[{_SELECTORS}]", char) is not None


def contained(text: str) -> str:
    """Make characters visible that would act on the text around them or hide in it.

    Control characters (ANSI escapes start with one), direction overrides and characters that are not seen
    become `⟨U+202E⟩`; everything else stays as typed, emoji that are made of several characters too. See
    CVE-2021-42574 for what they are used for.
    """
    return _TO_LOOK_AT.sub(_contained, text)


def _contained(found: re.Match[str]) -> str:
    char = found[0]
    if found["flag"] or found["shape"] or char in _KEPT:
        return char
    hides = unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp", "Cs") or is_invisible(char)
    return f"⟨U+{ord(char):04X}⟩" if hides else char
