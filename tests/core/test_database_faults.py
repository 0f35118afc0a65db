"""A database that the app cannot start with: each fault is said in a sentence, with what to do about it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL, event, make_url, text

from securechat.database import DatabaseSettings
from securechat.database.engine import Database
from securechat.database.faults import fault_at_start
from securechat.database.migrate import migrate
from securechat.database.opening import as_it_is
from securechat.database.store import SqlMessageStore
from securechat.database.url import read_url
from securechat.errors import InvalidSetting, StoreUnavailable
from tests.databases import DatabaseServer
from tests.support import ROOT

NOBODY = 65_534  # a user that every system has, and that may do nothing

START_AS_NOBODY = f"""
import os, sys, tempfile
from sqlalchemy import URL
from securechat.database.engine import Database
from securechat.database.migrate import migrate
from securechat.errors import InvalidSetting

with tempfile.TemporaryDirectory() as folder:
    other = Database(URL.create("sqlite", database=folder + "/other.db"))
    migrate(other, where="DATABASE_URL")  # whatever is imported late is imported now
    other.close()
database = Database(URL.create("sqlite", database=sys.argv[1]))
if os.geteuid() == 0:
    os.setuid({NOBODY})
try:
    migrate(database, where="DATABASE_URL")
except InvalidSetting as error:
    print(error)
"""


def refused(url: URL) -> InvalidSetting:
    """Return what is said of a database when the app starts."""
    database = Database(url, wait_seconds=1)
    with pytest.raises(InvalidSetting) as caught:
        migrate(database, where="DATABASE_URL", wait_seconds=1)
    database.close()
    error = caught.value
    assert error.where.startswith("DATABASE_URL, ")
    assert error.remedy.endswith("then start the app again.")
    assert "canary" not in str(error)
    assert error.__context__ is None
    return error


def file(path: Path) -> URL:
    """Return the address of a file."""
    return URL.create("sqlite", database=str(path))


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """Return a database of SQLite that has all tables."""
    path = tmp_path / "chat.db"
    database = Database(file(path))
    migrate(database, where="DATABASE_URL")
    database.close()
    return path


@pytest.mark.parametrize("text", [b"This is a letter.\n" * 500, b"x" * 100, b"SQLite"])
def test_a_file_that_is_no_database(tmp_path: Path, text: bytes) -> None:
    """It is left as it is."""
    path = tmp_path / "letter.txt"
    path.write_bytes(text)
    error = refused(file(path))
    assert error.problem == "It is a file, but no database."
    assert str(path) in error.where
    assert path.read_bytes() == text
    assert list(tmp_path.iterdir()) == [path]


def test_a_damaged_file(made: Path) -> None:
    """What begins like a database and is none is left as it is, too."""
    begins = made.read_bytes()[:4096]
    made.write_bytes(begins + b"\xff" * 4096 * 4)
    assert refused(file(made)).problem == "It is damaged."


def test_a_folder(tmp_path: Path) -> None:
    """A file in it has to be named."""
    assert refused(file(tmp_path)).problem == "It is a folder, not a file."


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """It is not made: it may be a disk that is missing."""
    assert "is not there" in refused(file(tmp_path / "gone" / "chat.db")).problem
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_locked(made: Path) -> None:
    """Another program has it open to change it, and does not let go."""
    other = Database(file(made))
    with other.engine.connect() as connection:
        connection.execute(text("SELECT 1"))  # it begins as a writer
        error = refused(file(made))
    other.close()
    assert "locked" in error.problem
    migrate(other, where="DATABASE_URL")
    other.close()


@contextmanager
def small_disk(kib: int) -> Iterator[Path | None]:
    """Make a small disk, if this computer lets us."""
    with tempfile.TemporaryDirectory() as folder:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", folder]
        is_there = (
            os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0
        )
        try:
            yield Path(folder) if is_there else None
        finally:
            if is_there:
                subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("kib", [4, 32, 64])
def test_a_full_disk(tmp_path: Path, kib: int) -> None:
    """Where there is no room for the tables, nothing is left by halves."""
    with small_disk(kib) as disk:
        path = (disk or tmp_path) / "chat.db"
        database = Database(file(path), wait_seconds=1)
        if disk is None:  # SQLite can be told to say the same
            event.listen(database.engine, "connect", lambda raw, _: raw.execute("PRAGMA max_page_count = 3"))
        with pytest.raises(InvalidSetting, match=r"Make room there|that there is room on it"):
            migrate(database, where="DATABASE_URL", wait_seconds=1)
        database.close()
        if disk is not None:
            subprocess.run(["mount", "-o", "remount,size=4m", disk], check=True)
        again = Database(file(path))
        migrate(again, where="DATABASE_URL")
        again.close()


@pytest.mark.parametrize("what", ["file", "folder", "new"])
def test_a_user_who_may_not_write(what: str) -> None:
    """The app runs as a user who may not write into the file, or not into its folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "data"
        folder.mkdir()
        path = folder / "chat.db"
        if what != "new":
            database = Database(file(path))
            migrate(database, where="DATABASE_URL")
            database.close()
            path.chmod(0o444 if what == "file" else 0o666)
        Path(name).chmod(0o755)
        folder.chmod(0o777 if what == "file" else 0o555)
        done = subprocess.run(
            [sys.executable, "-c", START_AS_NOBODY, str(path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stderr == ""
        assert "Let the user that runs the app write into the file and into its folder" in done.stdout
        folder.chmod(0o755)


@pytest.mark.parametrize("scheme", ["postgresql", "mariadb"])
def test_nobody_answers(scheme: str) -> None:
    """It is said which host and database were meant."""
    url = read_url(f"{scheme}://canary-user:canary@127.0.0.1:1/chat", ROOT, where="DATABASE_URL")
    error = refused(url)
    assert error.problem == "It cannot be reached, or lets nobody in."
    assert error.where == "DATABASE_URL, the database chat on 127.0.0.1"


@pytest.mark.parametrize("name", ["not there.pem", "note.pem", "."])
def test_a_certificate_that_is_none(tmp_path: Path, name: str) -> None:
    """Drivers read it themselves, and fail in ways of their own."""
    (tmp_path / "note.pem").write_text("Dear diary")
    address = f"mysql://user:canary@127.0.0.1:1/chat?ssl_ca={tmp_path / name}"
    url = read_url(address, tmp_path, where="DATABASE_URL")
    assert "A file that its address names" in refused(url).problem
    settings = DatabaseSettings(address, tmp_path)
    with pytest.raises(InvalidSetting, match="A file that its address names"), as_it_is(settings):
        pass
    with pytest.raises(StoreUnavailable):
        SqlMessageStore(Database(url)).head("demo")


@pytest.mark.parametrize("bare_url", ["postgresql", "mariadb"], indirect=True)
def test_there_is_no_such_database(bare_url: URL) -> None:
    """The server is there, and has none of that name. PostgreSQL's driver does not say why it was refused."""
    error = refused(bare_url.set(database="missing"))
    assert error.where.endswith("the database missing on 127.0.0.1")
    if bare_url.get_backend_name() == "mysql":
        assert error.problem == "There is no such database on that server."
    else:
        assert "name of the database" in error.remedy


@pytest.mark.parametrize("is_made", [False, True])
def test_a_server_that_can_only_be_read(postgresql: DatabaseServer, is_made: bool) -> None:
    """Such as a copy that follows another server, also where it has all tables already."""
    url = postgresql.make()
    database = Database(url)
    if is_made:
        migrate(database, where="DATABASE_URL")
    with database.engine.begin() as connection:
        connection.execute(text(f"ALTER DATABASE {url.database} SET default_transaction_read_only = on"))
    database.close()
    assert refused(url).problem == "It can only be read."


def test_a_user_who_may_make_no_tables(postgresql: DatabaseServer) -> None:
    """The database belongs to another user."""
    url = postgresql.make()
    database = Database(url)
    with database.engine.begin() as connection:
        connection.execute(text("DROP ROLE IF EXISTS canary_guest"))
        connection.execute(text("CREATE ROLE canary_guest LOGIN"))
        connection.execute(text("REVOKE CREATE ON SCHEMA public FROM PUBLIC"))
    assert refused(url.set(username="canary_guest")).problem == "It does not let this user make tables."
    with database.engine.begin() as connection:
        connection.execute(text("DROP ROLE canary_guest"))
    database.close()


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("28P01", "refuses the user or the password"),
        (1045, "refuses the user or the password"),
        (1044, "does not let this user make tables"),
        ("53100", "no space left"),
        (1114, "no space left"),
        (1290, "can only be read"),
        (None, "cannot be reached"),
        ("57P03", "cannot be reached"),
    ],
)
def test_what_else_engines_say(code: object, problem: str) -> None:
    """Their own numbers become words; what is not known means that there is no answer."""
    url = make_url("postgresql://canary-user:canary@db.school.example/chat")
    said = str(fault_at_start(code, url, where="DATABASE_URL"))
    assert problem in said
    assert "the database chat on db.school.example" in said
    assert "canary" not in said


def test_a_socket_has_no_host() -> None:
    """Then it is on this computer."""
    url = make_url("postgresql:///chat")
    assert fault_at_start(None, url, where="DATABASE_URL").where.endswith(
        "the database chat on this computer"
    )
