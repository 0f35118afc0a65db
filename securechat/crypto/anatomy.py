"""A Fernet token taken apart, without any key.

Source of the format: the Fernet specification, https://github.com/fernet/spec/blob/master/Spec.md.
A token is the URL-safe Base64 text of

    version (1 byte, 0x80) | time (8 bytes) | initialization vector (16 bytes)
    | ciphertext (a multiple of 16 bytes) | HMAC (32 bytes)
"""

from __future__ import annotations

import base64
import binascii
import string
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from securechat.errors import InvalidToken

VERSION = 0x80
"""The only version of the format, and the first byte of every token."""

BLOCK_SIZE = 16
"""Bytes in one AES block."""

HMAC_SIZE = 32
"""Bytes in an HMAC-SHA256."""

TIME_OFFSET = 1
"""Bytes in front of the time: the version."""

IV_OFFSET = TIME_OFFSET + 8
"""Bytes in front of the initialization vector: version and time."""

CIPHERTEXT_OFFSET = IV_OFFSET + BLOCK_SIZE
"""Bytes in front of the ciphertext: version, time and initialization vector."""

_ALPHABET = (string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_").encode()
_LAST_CHARACTERS = {0: _ALPHABET, 1: _ALPHABET[::4], 2: _ALPHABET[::16]}
"""What may stand last, by the number of padding signs after it."""
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")


class FieldName(StrEnum):
    """The five fields of a token, in their order."""

    VERSION = "version"
    TIME = "time"
    IV = "iv"
    CIPHERTEXT = "ciphertext"
    HMAC = "hmac"


FIELD_LABELS = {
    FieldName.VERSION: "Version",
    FieldName.TIME: "Time",
    FieldName.IV: "Initialization vector",
    FieldName.CIPHERTEXT: "Ciphertext",
    FieldName.HMAC: "HMAC",
}
"""The name of each field as people read it."""

FIELD_PURPOSES = {
    FieldName.VERSION: "Says which format this is. There is only one so far, so it is always 0x80.",
    FieldName.TIME: "When the token was made, in seconds since 1970. Not encrypted: everybody can read it.",
    FieldName.IV: "Random for every message, so that the same text never gives the same ciphertext twice.",
    FieldName.CIPHERTEXT: "The message, padded to whole 16-byte blocks and encrypted with AES-128-CBC.",
    FieldName.HMAC: "A keyed checksum over everything before it. If one bit was changed, it no longer fits.",
}
"""What each field is for, in one plain sentence."""


@dataclass(frozen=True)
class FieldBytes:
    """One field of a token.

    Attributes:
        name: Which field it is.
        offset: Where it starts, in bytes from the start of the decoded token.
        data: Its bytes; fewer than they should be where the token is cut short.
    """

    name: FieldName
    offset: int
    data: bytes


@dataclass(frozen=True)
class UnverifiedToken:
    """A text taken apart as if it were a token, as far as that goes. Nothing about it was checked with a key.

    Attributes:
        text: What was taken apart.
        data: The bytes that could be decoded.
        decode_problem: Why the text is not clean URL-safe Base64; None if it is.
        fields: The fields that are there, in order. The last one may be cut short.
    """

    text: str
    data: bytes
    decode_problem: str | None
    fields: tuple[FieldBytes, ...]

    def field(self, name: FieldName) -> bytes | None:
        """Return the bytes of a field, or None where the text ends before it."""
        return next((field.data for field in self.fields if field.name is name), None)

    @property
    def timestamp(self) -> int | None:
        """Seconds since 1970 in the time field, or None where it is cut short."""
        return (
            int.from_bytes(self.data[TIME_OFFSET:IV_OFFSET], "big") if len(self.data) >= IV_OFFSET else None
        )


@dataclass(frozen=True)
class TokenAnatomy:
    """A whole, well-formed token. Whether it is genuine, only a key can tell.

    Attributes:
        token: The token's text.
        version: The first byte, 0x80.
        timestamp: When it was made, seconds since 1970-01-01 UTC, 0 to 2**64 - 1.
        iv: The initialization vector, 16 bytes.
        ciphertext: One or more blocks of 16 bytes.
        hmac: The HMAC-SHA256, 32 bytes.
    """

    token: str
    version: int
    timestamp: int
    iv: bytes
    ciphertext: bytes
    hmac: bytes

    @property
    def blocks(self) -> int:
        """How many 16-byte blocks the ciphertext has."""
        return len(self.ciphertext) // BLOCK_SIZE


def plaintext_sizes(ciphertext_size: int) -> tuple[int, int]:
    """Return the least and the most bytes of plaintext behind a ciphertext of that many bytes.

    PKCS#7 always adds 1 to 16 bytes, so n blocks hold 16 (n - 1) to 16 n - 1 bytes.
    """
    return ciphertext_size - BLOCK_SIZE, ciphertext_size - 1


def as_datetime(timestamp: int) -> datetime | None:
    """Return seconds since 1970 as a UTC time, or None where the calendar does not reach (year 9999)."""
    try:
        return datetime.fromtimestamp(timestamp, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def dissect(text: str) -> UnverifiedToken:
    """Take a text apart as a token, as far as it goes.

    Args:
        text: Anything; a token, a broken token, or no token at all.

    Returns:
        What could be decoded, the fields found in it, and why the decoding stopped, if it did.
    """
    data = decode_canonical(text)
    if data is not None:
        return UnverifiedToken(text, data, None, _split(data))
    data = _decode_prefix(text)
    return UnverifiedToken(text, data, _decode_problem(text), _split(data))


def parse_token(token: str) -> TokenAnatomy:
    """Take a well-formed token apart.

    Args:
        token: URL-safe Base64 text in its one canonical spelling.

    Returns:
        Its fields. Nothing about them is verified: that needs a key.

    Raises:
        InvalidToken: The text is not a whole token in canonical spelling.
    """
    data = decode_canonical(token)
    if data is None or data[0] != VERSION or not _has_whole_blocks(len(data)):
        raise InvalidToken
    return TokenAnatomy(
        token=token,
        version=data[0],
        timestamp=int.from_bytes(data[TIME_OFFSET:IV_OFFSET], "big"),
        iv=data[IV_OFFSET:CIPHERTEXT_OFFSET],
        ciphertext=data[CIPHERTEXT_OFFSET:-HMAC_SIZE],
        hmac=data[-HMAC_SIZE:],
    )


def read_timestamp(token: str) -> int:
    """Return the time in a well-formed token, seconds since 1970: `parse_token` for a fraction of its cost.

    Raises:
        InvalidToken: The text is not a whole token in canonical spelling.
    """
    if not _is_canonical(token) or not _has_whole_blocks(len(token) // 4 * 3 - token.count("=", -2)):
        raise InvalidToken
    head = binascii.a2b_base64(token[: IV_OFFSET // 3 * 4].encode().translate(_TO_STANDARD))
    if head[0] != VERSION:
        raise InvalidToken
    return int.from_bytes(head[TIME_OFFSET:], "big")


def character_spans(text: str) -> tuple[tuple[FieldName, int, int], ...]:
    """Say which characters of a token show which field.

    A Base64 character holds six bits, so a character may belong to two fields; it is counted to the
    one that has more of its bits, and to the earlier one where both have three.

    Args:
        text: A token, whole or broken.

    Returns:
        Field, start and end (exclusive) of each run of characters, in order and without gaps. They
        cover the characters that decode; padding (`=`) counts to the last field.
    """
    fields = dissect(text).fields
    spans: list[tuple[FieldName, int, int]] = []
    start = 0
    for index, field in enumerate(fields):
        bits = 8 * (field.offset + len(field.data))
        whole, rest = divmod(bits, 6)
        end = whole + (1 if rest >= 3 else 0)
        if index == len(fields) - 1:
            end = whole + (1 if rest else 0)
            end += len(text[end:]) if text[end:].strip("=") == "" else 0
        if end > start:
            spans.append((field.name, start, end))
            start = end
    return tuple(spans)


def _has_whole_blocks(size: int) -> bool:
    """Say whether a token of so many bytes has one or more whole blocks of ciphertext."""
    ciphertext_size = size - CIPHERTEXT_OFFSET - HMAC_SIZE
    return ciphertext_size >= BLOCK_SIZE and ciphertext_size % BLOCK_SIZE == 0


def _is_canonical(text: str) -> bool:
    """Say whether text is the one URL-safe Base64 spelling of some bytes (RFC 4648, sections 3.5 and 5)."""
    if len(text) % 4 or not text.isascii():
        return False
    body = text.encode().rstrip(b"=")
    if not body or body.translate(None, _ALPHABET):
        return False
    # With padding, the last character carries bits that decode to nothing; they have to be zero.
    return body[-1] in _LAST_CHARACTERS.get(len(text) - len(body), b"")


def decode_canonical(text: str) -> bytes | None:
    """Decode text that is the one canonical spelling of some bytes; None for any other text."""
    return base64.urlsafe_b64decode(text) if _is_canonical(text) else None


def _decode_prefix(text: str) -> bytes:
    """Decode as many whole bytes as the leading Base64 characters of a broken text hold."""
    length = next((i for i, char in enumerate(text) if char not in _ALPHABET.decode()), len(text))
    length -= length % 4 == 1  # one character alone holds no whole byte
    try:
        return base64.urlsafe_b64decode(text[:length] + "=" * (-length % 4))
    except binascii.Error:  # pragma: no cover - the alphabet and the length were checked above
        return b""


def _decode_problem(text: str) -> str:
    """Say in a sentence why a text is not canonical URL-safe Base64."""
    if not text:
        return "There is nothing to decode."
    body = text.rstrip("=")
    allowed = _ALPHABET.decode()
    for signs in (f"{allowed}=", allowed):  # first what belongs nowhere: it may make a good = look misplaced
        for position, char in enumerate(body, start=1):
            if char not in signs:
                where = f"Character {position} ({describe_character(char)})"
                return f"{where} is not one of A-Z, a-z, 0-9, - and _."
    if len(body) % 4 == 1:
        return f"The length, {len(body):,}, does not make whole bytes: a character is missing or too many."
    if len(text) - len(body) != (expected := -len(body) % 4):
        return f"The text must end in {expected} = signs, not in {len(text) - len(body)}."
    return "The last character carries bits that decode to nothing: a token has only one spelling."


def describe_character(char: str) -> str:
    """Name a character in printable ASCII, so that it does not act on the text around it."""
    if char.isascii() and char.isprintable() and not char.isspace():
        return char
    if plain := {" ": "a space", "\n": "a line break", "\r": "a line break", "\t": "a tab"}.get(char):
        return plain
    named = f"U+{ord(char):04X} {unicodedata.name(char, '')}".rstrip()
    return named if char.isprintable() else f"an invisible character, {named}"


def _split(data: bytes) -> tuple[FieldBytes, ...]:
    """Cut decoded bytes into fields, as far as they go."""
    end = max(len(data) - HMAC_SIZE, CIPHERTEXT_OFFSET)
    if len(data) < CIPHERTEXT_OFFSET + HMAC_SIZE:
        end = len(data)  # too short to tell an HMAC from ciphertext
    cuts = (
        (FieldName.VERSION, 0, TIME_OFFSET),
        (FieldName.TIME, TIME_OFFSET, IV_OFFSET),
        (FieldName.IV, IV_OFFSET, CIPHERTEXT_OFFSET),
        (FieldName.CIPHERTEXT, CIPHERTEXT_OFFSET, end),
        (FieldName.HMAC, end, len(data)),
    )
    return tuple(FieldBytes(name, start, data[start:stop]) for name, start, stop in cuts if data[start:stop])
