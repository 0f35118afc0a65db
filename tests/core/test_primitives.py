"""Published vectors for the primitives that the verification uses by hand: AES-128-CBC and HMAC-SHA256."""

import base64
import hmac
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from securechat.crypto.keyring import FernetKey
from securechat.crypto.verification import StepName, verify
from tests.core.vectors import published

AES_FILES = ("CBCGFSbox128", "CBCKeySbox128", "CBCMMT128", "CBCVarKey128", "CBCVarTxt128")
SIGNING_KEY = b"for signing only"


def signed(iv: bytes, ciphertext: bytes) -> str:
    """Make a token with a right HMAC around a ciphertext."""
    body = b"\x80" + bytes(8) + iv + ciphertext
    return base64.urlsafe_b64encode(body + hmac.new(SIGNING_KEY, body, sha256).digest()).decode()


@pytest.mark.parametrize("name", AES_FILES)
def test_aes_cbc_decrypts_as_published(name: str) -> None:
    """AES-128-CBC, called as the verification calls it, gives every published plaintext."""
    for vector in published(f"ciphers/AES/CBC/{name}.rsp", "COUNT"):
        decryptor = Cipher(algorithms.AES(vector["KEY"]), modes.CBC(vector["IV"])).decryptor()
        assert decryptor.update(vector["CIPHERTEXT"]) + decryptor.finalize() == vector["PLAINTEXT"]


@pytest.mark.parametrize("name", AES_FILES)
def test_verification_decrypts_as_published(name: str) -> None:
    """A published ciphertext inside a token is shown decrypted to the published plaintext."""
    for vector in published(f"ciphers/AES/CBC/{name}.rsp", "COUNT"):
        key = FernetKey(base64.urlsafe_b64encode(SIGNING_KEY + vector["KEY"]).decode())
        verification = verify(signed(vector["IV"], vector["CIPHERTEXT"]), [key], now=0)
        step = next(step for step in verification.steps if step.name is StepName.DECRYPT)
        shown = dict(step.values)
        assert bytes.fromhex(shown["initialization vector"]) == vector["IV"]
        assert bytes.fromhex(shown["decrypted, with padding"]) == vector["PLAINTEXT"]


def test_hmac_sha256_as_published() -> None:
    """HMAC-SHA256, called as the verification calls it, gives every published digest of RFC 4231."""
    for vector in published("HMAC/rfc-4231-sha256.txt", "Len"):
        assert hmac.digest(vector["Key"], vector["Msg"], sha256) == vector["MD"]
