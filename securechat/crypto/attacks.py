"""What an attacker tries who sees the tokens and has no key, and what a careless receiver would make of it.

Every function that plays the attacker works without a key. Those that take one play the receiver.
"""

from __future__ import annotations

import base64
import math
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import perf_counter

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from securechat.crypto.anatomy import BLOCK_SIZE, IV_OFFSET, FieldName, dissect, parse_token
from securechat.crypto.insecure import decrypt_without_check
from securechat.crypto.key_text import KEY_SIZE
from securechat.crypto.keyring import FernetKey
from securechat.errors import ImpossibleAttack

ENCRYPTION_KEY_BITS = 128
"""Bits of the key that a token's text is encrypted with."""

SECONDS_PER_YEAR = 31_557_600
"""Seconds in a year of 365.25 days."""

GUESSES_AT_ONCE = 256
"""Keys that are tried between two looks at the clock."""


# Tampering


def with_byte(token: str, index: int, value: int) -> str:
    """Return a token with another byte in one place.

    Args:
        token: Clean URL-safe Base64.
        index: Which byte of the decoded token, from 0.
        value: The new byte, 0 to 255.
    """
    data = bytearray(base64.urlsafe_b64decode(token))
    data[index] = value
    return base64.urlsafe_b64encode(data).decode()


@dataclass(frozen=True)
class ComparedBlock:
    """One block of plaintext, as it was, and as a receiver reads it who does not check the HMAC.

    Attributes:
        number: 1 for the first block.
        before: The 16 bytes of the original; not in the `repr`.
        after: The 16 bytes of the changed token; not in the `repr`.
        mask: The bits that were changed in the 16 bytes in front of it: in the initialization vector, or in
            the block of ciphertext before.
        garbled: Whether its own ciphertext was changed, so that all of it is noise.
    """

    number: int
    before: bytes = field(repr=False)
    after: bytes = field(repr=False)
    mask: bytes
    garbled: bool

    @property
    def changed(self) -> tuple[int, ...]:
        """The places, 0 to 15, where the text is another one."""
        return tuple(i for i in range(BLOCK_SIZE) if self.before[i] != self.after[i])

    @property
    def obeys(self) -> bool:
        """Whether the text changed in exactly the bits of the mask: as the attacker wished."""
        return _xor(self.before, self.after) == self.mask


def read_without_check(original: str, changed: str, key: FernetKey) -> tuple[ComparedBlock, ...]:
    """Decrypt a token and a changed copy of it without looking at the HMAC, block by block.

    Args:
        original: A well-formed token.
        changed: Another one of the same length, with any bytes changed.
        key: The receiver's key.

    Raises:
        InvalidToken: The original is no well-formed token.
        ImpossibleAttack: The two are not of the same length.
    """
    parts = parse_token(original)
    other = dissect(changed)
    iv, ciphertext = other.field(FieldName.IV) or b"", other.field(FieldName.CIPHERTEXT) or b""
    if len(iv) != BLOCK_SIZE or len(ciphertext) != len(parts.ciphertext):
        raise ImpossibleAttack("The two tokens are not of the same length.")
    before = _blocks(decrypt_without_check(parts.iv, parts.ciphertext, key))
    after = _blocks(decrypt_without_check(iv, ciphertext, key))
    in_front = [
        _xor(a, b)
        for a, b in zip(_blocks(parts.iv + parts.ciphertext), _blocks(iv + ciphertext), strict=True)
    ]
    return tuple(
        ComparedBlock(i + 1, before[i], after[i], in_front[i], garbled=any(in_front[i + 1]))
        for i in range(parts.blocks)
    )


def forge(token: str, offset: int, known: bytes, wanted: bytes) -> str:
    """Turn a text that is known into another one, without any key: bit flipping in CBC.

    Decrypting XORs each block with the one in front of it, the first with the initialization vector. So what
    is XORed in there comes out in the text. A text in the first block changes without a trace; one in a later
    block turns the block before it into noise.

    Args:
        token: A well-formed token.
        offset: Where the known text begins, in bytes from the start of the plaintext.
        known: What stands there, as bytes of UTF-8.
        wanted: What shall stand there, of the same length.

    Returns:
        The forged token. Its HMAC is the old one: to make a new one takes the key.

    Raises:
        InvalidToken: It is no well-formed token.
        ImpossibleAttack: The two texts differ in length, or reach beyond the ciphertext.
    """
    parts = parse_token(token)
    if len(known) != len(wanted):
        raise ImpossibleAttack(
            "Flipping bits makes no text longer or shorter: both need the same number of bytes, and here it "
            f"is {len(known)} and {len(wanted)}. A letter such as ü has 2, an emoji 4."
        )
    if not known or offset < 0 or offset + len(known) > len(parts.ciphertext):
        raise ImpossibleAttack("The message has no such place.")
    data = bytearray(base64.urlsafe_b64decode(token))
    start = IV_OFFSET + offset  # the 16 bytes in front of a block begin 16 bytes before it
    data[start : start + len(known)] = _xor(data[start : start + len(known)], _xor(known, wanted))
    return base64.urlsafe_b64encode(data).decode()


# Wrong keys


def with_flipped_bit(key: FernetKey, bit: int) -> FernetKey:
    """Return a key that differs in one bit.

    Args:
        key: The right key.
        bit: 0 to 127 are in the signing half, 128 to 255 in the encryption half, the highest of a byte first.
    """
    if not 0 <= bit < 8 * KEY_SIZE:
        raise ImpossibleAttack(f"A key has the bits 0 to {8 * KEY_SIZE - 1}.")
    data = bytearray(key.signing_key + key.encryption_key)
    data[bit // 8] ^= 0x80 >> bit % 8
    return FernetKey(base64.urlsafe_b64encode(data).decode())


# Guessing


@dataclass(frozen=True)
class Guessing:
    """How far guessing has come.

    Attributes:
        tried: Keys tried.
        seconds: How long that took.
        share: How much of the time is over, 0 to 1.
        fits: How many gave something that can be read as text. Where the message has only one block, chance
            alone does that once in a billion times.
    """

    tried: int
    seconds: float
    share: float
    fits: int

    @property
    def per_second(self) -> float:
        """Keys tried a second."""
        return self.tried / self.seconds if self.seconds else 0.0


def guess_keys(
    token: str, *, seconds: float, clock: Callable[[], float] = perf_counter
) -> Iterator[Guessing]:
    """Try encryption keys on a token for a while, one after the other, from a random one on.

    Each try decrypts the last block and looks for padding, which 255 of 256 wrong keys fail; only what passes
    is decrypted as a whole and read as text.

    Args:
        token: A well-formed token.
        seconds: How long to go on.
        clock: Seconds that only go up.

    Yields:
        The tally, after every `GUESSES_AT_ONCE` keys.

    Raises:
        InvalidToken: It is no well-formed token.
    """
    parts = parse_token(token)
    last = parts.ciphertext[-BLOCK_SIZE:]
    in_front = modes.CBC((parts.iv + parts.ciphertext)[-2 * BLOCK_SIZE : -BLOCK_SIZE])
    candidate = secrets.randbits(ENCRYPTION_KEY_BITS)
    tried = fits = 0
    start = clock()
    while True:
        for _ in range(GUESSES_AT_ONCE):
            candidate = (candidate + 1) % 2**ENCRYPTION_KEY_BITS
            key = candidate.to_bytes(KEY_SIZE // 2, "big")
            block = Cipher(algorithms.AES(key), in_front).decryptor().update(last)
            if block.endswith(bytes([block[-1]]) * block[-1]) and 1 <= block[-1] <= BLOCK_SIZE:
                fits += _is_text(parts.iv, parts.ciphertext, key)
        tried += GUESSES_AT_ONCE
        elapsed = clock() - start
        yield Guessing(tried, elapsed, min(1.0, elapsed / seconds), fits)
        if elapsed >= seconds:
            return


def years_to_guess(bits: int, per_second: float) -> float:
    """Return how long guessing a key takes on average: half of all keys, in years.

    Args:
        bits: How many bits the key has.
        per_second: Keys tried a second, more than 0.
    """
    return 2.0 ** (bits - 1) / per_second / SECONDS_PER_YEAR


# Patterns


def byte_counts(data: bytes) -> tuple[int, ...]:
    """Return how often each of the 256 bytes is there."""
    counts = Counter(data)
    return tuple(counts[value] for value in range(256))


def entropy(data: bytes) -> float:
    """Return Shannon's entropy of the single bytes, in bits a byte: 0 if all are equal, 8 at the most."""
    return -sum(n / len(data) * math.log2(n / len(data)) for n in Counter(data).values()) if data else 0.0


def distinct_blocks(data: bytes) -> int:
    """Return how many different blocks of 16 bytes there are."""
    return len(set(_blocks(data)))


def _blocks(data: bytes) -> list[bytes]:
    return [data[i : i + BLOCK_SIZE] for i in range(0, len(data), BLOCK_SIZE)]


def _xor(a: bytes | bytearray, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


def _is_text(iv: bytes, ciphertext: bytes, encryption_key: bytes) -> bool:
    """Say whether a guess at the key gives a text, from the padding at its end to every letter before it."""
    decryptor = Cipher(algorithms.AES(encryption_key), modes.CBC(iv)).decryptor()
    padded = decryptor.update(ciphertext) + decryptor.finalize()
    try:
        return padded[: -padded[-1]].decode().isprintable()
    except UnicodeDecodeError:
        return False
