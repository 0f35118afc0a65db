"""The code of a class: short enough to type from the board, too many to guess."""

from __future__ import annotations

import re
import secrets
import unicodedata
from urllib.parse import unquote

from securechat.classroom.look_alikes import plain

CODE_LENGTH = 6
"""Characters in a code."""

CODE_ALPHABET = "3479CDFHJKMNPQRTVWXY"
"""What codes are made of: 20 characters, so 64 million codes.

Of those that look alike (0 O, 1 I L, 2 Z, 5 S, 6 G, 8 B, U V) one at the most is there, and no vowel, so that
no words come out.
"""


CLASS_PARAMETER = "class"
"""The parameter of an address that has the code of a class, as in an invitation's link."""

MAX_TYPED_CHARS = 300
"""Characters that are looked at where a code is typed: the link of an invitation may be pasted there."""

_LINK = re.compile(rf"[?&]{CLASS_PARAMETER}=([^&#\s]+)", re.IGNORECASE)

_MISREAD = {ord("U"): "V"}
"""What is never in a code, but looks like what may be."""


def new_code() -> str:
    """Make a code from the operating system's random numbers."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def read_code(typed: str) -> str:
    """Return a code as it is written, from whatever somebody typed or pasted.

    That is any case, with spaces or hyphens; in letters and digits of another keyboard, such as full-width
    ones; or the link of an invitation, which has the code in it. It is empty where that is no code at all.
    """
    if len(typed) > MAX_TYPED_CHARS:
        return ""
    if link := _LINK.search(typed):
        typed = unquote(link[1])
    digits = "".join(str(unicodedata.decimal(char, char)) for char in typed)
    return "".join(char for char in plain(digits).upper() if char.isalnum()).translate(_MISREAD)


def is_code(code: str) -> bool:
    """Say whether a class may have this code: its length and its characters are right."""
    return len(code) == CODE_LENGTH and set(code) <= set(CODE_ALPHABET)


def spaced(code: str) -> str:
    """Return a code as it stands on the board: in two groups."""
    return f"{code[: CODE_LENGTH // 2]} {code[CODE_LENGTH // 2 :]}"
