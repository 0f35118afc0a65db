"""The published Fernet vectors, through the key ring, the anatomy and the step-by-step verification."""

import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import cryptography_vectors
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from securechat.crypto.anatomy import parse_token
from securechat.crypto.keyring import KeyRing
from securechat.crypto.verification import StepName, verify
from securechat.errors import InvalidToken


@dataclass(frozen=True)
class Vector:
    """One published vector, with its time as seconds since 1970."""

    ring: KeyRing
    token: str
    now: int
    ttl: int | None
    plaintext: str
    iv: bytes
    description: str


def published(name: str) -> list[Vector]:
    """Read one file of the fernet folder."""
    with cryptography_vectors.open_vector_file(f"fernet/{name}.json", "r") as file:
        entries: list[dict[str, Any]] = json.load(file)
    assert entries, "a file without vectors would prove nothing"
    return [
        Vector(
            ring=KeyRing.from_text(entry["secret"]),
            token=entry["token"],
            now=int(datetime.fromisoformat(entry["now"]).timestamp()),
            ttl=entry.get("ttl_sec"),
            plaintext=entry.get("src", ""),
            iv=bytes(entry.get("iv", [])),
            description=entry.get("desc", entry.get("src", "")),
        )
        for entry in entries
    ]


def name_of(vector: object) -> str:
    """Name a test after the description in its vector."""
    return vector.description if isinstance(vector, Vector) else str(vector)


STOPPED_AT = {
    "incorrect mac": StepName.HMAC,
    "too short": StepName.HMAC,
    "invalid base64": StepName.DECODE,
    "payload size not multiple of block size": StepName.DECRYPT,
    "payload padding error": StepName.PADDING,
    "far-future TS (unacceptable clock skew)": StepName.TIME,
    "expired TTL": StepName.TIME,
    "incorrect IV (causes padding error)": StepName.PADDING,
}
"""The step of the specification that each invalid vector was made to fail."""


@pytest.mark.parametrize("vector", published("generate"), ids=name_of)
def test_generated_token_opens(vector: Vector) -> None:
    """The token that the specification generates opens to its source."""
    assert vector.ring.decrypt(vector.token, ttl=0, at_time=vector.now) == vector.plaintext


@pytest.mark.parametrize("vector", published("generate"), ids=name_of)
def test_generated_token_comes_apart(vector: Vector) -> None:
    """Each field of a generated token is what the specification says to put there."""
    anatomy = parse_token(vector.token)
    key = vector.ring.primary
    data = vector.plaintext.encode()
    missing = 16 - len(data) % 16
    encryptor = Cipher(algorithms.AES(key.encryption_key), modes.CBC(vector.iv)).encryptor()
    ciphertext = encryptor.update(data + bytes([missing]) * missing) + encryptor.finalize()
    signed = b"\x80" + vector.now.to_bytes(8, "big") + vector.iv + ciphertext
    assert anatomy.token == vector.token
    assert anatomy.version == 0x80
    assert anatomy.timestamp == vector.now
    assert anatomy.iv == vector.iv
    assert anatomy.ciphertext == ciphertext
    assert anatomy.hmac == hmac.new(key.signing_key, signed, sha256).digest()


@pytest.mark.parametrize("vector", published("verify"), ids=name_of)
def test_valid_token_opens(vector: Vector) -> None:
    """A token that the specification calls valid opens, at once and step by step."""
    assert vector.ring.decrypt(vector.token, ttl=vector.ttl, at_time=vector.now) == vector.plaintext
    verification = verify(vector.token, vector.ring.keys, now=vector.now, ttl=vector.ttl)
    assert verification.plaintext == vector.plaintext
    assert verification.failed_step is None


@pytest.mark.parametrize("vector", published("invalid"), ids=name_of)
def test_invalid_token_stays_shut(vector: Vector) -> None:
    """A token that the specification calls invalid does not open."""
    with pytest.raises(InvalidToken):
        vector.ring.decrypt(vector.token, ttl=vector.ttl, at_time=vector.now)


@pytest.mark.parametrize("vector", published("invalid"), ids=name_of)
def test_invalid_token_fails_where_it_was_broken(vector: Vector) -> None:
    """The verification stops at the very fault that the vector was made to have."""
    verification = verify(vector.token, vector.ring.keys, now=vector.now, ttl=vector.ttl)
    assert verification.failed_step is not None
    assert verification.failed_step.name is STOPPED_AT[vector.description]
    assert verification.plaintext is None
