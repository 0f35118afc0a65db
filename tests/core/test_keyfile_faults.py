"""Key files on disks that fail: nothing half-written stays, and the app says what it does instead."""

import errno
import io
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from securechat.errors import InvalidKey
from securechat.keyfile import load_keyring
from securechat.keyring import KeyRing, KeySource

if TYPE_CHECKING:
    from typing_extensions import Buffer


def failing(code: int) -> Callable[..., NoReturn]:
    """Make a function that fails as the operating system does with that error code."""

    def fail(*_args: object, **_kwargs: object) -> NoReturn:
        raise OSError(code, os.strerror(code))

    return fail


class ShortWriter(io.FileIO):
    """A file that takes ten bytes at a time; and no more than 20 in all, where the disk is full."""

    disk_is_full = False
    taken = 0

    def write(self, data: "Buffer", /) -> int:
        """Write the first ten bytes only, as the operating system may."""
        if self.disk_is_full and self.taken >= 20:
            failing(errno.ENOSPC)()
        written = super().write(memoryview(data)[:10])
        self.taken += written or 0
        return written or 0


class FullDiskWriter(ShortWriter):
    """A file on a disk that has room for 20 bytes."""

    disk_is_full = True


def writing_with(writer: type[ShortWriter]) -> Callable[..., io.BufferedWriter]:
    """Make a function that opens files as `os.fdopen` does, over a writer that is not as good."""
    return lambda handle, *_args, **_kwargs: io.BufferedWriter(writer(handle, "wb"))


FAULTS: dict[str, tuple[object, str, Callable[..., object], int]] = {
    "no permission": (tempfile, "mkstemp", failing(errno.EACCES), errno.EACCES),
    "read-only folder": (tempfile, "mkstemp", failing(errno.EROFS), errno.EROFS),
    "no inode left": (tempfile, "mkstemp", failing(errno.ENOSPC), errno.ENOSPC),
    "disk full while writing": (os, "fdopen", writing_with(FullDiskWriter), errno.ENOSPC),
    "disk full at fsync": (os, "fsync", failing(errno.ENOSPC), errno.ENOSPC),
    "disk broken at fsync": (os, "fsync", failing(errno.EIO), errno.EIO),
    "links not permitted": (os, "link", failing(errno.EPERM), errno.EPERM),
    "links not supported": (os, "link", failing(errno.ENOTSUP), errno.ENOTSUP),
}


def assert_for_this_process(ring: KeyRing, path: Path, code: int) -> None:
    """Check that a ring works, says that it is for this run only, and why."""
    assert ring.decrypt(ring.encrypt("hello")) == "hello"
    assert ring.origin.source is KeySource.PROCESS
    assert ring.origin.path == path
    assert path.name in ring.origin.problem
    assert os.strerror(code) in ring.origin.problem
    assert ring.primary.reveal() not in ring.origin.problem


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_leaves_nothing_behind(fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a key cannot be written, no file is left, and the key is for this process, with the reason."""
    target, name, replacement, code = FAULTS[fault]
    (tmp_path / "other file").write_text("kept")
    with monkeypatch.context() as patch:
        patch.setattr(target, name, replacement)
        ring = load_keyring(tmp_path / "secret.key", environ={})
    assert_for_this_process(ring, tmp_path / "secret.key", code)
    assert [item.name for item in tmp_path.iterdir()] == ["other file"]


@pytest.mark.parametrize("fault", FAULTS)
def test_the_next_start_makes_the_key(fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the fault is gone, a key is made and written as if nothing had been."""
    target, name, replacement, _ = FAULTS[fault]
    with monkeypatch.context() as patch:
        patch.setattr(target, name, replacement)
        lost = load_keyring(tmp_path / "secret.key", environ={})
    ring = load_keyring(tmp_path / "secret.key", environ={})
    assert ring.origin.source is KeySource.NEW_FILE
    assert ring.primary != lost.primary
    assert (tmp_path / "secret.key").read_text().strip() == ring.primary.reveal()


def test_a_short_write_is_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system takes a few bytes at a time, the key is still written whole."""
    monkeypatch.setattr(os, "fdopen", writing_with(ShortWriter))
    ring = load_keyring(tmp_path / "secret.key", environ={})
    assert ring.origin.source is KeySource.NEW_FILE
    assert (tmp_path / "secret.key").read_text().strip() == ring.primary.reveal()


def test_a_missing_folder(tmp_path: Path) -> None:
    """A key file in a folder that is not there cannot be made; nor is the folder."""
    path = tmp_path / "missing" / "secret.key"
    assert_for_this_process(load_keyring(path, environ={}), path, errno.ENOENT)
    assert not list(tmp_path.iterdir())


def test_a_file_for_a_folder(tmp_path: Path) -> None:
    """A key file below something that is no folder cannot be made; that something stays as it was."""
    (tmp_path / "file").write_text("kept")
    path = tmp_path / "file" / "secret.key"
    assert_for_this_process(load_keyring(path, environ={}), path, errno.ENOTDIR)
    assert (tmp_path / "file").read_text() == "kept"


@pytest.mark.parametrize("name", ["fsync", "link"])
def test_an_interruption_leaves_nothing_behind(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who stops the app while the key is written finds no half of it later."""

    def interrupt(*_args: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, name, interrupt)
    with pytest.raises(KeyboardInterrupt):
        load_keyring(tmp_path / "secret.key", environ={})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("code", [errno.EACCES, errno.EPERM, errno.EIO, errno.EMFILE, errno.ESTALE])
def test_a_file_that_cannot_be_read(code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key file that is there and cannot be read is refused with the reason, never replaced."""
    path = tmp_path / "secret.key"
    made = load_keyring(path, environ={})
    before = (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", failing(code))
        with pytest.raises(InvalidKey) as caught:
            load_keyring(path, environ={})
    assert caught.value.where == "secret.key"
    assert os.strerror(code) in caught.value.problem
    assert caught.value.remedy
    assert (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino) == before
    assert [item.name for item in tmp_path.iterdir()] == ["secret.key"]
    assert load_keyring(path, environ={}).primary == made.primary


def test_a_file_that_fails_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fails in the middle of reading is a refusal too."""

    class FailingReader(io.BytesIO):
        """A file that opens and then cannot be read."""

        def read(self, _size: int | None = -1, /) -> bytes:
            """Fail as a broken disk does."""
            failing(errno.EIO)()

    path = tmp_path / "secret.key"
    load_keyring(path, environ={})
    monkeypatch.setattr(Path, "open", lambda *_args, **_kwargs: FailingReader())
    with pytest.raises(InvalidKey, match=os.strerror(errno.EIO)):
        load_keyring(path, environ={})
