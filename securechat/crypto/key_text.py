"""Keys as texts: several taken apart, one decoded, and the likeliest reason why a text is no key."""

from __future__ import annotations

import re

from securechat.crypto.anatomy import decode_canonical, describe_character
from securechat.errors import InvalidKey

KEY_SIZE = 32
"""Bytes in a Fernet key: 16 for signing, then 16 for encryption."""

KEY_CHARS = 44
"""Characters of a key: URL-safe Base64 of `KEY_SIZE` bytes, with one `=` at the end."""

_BETWEEN = re.compile(r"[,\s]+|(?<=[A-Za-z0-9_-]{43}=)(?=[A-Za-z0-9_-])")
"""What separates keys. After the `=` of a whole one it may be nothing: some browsers paste lines so."""

QUOTES = "\"'`“”„‟‘’‚‛«»‹›"
"""What people, and programs for writing, put around a text."""

_AROUND = (
    (r"-----BEGIN|ssh-|age-secret-key-", "This is a key of another kind, not a Fernet key."),
    (r"gAAAA", "This is a token, not a key."),
    (r"b['\"]", "Leave out the b and the quotes around it: that is how Python shows bytes."),
    (
        r"(?:(?:export|set|env)[ \t]+|\$env:)?[a-z_]\w{0,40}[ \t]*[=:][ \t]*[^\s=,]",
        "Leave out the name before it.",
    ),
    (rf"[\[({{<{QUOTES}]", "Leave out the quotes or brackets around it."),
)
"""How texts begin that have more in them than a key, and what to say of them."""


def split_keys(text: str) -> list[str]:
    """Take a text apart into keys: between them stand commas, white space or line breaks."""
    return [part for part in _BETWEEN.split(text) if part]


def decode_key(text: str) -> bytes:
    """Decode a key in canonical spelling.

    Raises:
        InvalidKey: It is anything else. The message names the likeliest reason and does not quote it.
    """
    data = decode_canonical(text)
    if data is None or len(data) != KEY_SIZE:
        raise InvalidKey(_problem(text))
    return data


def what_is_around(text: str) -> str | None:
    """Say in a sentence what stands around a key, or what else it is; None where it begins like a key."""
    start = text.lstrip()
    return next((said for begin, said in _AROUND if re.match(begin, start, re.IGNORECASE)), None)


def _problem(text: str) -> str:
    """Say in a sentence why a text is no key."""
    if around := what_is_around(text):
        return around
    if strange := next((char for char in text if not (char.isascii() and char.isprintable())), None):
        return f"This does not belong in a key: {describe_character(strange)}."
    size = f"A key has {KEY_CHARS} characters, this has {len(text):,}"
    if re.fullmatch(r"[A-Za-z0-9_-]{43}", text):
        return f"{size}: the = at its end is missing."
    if re.fullmatch(r"[0-9a-fA-F]{64}", text):
        return f"{size}: these are hexadecimal digits, not Base64."
    if ";" in text:
        return f"{size}. Between two keys stands a comma, not a semicolon."
    if text[-1:] in QUOTES:
        return f"{size}: there is a quote at its end."
    if len(text) != KEY_CHARS:
        return f"{size}."
    if "+" in text or "/" in text:
        return "It is in another Base64: + and / where URL-safe Base64 has - and _."
    return "A key is 32 bytes in URL-safe Base64 (A-Z, a-z, 0-9, -, _ and a = at the end)."
