"""What must never be done is done right where it is shown: published vectors for AES in ECB and CBC."""

from __future__ import annotations

import ast
import base64
from pathlib import Path

import pytest

from securechat.crypto.insecure import decrypt_without_check, encrypt_cbc_without_hmac, encrypt_ecb
from securechat.crypto.keyring import FernetKey
from tests.core.vectors import published
from tests.support import ROOT

KINDS = ("GFSbox128", "KeySbox128", "MMT128", "VarKey128", "VarTxt128")


def key_of(encryption_key: bytes) -> FernetKey:
    """Make a key with a published encryption half."""
    return FernetKey(base64.urlsafe_b64encode(b"for signing only" + encryption_key).decode())


@pytest.mark.parametrize("kind", KINDS)
def test_ecb_as_published(kind: str) -> None:
    """AES-128-ECB gives every published ciphertext."""
    for vector in published(f"ciphers/AES/ECB/ECB{kind}.rsp", "COUNT"):
        assert encrypt_ecb(vector["PLAINTEXT"], key_of(vector["KEY"])) == vector["CIPHERTEXT"]


@pytest.mark.parametrize("kind", KINDS)
def test_cbc_as_published(kind: str) -> None:
    """AES-128-CBC gives every published ciphertext, and back every plaintext."""
    for vector in published(f"ciphers/AES/CBC/CBC{kind}.rsp", "COUNT"):
        key = key_of(vector["KEY"])
        assert encrypt_cbc_without_hmac(vector["PLAINTEXT"], key, vector["IV"]) == vector["CIPHERTEXT"]
        assert decrypt_without_check(vector["IV"], vector["CIPHERTEXT"], key) == vector["PLAINTEXT"]


def _imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return names


def test_only_the_labs_import_it() -> None:
    """Pages and the front door do not; the import contract looks at the package alone."""
    files = [ROOT / "app.py", *(ROOT / "pages").glob("*.py"), *(ROOT / "securechat").rglob("*.py")]
    importers = {
        path.relative_to(ROOT).as_posix()
        for path in files
        if any(name.startswith("securechat.crypto.insecure") for name in _imports(path))
    }
    assert importers == {"securechat/crypto/attacks.py", "securechat/ui/attack_lab/patterns.py"}
