"""`admin status` says what is in a database, and changes nothing; what cannot be used is said."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from sqlalchemy import text

from securechat.admin import commands
from securechat.crypto.keyring import FernetKey, KeyRing
from securechat.database.engine import Database
from securechat.database.migrate import VERSION_TABLE
from securechat.database.store import SqlMessageStore
from securechat.database.vault import Vault
from securechat.settings import MAX_KEEP_DAYS
from tests.admin.world import MASTER, Done, World
from tests.core.database_looks import connected, contents, epochs


def rows(done: Done) -> dict[str, str]:
    """Return what `status` printed, by name."""
    return dict(re.split(r":\s+", line, maxsplit=1) for line in done.out.splitlines())


def test_it_says_what_is_there(world: World) -> None:
    """The engine and its name, tables, messages, size, keys, epoch; and changes nothing."""
    world.filled(3)
    world.monkeypatch.setenv("SECURECHAT_KEEP_DAYS", "30")
    before = contents(world.url)
    done = world.run("status")
    assert (done.code, done.err) == (0, "")
    said = rows(done)
    engine = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mysql": "MariaDB"}[
        world.url.get_backend_name()
    ]
    assert said["Database"].startswith(f"{engine}, the ")
    assert str(world.url.database) in said["Database"]
    assert said["Tables"] == "version 0002, up to date"
    assert said["Rooms"] == "1"
    assert re.fullmatch(r"3, from (20\d\d-\d\d-\d\d \d\d:\d\d) to \1?.* UTC", said["Messages"])
    assert re.fullmatch(r"[\d.]+ [kM]B(, and .* journal)?", said["Size"])
    assert said["Master key"] == "fits; 0 of 0 keys of rooms wrapped under the first"
    assert said["Kept"] == "30 days"
    assert [said["Epoch"]] == epochs(world.url)
    assert contents(world.url) == before


def test_no_tables(world: World) -> None:
    """Before the first start; none are made, and no other command takes such a database."""
    if world.url.get_backend_name() == "sqlite":
        assert "There is no such file." in world.run("status").err
        Path(str(world.url.database)).touch()
    done = world.run("status")
    assert done.code == 0
    assert rows(done)["Tables"] == "none yet; the app makes them when it starts"
    for command in (("backup", "x.backup"), ("restored",), ("rewrap",), ("keep", "30")):
        done = world.run(*command)
        assert (done.code, done.out) == (1, "")
        assert "SecureChat has no tables in it." in done.err
    assert contents(world.url) == {}
    assert not (world.folder / "x.backup").exists()


def test_keys_of_rooms(world: World) -> None:
    """How many there are, and how many of them are under the first master key."""
    world.filled(1)
    database = Database(world.url)
    store = SqlMessageStore(database)
    new = FernetKey.generate().reveal()
    for number, master in enumerate((MASTER, MASTER, f"{new},{MASTER}")):
        vault = Vault(database, store, KeyRing.from_text(master))
        if number < 2:
            vault.keep(f"room {number}", KeyRing.generate(), keys_version=1)
    store.close()
    world.monkeypatch.setenv("MASTER_ENCRYPTION_KEY", f"{new},{MASTER}")
    assert rows(world.run("status"))["Master key"] == "fits; 0 of 2 keys of rooms wrapped under the first"
    world.monkeypatch.setenv("MASTER_ENCRYPTION_KEY", MASTER)
    assert rows(world.run("status"))["Master key"] == "fits; 2 of 2 keys of rooms wrapped under the first"
    world.monkeypatch.setenv("MASTER_ENCRYPTION_KEY", new)
    done = world.run("status")
    assert done.code == 1
    assert "wrapped under another master key" in rows(done)["Master key"]
    assert new not in done.out


@pytest.mark.parametrize(
    ("version", "code", "said"),
    [
        ("0001", 0, "version 0001; the next start of the app brings them to 0002"),
        ("9999", 1, "version 9999, of a newer SecureChat; this one cannot use them"),
    ],
)
def test_another_version(world: World, version: str, code: int, said: str) -> None:
    """Older tables and those of a newer version are looked at, and stay as they are."""
    world.filled(1)
    with connected(world.url) as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = :new"), {"new": version})  # noqa: S608
        if code == 0:
            connection.execute(text("DROP TABLE room_keys"))
    before = contents(world.url)
    done = world.run("status")
    assert (done.code, rows(done)["Tables"]) == (code, said)
    assert contents(world.url) == before


def test_files_stay_as_they_are(file_world: World) -> None:
    """A file of SQLite and the folder that it is in; no master key is made either."""
    file_world.monkeypatch.delenv("MASTER_ENCRYPTION_KEY")
    done = file_world.run("status")
    assert (done.code, done.out) == (1, "")
    assert "There is no such file." in done.err
    assert list(file_world.folder.iterdir()) == []
    file_world.filled(2)
    with connected(file_world.url) as connection:
        connection.execute(text("DELETE FROM facts WHERE name = 'master_check'"))
    before = {path: hashlib.sha256(path.read_bytes()).digest() for path in file_world.folder.iterdir()}
    assert rows(file_world.run("status"))["Master key"] == "none yet; the app makes master.key when it starts"
    assert before == {
        path: hashlib.sha256(path.read_bytes()).digest() for path in file_world.folder.iterdir()
    }


def test_a_master_key_that_is_gone(file_world: World) -> None:
    """`status` says so, and does not make another one; `rewrap` neither."""
    file_world.filled(1)
    file_world.monkeypatch.delenv("MASTER_ENCRYPTION_KEY")
    done = file_world.run("status")
    assert done.code == 1
    assert "It is not there, but keys of rooms are wrapped under it." in rows(done)["Master key"]
    assert file_world.run("rewrap").code == 1
    assert not (file_world.folder / "master.key").exists()


def test_settings_from_secrets(file_world: World) -> None:
    """Those that Streamlit would find; the environment comes first."""
    file_world.filled(2)
    secrets = file_world.folder / ".streamlit" / "secrets.toml"
    secrets.parent.mkdir()
    secrets.write_text(f"DATABASE_URL = '{file_world.settings.url}'\nMASTER_ENCRYPTION_KEY = '{MASTER}'\n")
    file_world.monkeypatch.delenv("MASTER_ENCRYPTION_KEY")
    file_world.monkeypatch.setenv("DATABASE_URL", "sqlite:////nowhere/chat.db")
    assert "/nowhere/chat.db" in file_world.run("status").err
    file_world.monkeypatch.delenv("DATABASE_URL")
    said = rows(file_world.run("status"))
    assert said["Messages"].startswith("2, ")
    assert said["Master key"].startswith("fits")
    assert said["Kept"].startswith("for ever")


@pytest.mark.parametrize("command", [("status",), ("backup", "x"), ("restored",), ("rewrap",), ("keep", "1")])
def test_nothing_is_set(file_world: World, command: tuple[str, ...]) -> None:
    """Each command says what to set."""
    file_world.monkeypatch.delenv("DATABASE_URL")
    done = file_world.run(*command)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("DATABASE_URL: It is not set")
    assert "DATABASE_URL=sqlite:///securechat.db" in done.err


def test_secrets_that_cannot_be_read(file_world: World) -> None:
    """They are named, with the line, and not quoted."""
    secrets = file_world.folder / ".streamlit" / "secrets.toml"
    secrets.parent.mkdir()
    secrets.write_text("A = 1\nDATABASE_URL = pass-canary\n")
    done = file_world.run("status")
    assert (done.code, done.err) == (
        1,
        ".streamlit/secrets.toml: Line 2 is not valid TOML. Correct it, or move it away; then try again.\n",
    )
    secrets.write_bytes(b"\xff\xfe")
    assert "It cannot be read." in file_world.run("status").err


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("oracle://tests:pass-canary@host/x", "It names no kind of database that is known here."),
        ("postgresql://tests:pass-canary@127.0.0.1:1/x", "the database x on 127.0.0.1: It cannot be reached"),
        ("mysql://tests:pass-canary@127.0.0.1:1/x", "the database x on 127.0.0.1: It cannot be reached"),
    ],
)
def test_a_database_that_cannot_be_used(file_world: World, url: str, said: str) -> None:
    """One sentence, without user and password."""
    file_world.monkeypatch.setenv("DATABASE_URL", url)
    done = file_world.run("status")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("DATABASE_URL")
    assert said in done.err
    assert "tests" not in done.err


def test_a_file_that_is_no_database(file_world: World) -> None:
    """It stays as it is."""
    path = file_world.folder / "chat.db"
    path.write_text("Dear diary" * 1_000)
    done = file_world.run("status")
    assert done.code == 1
    assert "It is a file, but no database." in done.err
    assert path.read_text() == "Dear diary" * 1_000


@pytest.mark.parametrize("days", ["0", "-1", "1.5", "x", "", "36501", "²", "9" * 30])
def test_no_number_of_days(file_world: World, days: str) -> None:
    """What is none is refused, and nothing is opened."""
    with pytest.raises(SystemExit) as caught:
        file_world.run("keep", days)
    assert caught.value.code == 2
    assert "from 1 to 36500" in file_world.capsys.readouterr().err or days.startswith("-")
    assert commands.MAX_DAYS == MAX_KEEP_DAYS
