"""A database that does not answer: nobody waits for it for long, and it is tried again by itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from securechat.application import Application, Bounds
from securechat.classroom import Classrooms
from securechat.crypto.keyring import KeyRing
from securechat.database import DatabaseSettings, open_rooms
from securechat.database.engine import Database
from securechat.database.lasting import LastingRooms
from securechat.database.store import SqlMessageStore
from securechat.errors import StoreUnavailable
from securechat.rooms.conversation import Conversation
from securechat.rooms.hub import Hub
from securechat.rooms.visit import KeyedVisit
from securechat.settings import Settings
from tests.core.test_database_wakes import Ear, wait_until

ROOM = "demo"


class Gate:
    """Stands before a database: while it is shut, whoever asks waits, and is answered afterwards.

    Attributes:
        asked: How many have come by it.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked = 0
        self._is_open = threading.Event()
        self._is_open.set()
        ask = Database._asked  # noqa: SLF001 - what all go by

        def asked(database: Database, *question: Any) -> object:  # noqa: ANN401 - whatever they ask
            self.asked += 1
            self._is_open.wait()
            return ask(database, *question)

        monkeypatch.setattr(Database, "_asked", asked)

    def shut(self) -> None:
        """Let nobody by."""
        self._is_open.clear()

    def open(self) -> None:
        """Let everybody by, those who wait, too."""
        self._is_open.set()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """Return a gate before all databases."""
    gate = Gate(monkeypatch)
    yield gate
    gate.open()


@pytest.fixture
def hub() -> Hub:
    """Return who is told."""
    return Hub()


@pytest.fixture
def rooms(gate: Gate, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LastingRooms]:
    """Return rooms whose database is waited for a tenth of a second, behind the gate."""
    assert not gate.asked
    monkeypatch.setattr("securechat.database.watched.PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr("securechat.database.wakes.TRY_SECONDS", 0.1)
    url = f"sqlite:///{tmp_path}/chat.db"
    settings = DatabaseSettings(url, tmp_path, master_file=tmp_path / "master.key")
    with closing(open_rooms(settings, hub, rooms=(ROOM,))) as rooms:
        yield rooms


def test_nobody_waits_for_long(rooms: LastingRooms, gate: Gate) -> None:
    """The first one is refused in time, the others at once; reading gives what was there, and says so."""
    store = rooms.store
    store.append(ROOM, "A", "token")
    gate.shut()
    with pytest.raises(StoreUnavailable):
        store.append(ROOM, "A", "another", client_id="mine")
    assert not store.is_current(ROOM)
    assert not rooms.health().is_answering
    before = gate.asked
    for ask in (store.clear, store.forget, lambda room: store.acknowledged(room, "A", "mine")):
        with pytest.raises(StoreUnavailable):
            ask(ROOM)
    for view in (store.view(ROOM), store.since(ROOM, 0), store.tail(ROOM, 5)):
        assert [message.token for message in view.messages] == ["token"]
    assert gate.asked == before, "it is known that it does not answer"
    gate.open()
    rooms.start()
    wait_until(lambda: store.is_current(ROOM))
    assert rooms.health().is_answering
    assert store.append(ROOM, "A", "another", client_id="mine").id == 2


def test_it_is_logged_once(rooms: LastingRooms, gate: Gate, caplog: pytest.LogCaptureFixture) -> None:
    """However often it is asked meanwhile: once that it does not answer, without what was asked."""
    gate.shut()
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            rooms.store.append(ROOM, "A", "canary token")
    assert [record.getMessage() for record in caplog.records] == [
        "The database has not answered for 0.1 seconds."
    ]


def test_no_key_is_dropped_that_a_message_may_need(rooms: LastingRooms, gate: Gate) -> None:
    """Also where nobody had found out yet that the database does not answer."""
    visit = KeyedVisit(conversation=Conversation(rooms.store, KeyRing.generate()))
    visit.change_keys(KeyRing.rotated)
    before = visit.conversation.keyring
    gate.shut()
    assert rooms.store.is_current(ROOM)
    with pytest.raises(StoreUnavailable):
        visit.change_keys(lambda ring: ring.without(ring.keys[1:]))
    assert visit.conversation.keyring == before


def test_it_is_done_after_all(rooms: LastingRooms, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is stored when nobody waits for it any more is told to everybody all the same."""
    append, may_go_on = SqlMessageStore.append, threading.Event()

    def held(store: SqlMessageStore, *message: Any, **more: Any) -> object:  # noqa: ANN401 - whatever it is
        may_go_on.wait()
        return append(store, *message, **more)

    monkeypatch.setattr(SqlMessageStore, "append", held)
    ear = Ear(hub)
    with pytest.raises(StoreUnavailable):
        rooms.store.append(ROOM, "A", "token", client_id="mine")
    ear.wait_until(lambda: not rooms.store.is_current(ROOM))
    rooms.store.recover(lambda: None)
    ear.wait_until(lambda: rooms.store.is_current(ROOM))
    may_go_on.set()
    ear.wait_until(lambda: rooms.store.head(ROOM).last_id == 1)


def test_classes_do_not_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that nobody uses end also while the database lets the deletion of old messages wait."""
    over, ticks = threading.Event(), []
    monkeypatch.setattr(LastingRooms, "tick", lambda *_: over.wait())
    monkeypatch.setattr(Classrooms, "tick", lambda _, now: ticks.append(now))
    database = DatabaseSettings(
        f"sqlite:///{tmp_path}/chat.db", tmp_path, master_file=tmp_path / "master.key"
    )
    settings = Settings(key_file=tmp_path / "secret.key", database=database)
    with closing(Application(settings, bounds=Bounds(tick_seconds=0.01))) as application:
        application.start()
        wait_until(lambda: len(ticks) > 3)
        over.set()
