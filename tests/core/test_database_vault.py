"""Keys of rooms stand in the database wrapped: under a master key that is not there, each for its room."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import URL

from securechat.crypto.keyring import FernetKey, KeyRing
from securechat.database.engine import Database
from securechat.database.migrate import migrate
from securechat.database.store import SqlMessageStore
from securechat.database.vault import Vault
from securechat.errors import InvalidKey, KeysChanged, StoreFull
from tests.core.vault_world import ALL, NEW, OLD, World, assert_open, filled
from tests.databases import DatabaseServer

ROOM = "Brave Otter’s room 🦦"


@pytest.fixture
def world(database_url: URL) -> Iterator[World]:
    """Return an empty database, on each engine."""
    world = World(database_url)
    yield world
    world.store.close()


def test_keys_are_kept(world: World) -> None:
    """What comes back is the ring, its primary key first; a room without keys has none."""
    vault = world.started(OLD)
    first = KeyRing.generate()
    assert vault.ring(ROOM) is None
    assert vault.keep(ROOM, first, keys_version=1) == 1
    second = first.rotated().rotated()
    assert vault.keep(ROOM, second, keys_version=1) == 2
    found = vault.ring(ROOM)
    assert found is not None
    assert (found[0].keys, found[1]) == (second.keys, 2)
    assert vault.ring("another room") is None
    assert world.store.head(ROOM).keys_version == 2


def test_a_key_that_comes_back(world: World) -> None:
    """A retired key may become the primary one, and retired ones be dropped; each keeps its time."""
    vault = world.started(OLD)
    one, two = FernetKey.generate(), FernetKey.generate()
    vault.keep(ROOM, KeyRing((one, two)), keys_version=1)
    world.execute("UPDATE room_keys SET made_at = number")  # two, the older, has 1
    assert vault.keep(ROOM, KeyRing((two, one)), keys_version=1) == 2
    found = vault.ring(ROOM)
    assert found is not None
    assert found[0].keys == (two, one)
    assert [row[-1] for row in world.rows("room_keys")] == [2, 1]
    assert vault.keep(ROOM, KeyRing((two,)), keys_version=2) == 3, "nobody goes on with a dropped key"
    assert vault.keep(ROOM, KeyRing((two,)), keys_version=3) == 3, "nothing has changed"
    assert [row[-1] for row in world.rows("room_keys")] == [1]


def test_somebody_else_has_changed_them(world: World) -> None:
    """Who comes second is told so, and nothing is changed; nor is a room made with keys it never had."""
    vault = world.started(OLD)
    ring = KeyRing.generate()
    vault.keep(ROOM, ring, keys_version=1)
    vault.keep(ROOM, ring.rotated(), keys_version=1)
    before = world.rows(*ALL)
    for room in (ROOM, "another room"):
        with pytest.raises(KeysChanged):
            vault.keep(room, ring, keys_version=3)
    with pytest.raises(KeysChanged):
        vault.keep(ROOM, ring, keys_version=1)
    assert world.rows(*ALL) == before


def test_there_are_too_many_rooms(world: World) -> None:
    """A key makes a room only where one more fits."""
    world.started(OLD)
    small = Vault(world.database, SqlMessageStore(world.database, max_rooms=1), KeyRing((OLD,)))
    small.keep("one", KeyRing.generate(), keys_version=1)
    with pytest.raises(StoreFull):
        small.keep("two", KeyRing.generate(), keys_version=1)
    assert small.ring("two") is None


def test_a_room_that_is_forgotten(world: World) -> None:
    """Its keys go with it."""
    vault = world.started(OLD)
    vault.keep(ROOM, KeyRing.generate(), keys_version=1)
    vault.keep("another room", KeyRing.generate(), keys_version=1)
    world.store.forget(ROOM)
    assert vault.ring(ROOM) is None
    assert len(world.rows("room_keys")) == 1


def test_a_clock_that_was_wrong(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was wrapped in the future, or long ago, opens."""
    vault, rings = world.vault(OLD), {}
    for clock in (time.time() + 1_000_000, 1_000.0):
        monkeypatch.setattr("securechat.crypto.keyring.time", SimpleNamespace(time=lambda now=clock: now))
        vault.rewrap()
        room = f"room at {clock}"
        rings[room] = KeyRing.generate()
        vault.keep(room, rings[room], keys_version=1)
    monkeypatch.undo()
    for room, ring in rings.items():
        found = world.started(OLD).ring(room)
        assert found is not None
        assert found[0].keys == ring.keys


@pytest.mark.parametrize(
    "swap",
    [
        "UPDATE room_keys SET wrapped = '{1}' WHERE wrapped = '{0}'",  # of another room
        "UPDATE room_keys SET wrapped = '{2}' WHERE wrapped = '{0}'",  # of this room: a retired one
        "UPDATE room_keys SET number = number + 1 WHERE wrapped = '{0}'",
        "UPDATE room_keys SET wrapped = 'nothing' WHERE wrapped = '{0}'",
        "UPDATE rooms SET name = 'room 2' WHERE name = 'room 0'",
    ],
)
def test_keys_are_swapped(world: World, swap: str, caplog: pytest.LogCaptureFixture) -> None:
    """A key that an administrator of the database moves elsewhere does not open there, also after a start."""
    rings = filled(world.started(OLD), 2)
    retired, primary, _, other = world.wrapped()
    world.execute(swap.format(primary, other, retired))
    name = "room 2" if "rooms SET" in swap else "room 0"
    for masters in [(OLD,), (NEW, OLD), (NEW, OLD)]:
        server = world.started(*masters)
        with pytest.raises(InvalidKey, match="does not open") as caught:
            server.ring(name)
        assert caught.value.__context__ is None
        assert_open(server, {"room 1": rings["room 1"]})
    assert "do not open with any master key" in caplog.text


def test_nothing_of_a_key_is_anywhere(
    sqlite: DatabaseServer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither a key nor a master key is in a file, a log or a `repr`; nor is what the old one had wrapped."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("sqlalchemy.engine").setLevel(logging.DEBUG)
    url = sqlite.make()
    database = Database(url)
    migrate(database, where="DATABASE_URL")
    database.close()
    world = World(url)
    vault = world.started(OLD)
    rings = filled(vault, 20)
    wrapped = world.wrapped()
    vault = world.started(NEW, OLD)
    assert_open(vault, rings)
    world.execute("UPDATE room_keys SET wrapped = 'nothing' WHERE number = 1")
    with pytest.raises(InvalidKey) as caught:
        vault.ring("room 0")
    logging.getLogger("sqlalchemy.engine").setLevel(logging.NOTSET)
    keys = [key.reveal() for ring in rings.values() for key in ring.keys] + [OLD.reveal(), NEW.reveal()]
    files = b"".join(
        path.read_bytes() for path in Path(str(url.database)).parent.glob(f"{Path(str(url.database)).name}*")
    )
    said = caplog.text + repr(vault) + repr(caught.value) + str(caught.value) + "".join(capfd.readouterr())
    assert not [key for key in keys if key.encode() in files or key in said]
    assert not [token for token in wrapped if token.encode() in files]
    world.store.close()
