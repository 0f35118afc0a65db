"""Key exchange: how two sides get one Fernet key while somebody listens, and what somebody in between can do.

X25519 (RFC 7748) gives both sides the same 32 bytes, HKDF-SHA256 (RFC 5869) makes a key of them, and seven
emoji let people compare the keys. There is no authentication in it, on purpose: who compares nothing can be
deceived, and an `Exchange` shows how.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Self

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from securechat.crypto.key_text import KEY_SIZE
from securechat.crypto.keyring import FernetKey, KeyRing
from securechat.errors import InvalidPublicKey

X25519_SIZE = 32
"""Bytes in a private key, in a public key and in a shared secret (RFC 7748, section 5)."""

KEY_CONTEXT = b"SecureChat key exchange\n"
"""What HKDF is told first, so that no other use of the same shared secret gives the same key."""

NONCE_SIZE = 32
"""Bytes in the nonce of a commitment."""

COMMITMENT_CONTEXT = b"SecureChat commitment\n"
"""What a commitment is of, so that no other hash in this project is one."""


class KeyPair:
    """One side's X25519 key pair. Its `repr` shows the public key only.

    Args:
        private: The private key.
    """

    def __init__(self, private: X25519PrivateKey) -> None:
        self._private = private

    @classmethod
    def generate(cls) -> Self:
        """Make a new key pair from the operating system's random numbers."""
        return cls(X25519PrivateKey.generate())

    @property
    def public(self) -> bytes:
        """The public key, 32 bytes; safe to show."""
        return self._private.public_key().public_bytes_raw()

    def reveal(self) -> bytes:
        """Return the private key, 32 bytes. For a page that is meant to reveal it."""
        return self._private.private_bytes_raw()

    def agree(self, their_public: bytes) -> bytes:
        """Compute the secret that this side shares with the owner of a public key.

        Args:
            their_public: The other side's public key, 32 bytes.

        Returns:
            The shared secret, 32 bytes.

        Raises:
            InvalidPublicKey: It has another length, or it is a point of low order: the result would be zero
                whatever the private key is, so everybody would know it (RFC 7748, section 6.1).
        """
        if len(their_public) != X25519_SIZE:
            raise InvalidPublicKey(
                f"A public key has {X25519_SIZE} bytes, the one received has {len(their_public):,}."
            )
        try:
            shared = self._private.exchange(X25519PublicKey.from_public_bytes(their_public))
        except ValueError:  # so the library says that the result is zero
            shared = bytes(X25519_SIZE)
        if not any(shared):
            raise InvalidPublicKey("With the public key received, everybody would get the same secret.")
        return shared

    def __repr__(self) -> str:
        return f"<KeyPair with the public key {self.public.hex()}>"


def derive_key(shared: bytes, public_a: bytes, public_b: bytes) -> FernetKey:
    """Make a Fernet key of a shared secret, with HKDF-SHA256 without a salt (RFC 5869).

    The public keys go into it as each side knows them, so that the key is bound to who was talked to.

    Args:
        shared: The shared secret, 32 bytes.
        public_a: The public key that counts as A's, 32 bytes.
        public_b: The public key that counts as B's, 32 bytes.

    Returns:
        The key; the same on both sides only if all three are the same.
    """
    hkdf = HKDF(algorithm=SHA256(), length=KEY_SIZE, salt=None, info=KEY_CONTEXT + public_a + public_b)
    return FernetKey(base64.urlsafe_b64encode(hkdf.derive(shared)).decode())


def commitment(public: bytes, nonce: bytes) -> bytes:
    """Return what binds a side to its public key before it shows that (as ZRTP does: RFC 6189, 4.4.1.1).

    Args:
        public: The public key, 32 bytes.
        nonce: 32 random bytes, used once. They are shown together with the public key.

    Returns:
        The commitment, 32 bytes: nobody finds another public key and nonce that it is of.

    Raises:
        InvalidPublicKey: One of the two has another length, so that the border between them could be moved.
    """
    if (len(public), len(nonce)) != (X25519_SIZE, NONCE_SIZE):
        raise InvalidPublicKey("A public key or its nonce has not 32 bytes.")
    return hashlib.sha256(COMMITMENT_CONTEXT + public + nonce).digest()


@dataclass(frozen=True)
class Mallory:
    """Mallory in the middle: both sides get the public key of her one key pair, as if it were the other's.

    Attributes:
        pair: Her key pair.
        public_a: The public key of A, which she kept.
        public_b: The public key of B, which she kept.
    """

    pair: KeyPair
    public_a: bytes
    public_b: bytes

    @property
    def shared_with_a(self) -> bytes:
        """The secret that she shares with A, 32 bytes."""
        return self.pair.agree(self.public_a)

    @property
    def shared_with_b(self) -> bytes:
        """The secret that she shares with B, 32 bytes."""
        return self.pair.agree(self.public_b)

    @property
    def key_with_a(self) -> FernetKey:
        """The key that A takes for the one with B."""
        return derive_key(self.shared_with_a, self.public_a, self.pair.public)

    @property
    def key_with_b(self) -> FernetKey:
        """The key that B takes for the one with A."""
        return derive_key(self.shared_with_b, self.pair.public, self.public_b)

    def read(self, token: str) -> str:
        """Open a token that left A.

        Raises:
            InvalidToken: It does not open with the key that she has with A.
        """
        return KeyRing((self.key_with_a,)).open_by_key(token).plaintext

    def pass_on(self, token: str, *, at_time: int | None = None) -> str:
        """Open a token that left A, encrypt what it says for B, and return that token.

        Args:
            token: The token that left A.
            at_time: The time to put into the new token, seconds since 1970; now if None.

        Raises:
            InvalidToken: It does not open with the key that she has with A.
        """
        return KeyRing((self.key_with_b,)).encrypt(self.read(token), at_time=at_time)

    def pass_back(self, token: str, *, at_time: int | None = None) -> str:
        """Do the same with a token that left B, for A: see `pass_on`."""
        text = KeyRing((self.key_with_b,)).open_by_key(token).plaintext
        return KeyRing((self.key_with_a,)).encrypt(text, at_time=at_time)


@dataclass(frozen=True)
class Exchange:
    """A whole exchange between A and B, with or without Mallory in the middle.

    Everything else is computed from the key pairs, by the same steps that each side would take.

    Attributes:
        a: A's key pair.
        b: B's key pair.
        mallory: Mallory; None where nobody is in the middle.
    """

    a: KeyPair
    b: KeyPair
    mallory: Mallory | None = None

    @classmethod
    def generate(cls, *, intercepted: bool) -> Self:
        """Make an exchange with new key pairs.

        Args:
            intercepted: Whether Mallory sits in the middle.
        """
        a, b = KeyPair.generate(), KeyPair.generate()
        return cls(a, b, Mallory(KeyPair.generate(), a.public, b.public) if intercepted else None)

    @property
    def received_by_a(self) -> bytes:
        """The public key that reached A: B's, or Mallory's in its place."""
        return self.mallory.pair.public if self.mallory else self.b.public

    @property
    def received_by_b(self) -> bytes:
        """The public key that reached B: A's, or Mallory's in its place."""
        return self.mallory.pair.public if self.mallory else self.a.public

    @property
    def shared_a(self) -> bytes:
        """The secret that A computes, 32 bytes."""
        return self.a.agree(self.received_by_a)

    @property
    def shared_b(self) -> bytes:
        """The secret that B computes, 32 bytes."""
        return self.b.agree(self.received_by_b)

    @property
    def key_a(self) -> FernetKey:
        """The key that A ends up with."""
        return derive_key(self.shared_a, self.a.public, self.received_by_a)

    @property
    def key_b(self) -> FernetKey:
        """The key that B ends up with."""
        return derive_key(self.shared_b, self.received_by_b, self.b.public)

    @property
    def keys_match(self) -> bool:
        """Whether A and B have the same key."""
        return self.key_a == self.key_b

    def encrypt(self, plaintext: str, *, at_time: int | None = None) -> str:
        """Encrypt a text with A's key.

        Args:
            plaintext: What A writes.
            at_time: The time to put into the token, seconds since 1970; now if None.

        Returns:
            The token that leaves A: what Eve, or Mallory, gets.

        Raises:
            InvalidMessage: The text has half a surrogate pair.
        """
        return KeyRing((self.key_a,)).encrypt(plaintext, at_time=at_time)

    def deliver(self, token: str, *, at_time: int | None = None) -> str:
        """Carry a token from A to B.

        Args:
            token: The token that left A.
            at_time: The time that Mallory puts into hers, seconds since 1970; now if None.

        Returns:
            The token that reaches B: the same one, or the one that Mallory made of it.

        Raises:
            InvalidToken: Mallory is there, and it does not open with the key that she has with A.
        """
        return self.mallory.pass_on(token, at_time=at_time) if self.mallory else token

    def decrypt(self, token: str) -> str:
        """Open a token with B's key.

        Args:
            token: The token that reached B.

        Returns:
            What B reads.

        Raises:
            InvalidToken: It does not open.
        """
        return KeyRing((self.key_b,)).open_by_key(token).plaintext
