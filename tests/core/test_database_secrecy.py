"""Nothing that can be read stands in a database, its journals or a dump: neither texts nor keys."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, text

from securechat.application import Application
from securechat.crypto.keyring import FernetKey, KeyRing
from securechat.database import DatabaseSettings
from securechat.database.engine import Database
from securechat.database.store import SqlMessageStore
from securechat.database.tables import METADATA
from securechat.database.vault import Vault
from securechat.settings import Settings

MASTER = FernetKey.generate()
TEXT = "the canary sings of nine green bottles"

FOLDERS = {"postgresql": "SHOW data_directory", "mysql": "SELECT @@datadir"}


def folder_of(url: URL) -> Path:
    """Return the folder in which a database has all its files, and those of its server."""
    if url.get_backend_name() == "sqlite":
        return Path(str(url.database)).parent
    database = Database(url)
    with database.engine.connect() as connection:
        name = connection.execute(text(FOLDERS[url.get_backend_name()])).scalar_one()
    database.close()
    return Path(name)


def settle(url: URL) -> None:
    """Have the server write into its files what it has in mind, as far as it can be told to."""
    database = Database(url)
    statements = {
        "sqlite": [],
        "postgresql": ["VACUUM FULL", "CHECKPOINT"],
        "mysql": [f"FLUSH TABLES {', '.join(METADATA.tables)} FOR EXPORT", "UNLOCK TABLES"],
    }[database.kind]
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements:
            connection.execute(text(statement))
    database.close()


def files_with(url: URL, found: str) -> set[str]:
    """Return the folders and files in which a text, a key, or the bytes of a key stand."""
    folder, wanted = folder_of(url), found.encode()
    return {
        str(path.relative_to(folder)).split("/")[0]
        for path in folder.rglob("*")
        if path.is_file() and wanted in path.read_bytes()
    }


@pytest.fixture
def application(bare_url: URL, tmp_path: Path) -> Iterator[Application]:
    """Return a server with a conversation in a database, and keys of another room there, too."""
    address = bare_url.set(drivername=bare_url.get_backend_name()).render_as_string(hide_password=False)
    settings = DatabaseSettings(
        address, tmp_path, master_key=MASTER.reveal(), master_file=tmp_path / "master.key"
    )
    application = Application(Settings(key_file=tmp_path / "secret.key", database=settings))
    yield application
    application.close()


def test_texts_and_keys_are_nowhere(application: Application, bare_url: URL) -> None:
    """Of what is written, of the keys that it is under, of keys of other rooms and of the master key."""
    conversation = application.conversation
    conversation.change_keys(lambda ring: ring.rotated())
    message = conversation.send("A", TEXT, client_id="the name of a canary")
    database = Database(bare_url)
    store = SqlMessageStore(database)
    others = KeyRing.generate().rotated()
    Vault(database, store, KeyRing((MASTER,))).keep("another room", others, keys_version=1)
    store.append("another room", "B", others.encrypt(TEXT))
    settle(bare_url)
    assert files_with(bare_url, message.token), "the control: the token is there"
    assert files_with(bare_url, "another room"), "and the names"
    for key in (MASTER, *others.keys, *conversation.keyring.keys):
        raw = base64.urlsafe_b64decode(key.reveal())
        for secret in (key.reveal(), key.reveal().rstrip("="), raw.hex()):
            assert files_with(bare_url, secret) == set()
    assert files_with(bare_url, TEXT) == set()
    database.close()


# InnoDB leaves what was deleted in its pages and its logs until it needs the place: docs/database.md says so.
LEFT = {"sqlite": set(), "postgresql": {"pg_wal"}}


@pytest.mark.parametrize("bare_url", LEFT, indirect=True)
def test_what_was_cleared_is_gone(application: Application, bare_url: URL) -> None:
    """Tokens, too: in SQLite at once, in PostgreSQL when it was vacuumed, and later from its journal."""
    message = application.conversation.send("A", TEXT)
    settle(bare_url)
    assert files_with(bare_url, message.token)
    application.conversation.clear()
    settle(bare_url)
    assert files_with(bare_url, message.token) <= LEFT[bare_url.get_backend_name()]
