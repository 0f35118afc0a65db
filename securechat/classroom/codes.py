"""The code of a class: short enough to type from the board, too many to guess."""

from __future__ import annotations

import secrets

CODE_LENGTH = 6
"""Characters in a code."""

CODE_ALPHABET = "3479CDFHJKMNPQRTVWXY"
"""What codes are made of: 20 characters, so 64 million codes.

Of those that look alike (0 O, 1 I L, 2 Z, 5 S, 6 G, 8 B, U V) one at the most is there, and no vowel, so that
no words come out.
"""


def new_code() -> str:
    """Make a code from the operating system's random numbers."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def read_code(typed: str) -> str:
    """Return a code as it is written, whatever case, spaces or hyphens somebody typed it with."""
    return "".join(char for char in typed.upper() if char.isalnum())


def is_code(code: str) -> bool:
    """Say whether a class may have this code: its length and its characters are right."""
    return len(code) == CODE_LENGTH and set(code) <= set(CODE_ALPHABET)


def spaced(code: str) -> str:
    """Return a code as it stands on the board: in two groups."""
    return f"{code[: CODE_LENGTH // 2]} {code[CODE_LENGTH // 2 :]}"
