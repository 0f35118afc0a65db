"""Files that appear whole or not at all, and what keeps programs from changing them at the same time."""

from __future__ import annotations

import errno
import glob
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

LOCK_SECONDS = 2.0
"""How long to wait for another program that changes the file."""

LEFT_SECONDS = 60.0
"""After how long a file that was being written has been given up by whoever wrote it."""

_UNFINISHED = ".unfinished"
"""How the name of a file ends that is being written: nobody calls a backup so."""

_NO_LINKS = {
    errno.EPERM,
    errno.EACCES,
    errno.ENOTSUP,
    errno.EOPNOTSUPP,
    errno.ENOSYS,
    errno.EINVAL,
    errno.EMLINK,
}
"""What systems answer that have no hard links here: exFAT and FAT, some network drives, Android."""


def publish(text: str, path: Path) -> bool:
    """Write a new file that appears whole or not at all, and never replaces one that is there.

    Returns:
        Whether this call made the file; False if one was there already.

    Raises:
        OSError: It could not be written. Nothing is left behind.
    """
    with _written(text, path) as name:
        try:
            # A link, not a rename: it fails where the name is taken, so the first process wins for all.
            os.link(name, path)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            return _claim(name, path)
    return True


def _claim(name: str, path: Path) -> bool:
    """Do what `publish` does where there are no links: make an empty file, and replace it by the whole one.

    Whoever finds it empty can wait for the lock: see `wait_until_made`.
    """
    with locked(path):
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            return False
        try:
            os.replace(name, path)
        except BaseException:
            os.unlink(path)  # it was made here, and is empty
            raise
    return True


def wait_until_made(path: Path) -> None:
    """Where a file is empty, wait until nobody is just making it."""
    with suppress(OSError):
        if path.stat().st_size == 0:
            with locked(path):
                return


def replace(text: str, path: Path) -> None:
    """Replace a file by a new one, at once and as a whole.

    Raises:
        OSError: It could not be written. The old one is still there, and nothing else.
    """
    with _written(text, path) as name:
        os.replace(name, path)
    with suppress(OSError):  # not every system can; the name then follows a little later
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def _written(text: str, path: Path) -> Iterator[str]:
    """Write a text to a file beside the one it is for, and remove it in the end if it is still there."""
    # mkstemp makes the file with mode 0600, also where the umask would leave more.
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=_UNFINISHED, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        yield name
    finally:
        with suppress(OSError):
            os.unlink(name)


def sweep(path: Path) -> None:
    """Remove what a process that was killed while it wrote the file may have left: it has keys in it.

    Args:
        path: The file, replaced just now: its time is the present by the clock of the disk, which may be in
            another computer and tell another time than this one.
    """
    with suppress(OSError):  # it only tidies up: the file is replaced
        for left in path.parent.glob(f".{glob.escape(path.name)}.*{_UNFINISHED}"):
            with suppress(OSError):  # one that cannot be removed keeps no other one
                if abs(path.stat().st_mtime - left.stat().st_mtime) > LEFT_SECONDS:
                    left.unlink()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other programs that do the same from changing a file meanwhile.

    Raises:
        OSError: One of them has been doing that for longer than `LOCK_SECONDS`, or there can be no lock.
    """
    path.parent.stat()  # a folder that is gone stays so: the library would make it again
    # A file beside it, for the file itself is replaced. No fallback: it would be a mark that a killed program
    # leaves, and nobody could tell that it was left.
    name = path.with_name(f".{path.name}.lock")
    lock = FileLock(name, mode=0o600, poll_interval=0.01, fallback_to_soft=False)
    try:
        lock.acquire(timeout=LOCK_SECONDS)
    except Timeout:
        raise OSError(errno.EBUSY, "another program is changing it") from None
    try:
        yield
    finally:
        lock.release()  # so does the end of the process
