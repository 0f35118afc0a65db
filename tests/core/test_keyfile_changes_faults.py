"""Key files that cannot be replaced: the old one stays as it is and alone, and the reason is told."""

import errno
import fcntl
import os
import stat
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from securechat.crypto import whole_file
from securechat.crypto.keyfile import change_keyring, keyring_of_file
from securechat.crypto.keyring import MAX_KEYS, FernetKey, KeyRing
from securechat.errors import InvalidKey, KeyNotSaved, TooManyKeys
from tests.core.test_keyfile import LOCK, key_text, names_in, snapshot
from tests.core.test_keyfile_changes import ring_in, texts
from tests.core.test_keyfile_faults import FullDiskWriter, ShortWriter, failing, writing_with


def raising(error: BaseException) -> Callable[..., NoReturn]:
    """Make a function that raises this."""

    def fail(*_args: object) -> NoReturn:
        raise error

    return fail


FAULTS: dict[str, tuple[object, str, Callable[..., object], int]] = {
    "folder not readable": (os, "open", failing(errno.EACCES), errno.EACCES),
    "no locks": (fcntl, "flock", failing(errno.ENOLCK), errno.ENOLCK),
    "no permission": (tempfile, "mkstemp", failing(errno.EACCES), errno.EACCES),
    "read-only folder": (tempfile, "mkstemp", failing(errno.EROFS), errno.EROFS),
    "no inode left": (tempfile, "mkstemp", failing(errno.ENOSPC), errno.ENOSPC),
    "disk full while writing": (os, "fdopen", writing_with(FullDiskWriter), errno.ENOSPC),
    "disk full at fsync": (os, "fsync", failing(errno.ENOSPC), errno.ENOSPC),
    "disk broken at fsync": (os, "fsync", failing(errno.EIO), errno.EIO),
    "not to be replaced": (os, "replace", failing(errno.EPERM), errno.EPERM),
    "a mount of its own": (os, "replace", failing(errno.EBUSY), errno.EBUSY),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_changes_nothing(fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the file cannot be written, the old one stays, byte for byte and alone; the reason is told."""
    target, name, replacement, code = FAULTS[fault]
    path = tmp_path / "secret.key"
    ring = ring_in(path, 1, 2)
    before = snapshot(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(target, name, replacement)
        with pytest.raises(KeyNotSaved) as caught:
            change_keyring(ring, KeyRing.rotated)
    assert snapshot(tmp_path) == before
    assert texts(ring) == [key_text(1), key_text(2)]
    assert str(caught.value).startswith(f"secret.key could not be written ({os.strerror(code)}), ")
    told = "".join([*traceback.format_exception(caught.value), repr(vars(caught.value))])
    assert not [key for key in texts(ring) if key[:8] in told]
    assert change_keyring(ring, KeyRing.rotated).keys[1:] == ring.keys, "and the next try works"


def test_a_short_write_is_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system takes a few bytes at a time, all keys are still written."""
    path = tmp_path / "secret.key"
    ring = ring_in(path, 1, 2, 3)
    monkeypatch.setattr(os, "fdopen", writing_with(ShortWriter))
    changed = change_keyring(ring, KeyRing.rotated)
    assert keyring_of_file(path).keys == changed.keys


def test_a_folder_that_cannot_be_synchronised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some systems refuse that for folders. The file is the new one then, so this is no fault."""
    path, real_fsync = tmp_path / "secret.key", os.fsync
    ring = ring_in(path, 1)
    monkeypatch.setattr(
        os,
        "fsync",
        lambda handle: (
            failing(errno.EINVAL)() if stat.S_ISDIR(os.fstat(handle).st_mode) else real_fsync(handle)
        ),
    )
    assert change_keyring(ring, KeyRing.rotated).keys == keyring_of_file(path).keys


def test_a_lock_that_somebody_keeps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not waited for without end, and the reason is said; once it is free, the change is made."""
    ring = ring_in(tmp_path / "secret.key", 1)
    before = snapshot(tmp_path)
    monkeypatch.setattr(whole_file, "LOCK_SECONDS", 0.05)
    handle = os.open(tmp_path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(KeyNotSaved, match="another program is changing it"):
            change_keyring(ring, KeyRing.rotated)
    finally:
        os.close(handle)
    assert snapshot(tmp_path) == before
    assert len(change_keyring(ring, KeyRing.rotated).keys) == 2


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    """Files that were being written have keys in them: old ones go, one that is new may be in use.

    Somebody's backup is none of them, whatever its name.
    """
    path = tmp_path / "secret.key"
    ring = ring_in(path, 1)
    old, new, ahead = (tmp_path / f".secret.key.{name}.unfinished" for name in ("old", "new", "ahead"))
    others = [tmp_path / name for name in ("other.key", ".secret.key.old", ".secret.key.backup")]
    for file in (old, new, ahead, *others):
        file.write_text("left")
    for file in (old, *others):
        os.utime(file, (0, 0))
    os.utime(ahead, (2**32, 2**32))  # a clock was wrong when it was written
    change_keyring(ring, KeyRing.rotated)
    assert not old.exists()
    assert not ahead.exists()
    assert new.exists()
    assert all(other.exists() for other in others)


def test_a_disk_that_cannot_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is replaced: that there is nothing to tidy up is no fault of the change."""
    path = tmp_path / "secret.key"
    ring = ring_in(path, 1)
    monkeypatch.setattr(Path, "glob", raising(OSError(errno.EIO, "no")))
    assert change_keyring(ring, KeyRing.rotated).keys == keyring_of_file(path).keys


def test_what_is_just_being_written_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of this computer does not matter: that of the disk may be another computer's."""
    ring = ring_in(tmp_path / "secret.key", 1)
    new = tmp_path / ".secret.key.new.unfinished"
    new.write_text("left")
    monkeypatch.setattr(time, "time", lambda: 2.0**32)
    change_keyring(ring, KeyRing.rotated)
    assert new.exists()


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    """It is not made anew: whoever removed it had a reason."""
    folder = tmp_path / "folder"
    folder.mkdir()
    ring = ring_in(folder / "secret.key", 1)
    (folder / "secret.key").unlink()
    folder.rmdir()
    with pytest.raises(KeyNotSaved, match=os.strerror(errno.ENOENT)):
        change_keyring(ring, KeyRing.rotated)
    assert names_in(tmp_path) == []


TOO_MANY = KeyRing(tuple(FernetKey.generate() for _ in range(MAX_KEYS)))

BAD_CHANGES: dict[str, tuple[Callable[[KeyRing], KeyRing], type[BaseException]]] = {
    "too many": (lambda ring: ring.joined(TOO_MANY), TooManyKeys),
    "primary dropped": (lambda ring: ring.without(ring.keys), InvalidKey),
    "a mistake": (raising(RuntimeError()), RuntimeError),
    "interrupted": (raising(KeyboardInterrupt()), KeyboardInterrupt),
}


@pytest.mark.parametrize("name", BAD_CHANGES)
def test_a_change_that_raises_changes_nothing(name: str, tmp_path: Path) -> None:
    """What it raises is passed on, the file stays as it is, and the next change finds the way free."""
    change, error = BAD_CHANGES[name]
    ring = ring_in(tmp_path / "secret.key", 1, 2)
    before = snapshot(tmp_path)
    with pytest.raises(error):
        change_keyring(ring, change)
    assert snapshot(tmp_path) == before
    assert change_keyring(ring, KeyRing.rotated).keys[1:] == ring.keys


@pytest.mark.parametrize("name", ["fsync", "replace"])
def test_an_interruption_changes_nothing(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who stops the app while the file is written finds the old one, and no half of a new one."""
    ring = ring_in(tmp_path / "secret.key", 1, 2)
    before = snapshot(tmp_path)
    monkeypatch.setattr(os, name, raising(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        change_keyring(ring, KeyRing.rotated)
    assert snapshot(tmp_path) == before
