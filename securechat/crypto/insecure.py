"""What must never be done, done on purpose: decrypting without the check, and encrypting block by block.

Only the labs may import this; an import contract keeps everything else away. What it gives back is what an
attacker gets from programs that do these things.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from securechat.crypto.keyring import FernetKey


def decrypt_without_check(iv: bytes, ciphertext: bytes, key: FernetKey) -> bytes:
    """Decrypt as a receiver does who looks neither at the HMAC nor at version, time and padding.

    Args:
        iv: The initialization vector, 16 bytes.
        ciphertext: Whole blocks of 16 bytes.
        key: The key; only its encryption half is used.

    Returns:
        The plaintext with its padding, as many bytes as there are of ciphertext.
    """
    decryptor = Cipher(algorithms.AES(key.encryption_key), modes.CBC(iv)).decryptor()
    return decryptor.update(ciphertext) + decryptor.finalize()


def encrypt_ecb(blocks: bytes, key: FernetKey) -> bytes:
    """Encrypt whole blocks with AES-128-ECB (NIST SP 800-38A, 6.1): equal blocks stay equal.

    Args:
        blocks: Whole blocks of 16 bytes.
        key: The key; only its encryption half is used.
    """
    encryptor = Cipher(algorithms.AES(key.encryption_key), modes.ECB()).encryptor()  # noqa: S305 - to show why not
    return encryptor.update(blocks) + encryptor.finalize()


def encrypt_cbc_without_hmac(blocks: bytes, key: FernetKey, iv: bytes) -> bytes:
    """Encrypt whole blocks with AES-128-CBC (NIST SP 800-38A, 6.2), and nothing that would show a change.

    Args:
        blocks: Whole blocks of 16 bytes.
        key: The key; only its encryption half is used.
        iv: The initialization vector, 16 bytes.
    """
    encryptor = Cipher(algorithms.AES(key.encryption_key), modes.CBC(iv)).encryptor()
    return encryptor.update(blocks) + encryptor.finalize()
