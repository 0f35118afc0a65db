"""`seal` and `open`: lines in, lines out."""

from __future__ import annotations

import sys
from typing import BinaryIO, TextIO

from securechat.crypto.keyring import FernetKey, KeyRing
from securechat.errors import SecureChatError
from securechat.rooms.messages import contained
from securechat.sealed.said import Said, read_said


def seal(key: FernetKey, lines: BinaryIO, out: TextIO) -> int:
    """Write a token for each line. Return 1 where a line could not be encrypted, else 0."""
    ring = KeyRing((key,))
    failed = 0
    for number, line in enumerate(lines, start=1):
        try:
            text = line.rstrip(b"\r\n").decode()
        except UnicodeDecodeError:
            failed = _fail(number, "This is no text in UTF-8.")
            continue
        print(ring.encrypt(text), file=out, flush=True)
    return failed


def open_tokens(key: FernetKey, lines: BinaryIO, out: TextIO) -> int:
    """Write the text of each token. Return 1 where one does not open, else 0.

    A message of a sealed room is written with its name. Where it is looked at, nothing in it is obeyed.
    """
    ring = KeyRing((key,))
    failed = 0
    for number, line in enumerate(lines, start=1):
        token = line.decode("latin-1").strip()
        if not token:
            continue
        try:
            text = ring.open_by_key(token).plaintext
        except SecureChatError as error:
            failed = _fail(number, str(error))
            continue
        said = read_said(text)
        text = f"{said.shown_name}: {said.text}" if isinstance(said, Said) else text
        print(contained(text) if out.isatty() else text, file=out, flush=True)
    return failed


def _fail(number: int, why: str) -> int:
    print(f"Line {number}: {why}", file=sys.stderr, flush=True)
    return 1
