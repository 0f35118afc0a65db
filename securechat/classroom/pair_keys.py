"""The keys of pairs: what two people of a class have for themselves, agreed on by this server for both."""

from __future__ import annotations

import threading

from securechat.crypto.exchange import KeyPair, derive_key
from securechat.crypto.keyring import KeyOrigin, KeyRing, KeySource
from securechat.errors import InvalidMessage


class PairKeys:
    """The X25519 key pairs of the people of one class, and what pairs of them agree on.

    May be used from any thread. Nothing is in its `repr`.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pairs: dict[str, KeyPair] = {}
        self._keyrings: dict[tuple[str, str], KeyRing] = {}

    def add(self, person: str) -> None:
        """Make the key pair of somebody who joins. It is kept until the class ends."""
        with self._lock:
            self._pairs[person] = KeyPair.generate()

    def forget(self) -> None:
        """Forget all key pairs and keys."""
        with self._lock:
            self._pairs.clear()
            self._keyrings.clear()

    def of(self, one: str, other: str) -> KeyRing:
        """Return the keys that two people have for themselves: X25519 and HKDF-SHA256, as in the labs.

        Raises:
            InvalidMessage: One of them was never in the class, or it is over.
        """
        first, second = sorted((one, other))
        with self._lock:
            if first not in self._pairs or second not in self._pairs:
                raise InvalidMessage("There is no key for these two.")
            if (first, second) not in self._keyrings:
                a, b = self._pairs[first], self._pairs[second]
                key = derive_key(a.agree(b.public), a.public, b.public)
                self._keyrings[first, second] = KeyRing((key,), origin=KeyOrigin(KeySource.PAIR))
            return self._keyrings[first, second]
