"""SQLite: what is deleted is nowhere any more, not in its files and not in the program; how it is set."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event, insert

from securechat.database.engine import Database
from securechat.database.sqlite import AUTOCOMMIT, make_private
from securechat.database.store import SqlMessageStore
from securechat.database.tables import FACTS, create_tables
from securechat.database.url import read_url
from securechat.database.views import REMOVED
from securechat.errors import StoreUnavailable
from securechat.rooms.store import MAX_ROOM_MESSAGES
from tests.core.test_secrecy import texts_within

MESSAGES = 300
CANARY = "the-canary-sings"

Erase = Callable[[SqlMessageStore], None]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Return an empty database in a file."""
    database = Database(read_url("sqlite:///chat.db", tmp_path, where="DATABASE_URL"), wait_seconds=1)
    database.change(create_tables)
    yield database
    database.close()


@pytest.fixture
def store(database: Database) -> SqlMessageStore:
    """Return a store there, with a room full of canaries of all sizes beside another room."""
    store = SqlMessageStore(database)
    for number in range(MESSAGES):
        store.append("red", "A", f"{CANARY}-{number}-" + "g" * 20 * number, client_id=f"name {number}")
        store.append("green", "A", f"token {number}")
    return store


def files_with(folder: Path, text: str) -> list[str]:
    """Return the files of a folder in which a text stands."""
    return sorted(path.name for path in folder.iterdir() if text.encode() in path.read_bytes())


def replace_all(store: SqlMessageStore) -> None:
    """Give all messages of the room other tokens, as long as those of before."""
    view = store.view("red")
    store.replace_tokens("red", {each.id: "g" * len(each.token) for each in view.messages})


@pytest.mark.parametrize(
    "erase",
    [lambda store: store.clear("red"), lambda store: store.forget("red"), replace_all],
    ids=["clear", "forget", "replace"],
)
def test_nothing_is_left(tmp_path: Path, store: SqlMessageStore, erase: Erase) -> None:
    """Of tokens that were cleared, forgotten or replaced nothing stands in a file or in the store."""
    assert files_with(tmp_path, CANARY), "the control: they are in the files"
    erase(store)
    assert files_with(tmp_path, CANARY) == []
    assert not [text for text in texts_within(store) if CANARY in str(text)]
    assert len(store.view("green").messages) == MESSAGES


def test_nothing_deleted_is_not_swept(tmp_path: Path, store: SqlMessageStore) -> None:
    """Where there is nothing to delete no file is written anew."""
    before = (tmp_path / "chat.db-wal").read_bytes()
    for room in ("nobody wrote here", "\ud800"):
        store.clear(room)
        store.forget(room)
        store.replace_tokens(room, {1: "other"})
    store.replace_tokens("red", {0: "other", MESSAGES + 1: "other"})
    assert (tmp_path / "chat.db-wal").read_bytes() == before


def test_statements_keep_no_values(database: Database, store: SqlMessageStore) -> None:
    """No token is in what SQLAlchemy keeps of statements. One that is written into a statement would be."""
    assert not [text for text in texts_within(database) if CANARY in str(text)]
    database.change(lambda connection: connection.execute(insert(FACTS).values(name="x", value=CANARY)))
    assert [text for text in texts_within(database) if CANARY in str(text)], "the control"


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 1), ("secure_delete", 1), ("foreign_keys", 1)],
)
def test_how_sqlite_is_set(database: Database, pragma: str, value: object) -> None:
    """On every connection: what survives a crash, and that rows are overwritten, also when they fall out."""
    engine = database.engine.execution_options(**AUTOCOMMIT)
    with engine.connect() as one, engine.connect() as another:
        for connection in (another, one):
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() == value


def test_what_is_no_database(tmp_path: Path) -> None:
    """A file with something else in it, and a folder that is not there, are databases that do not answer."""
    (tmp_path / "note.db").write_text("Dear diary" * 1_000)
    for name in ("note.db", "nowhere/chat.db"):
        store = SqlMessageStore(Database(read_url(f"sqlite:///{name}", tmp_path, where="DATABASE_URL")))
        with pytest.raises(StoreUnavailable):
            store.head("room")
        with pytest.raises(StoreUnavailable):
            store.append("room", "A", "token")
        store.close()
    assert (tmp_path / "note.db").read_text() == "Dear diary" * 1_000


def test_threads_take_turns(database: Database) -> None:
    """Those of one process never meet in SQLite, which would let them wait in no order: here, not at all."""
    event.listen(database.engine, "connect", lambda each, _: each.execute("PRAGMA busy_timeout = 0").close())
    database.engine.dispose()
    store = SqlMessageStore(database)
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(store.append, "room", "A", "token") for _ in range(200)]:
            done.result()
    assert store.head("room").last_id == 200


def test_somebody_reads_meanwhile(
    tmp_path: Path, store: SqlMessageStore, caplog: pytest.LogCaptureFixture
) -> None:
    """Then the journal still has them, which is logged; they are gone with the next change."""
    with sqlite3.connect(tmp_path / "chat.db", isolation_level=None) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM messages").fetchone()
        replace_all(store)
        assert files_with(tmp_path, CANARY), "the control: who reads still sees them"
        reader.execute("COMMIT")
    reader.close()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    store.append("green", "A", "token")
    assert files_with(tmp_path, CANARY) == []


@pytest.mark.parametrize("time", [9 * 10**18, -9 * 10**18, "'nonsense'"])
def test_a_time_that_is_none(database: Database, store: SqlMessageStore, time: object) -> None:
    """Whoever can write into the database can write nonsense: the rest can be read all the same."""
    with database.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE messages SET sent_at = {time} WHERE id = 3")  # noqa: S608
    assert len(store.view("red").messages) == MESSAGES


@pytest.mark.parametrize(
    ("statement", "gone"),
    [
        ("DELETE FROM messages WHERE id IN (1, 2, 150, 299, 300)", [1, 2, 150, 299, 300]),
        ("DELETE FROM messages", list(range(1, MESSAGES + 1))),
        ("UPDATE messages SET id = id + 1000 WHERE id = 7", [7]),
        ("UPDATE rooms SET last_id = last_id + 2 WHERE name = 'red'", [MESSAGES + 1, MESSAGES + 2]),
    ],
)
def test_what_is_deleted_by_hand(
    database: Database, store: SqlMessageStore, statement: str, gone: list[int]
) -> None:
    """Something stands in its place, however the room is read: the others keep theirs, and new ones come."""
    with database.engine.begin() as connection:
        connection.exec_driver_sql(statement)
    last_id = store.head("red").last_id
    assert store.append("red", "B", "new").id == last_id + 1
    views = [store.view("red"), store.since("red", 1), store.since("red", last_id), store.tail("red", 3)]
    for view, first in zip(views, [1, 2, last_id + 1, last_id - 1], strict=True):
        assert [message.id for message in view.messages] == list(range(first, last_id + 2))
        removed = [message.id for message in view.messages if message.token == REMOVED]
        assert removed == [number for number in gone if number >= first]
        assert view.messages[-1].sender == "B"
        assert all(message.sent_at.year > 2000 for message in view.messages), "a time that may be"


def test_a_number_that_is_none(database: Database, store: SqlMessageStore) -> None:
    """Nobody waits for as many messages as somebody has written that there are."""
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE rooms SET last_id = 1000000000000000 WHERE name = 'red'")
    assert len(store.view("red").messages) == MAX_ROOM_MESSAGES


def test_the_epoch_is_gone(database: Database, store: SqlMessageStore) -> None:
    """It is as if the database did not answer."""
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM facts")
    with pytest.raises(StoreUnavailable):
        store.head("red")


def test_a_file_behind_a_link(tmp_path: Path) -> None:
    """It is for its owner alone, too."""
    (tmp_path / "link.db").symlink_to(tmp_path / "there.db")
    make_private(str(tmp_path / "link.db"))
    assert (tmp_path / "there.db").stat().st_mode & 0o777 == 0o600
