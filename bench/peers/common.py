"""What all peers share: the key, and the messages that are there from the start.

A peer gets its settings from the environment: `BENCH_PORT`, `BENCH_KEY` (a Fernet key) and
`BENCH_PREFILL` (how many messages stand in the room `demo` from the start).
"""

from __future__ import annotations

import os

from cryptography.fernet import Fernet

HOST = "127.0.0.1"
FILLED_ROOM = "demo"

FILLER = "x" * 50
"""The plaintext of the messages that are there from the start."""

_fernet = Fernet(os.environ["BENCH_KEY"])


def port() -> int:
    """Return the port to serve on."""
    return int(os.environ["BENCH_PORT"])


def encrypt(text: str) -> str:
    """Encrypt a text, as SecureChat does: with Fernet, on the server."""
    return _fernet.encrypt(text.encode()).decode()


def first_messages(room: str) -> list[tuple[str, str]]:
    """Return the messages, as sender and token, that stand in a room from the start."""
    count = int(os.environ["BENCH_PREFILL"]) if room == FILLED_ROOM else 0
    return [("AB"[number % 2], encrypt(FILLER)) for number in range(count)]
