"""A token checked step by step, in the order of the Fernet specification, with every value shown.

What `KeyRing.open` and `KeyRing.open_by_key` do at once and without a word, this does slowly and aloud. They
must agree on every token; a test holds them to it.
"""

from __future__ import annotations

import hmac as hmac_module
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from securechat.crypto.anatomy import BLOCK_SIZE, HMAC_SIZE, VERSION, FieldName, as_datetime, dissect
from securechat.crypto.keyring import MAX_CLOCK_SKEW, FernetKey
from securechat.wording import counted


class StepName(StrEnum):
    """The steps, in their order."""

    DECODE = "decode"
    VERSION = "version"
    TIME = "time"
    HMAC = "hmac"
    DECRYPT = "decrypt"
    PADDING = "padding"
    TEXT = "text"


STEP_TITLES = {
    StepName.DECODE: "Decode the Base64 text",
    StepName.VERSION: "Check the version",
    StepName.TIME: "Check the time",
    StepName.HMAC: "Recompute the HMAC and compare",
    StepName.DECRYPT: "Decrypt with AES-128-CBC",
    StepName.PADDING: "Remove the padding",
    StepName.TEXT: "Read the bytes as text",
}
"""What each step does, as a heading."""


@dataclass(frozen=True)
class Step:
    """One step of the verification.

    Attributes:
        name: Which step.
        passed: Whether it passed; None where an earlier step failed, so that it was not done.
        finding: What came out, in a sentence.
        values: What was compared or computed, as labels and values. They may show the plaintext,
            so they are not in the `repr`.
        remark: What is to be known although it passed, in a few words; empty if nothing is.
    """

    name: StepName
    passed: bool | None
    finding: str
    values: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    remark: str = ""


@dataclass(frozen=True)
class Verification:
    """All steps, and what came of them.

    Attributes:
        steps: Every step, in order.
        key: The key whose HMAC fits; None if none does.
        plaintext: The decrypted text if every step passed; not in the `repr`.
    """

    steps: tuple[Step, ...]
    key: FernetKey | None
    plaintext: str | None = field(repr=False)

    @property
    def failed_step(self) -> Step | None:
        """The step that stopped it, or None where all passed."""
        return next((step for step in self.steps if step.passed is False), None)


def verify(
    text: str, keys: Sequence[FernetKey], *, now: int, ttl: int | None = None, is_stored: bool = False
) -> Verification:
    """Check a token step by step.

    Args:
        text: A token, or anything else.
        keys: The keys to try, at least one.
        now: The present time, seconds since 1970.
        ttl: How many seconds old the token may be; any age if None.
        is_stored: Whether it was taken in here when it came: then a date ahead of the clock is remarked
            on, not refused.

    Returns:
        The steps up to the first that failed, the others marked as not done.
    """
    run = _Run(text, keys, now, ttl, is_stored=is_stored)
    steps: list[Step] = []
    stopped = False
    for name, check in (
        (StepName.DECODE, run.decode),
        (StepName.VERSION, run.version),
        (StepName.TIME, run.time),
        (StepName.HMAC, run.hmac),
        (StepName.DECRYPT, run.decrypt),
        (StepName.PADDING, run.padding),
        (StepName.TEXT, run.text_step),
    ):
        if stopped:
            steps.append(Step(name, None, "Not done: an earlier step failed."))
            continue
        passed, finding, values = check()
        steps.append(Step(name, passed, finding, values, run.remarks.get(name, "")))
        stopped = not passed
    return Verification(tuple(steps), run.key, run.plaintext)


_Values = tuple[tuple[str, str], ...]
_Outcome = tuple[bool, str, _Values]


def _hex(data: bytes) -> str:
    """Write bytes in groups of eight, so that they break into lines on a phone."""
    return data.hex(" ", 8)


class _Run:
    """One verification under way: each method is a step and leaves what the next one needs."""

    def __init__(
        self, text: str, keys: Sequence[FernetKey], now: int, ttl: int | None, *, is_stored: bool
    ) -> None:
        self.parts = dissect(text)
        self.keys = keys
        self.now = now
        self.ttl = ttl
        self.is_stored = is_stored
        self.remarks: dict[StepName, str] = {}
        self.key: FernetKey | None = None
        self.plaintext: str | None = None
        self._padded = b""
        self._unpadded = b""

    def decode(self) -> _Outcome:
        values = (("characters", f"{len(self.parts.text):,}"), ("bytes", f"{len(self.parts.data):,}"))
        if self.parts.decode_problem is not None:
            return False, self.parts.decode_problem, values
        return True, "Clean URL-safe Base64.", values

    def version(self) -> _Outcome:
        first = self.parts.data[0]
        values = (("found", f"0x{first:02x}"), ("expected", f"0x{VERSION:02x}"))
        if first != VERSION:
            return False, "The first byte is not the version of a Fernet token.", values
        return True, "The first byte is right.", values

    def time(self) -> _Outcome:
        timestamp = self.parts.timestamp
        if timestamp is None:
            return False, "The token is cut short: its time is not all there.", ()
        made = as_datetime(timestamp)
        values = (
            ("made", f"{made:%Y-%m-%d %H:%M:%S} UTC" if made else f"{timestamp} s, beyond the year 9999"),
            ("age", f"{self.now - timestamp:,} s"),
            ("time to live", "none set" if self.ttl is None else f"{self.ttl:,} s"),
        )
        if timestamp > self.now + MAX_CLOCK_SKEW:
            if self.is_stored:
                self.remarks[StepName.TIME] = "ahead of this computer's clock"
                return True, "It is from the future, but this room took it in: a clock was wrong.", values
            return False, f"It comes from more than {MAX_CLOCK_SKEW} seconds in the future.", values
        if self.ttl is not None and timestamp + self.ttl < self.now:
            return False, "It is older than its time to live.", values
        return True, "Not from the future, and not too old.", values

    def hmac(self) -> _Outcome:
        found = self.parts.field(FieldName.HMAC)
        if found is None:
            return False, "The token is cut short: there is no whole HMAC in it.", ()
        signed = self.parts.data[:-HMAC_SIZE]
        computed = [hmac_module.digest(key.signing_key, signed, sha256) for key in self.keys]
        for key, digest in zip(self.keys, computed, strict=True):
            if hmac_module.compare_digest(digest, found):
                self.key = key
                values = (("in the token", _hex(found)), (f"computed, key {key.fingerprint}", _hex(digest)))
                return True, f"Equal, over the first {len(signed):,} bytes. Nothing was changed.", values
        tried = tuple(
            (f"computed, key {key.fingerprint}", _hex(digest))
            for key, digest in zip(self.keys, computed, strict=True)
        )
        finding = "Not equal: the token was changed, or made with a key that is not here."
        return False, finding, (("in the token", _hex(found)), *tried)

    def decrypt(self) -> _Outcome:
        iv = self.parts.field(FieldName.IV) or b""
        ciphertext = self.parts.field(FieldName.CIPHERTEXT) or b""
        if self.key is None or not ciphertext or len(ciphertext) % BLOCK_SIZE:
            finding = f"{len(ciphertext):,} bytes of ciphertext are not whole blocks of {BLOCK_SIZE}."
            return False, finding, ()
        decryptor = Cipher(algorithms.AES(self.key.encryption_key), modes.CBC(iv)).decryptor()
        self._padded = decryptor.update(ciphertext) + decryptor.finalize()
        blocks = len(ciphertext) // BLOCK_SIZE
        values = (("initialization vector", _hex(iv)), ("decrypted, with padding", _hex(self._padded)))
        return True, f"{counted(blocks, 'block')} decrypted.", values

    def padding(self) -> _Outcome:
        count = self._padded[-1]
        if not 1 <= count <= BLOCK_SIZE or self._padded[-count:] != bytes([count]) * count:
            return False, "The last bytes are not PKCS#7 padding.", (("last byte", f"0x{count:02x}"),)
        self._unpadded = self._padded[:-count]
        values = (("padding", f"{count} × 0x{count:02x}"), ("bytes left", f"{len(self._unpadded):,}"))
        return True, f"The last byte says {count}, and there are {count} of it.", values

    def text_step(self) -> _Outcome:
        try:
            self.plaintext = self._unpadded.decode()
        except UnicodeDecodeError:
            return False, "The bytes are genuine, but they are not UTF-8 text.", ()
        values = (("characters", f"{len(self.plaintext):,}"), ("bytes", f"{len(self._unpadded):,}"))
        return True, "They are UTF-8 text.", values
