"""After a change of the master key all keys of rooms are wrapped again, wherever that is cut short."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import URL, Connection, event

from securechat.crypto.keyring import KeyRing
from securechat.database import vault as module
from securechat.database.engine import Database
from securechat.errors import InvalidKey
from tests.core.vault_world import ALL, NEW, OLD, OTHER, World, assert_open, filled


class _CutError(Exception):
    """The app is ended here."""


@pytest.fixture
def world(database_url: URL) -> Iterator[World]:
    """Return an empty database, on each engine."""
    world = World(database_url)
    yield world
    world.store.close()


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
