"""The tables of a database are made, and brought up to date, when the app starts: one way on every engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, Connection, text

from securechat.database import DatabaseSettings
from securechat.database.alone import alone
from securechat.database.engine import Database
from securechat.database.migrate import VERSION_TABLE
from securechat.database.opening import open_database
from securechat.database.store import SqlMessageStore
from securechat.database.tables import create_tables
from securechat.errors import InvalidSetting
from tests.core.database_looks import connected, contents, described, differences, epochs, start
from tests.databases import DatabaseServer
from tests.support import ROOT


@pytest.fixture
def database(bare_url: URL) -> Iterator[Database]:
    """Return a new database without tables, on each engine."""
    database = Database(bare_url)
    yield database
    database.close()


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


def opened(url: str, folder: Path) -> SqlMessageStore:
    """Return the store in a database, as it is set."""
    return SqlMessageStore(open_database(DatabaseSettings(url, folder)))


def test_a_store_is_opened(bare_url: URL) -> None:
    """Its tables are made, and what is in it is there the next time."""
    url = bare_url.set(drivername=bare_url.get_backend_name()).render_as_string(hide_password=False)
    first = opened(url, ROOT)
    message = first.append("room", "A", "token")
    first.close()
    second = opened(url, ROOT)
    assert second.view("room").messages == (message,)
    second.close()


@pytest.mark.parametrize("change", ["UPDATE {} SET version_num = '9999'", "INSERT INTO {} VALUES ('9999')"])
def test_it_is_newer(database: Database, change: str) -> None:
    """A database of a newer version is refused with what to do, and is left as it was."""
    start(database)
    with connected(database.engine.url) as connection:
        connection.execute(text(change.format(VERSION_TABLE)))
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
    """A migration may make a table anew, as SQLite often needs it: what refers to it stays."""
    start(database)
    store = SqlMessageStore(database)
    message = store.append("room", "A", "token", client_id="mine")
    if database.kind == "sqlite":
        with connected(database.engine.url) as connection:
            made = connection.scalar(text("SELECT sql FROM sqlite_master WHERE name = 'rooms'"))

        def make_anew(connection: Connection) -> None:
            connection.execute(text(made.replace("CREATE TABLE rooms", "CREATE TABLE new")))
            connection.execute(text("INSERT INTO new SELECT * FROM rooms"))
            connection.execute(text("DROP TABLE rooms"))
            connection.execute(text("ALTER TABLE new RENAME TO rooms"))

        alone(database, make_anew, where="DATABASE_URL")
    start(database)
    assert store.view("room").messages == (message,)


def test_every_connection_heeds_references(sqlite: DatabaseServer) -> None:
    """What SQLite was told for a migration, it was told for that alone."""
    database = Database(sqlite.make())
    start(database)
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 5_000
    database.close()


@pytest.mark.parametrize("name", ["per%cent", "with space", "ä"])
def test_the_app_lies_anywhere(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of the app may be called as people call folders."""
    folder = tmp_path / name / "securechat"
    folder.parent.mkdir()
    folder.symlink_to(ROOT / "securechat", target_is_directory=True)
    monkeypatch.setattr("securechat.database.migrate._FOLDER", folder / "database" / "migrations")
    store = opened("sqlite:///chat.db", tmp_path)
    assert store.append("room", "A", "token").id == 1
    store.close()
