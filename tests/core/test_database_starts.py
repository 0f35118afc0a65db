"""Several servers start at once on one database, or one is ended while it makes the tables."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from threading import Thread

import pytest
from sqlalchemy import URL, event, text

from securechat.database.engine import Database
from securechat.database.migrate import migrate
from securechat.database.tables import METADATA
from securechat.errors import InvalidSetting
from tests.core.database_looks import contents, differences, epochs, start
from tests.databases import DatabaseServer
from tests.support import ROOT

PROCESSES = 6
PATIENCE = 120  # seconds until a process that says nothing counts as lost

START = """
import sys
from sqlalchemy import make_url
from securechat.database.alone import alone
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


@pytest.fixture
def database(bare_url: URL) -> Iterator[Database]:
    """Return a new database without tables, on each engine."""
    database = Database(bare_url)
    yield database
    database.close()


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


def test_a_new_file_that_others_are_making(sqlite: DatabaseServer) -> None:
    """Whoever finds it locked, before it even has a journal, tries again for as long as a start may take."""
    url = sqlite.make()
    database, tries = Database(url, wait_seconds=0), []
    with closing(sqlite3.connect(str(url.database), isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN EXCLUSIVE")

        def note(*args: object) -> None:
            tries.append(args)
            if len(tries) == 3:
                other.execute("COMMIT")

        event.listen(database.engine, "do_connect", note)
        start(database)
    assert len(tries) >= 3
    database.close()
