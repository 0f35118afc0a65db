"""Keys: one primary key that encrypts, and retired keys that can still decrypt."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Self

from cryptography import fernet

from securechat.crypto.anatomy import read_timestamp
from securechat.crypto.key_text import decode_key, split_keys, what_is_around
from securechat.errors import InvalidKey, InvalidMessage, InvalidToken, TooManyKeys

MAX_KEYS = 100
"""Keys that a ring may grow to by getting new ones."""

MAX_CLOCK_SKEW = 60
"""Seconds that a token may be ahead of the clock (the figure of the Fernet specification)."""

_FINGERPRINT_CONTEXT = b"SecureChat key fingerprint\n"


class FernetKey:
    """One key of 32 bytes. Its `repr` shows the fingerprint only.

    Args:
        text: The key as 44 characters of URL-safe Base64, in canonical spelling.

    Raises:
        InvalidKey: The text is anything else. The message does not quote it.
    """

    def __init__(self, text: str) -> None:
        self._bytes = decode_key(text)
        self.fernet = fernet.Fernet(text)

    @classmethod
    def generate(cls) -> Self:
        """Make a new random key from the operating system's random numbers."""
        return cls(fernet.Fernet.generate_key().decode())

    @property
    def signing_key(self) -> bytes:
        """The first 16 bytes: the key of the HMAC."""
        return self._bytes[:16]

    @property
    def encryption_key(self) -> bytes:
        """The last 16 bytes: the key of AES-128."""
        return self._bytes[16:]

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits of a SHA-256 over the key, in groups of four; safe to show."""
        digest = hashlib.sha256(_FINGERPRINT_CONTEXT + self._bytes).hexdigest()[:16]
        return " ".join(digest[i : i + 4] for i in range(0, 16, 4))

    def reveal(self) -> str:
        """Return the key itself, as 44 characters. For a page that is meant to reveal it."""
        return base64.urlsafe_b64encode(self._bytes).decode()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FernetKey) and self._bytes == other._bytes

    def __hash__(self) -> int:
        return hash(self._bytes)

    def __repr__(self) -> str:
        return f"<FernetKey {self.fingerprint}>"


class KeySource(StrEnum):
    """Where keys come from."""

    GIVEN = "given by the program"
    ENVIRONMENT = "SECURECHAT_KEY in the environment"
    SECRETS = "SECURECHAT_KEY in Streamlit's secrets"
    FILE = "key file"
    NEW_FILE = "key file, made at this start"
    PROCESS = "made for this run only"
    ROOM = "made for this room"
    PAIR = "agreed on by two people"


@dataclass(frozen=True)
class KeyOrigin:
    """Where a key ring came from.

    Attributes:
        source: The kind of place.
        path: The key file, where there is or should be one.
        problem: Why the key is for this run only; empty otherwise.
    """

    source: KeySource
    path: Path | None = None
    problem: str = ""


@dataclass(frozen=True)
class OpenedToken:
    """A token that opened.

    Attributes:
        plaintext: The decrypted text; not in the `repr`.
        key: The key that opened it.
    """

    plaintext: str = field(repr=False)
    key: FernetKey


class KeyRing:
    """The keys of one room: the first is primary, the others are retired.

    Args:
        keys: One or more keys. A key that is there twice counts once.
        origin: Where they came from.

    Raises:
        InvalidKey: There is no key, or two different ones share their signing half.
    """

    def __init__(
        self, keys: tuple[FernetKey, ...], *, origin: KeyOrigin = KeyOrigin(KeySource.GIVEN)
    ) -> None:
        if not keys:
            raise InvalidKey("There is no key in it.")
        self.keys = tuple(dict.fromkeys(keys))
        if len({key.signing_key for key in self.keys}) < len(self.keys):
            raise InvalidKey("Two keys have the same first half: one of them was not made at random.")
        self.origin = origin

    @classmethod
    def from_text(cls, text: str, *, origin: KeyOrigin = KeyOrigin(KeySource.GIVEN)) -> Self:
        """Read keys from a text, separated by commas, white space or line breaks; the first is primary.

        Args:
            text: Keys of 44 characters each.
            origin: Where the text came from.

        Raises:
            InvalidKey: There is no key, or one is not valid. The message says which, and does not quote it.
        """
        parts = split_keys(text)
        keys = []
        for number, part in enumerate(parts, start=1):
            try:
                keys.append(FernetKey(part))
            except InvalidKey as error:
                which = f"Key {number} of {len(parts)}: " if len(parts) > 1 else ""
                raise InvalidKey(what_is_around(text) or which + error.problem) from None
        return cls(tuple(keys), origin=origin)

    @classmethod
    def generate(cls) -> Self:
        """Make a ring with one new random key."""
        return cls((FernetKey.generate(),))

    def rotated(self, key: FernetKey | None = None) -> Self:
        """Return a ring with another primary key. The one that was primary is retired, and still opens.

        Args:
            key: The key that becomes primary, whether it is on the ring or not; a new random one if None.

        Raises:
            InvalidKey: The key shares its signing half with another one.
            TooManyKeys: The ring would have more than `MAX_KEYS`.
        """
        return self._with((key or FernetKey.generate(), *self.keys))

    def joined(self, other: KeyRing) -> Self:
        """Return a ring with the keys of both; the primary key is that of this one.

        Raises:
            InvalidKey: Two keys share their signing half.
            TooManyKeys: The ring would have more than `MAX_KEYS`.
        """
        return self._with((*self.keys, *other.keys))

    def without(self, keys: Collection[FernetKey]) -> Self:
        """Return a ring that lacks some of its retired keys. What only they open stays unreadable.

        Args:
            keys: The keys to drop. Those that are not on the ring do not matter.

        Raises:
            InvalidKey: The primary key is among them.
        """
        if self.primary in keys:
            raise InvalidKey("The primary key cannot be dropped. Make another one first.")
        return type(self)(tuple(key for key in self.keys if key not in keys), origin=self.origin)

    def _with(self, keys: tuple[FernetKey, ...]) -> Self:
        ring = type(self)(keys, origin=self.origin)
        if len(ring.keys) > max(MAX_KEYS, len(self.keys)):
            raise TooManyKeys(MAX_KEYS)
        return ring

    def reveal(self) -> str:
        """Return the keys themselves, one a line, the primary first. For a page meant to reveal them."""
        return "".join(f"{key.reveal()}\n" for key in self.keys)

    @property
    def primary(self) -> FernetKey:
        """The key that encrypts."""
        return self.keys[0]

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the primary key; safe to show."""
        return self.primary.fingerprint

    def encrypt(self, plaintext: str, *, at_time: int | None = None) -> str:
        """Encrypt a text with the primary key.

        Args:
            plaintext: Any text that UTF-8 can hold.
            at_time: The time to put into the token, seconds since 1970; now if None.

        Returns:
            The token: URL-safe Base64.

        Raises:
            InvalidMessage: The text has half a surrogate pair, which UTF-8 cannot hold.
        """
        data = _encode(plaintext)
        now = int(time.time()) if at_time is None else at_time
        return self.primary.fernet.encrypt_at_time(data, now).decode()

    def decrypt(self, token: str | bytes, *, ttl: int | None = None, at_time: int | None = None) -> str:
        """Open a token with whichever key fits.

        Args:
            token: The token in its one canonical spelling.
            ttl: Time to live: how many seconds old it may be; any age if None.
            at_time: The present time, seconds since 1970; now if None.

        Returns:
            The plaintext.

        Raises:
            InvalidToken: It is not a token, in another spelling, not from one of these keys, altered, too
                old, from more than 60 s in the future, or holds no UTF-8 text: alike in every case.
        """
        return self.open(token, ttl=ttl, at_time=at_time).plaintext

    def open(self, token: str | bytes, *, ttl: int | None = None, at_time: int | None = None) -> OpenedToken:
        """Open a token as `decrypt` does, and say which key opened it."""
        text = token if isinstance(token, str) else token.decode("latin-1")
        timestamp = read_timestamp(text)
        now = int(time.time()) if at_time is None else at_time
        if timestamp > now + MAX_CLOCK_SKEW or (ttl is not None and timestamp + ttl < now):
            raise InvalidToken
        return self._open(text)

    def open_by_key(self, token: str) -> OpenedToken:
        """Open a token by its key alone, whatever its date: for what was taken in here when it came.

        A clock that was wrong then, and is right now, must not close it.

        Args:
            token: The token in its one canonical spelling.

        Raises:
            InvalidToken: As for `decrypt`, but for its date.
        """
        read_timestamp(token)  # refuses other spellings
        return self._open(token)

    def reencrypt(self, token: str) -> str:
        """Encrypt the text of a token again, with the primary key. The time in the token is kept.

        It is opened by its key alone: see `open_by_key`.

        Args:
            token: The token in its one canonical spelling.

        Returns:
            The new token; the same one if the primary key opens it already.

        Raises:
            InvalidToken: It does not open.
        """
        opened = self.open_by_key(token)
        if opened.key == self.primary:
            return token
        return self.encrypt(opened.plaintext, at_time=read_timestamp(token))

    def _open(self, token: str) -> OpenedToken:
        for key in self.keys:
            plaintext = _try_key(key, token)
            if plaintext is not None:
                return OpenedToken(plaintext, key)
        raise InvalidToken

    def __repr__(self) -> str:
        return f"<KeyRing {self.fingerprint}, {len(self.keys)} keys>"


# The two functions below raise nothing while an exception that holds the plaintext is being handled:
# it would travel along as the new one's context.


def _encode(plaintext: str) -> bytes:
    try:
        return plaintext.encode()
    except UnicodeEncodeError as error:
        position = error.start + 1
    raise InvalidMessage(
        f"Character {position} is half of a surrogate pair, which is not text. Remove it and try again."
    )


def _try_key(key: FernetKey, token: str) -> str | None:
    try:
        return key.fernet.decrypt(token).decode()
    except (fernet.InvalidToken, UnicodeDecodeError):
        return None
