"""Keys of rooms stand in the database wrapped: under a master key that is not there, each for its room."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import URL, Connection, event, select, text

from securechat.crypto.keyring import FernetKey, KeyRing
from securechat.database import vault as module
from securechat.database.engine import Database
from securechat.database.migrate import migrate
from securechat.database.store import SqlMessageStore
from securechat.database.tables import FACTS, MESSAGES, RECEIPTS, ROOM_KEYS, ROOMS
from securechat.database.vault import Vault
from securechat.errors import InvalidKey, KeysChanged, StoreFull
from tests.databases import DatabaseServer

OLD, NEW, OTHER = FernetKey.generate(), FernetKey.generate(), FernetKey.generate()
ROOM = "Brave Otter’s room 🦦"


class _CutError(Exception):
    """The app is ended here."""


class World:
    """A database with its store, as servers with several master keys see it."""

    def __init__(self, url: URL) -> None:
        self.database = Database(url)
        self.store = SqlMessageStore(self.database)

    def vault(self, *masters: FernetKey) -> Vault:
        """Return the vault as a server has it whose master keys these are."""
        return Vault(self.database, self.store, KeyRing(masters), where="MASTER_ENCRYPTION_KEY")

    def started(self, *masters: FernetKey) -> Vault:
        """Start a server with these master keys."""
        vault = self.vault(*masters)
        vault.rewrap()
        return vault

    def rows(self, *names: str) -> list[tuple[object, ...]]:
        """Return the rows of tables."""
        with self.database.engine.connect() as connection:
            return [
                (name, *row)
                for name in names
                for row in sorted(map(tuple, connection.execute(text(f"SELECT * FROM {name}"))), key=repr)  # noqa: S608
            ]

    def masters(self) -> list[str]:
        """Return under which master key each key is wrapped."""
        with self.database.engine.connect() as connection:
            return list(connection.scalars(select(ROOM_KEYS.c.master)))

    def execute(self, statement: str) -> None:
        """Change the database as its administrator can."""
        with self.database.engine.begin() as connection:
            connection.execute(text(statement))


ALL = [table.name for table in (FACTS, ROOMS, MESSAGES, RECEIPTS, ROOM_KEYS)]


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
    assert vault.keep(ROOM, KeyRing((two,)), keys_version=2) == 2
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


def filled(vault: Vault, count: int) -> dict[str, KeyRing]:
    """Give rooms two keys each, and the first of them a message."""
    rings = {f"room {number}": KeyRing.generate().rotated() for number in range(count)}
    for room, ring in rings.items():
        vault.keep(room, ring, keys_version=1)
    return rings


def assert_open(vault: Vault, rings: dict[str, KeyRing]) -> None:
    """Check that a server has all keys of all rooms."""
    for room, ring in rings.items():
        found = vault.ring(room)
        assert found is not None
        assert found[0].keys == ring.keys


def test_the_master_key_changes(world: World) -> None:
    """All keys are under the new one afterwards, which then does alone; the old one opens none of them."""
    rings = filled(world.started(OLD), 3)
    world.store.append("room 0", "A", "token", client_id="mine")
    messages = world.rows("rooms", "messages", "receipts")
    vault = world.started(NEW, OLD)
    assert_open(vault, rings)
    before = world.rows(*ALL)
    assert_open(world.started(NEW), rings)
    assert world.rows(*ALL) == before, "a second start changes nothing"
    assert world.rows("rooms", "messages", "receipts") == messages
    with pytest.raises(InvalidKey):
        world.vault(OLD).ring("room 0")
    with pytest.raises(InvalidKey, match="Nothing was written"):
        world.started(OLD)
    assert world.rows(*ALL) == before


@pytest.mark.parametrize("has_keys", [True, False])
@pytest.mark.parametrize("has_check", [True, False])
def test_a_wrong_master_key(world: World, has_keys: bool, has_check: bool) -> None:
    """It is found out at the start, says what to do, and nothing is written."""
    vault = world.started(OLD)
    if has_keys:
        filled(vault, 2)
    if not has_check:
        world.execute("DELETE FROM facts WHERE name = 'master_check'")
    before = world.rows(*ALL)
    if not has_keys and not has_check:
        world.started(OTHER)  # it may be any: nothing is wrapped
        return
    for masters in [(OTHER,), (OTHER, NEW)]:
        with pytest.raises(InvalidKey, match="Put the right one there") as caught:
            world.started(*masters)
        assert caught.value.where == "MASTER_ENCRYPTION_KEY"
        assert caught.value.__context__ is None
    assert world.rows(*ALL) == before
    world.started(OLD)


def test_a_server_that_still_has_the_old_one(world: World) -> None:
    """It keeps no key that others could not open, whichever master keys it has beside the first."""
    old = world.started(OLD)
    rings = filled(old, 1)
    new = world.started(NEW, OLD)
    before = world.rows(*ALL)
    for vault in (old, world.vault(OLD, NEW)):
        with pytest.raises(InvalidKey, match="another master key"):
            vault.keep("room 0", KeyRing.generate(), keys_version=1)
    assert world.rows(*ALL) == before
    assert_open(new, rings)


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
    retired, primary, _, other = [row[3] for row in world.rows("room_keys")]
    world.execute(swap.format(primary, other, retired))
    name = "room 2" if "rooms SET" in swap else "room 0"
    for masters in [(OLD,), (NEW, OLD), (NEW, OLD)]:
        server = world.started(*masters)
        with pytest.raises(InvalidKey, match="does not open") as caught:
            server.ring(name)
        assert caught.value.__context__ is None
        assert_open(server, {"room 1": rings["room 1"]})
    assert "do not open with any master key" in caplog.text


def cut_after(database: Database, most: int) -> None:
    """End the app after so many keys are wrapped again."""
    wrapped = []

    def note(*args: object) -> None:
        if str(args[2]).startswith("UPDATE room_keys"):
            wrapped.append(args)
            if len(wrapped) > most:
                raise _CutError

    event.listen(database.engine, "before_cursor_execute", note)


def test_it_is_cut_short(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the app is ended while it wraps keys again, the next start goes on and needs the old one."""
    monkeypatch.setattr(module, "BATCH", 1)
    rings = filled(world.started(OLD), 3)
    masters = [(NEW, OLD), (OTHER, NEW), (OLD, OTHER)]
    for most, (new, old) in zip((0, 1, 5), masters, strict=True):
        cut = World(world.database.engine.url)
        cut_after(cut.database, most)
        with pytest.raises(_CutError):
            cut.started(new, old)
        cut.store.close()
        under = world.masters()
        assert (under.count(new.fingerprint), under.count(old.fingerprint)) == (most, 6 - most)
        assert_open(world.vault(new, old), rings)
        with pytest.raises(InvalidKey, match="Nothing was written"):
            world.started(new)
        assert_open(world.started(new, old), rings)
        assert_open(world.started(new), rings)


def test_keys_that_come_meanwhile(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that has not been started again goes on to keep keys until all others are wrapped again."""
    monkeypatch.setattr(module, "BATCH", 1)
    old = world.started(OLD)
    world.store.append("passed by", "A", "token")  # it has no key yet, and comes before the others
    rings = filled(old, 2)
    other = World(world.database.engine.url)
    change, changes = other.database.change, []

    def change_and_wait(work: Callable[[Connection], object]) -> object:
        changes.append(change(work))
        if len(changes) == 2:
            with pytest.raises(InvalidKey, match="another master key"):
                old.keep("room 0", KeyRing.generate(), keys_version=1)
            rings["passed by"] = KeyRing.generate()
            old.keep("passed by", rings["passed by"], keys_version=1)
        return changes[-1]

    monkeypatch.setattr(other.database, "change", change_and_wait)
    vault = other.started(NEW, OLD)
    assert len(changes) > 2
    assert set(world.masters()) == {NEW.fingerprint}
    assert_open(vault, rings)
    other.store.close()


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
    wrapped = [str(row[3]) for row in world.rows("room_keys")]
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
