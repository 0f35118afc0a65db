"""Where master keys come from: a setting, or on SQLite a file that is made once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from securechat.crypto.keyring import FernetKey, KeyRing
from securechat.database.engine import Database
from securechat.database.master import MASTER_FILE, master_keys
from securechat.database.store import SqlMessageStore
from securechat.database.vault import Vault
from securechat.errors import InvalidKey


@pytest.fixture
def database(database_url: URL) -> Iterator[Database]:
    """Return an empty database, on each engine."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return where the key file is to be."""
    return tmp_path / MASTER_FILE


def opened(database: Database, masters: KeyRing) -> Vault:
    """Start a server with these master keys."""
    vault = Vault(database, SqlMessageStore(database), masters)
    vault.rewrap()
    return vault


on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.parametrize("between", [",", " , ", "\n"])
def test_they_are_set(database: Database, file: Path, between: str) -> None:
    """The first wraps, the others open; no file is looked at or made."""
    keys = FernetKey.generate(), FernetKey.generate()
    setting = between.join(key.reveal() for key in keys)
    assert master_keys(setting, database, file).keys == keys
    assert not file.exists()


@pytest.mark.parametrize("setting", ["canary", "canary" * 8, "{},canary"])
def test_one_is_wrong(database: Database, file: Path, setting: str) -> None:
    """It is said which command makes one, and none is quoted; no file takes its place."""
    setting = setting.format(FernetKey.generate().reveal())
    with pytest.raises(InvalidKey, match=r"Fernet\.generate_key") as caught:
        master_keys(setting, database, file, where="MASTER_ENCRYPTION_KEY in the environment")
    assert caught.value.where == "MASTER_ENCRYPTION_KEY in the environment"
    assert "canary" not in str(caught.value)
    assert caught.value.__context__ is None
    assert not file.exists()


@on_sqlite
def test_a_file_is_made_once(database: Database, file: Path) -> None:
    """With nothing set up there is a key that only its owner reads, and the same at the next start."""
    masters = master_keys("", database, file)
    ring = KeyRing.generate()
    opened(database, masters).keep("room", ring, keys_version=1)
    assert file.stat().st_mode & 0o777 == 0o600
    again = master_keys(" ", database, file)
    assert again.keys == masters.keys
    found = opened(database, again).ring("room")
    assert found is not None
    assert found[0].keys == ring.keys


@on_sqlite
def test_the_file_is_gone(database: Database, file: Path) -> None:
    """No other one is made in its place, with which nothing would open."""
    opened(database, master_keys("", database, file))
    file.unlink()
    with pytest.raises(InvalidKey, match="Put it back") as caught:
        master_keys("", database, file)
    assert caught.value.where == MASTER_FILE
    assert not file.exists()


@on_sqlite
def test_the_file_cannot_be_made(database: Database, tmp_path: Path) -> None:
    """A key for this run only would lose what it wraps, so there is none."""
    with pytest.raises(InvalidKey, match="write into its folder") as caught:
        master_keys("", database, tmp_path / "gone" / MASTER_FILE)
    assert "could not be written" in caught.value.problem


@pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)
def test_servers_have_to_share_one(database: Database, file: Path) -> None:
    """Where several servers may share a database, each with a file of its own would lock the others out."""
    file.write_text(FernetKey.generate().reveal())
    with pytest.raises(InvalidKey, match="Give all servers the same") as caught:
        master_keys("", database, file)
    assert caught.value.where == "MASTER_ENCRYPTION_KEY"
