"""A database that others use, too: nothing is lost or doubled, nobody waits for ever, and silence is said."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial

import pytest
from sqlalchemy import URL, Connection, bindparam, insert, text, update
from sqlalchemy.exc import ProgrammingError

from securechat.database.engine import POOL_OVERFLOW, TRIES, Database
from securechat.database.statements import CHANGE_NOTHING, CLEAR_ROOM, LOCK_ROOM, READ_HEADS
from securechat.database.store import SqlMessageStore
from securechat.database.tables import FACTS
from securechat.errors import StoreUnavailable
from securechat.rooms.store import RoomView
from tests.store_writers import KEPT, PATIENCE, PROCESSES, ROOM, THREADS, Writers, writers

EACH = 12

CHANGE_FACT = update(FACTS).where(FACTS.c.name == bindparam("its_name")).values(value=bindparam("its_value"))

on_servers = pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)


@pytest.fixture
def store(database_url: URL) -> Iterator[SqlMessageStore]:
    """Return a store of this process there, too."""
    store = SqlMessageStore(Database(database_url), max_messages=KEPT)
    yield store
    store.close()


def assert_whole(view: RoomView, written: Writers) -> None:
    """Check that what was acknowledged is there under its number, and everything once, without a gap."""
    numbers = [message.id for message in view.messages]
    tokens = [message.token for message in view.messages]
    assert numbers == list(range(1, view.last_id + 1))
    assert len(set(tokens)) == len(tokens)
    assert set(written.acknowledged) <= set(zip(numbers, tokens, strict=True))
    for sender in {message.sender for message in view.messages}:
        own = [int(token.rpartition(" ")[2]) for token in tokens if token.startswith(f"{sender}, ")]
        assert own == list(range(len(own))), "each thread's messages in the order in which it wrote them"


def test_several_processes_write(database_url: URL, store: SqlMessageStore) -> None:
    """Four with eight threads each, every tenth message sent twice: each is stored once, without a gap."""
    with writers(database_url, EACH) as written:
        written.wait()
    assert len(written.acknowledged) == PROCESSES * THREADS * (EACH + 2)
    view = store.view(ROOM)
    assert view.last_id == len(view.messages) == PROCESSES * THREADS * EACH == view.revision
    assert_whole(view, written)


def test_they_are_killed_in_mid_write(database_url: URL, store: SqlMessageStore) -> None:
    """What was acknowledged is stored, nothing twice, nothing by halves; and the room goes on."""
    with writers(database_url, -1) as written:
        written.wait_for(200)
    next_one = store.append(ROOM, "B", "B, 0")
    view = store.view(ROOM)
    assert_whole(view, written)
    assert view.find(next_one.id) == next_one
    assert all(number < next_one.id for number, _ in written.acknowledged)
    assert store.append(ROOM, "B", "B, 1").id == store.head(ROOM).last_id


def holder(url: URL) -> Connection:
    """Return a connection of somebody else, who has locked the room and does not let go."""
    other = Database(url)
    connection = other.engine.connect()
    connection.execute(LOCK_ROOM, {"room": ROOM})
    return connection


def test_somebody_holds_the_room(database_url: URL) -> None:
    """Who sends is told so in time, and can read meanwhile. Sent again afterwards, it is stored once."""
    store = SqlMessageStore(Database(database_url, wait_seconds=1))
    first = store.append(ROOM, "A", "one")
    other = holder(database_url)
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="does not answer"):
            store.append(ROOM, "A", "two", client_id="mine")
    assert store.view(ROOM).messages == (first,)
    other.close()
    assert [store.append(ROOM, "A", "two", client_id="mine").id for _ in range(2)] == [2, 2]
    assert [message.token for message in store.view(ROOM).messages] == ["one", "two"]
    other.engine.dispose()
    store.close()


def test_no_connection_is_free(database_url: URL) -> None:
    """Who asks is told so in time; when one is free again, it goes on."""
    database = Database(database_url, pool_size=1, wait_seconds=1)
    store = SqlMessageStore(database)
    with ExitStack() as taken:
        for _ in range(1 + POOL_OVERFLOW):
            taken.enter_context(database.engine.connect())
        with pytest.raises(StoreUnavailable):
            store.head(ROOM)
        with pytest.raises(StoreUnavailable):
            store.append(ROOM, "A", "token")
    assert store.append(ROOM, "A", "token").id == 1
    store.close()


def cut_connections(url: URL) -> None:
    """End all connections to a database, as a restart of its server would."""
    find, end = {
        "postgresql": (
            "SELECT pid FROM pg_stat_activity WHERE datname = :name AND pid <> pg_backend_pid()",
            "SELECT pg_terminate_backend({})",
        ),
        "mysql": (
            "SELECT id FROM information_schema.processlist WHERE db = :name AND id <> connection_id()",
            "KILL {}",
        ),
    }[url.get_backend_name()]
    admin = Database(url)
    with admin.engine.connect() as connection:
        for number in connection.execute(text(find), {"name": url.database}).scalars().all():
            connection.execute(text(end.format(number)))
    admin.close()


@on_servers
def test_connections_that_were_cut(database_url: URL) -> None:
    """They are found out before they are used: whoever asks next gets an answer."""
    store = SqlMessageStore(Database(database_url))
    for number in (1, 2, 3):
        assert store.append(ROOM, "A", "token").id == number
        assert store.head(ROOM).last_id == number
        cut_connections(database_url)
    store.close()


@on_servers
def test_a_connection_that_is_cut_in_mid_write(
    database_url: URL, store: SqlMessageStore, caplog: pytest.LogCaptureFixture
) -> None:
    """It is not tried again by itself, for it may have been done. It is logged once until all is well."""
    database, tried = Database(database_url), []

    def work(connection: Connection) -> None:
        tried.append(connection.execute(LOCK_ROOM, {"room": ROOM}).one().id)
        connection.execute(CLEAR_ROOM, {"this_room": tried[0]})
        cut_connections(database_url)

    before = store.append(ROOM, "A", "token", client_id="mine")
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            database.change(work)
    assert len(tried) == 2
    assert store.view(ROOM).messages == (before,)
    assert database.read(READ_HEADS, {"rooms": [ROOM]})
    assert not database.is_answering, "what can only be read does not do what it should"
    database.change(lambda connection: connection.execute(CHANGE_NOTHING))
    assert database.is_answering
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]
    assert "canary" not in caplog.text, "the password of the tests"
    database.close()


@on_servers
def test_two_wait_for_each_other(database_url: URL) -> None:
    """The engine gives one of them up: it is done again, and then both are done."""
    database = Database(database_url)
    for name in ("one", "two"):
        database.change(partial(_add_fact, name))
    both, tried = threading.Barrier(2), []

    def change(names: tuple[str, str], connection: Connection) -> None:
        tried.append(names)
        connection.execute(CHANGE_FACT, {"its_name": names[0], "its_value": names[0]})
        if len(tried) <= 2:
            both.wait(PATIENCE)
        connection.execute(CHANGE_FACT, {"its_name": names[1], "its_value": names[0]})

    with ThreadPoolExecutor(2) as pool:
        for done in [
            pool.submit(database.change, partial(change, names)) for names in (("one", "two"), ("two", "one"))
        ]:
            done.result()
    assert len(tried) > 2
    database.close()


@pytest.mark.parametrize(
    ("database_url", "gives_up"),
    [
        ("postgresql", "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$"),
        ("mariadb", "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213"),
    ],
    indirect=["database_url"],
)
def test_what_is_given_up_each_time(database_url: URL, gives_up: str) -> None:
    """It is tried some times, and not for ever."""
    database, tried = Database(database_url), []

    def work(connection: Connection) -> None:
        tried.append(1)
        connection.execute(text(gives_up))

    with pytest.raises(StoreUnavailable):
        database.change(work)
    assert len(tried) == TRIES
    database.close()


@pytest.mark.parametrize(
    ("database_url", "questions", "answers"),
    [
        ("postgresql", ["lock_timeout", "transaction_isolation"], ["3s", "read committed"]),
        (
            "mariadb",
            ["sql_mode", "time_zone", "innodb_lock_wait_timeout", "tx_isolation", "character_set_client"],
            ["STRICT_ALL_TABLES", "+00:00", 3, "READ-COMMITTED", "utf8mb4"],
        ),
    ],
    indirect=["database_url"],
)
def test_how_servers_are_set(database_url: URL, questions: list[str], answers: list[object]) -> None:
    """Nobody waits for ever, each statement sees what is there, and nothing is cut to fit."""
    database = Database(database_url, wait_seconds=3)
    ask = "SHOW " if database.kind == "postgresql" else "SELECT @@"
    assert [database.read(text(ask + question), {})[0][0] for question in questions] == answers
    with database.engine.connect() as connection:  # where several statements make a transaction
        assert connection.execute(text(ask + questions[1])).scalar_one() == answers[1]
    database.close()


@on_servers
def test_a_fault_of_the_program_is_not_hidden(database_url: URL) -> None:
    """A table that is not there is no database that does not answer. The error has no values in its text."""
    database = Database(database_url)
    with pytest.raises(ProgrammingError) as caught:
        database.read(text("SELECT * FROM nothing WHERE token = :token"), {"token": "canary"})
    assert "canary" not in str(caught.value)
    database.close()


def _add_fact(name: str, connection: Connection) -> None:
    connection.execute(insert(FACTS), {"name": name, "value": ""})


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("is_pooled", [False, True])
def test_a_pooler_stands_in_between(database_url: URL, is_pooled: bool) -> None:
    """Then nothing is prepared: the next transaction has another connection. Else it is, which is faster."""
    database = Database(database_url, pool_size=1, is_pooled=is_pooled)
    store = SqlMessageStore(database)
    for _ in range(20):
        store.append(ROOM, "A", "token")
    with database.engine.connect() as connection:
        count = connection.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar_one()
    assert (count == 0) is is_pooled
    store.close()
