"""The name of a sealed room: made of its key, so that the key is all that people hand over."""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from securechat.crypto.keyring import FernetKey

PREFIX = "sealed-"
"""How the names of sealed rooms begin."""

NAME_BYTES = 16
"""Bytes of a name, after that: it is not possible to find two keys with the same one."""

CONTEXT = b"SecureChat sealed room\n"
"""What HKDF is told first, so that no other use of the same key gives the name away, nor this one the key."""


def room_of(key: FernetKey) -> str:
    """Return the name of the room that a key opens: `sealed-` and 32 hexadecimal digits.

    HKDF-SHA256 (RFC 5869) without salt. The server knows the name, and cannot compute the key from it.
    """
    hkdf = HKDF(SHA256(), NAME_BYTES, salt=None, info=CONTEXT)
    return PREFIX + hkdf.derive(key.signing_key + key.encryption_key).hex()
