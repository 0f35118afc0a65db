"""Messages that are too old are deleted, on each engine: the oldest of a room, and nothing else."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import URL, delete, event, select, text, update

from securechat.database import DatabaseSettings, lasting, open_rooms
from securechat.database.engine import Database
from securechat.database.postgresql import CHANNEL
from securechat.database.retention import forget_old
from securechat.database.store import SqlMessageStore
from securechat.database.tables import MESSAGES, RECEIPTS, ROOMS, microseconds
from securechat.errors import StoreUnavailable
from securechat.rooms.hub import Hub
from tests.core.test_database_sqlite import CANARY, files_with

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAYS = 7
EDGE = NOW - timedelta(days=DAYS)
TICK = timedelta(microseconds=1)
YOUNG, OLD = EDGE + TICK, EDGE - TICK

CLOCKS = (
    r"clock_microseconds\(\)|"
    r"CAST\((extract\(epoch FROM clock_timestamp|unix_timestamp\(sysdate).*?\w+\)(?= -)"
)


class World:
    """A database whose clock stands still, with rooms that are filled as one likes."""

    def __init__(self, url: URL) -> None:
        self.database = Database(url)
        self.time = NOW
        self.store = SqlMessageStore(self.database, clock=lambda: self.time)
        event.listen(self.database.engine, "before_cursor_execute", self._stop_clock, retval=True)
        self.stopped = 0

    def _stop_clock(self, *args: object) -> tuple[str, object]:
        """Write a number where the database would look at its clock."""
        statement, found = re.subn(CLOCKS, str(microseconds(NOW)), str(args[2]))
        self.stopped += found
        return statement, args[3]

    def write(self, room: str, *times: datetime) -> None:
        """Send a message to a room at each of these times."""
        for number, self.time in enumerate(times, start=1):
            self.store.append(room, "A", f"token {number}", client_id=f"name {number}")

    def ids(self, room: str) -> list[int]:
        """Return the numbers of the messages that a room has."""
        view = self.store.view(room)
        assert [view.find(each.id) for each in view.messages] == list(view.messages), "without a gap"
        return [each.id for each in view.messages]

    def receipts(self, room: str) -> list[int]:
        """Return which messages of a room have receipts."""
        statement = select(RECEIPTS.c.message_id).join(ROOMS).where(ROOMS.c.name == room)
        with self.database.engine.connect() as connection:
            return sorted(connection.scalars(statement))


@pytest.fixture
def world(database_url: URL) -> Iterator[World]:
    """Return an empty database, on each engine."""
    world = World(database_url)
    yield world
    world.store.close()


def test_the_oldest_go(world: World) -> None:
    """With their receipts; the room counts them as dropped, and goes on with the next number."""
    world.write("red", *[OLD] * 3, YOUNG, NOW)
    before = world.store.head("red")
    assert forget_old(world.database, DAYS) == 3
    assert world.stopped, "the control: its clock was looked at"
    head = world.store.head("red")
    assert world.ids("red") == world.receipts("red") == [4, 5]
    assert (head.first_id, head.last_id, head.dropped, head.count) == (4, 5, 3, 5)
    assert head.revision == before.revision + 1
    assert (head.epoch, head.cleared, head.rewritten) == (before.epoch, False, 0)
    assert world.store.acknowledged("red", "A", "name 3") is None
    assert forget_old(world.database, DAYS) == 0
    assert world.store.head("red") == head
    assert world.store.append("red", "A", "next").id == 6


@pytest.mark.parametrize(("time", "ids"), [(OLD, [2]), (EDGE, [1, 2]), (YOUNG, [1, 2])])
def test_the_edge(world: World, time: datetime, ids: list[int]) -> None:
    """What is exactly so old stays."""
    world.write("red", time, NOW)
    assert forget_old(world.database, DAYS) == 2 - len(ids)
    assert world.ids("red") == ids


@pytest.mark.parametrize("gone", [1, 2, 3])
def test_one_was_deleted_by_hand(world: World, gone: int) -> None:
    """The others go all the same, and what stands in its place goes with them."""
    world.write("red", *[OLD] * 3, YOUNG)
    with world.database.engine.begin() as connection:
        connection.execute(delete(MESSAGES).where(MESSAGES.c.id == gone))
    assert world.ids("red") == [1, 2, 3, 4]
    assert forget_old(world.database, DAYS) == 3
    assert world.ids("red") == [4]


def test_a_row_has_another_number(world: World) -> None:
    """Its room goes on after its last message all the same."""
    world.write("red", OLD, OLD, NOW)
    with world.database.engine.begin() as connection:
        connection.execute(update(MESSAGES).where(MESSAGES.c.id == 3).values(id=900))
    assert forget_old(world.database, DAYS) == 3
    assert world.store.append("red", "A", "next").id == 4
    assert world.ids("red") == [4]


def test_all_go(world: World) -> None:
    """A room that is left without messages is still there, in its epoch."""
    world.write("red", OLD, OLD)
    epoch = world.store.head("red").epoch
    assert forget_old(world.database, DAYS) == 2
    head = world.store.head("red")
    assert (head.first_id, head.last_id, head.dropped, head.epoch) == (3, 2, 2, epoch)
    assert forget_old(world.database, DAYS) == 0
    assert world.store.head("red") == head
    world.write("red", NOW)
    assert world.ids("red") == [3]


def test_nothing_else_is_touched(world: World) -> None:
    """Not rooms that have young messages or none, nor a room that was cleared."""
    world.write("green", YOUNG, NOW)
    world.write("cleared", OLD, OLD)
    world.store.clear("cleared")
    world.store.change_keys_version("empty", 1)
    before = {room: world.store.view(room) for room in ("green", "cleared", "empty", "not there")}
    receipts = world.receipts("green"), world.receipts("cleared")
    world.write("red", OLD, NOW)
    world.write("blue", OLD)
    assert forget_old(world.database, DAYS) == 2
    assert {room: world.store.view(room) for room in before} == before
    assert (world.receipts("green"), world.receipts("cleared")) == receipts == ([1, 2], [1, 2])
    assert (world.ids("red"), world.ids("blue")) == ([2], [])


@pytest.mark.parametrize(
    ("times", "ids"), [([OLD, NOW, OLD, NOW], [2, 3, 4]), ([NOW, OLD], [1, 2]), ([OLD, NOW, OLD], [2, 3])]
)
def test_a_clock_that_jumped(world: World, times: list[datetime], ids: list[int]) -> None:
    """An old message behind a young one stays with it, so that no number is missing in between."""
    world.write("red", *times)
    assert forget_old(world.database, DAYS) == len(times) - len(ids)
    assert world.ids("red") == world.receipts("red") == ids


def test_it_is_done_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the engine gives a transaction up, and it is done once more, a message counts once."""
    world.write("red", OLD, OLD, NOW)
    erase = world.database.erase

    def erase_twice(work: Callable[..., bool]) -> None:
        with world.database.engine.connect() as connection:
            work(connection)
            connection.rollback()
        erase(work)

    monkeypatch.setattr(world.database, "erase", erase_twice)
    assert forget_old(world.database, DAYS) == 2


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_others_hear_of_it(world: World) -> None:
    """PostgreSQL rings when something was deleted."""
    world.write("red", OLD)
    with world.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"LISTEN {CHANNEL}"))
        forget_old(world.database, DAYS)
        driver = connection.connection.driver_connection
        assert driver is not None
        assert list(driver.notifies(timeout=10, stop_after=1))
        connection.invalidate()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_is_left_in_files(world: World) -> None:
    """Of SQLite: what was deleted stands neither in the file nor in the journal."""
    path = Path(str(world.database.engine.url.database))
    world.time = OLD
    for number in range(60):
        world.store.append("red", "A", f"{CANARY}-{number}-" + "g" * 20 * number)
    assert any(name.startswith(path.name) for name in files_with(path.parent, CANARY)), "the control"
    forget_old(world.database, DAYS)
    assert not any(name.startswith(path.name) for name in files_with(path.parent, CANARY))


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that gets the days each time when old messages are to be deleted."""
    calls: list[int] = []

    def note(_: Database, days: int) -> int:
        calls.append(days)
        return 0

    monkeypatch.setattr(lasting, "forget_old", note)
    return calls


def opened(folder: Path, keep_days: int) -> lasting.LastingRooms:
    """Open rooms whose messages are kept for so many days."""
    settings = DatabaseSettings(
        "sqlite:///chat.db", folder, master_file=folder / "master.key", keep_days=keep_days
    )
    return open_rooms(settings, Hub(), rooms=())


def test_once_an_hour(tmp_path: Path, calls: list[int]) -> None:
    """At the first tick, and then when an hour has gone by."""
    rooms = opened(tmp_path, 30)
    ticks = (0.0, 60.0, 3_540.0, 3_599.0)
    for now in ticks:
        rooms.tick(now)
    assert calls == [30]
    rooms.tick(3_600.0)
    rooms.tick(3_660.0)
    assert calls == [30, 30]
    rooms.close()


def test_for_ever(tmp_path: Path, calls: list[int]) -> None:
    """Where nothing is set nothing is deleted."""
    rooms = opened(tmp_path, 0)
    rooms.tick(0.0)
    rooms.tick(1e9)
    assert calls == []
    rooms.close()


def test_it_goes_on_after_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the database did not answer, the next tick tries again, and not only that of the next hour."""
    rooms = opened(tmp_path, 30)
    other = SqlMessageStore(
        Database(URL.create("sqlite", database=str(tmp_path / "chat.db"))), clock=lambda: OLD
    )
    other.append("x", "A", "token")
    other.close()
    calls = []

    def fail(*_: object) -> None:
        calls.append("failed")
        raise StoreUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(lasting, "forget_old", fail)
        rooms.tick(0.0)
        rooms.tick(60.0)
    assert calls == ["failed", "failed"]
    assert rooms.store.head("x").count == 1
    rooms.tick(120.0)
    assert rooms.store.head("x").is_empty
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    rooms.close()
