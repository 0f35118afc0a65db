"""Keys are changed where they are kept, and nowhere else; none that is there by now is lost."""

import errno
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from securechat.crypto.keyfile import KEY_SETTING, change_keyring, keyring_of_file, keyring_of_setting
from securechat.crypto.keyring import FernetKey, KeyRing, KeySource
from securechat.errors import InvalidKey, KeySetOutside
from tests.core.test_keyfile import BAD_CONTENTS, key_text, names_in, snapshot
from tests.core.test_keyfile_faults import failing


def ring_in(path: Path, *numbers: int) -> KeyRing:
    """Write these keys into a key file, the first of them primary, and load it."""
    path.write_text("".join(f"{key_text(number)}\n" for number in numbers))
    return keyring_of_file(path)


def texts(ring: KeyRing) -> list[str]:
    """Return the keys of a ring as texts."""
    return [key.reveal() for key in ring.keys]


def never(_: KeyRing) -> NoReturn:
    """Be a change that must not be asked for."""
    raise AssertionError("the change was asked for")


def drop_retired(ring: KeyRing) -> KeyRing:
    """Drop all retired keys."""
    return ring.without(ring.keys[1:])


CHANGES: dict[str, tuple[Callable[[KeyRing], KeyRing], list[int]]] = {
    "a new primary key": (lambda ring: ring.rotated(FernetKey(key_text(9))), [9, 1, 2, 3]),
    "another primary key": (lambda ring: ring.rotated(FernetKey(key_text(3))), [3, 1, 2]),
    "keys of another ring": (lambda ring: ring.joined(KeyRing.from_text(key_text(9))), [1, 2, 3, 9]),
    "a retired key dropped": (lambda ring: ring.without([FernetKey(key_text(2))]), [1, 3]),
    "all retired keys dropped": (drop_retired, [1]),
    "nothing": (lambda ring: ring, [1, 2, 3]),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_file_holds_the_new_ring(name: str, tmp_path: Path) -> None:
    """What is returned is what the file holds and what the next start finds; the ring of before stays."""
    change, numbers = CHANGES[name]
    path = tmp_path / "secret.key"
    ring = ring_in(path, 1, 2, 3)
    changed = change_keyring(ring, change)
    assert texts(changed) == [key_text(number) for number in numbers]
    assert changed.origin is ring.origin
    assert path.read_text() == changed.reveal()
    assert keyring_of_file(path).keys == changed.keys
    assert texts(ring) == [key_text(number) for number in (1, 2, 3)]
    assert names_in(tmp_path) == ["secret.key"]


def test_a_key_made_at_this_start_can_be_changed(tmp_path: Path) -> None:
    """Of a file that this start has made, the ring goes on saying so."""
    path = tmp_path / "secret.key"
    ring = keyring_of_file(path)
    twice = change_keyring(change_keyring(ring, KeyRing.rotated), KeyRing.rotated)
    assert twice.origin.source is ring.origin.source is KeySource.NEW_FILE
    assert keyring_of_file(path).keys == twice.keys
    assert twice.keys[2] == ring.primary
    assert len(twice.keys) == 3


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077], ids=oct)
@pytest.mark.parametrize("mode", [0o600, 0o644], ids=oct)
def test_only_the_owner_may_read_the_new_file(mode: int, mask: int, tmp_path: Path) -> None:
    """It has mode 0600, whatever the old one had and the umask would let through."""
    path = tmp_path / "secret.key"
    ring = ring_in(path, 1)
    path.chmod(mode)
    before = os.umask(mask)
    try:
        change_keyring(ring, KeyRing.rotated)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    """A link to a key file elsewhere goes on leading there, and nothing is left in either folder."""
    (tmp_path / "keys").mkdir()
    target, path = tmp_path / "keys" / "real.key", tmp_path / "secret.key"
    target.write_text(key_text(1))
    path.symlink_to("keys/real.key")
    changed = change_keyring(keyring_of_file(path), KeyRing.rotated)
    assert str(path.readlink()) == "keys/real.key"
    assert not target.is_symlink()
    assert target.read_text() == changed.reveal()
    assert keyring_of_file(path).keys == changed.keys
    assert names_in(tmp_path) == ["keys", "secret.key"]
    assert sorted(item.name for item in (tmp_path / "keys").iterdir()) == [".real.key.lock", "real.key"]


@pytest.mark.parametrize(
    ("by_hand", "known"),
    [
        ((1, 2, 5), (1, 2, 5)),
        ((5, 1, 2), (5, 1, 2)),
        ((2, 1), (2, 1)),
        ((5, 2), (5, 2, 1)),
        ((5,), (5, 1, 2)),
    ],
    ids=["added", "a new primary", "reordered", "one replaced", "all replaced"],
)
def test_what_came_into_the_file_by_hand_counts(
    by_hand: tuple[int, ...], known: tuple[int, ...], tmp_path: Path
) -> None:
    """The file's keys go first, the first of them primary; those that only the app knows are kept behind."""
    path, asked = tmp_path / "secret.key", []
    ring = ring_in(path, 1, 2)
    ring_in(path, *by_hand)

    def change(ring: KeyRing) -> KeyRing:
        asked.append(texts(ring))
        return ring.rotated(FernetKey(key_text(9)))

    changed = change_keyring(ring, change)
    assert asked == [[key_text(number) for number in known]]
    assert texts(changed) == [key_text(9), *asked[0]]
    assert keyring_of_file(path).keys == changed.keys


@pytest.mark.parametrize("source", [KeySource.ENVIRONMENT, KeySource.SECRETS])
def test_keys_from_a_setting_are_changed_there(source: KeySource, tmp_path: Path) -> None:
    """It is said which setting it is, nothing is asked for, and no file is touched."""
    path, setting = tmp_path / "secret.key", {KEY_SETTING: key_text(2)}
    path.write_text(key_text(1))
    environ, secrets = (setting, {}) if source is KeySource.ENVIRONMENT else ({}, setting)
    ring = keyring_of_setting(environ, secrets)
    assert ring is not None
    before = snapshot(tmp_path)
    with pytest.raises(KeySetOutside) as caught:
        change_keyring(ring, never)
    assert caught.value.where == source.value
    assert f"by {source.value}, " in str(caught.value)
    assert key_text(2) not in str(caught.value)
    assert snapshot(tmp_path) == before


def test_keys_for_this_run_only_are_changed_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no file could be made, none is made later, either: the keys go with the process, as was said."""
    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "mkstemp", failing(errno.EROFS))
        ring = keyring_of_file(tmp_path / "secret.key")
    assert ring.origin.source is KeySource.PROCESS
    for each in (ring, KeyRing.generate()):
        changed = change_keyring(each, KeyRing.rotated)
        assert changed.keys[1:] == each.keys
        assert changed.origin is each.origin
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("content", BAD_CONTENTS.values(), ids=BAD_CONTENTS)
def test_a_file_that_is_broken_by_now_is_left_alone(content: bytes, tmp_path: Path) -> None:
    """What is no key file any more is refused as at a start, and not a byte of it changes."""
    path = tmp_path / "secret.key"
    ring = ring_in(path, 1, 2)
    path.write_bytes(content)
    before = snapshot(tmp_path)
    with pytest.raises(InvalidKey) as caught:
        change_keyring(ring, never)
    assert caught.value.where == "secret.key"
    assert caught.value.remedy
    assert snapshot(tmp_path) == before


def test_a_folder_by_now_is_left_alone(tmp_path: Path) -> None:
    """A folder in the file's place is refused and stays with what is in it."""
    path = tmp_path / "secret.key"
    ring = ring_in(path, 1)
    path.unlink()
    path.mkdir()
    (path / "kept").write_text("kept")
    before = snapshot(tmp_path)
    with pytest.raises(InvalidKey, match="folder"):
        change_keyring(ring, never)
    assert snapshot(tmp_path) == before


def test_a_link_to_itself_by_now_is_left_alone(tmp_path: Path) -> None:
    """A link that has come to lead nowhere but to itself is refused as at a start."""
    path = tmp_path / "secret.key"
    ring = ring_in(path, 1)
    path.unlink()
    path.symlink_to("secret.key")
    with pytest.raises(InvalidKey):
        change_keyring(ring, never)
    assert str(path.readlink()) == "secret.key"


def test_a_file_that_is_missing_by_now_is_made_anew(tmp_path: Path) -> None:
    """Somebody removed the file: all keys that the app knows are written, for their owner only."""
    path = tmp_path / "secret.key"
    ring = ring_in(path, 1, 2)
    path.unlink()
    changed = change_keyring(ring, KeyRing.rotated)
    assert changed.keys[1:] == ring.keys
    assert keyring_of_file(path).keys == changed.keys
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
