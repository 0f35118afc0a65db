"""Key files on disks that fail: nothing half-written stays, and the app says what it does instead."""

import errno
import fcntl
import io
import os
import stat
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from securechat.crypto.keyfile import keyring_of_file
from securechat.crypto.keyring import KeyRing, KeySource
from securechat.errors import InvalidKey
from tests.core.test_keyfile import LOCK, names_in

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
    "disk full at the link": (os, "link", failing(errno.ENOSPC), errno.ENOSPC),
    "disk broken at the link": (os, "link", failing(errno.EIO), errno.EIO),
}

NO_LINKS = sorted({errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})


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
        ring = keyring_of_file(tmp_path / "secret.key")
    assert_for_this_process(ring, tmp_path / "secret.key", code)
    assert names_in(tmp_path) == ["other file"]


@pytest.mark.parametrize("fault", FAULTS)
def test_the_next_start_makes_the_key(fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the fault is gone, a key is made and written as if nothing had been."""
    target, name, replacement, _ = FAULTS[fault]
    with monkeypatch.context() as patch:
        patch.setattr(target, name, replacement)
        lost = keyring_of_file(tmp_path / "secret.key")
    ring = keyring_of_file(tmp_path / "secret.key")
    assert ring.origin.source is KeySource.NEW_FILE
    assert ring.primary != lost.primary
    assert (tmp_path / "secret.key").read_text().strip() == ring.primary.reveal()


def test_a_short_write_is_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system takes a few bytes at a time, the key is still written whole."""
    monkeypatch.setattr(os, "fdopen", writing_with(ShortWriter))
    ring = keyring_of_file(tmp_path / "secret.key")
    assert ring.origin.source is KeySource.NEW_FILE
    assert (tmp_path / "secret.key").read_text().strip() == ring.primary.reveal()


def test_a_missing_folder(tmp_path: Path) -> None:
    """A key file in a folder that is not there cannot be made; nor is the folder."""
    path = tmp_path / "missing" / "secret.key"
    assert_for_this_process(keyring_of_file(path), path, errno.ENOENT)
    assert names_in(tmp_path) == []


def test_a_file_for_a_folder(tmp_path: Path) -> None:
    """A key file below something that is no folder cannot be made; that something stays as it was."""
    (tmp_path / "file").write_text("kept")
    path = tmp_path / "file" / "secret.key"
    assert_for_this_process(keyring_of_file(path), path, errno.ENOTDIR)
    assert (tmp_path / "file").read_text() == "kept"


@pytest.mark.parametrize("code", NO_LINKS)
class TestNoLinks:
    """Folders in which no second name can be given to a file, as on an exFAT stick."""

    @pytest.fixture(autouse=True)
    def _no_links(self, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "link", failing(code))

    def test_the_key_is_made_there_all_the_same(self, tmp_path: Path) -> None:
        """It is written for its owner alone, found at the next start, and nothing else is left."""
        path = tmp_path / "secret.key"
        ring = keyring_of_file(path)
        assert (ring.origin.source, ring.origin.problem) == (KeySource.NEW_FILE, "")
        assert path.read_text() == ring.reveal()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert names_in(tmp_path) == ["secret.key"]
        assert keyring_of_file(path).primary == ring.primary

    def test_what_came_meanwhile_stays(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A key that somebody puts there at the last moment is used, and never replaced."""
        path, other, real_open = tmp_path / "secret.key", KeyRing.generate(), os.open

        def open_too_late(name: str | Path, flags: int, *mode: int) -> int:
            if flags & os.O_EXCL and Path(name) == path:
                path.write_text(other.reveal())
            return real_open(name, flags, *mode)

        monkeypatch.setattr(os, "open", open_too_late)
        ring = keyring_of_file(path)
        assert (ring.primary, ring.origin.source) == (other.primary, KeySource.FILE)
        assert names_in(tmp_path) == ["secret.key"]

    def test_it_is_empty_or_whole(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nobody ever sees a part of it, and until it is whole, it is locked."""
        path, seen, real_replace = tmp_path / "secret.key", [], os.replace

        def look_and_replace(source: str, target: Path) -> None:
            handle = os.open(tmp_path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                with pytest.raises(BlockingIOError):
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            finally:
                os.close(handle)
            seen.append(path.read_bytes())
            real_replace(source, target)

        monkeypatch.setattr(os, "replace", look_and_replace)
        keyring_of_file(path)
        assert seen == [b""]

    def test_who_finds_it_empty_waits(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Another program that starts in the very moment gets the key, once it is whole."""
        path, waits = tmp_path / "secret.key", threading.Event()
        real_flock, real_replace = fcntl.flock, os.replace

        def flock(handle: int, how: int) -> None:
            try:
                real_flock(handle, how)
            except BlockingIOError:
                waits.set()
                raise

        with ThreadPoolExecutor(1) as pool:
            other: list[Future[KeyRing]] = []

            def start_another_and_replace(source: str, target: Path) -> None:
                other.append(pool.submit(keyring_of_file, path))
                assert waits.wait(10)
                real_replace(source, target)

            monkeypatch.setattr(fcntl, "flock", flock)
            monkeypatch.setattr(os, "replace", start_another_and_replace)
            ring = keyring_of_file(path)
            assert other[0].result(10).primary == ring.primary

    @pytest.mark.parametrize("name", ["open", "replace"])
    def test_a_fault_leaves_nothing_behind(
        self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where that fails, too, the key is for this process, with the reason, and no file is left."""
        path, real = tmp_path / "secret.key", getattr(os, name)

        def fail(first: str | Path, *rest: object, **named: object) -> object:
            if path in (first, *rest):
                failing(errno.EIO)()
            return real(first, *rest, **named)

        monkeypatch.setattr(os, name, fail)
        assert_for_this_process(keyring_of_file(path), path, errno.EIO)
        assert names_in(tmp_path) == []


@pytest.mark.parametrize("name", ["fsync", "link"])
def test_an_interruption_leaves_nothing_behind(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who stops the app while the key is written finds no half of it later."""

    def interrupt(*_args: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, name, interrupt)
    with pytest.raises(KeyboardInterrupt):
        keyring_of_file(tmp_path / "secret.key")
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("code", [errno.EACCES, errno.EPERM, errno.EIO, errno.EMFILE, errno.ESTALE])
def test_a_file_that_cannot_be_read(code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key file that is there and cannot be read is refused with the reason, never replaced."""
    path = tmp_path / "secret.key"
    made = keyring_of_file(path)
    before = (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", failing(code))
        with pytest.raises(InvalidKey) as caught:
            keyring_of_file(path)
    assert caught.value.where == "secret.key"
    assert os.strerror(code) in caught.value.problem
    assert caught.value.remedy
    assert (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino) == before
    assert names_in(tmp_path) == ["secret.key"]
    assert keyring_of_file(path).primary == made.primary


def test_a_file_that_fails_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fails in the middle of reading is a refusal too."""

    class FailingReader(io.BytesIO):
        """A file that opens and then cannot be read."""

        def read(self, _size: int | None = -1, /) -> bytes:
            """Fail as a broken disk does."""
            failing(errno.EIO)()

    path = tmp_path / "secret.key"
    keyring_of_file(path)
    monkeypatch.setattr(Path, "open", lambda *_args, **_kwargs: FailingReader())
    with pytest.raises(InvalidKey, match=os.strerror(errno.EIO)):
        keyring_of_file(path)
