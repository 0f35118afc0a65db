"""What seven emoji are worth where nobody is bound to a public key: Mallory tries until both sides agree.

She sits in the middle with a key pair of her own for each side, and has seen both public keys before she
sends hers. With two lists of n tries she has n² pairs of them (the birthday problem), so k emoji, of 6 bits
each, take about 2^(3k) tries for each side, and not 2^(6k). It is why a side has to commit to its public key
first, as in ZRTP (RFC 6189, section 4.4.1.1): then she has one try.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from securechat.crypto.exchange import KeyPair, derive_key
from securechat.crypto.sas import SAS_SIZE, short_authentication_string

Emoji = tuple[tuple[str, str], ...]
"""Some emoji, each with its word."""


def expected_tries(count: int) -> float:
    """Return how many key pairs she tries on average, for both sides together, until so many emoji are equal.

    Of two lists of n, none is equal with a probability of exp(-n² / 64^count).
    """
    return math.sqrt(math.pi * 64.0**count)


@dataclass(frozen=True)
class SasSearch:
    """What came of a search.

    Attributes:
        emoji: The first emoji, equal on both sides, each with its word.
        tries: Key pairs that were tried, for both sides together.
        seconds: How long it took.
        for_a: The public key of hers that A is to get, 32 bytes.
        for_b: The public key of hers that B is to get, 32 bytes.
    """

    emoji: Emoji
    tries: int
    seconds: float
    for_a: bytes
    for_b: bytes

    @property
    def seconds_for_all(self) -> float:
        """How long it would take, about, until all seven are equal."""
        return self.seconds / self.tries * expected_tries(SAS_SIZE)


def search_equal_emoji(public_a: bytes, public_b: bytes, count: int) -> SasSearch:
    """Find two key pairs for Mallory with which A and B see the same first emoji.

    Args:
        public_a: The public key of A, 32 bytes.
        public_b: The public key of B, 32 bytes.
        count: How many emoji are to be equal, 1 to 7. See `expected_tries`.

    Raises:
        InvalidPublicKey: Nobody honest has such a public key.
    """
    started = time.perf_counter()
    seen: tuple[dict[Emoji, bytes], dict[Emoji, bytes]] = ({}, {})
    tries = 0
    while True:
        for side in (0, 1):
            pair = KeyPair.generate()
            tries += 1
            if side == 0:
                key = derive_key(pair.agree(public_a), public_a, pair.public)
            else:
                key = derive_key(pair.agree(public_b), pair.public, public_b)
            emoji = short_authentication_string(key)[:count]
            seen[side][emoji] = pair.public
            if emoji in seen[1 - side]:
                seconds = time.perf_counter() - started
                return SasSearch(emoji, tries, seconds, seen[0][emoji], seen[1][emoji])
