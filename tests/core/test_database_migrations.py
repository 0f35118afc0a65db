"""The tables of a database are made, and brought up to date, when the app starts: one way on every engine."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import URL, Connection, event, inspect, select, text

from securechat.database import open_store
from securechat.database.engine import Database
from securechat.database.migrate import VERSION_TABLE, migrate
from securechat.database.store import SqlMessageStore
from securechat.database.tables import EPOCH, FACTS, METADATA, create_tables
from securechat.errors import InvalidSetting
from tests.databases import DatabaseServer
from tests.support import ROOT

PROCESSES = 6
PATIENCE = 120  # seconds until a process that says nothing counts as lost

START = """
import sys
from sqlalchemy import make_url
from securechat.database.engine import Database
from securechat.database.migrate import migrate

database = Database(make_url(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
migrate(database, where="DATABASE_URL")
database.close()
"""


class _CutError(Exception):
    """The app is ended here."""


@contextmanager
def connected(url: URL) -> Iterator[Connection]:
    """Connect to a database, and change it."""
    database = Database(url)
    with database.engine.begin() as connection:
        yield connection
    database.close()


@pytest.fixture
def database(bare_url: URL) -> Iterator[Database]:
    """Return a new database without tables, on each engine."""
    database = Database(bare_url)
    yield database
    database.close()


def start(database: Database) -> None:
    """Do what is done when the app starts."""
    migrate(database, where="DATABASE_URL")


def differences(url: URL) -> list[object]:
    """Return what Alembic finds to be otherwise in a database than in `tables.py`."""
    options = {"compare_type": True, "compare_server_default": True, "version_table": VERSION_TABLE}
    with connected(url) as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), METADATA))


DESCRIBE = {
    "sqlite": ["SELECT name, sql FROM sqlite_master WHERE tbl_name != :version"],
    "postgresql": [
        "SELECT table_name, ordinal_position, column_name, data_type, character_maximum_length, is_nullable, "
        "column_default, collation_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND table_name != :version",
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename != :version",
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE connamespace = 'public'::regnamespace AND conrelid != CAST(:version AS regclass)",
    ],
}


def described(url: URL) -> set[tuple[object, ...]]:
    """Return what the engine itself says of its tables: collations and keys, too."""
    with connected(url) as connection:
        if connection.dialect.name == "mysql":
            names = set(inspect(connection).get_table_names()) - {VERSION_TABLE}
            return {tuple(connection.execute(text(f"SHOW CREATE TABLE {name}")).one()) for name in names}
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"CREATE TABLE IF NOT EXISTS {VERSION_TABLE} ()"))
        return {
            tuple(" ".join(item.split()) if isinstance(item, str) else item for item in row)
            for statement in DESCRIBE[connection.dialect.name]
            for row in connection.execute(text(statement), {"version": VERSION_TABLE})
        }


def contents(url: URL) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of all tables of a database."""
    with connected(url) as connection:
        return {
            name: sorted(map(tuple, connection.execute(text(f"SELECT * FROM {name}"))), key=repr)  # noqa: S608
            for name in inspect(connection).get_table_names()
        }


def epochs(url: URL) -> list[str]:
    """Return the epochs that a database says rooms begin in: there is to be one."""
    with connected(url) as connection:
        return list(connection.scalars(select(FACTS.c.value).where(FACTS.c.name == EPOCH)))


def test_migrations_make_the_tables(database: Database, request: pytest.FixtureRequest) -> None:
    """They make what `tables.py` says, to the last collation; and a second start changes nothing."""
    url = database.engine.url
    start(database)
    assert differences(url) == []
    before = contents(url)
    start(database)
    assert contents(url) == before
    assert len(epochs(url)) == 1
    server: DatabaseServer = request.getfixturevalue(request.node.callspec.params["bare_url"])
    other = server.make()
    with connected(other) as connection:
        create_tables(connection)
    assert described(url) == described(other)


def test_a_difference_is_found(database: Database) -> None:
    """So that the test above holds something."""
    start(database)
    with connected(database.engine.url) as connection:
        connection.execute(text("ALTER TABLE facts ADD more INTEGER"))
    assert differences(database.engine.url) != []


def test_a_store_is_opened(bare_url: URL) -> None:
    """Its tables are made, and what is in it is there the next time."""
    url = bare_url.set(drivername=bare_url.get_backend_name()).render_as_string(hide_password=False)
    first = open_store(url, ROOT)
    message = first.append("room", "A", "token")
    first.close()
    second = open_store(url, ROOT)
    assert second.view("room").messages == (message,)
    second.close()


def test_six_servers_start_at_once(database: Database) -> None:
    """None of them fails, and the tables and the epoch are made once."""
    url = database.engine.url
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", START, url.render_as_string(hide_password=False)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(PROCESSES)
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("begin\n")
        process.stdin.flush()
    assert [process.communicate(timeout=PATIENCE) for process in processes] == [("", "")] * PROCESSES
    assert [process.returncode for process in processes] == [0] * PROCESSES
    assert differences(url) == []
    assert len(epochs(url)) == 1


def test_several_threads_start_at_once(database: Database) -> None:
    """Two visitors who come first do what six servers do."""
    errors: list[BaseException] = []

    def begin() -> None:
        try:
            start(database)
        except BaseException as error:
            errors.append(error)

    threads = [Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert errors == []
    assert differences(database.engine.url) == []


def count_changes(database: Database, most: int | None = None) -> list[str]:
    """Return a list that gets what changes a database as it is executed; after `most` of these it ends."""
    changes: list[str] = []

    def note(*args: object) -> None:
        if str(args[2]).split()[0] in ("CREATE", "INSERT", "UPDATE"):
            if len(changes) == most:
                raise _CutError
            changes.append(str(args[2]))

    event.listen(database.engine, "before_cursor_execute", note)
    return changes


def test_it_is_cut_short(database: Database, request: pytest.FixtureRequest) -> None:
    """Wherever the app is ended while it makes the tables, the next start goes on."""
    server: DatabaseServer = request.getfixturevalue(request.node.callspec.params["bare_url"])
    changes = count_changes(database)
    start(database)
    assert len(changes) >= len(METADATA.tables)
    for most in range(len(changes)):
        cut = Database(server.make())
        count_changes(cut, most)
        with pytest.raises(_CutError):
            start(cut)
        cut.close()
        again = Database(cut.engine.url)
        start(again)
        again.close()
        assert differences(cut.engine.url) == []
        assert len(epochs(cut.engine.url)) == 1


def test_it_is_newer(database: Database) -> None:
    """A database of a newer version is refused with what to do, and is left as it was."""
    start(database)
    with connected(database.engine.url) as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))  # noqa: S608
        connection.execute(text("ALTER TABLE rooms ADD later INTEGER"))
    before = contents(database.engine.url), described(database.engine.url)
    with pytest.raises(InvalidSetting, match="Start the newer version") as caught:
        start(database)
    assert "A newer version of SecureChat" in caught.value.problem
    assert "canary" not in str(caught.value)
    assert (contents(database.engine.url), described(database.engine.url)) == before


def test_it_has_tables_of_somebody_else(database: Database) -> None:
    """Where another program has a table of such a name, nothing is written beside it."""
    with connected(database.engine.url) as connection:
        connection.execute(text("CREATE TABLE rooms (number INTEGER)"))
    with pytest.raises(InvalidSetting, match="empty database") as caught:
        start(database)
    assert "“rooms”" in caught.value.problem
    assert contents(database.engine.url) == {"rooms": []}


def test_it_has_other_tables(database: Database) -> None:
    """What another program keeps there under other names, its own Alembic's too, stays beside it."""
    with connected(database.engine.url) as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('theirs')"))
    start(database)
    start(database)
    assert contents(database.engine.url)["alembic_version"] == [("theirs",)]


def test_messages_stay(database: Database) -> None:
    """A start in mid-conversation, on a connection that does not heed references, loses none of them."""
    start(database)
    store = SqlMessageStore(database)
    message = store.append("room", "A", "token", client_id="mine")
    start(database)
    assert store.view("room").messages == (message,)
    store.forget("room")
    with connected(database.engine.url) as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM messages")).scalar() == 0


def test_every_connection_heeds_references(sqlite: DatabaseServer) -> None:
    """What SQLite was told for a migration, it was told for that alone."""
    database = Database(sqlite.make())
    start(database)
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 5_000
    database.close()


def test_another_server_takes_too_long(database: Database) -> None:
    """It is said what is in the way, after a while; and nothing has happened."""
    start(database)
    url = database.engine.url
    before = contents(url)
    other = Database(url)
    with other.engine.connect() as connection:
        if database.kind == "mysql":
            connection.execute(text("SELECT GET_LOCK(CONCAT('securechat ', MD5(DATABASE())), 0)"))
        elif database.kind == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({0x5EC00EC4})"))
        else:
            connection.execute(text("SELECT 1"))  # it begins as a writer
        with pytest.raises(InvalidSetting, match="Wait until other servers have started") as caught:
            migrate(database, where="DATABASE_URL", wait_seconds=1)
        assert caught.value.__context__ is None
    other.close()
    assert contents(url) == before
    start(database)


@pytest.mark.parametrize("name", ["per%cent", "with space", "ä"])
def test_the_app_lies_anywhere(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of the app may be called as people call folders."""
    folder = tmp_path / name / "securechat"
    folder.parent.mkdir()
    folder.symlink_to(ROOT / "securechat", target_is_directory=True)
    monkeypatch.setattr("securechat.database.migrate._FOLDER", folder / "database" / "migrations")
    store = open_store("sqlite:///chat.db", tmp_path)
    assert store.append("room", "A", "token").id == 1
    store.close()
