"""Programs that change one key file at once, and programs that are killed meanwhile: no key is lost."""

import os
import secrets
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from multiprocessing.pool import Pool
from pathlib import Path

import pytest

from securechat.crypto import whole_file
from securechat.crypto.keyfile import change_keyring, keyring_of_file
from securechat.crypto.keyring import KeyRing
from tests.core.at_once import processes, wait_for_all
from tests.core.test_keyfile import key_text, names_in
from tests.core.test_keyfile_changes import ring_in, texts
from tests.support import ROOT

PROCESSES = 4
EACH = 10
ROUNDS = 5


def rotate(path: Path) -> list[str]:
    """Rotate some times, beginning in the same moment as all the others; return the keys that were made."""
    whole_file.LOCK_SECONDS = 60  # on a busy machine it takes long until all had their turn
    ring = keyring_of_file(path)
    wait_for_all()
    made = []
    for _ in range(EACH):
        ring = change_keyring(ring, KeyRing.rotated)
        made.append(ring.primary.reveal())
    return made


@pytest.fixture
def pool() -> Iterator[Pool]:
    """Start the processes, each with nothing inherited, as real ones are."""
    with processes(PROCESSES) as pool:
        yield pool


def test_processes_that_rotate_at_once_lose_no_key(pool: Pool, tmp_path: Path) -> None:
    """Four rotate ten times each: in the end the file has the first key and all forty new ones."""
    for number in range(ROUNDS):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = folder / "secret.key"
        before = ring_in(path, 1)
        answers = pool.map(rotate, [path] * PROCESSES, chunksize=1)
        after = keyring_of_file(path)
        made = [key for keys in answers for key in keys]
        assert len(after.keys) == len(made) + 1 == 41
        assert set(texts(after)) == {*texts(before), *made}
        assert after.keys[-1] == before.primary
        assert after.primary.reveal() in [keys[-1] for keys in answers]
        assert names_in(folder) == ["secret.key"]


def test_threads_that_rotate_at_once_lose_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same within one process."""
    monkeypatch.setattr(whole_file, "LOCK_SECONDS", 60)  # for a busy machine
    path = tmp_path / "secret.key"
    ring = ring_in(path, 1)

    def rotate_often() -> None:
        for _ in range(EACH):
            change_keyring(ring, KeyRing.rotated)

    threads = [threading.Thread(target=rotate_often) for _ in range(PROCESSES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keyring_of_file(path).keys) == PROCESSES * EACH + 1


def test_the_file_is_never_seen_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the new keys are safely on the disk, the old ones stand under the key file's name."""
    path = tmp_path / "secret.key"
    ring = ring_in(path, 1, 2)
    seen: list[tuple[str, str]] = []
    real_fsync, real_replace = os.fsync, os.replace

    def look_and_fsync(handle: int) -> None:
        seen.append(("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file", path.read_text()))
        real_fsync(handle)

    def look_and_replace(source: str, target: Path) -> None:
        seen.append(("replace", Path(source).read_text()))
        real_replace(source, target)

    monkeypatch.setattr(os, "fsync", look_and_fsync)
    monkeypatch.setattr(os, "replace", look_and_replace)
    changed = change_keyring(ring, KeyRing.rotated)
    assert seen == [("file", ring.reveal()), ("replace", changed.reveal()), ("folder", changed.reveal())]


HEAD = """
import fcntl, os, signal, sys, tempfile
from securechat.crypto.keyfile import change_keyring, keyring_of_file
from securechat.crypto.keyring import KeyRing
ring = keyring_of_file(sys.argv[1])
"""

KILLED_AT = """
module, name, moment = sys.argv[2:]
real = getattr(globals()[module], name)
def die(*args, **kwargs):
    if moment == "after":
        real(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(globals()[module], name, die)
change_keyring(ring, KeyRing.rotated)
"""

FOR_LONG = """
while len(ring.keys) < 90:
    ring = change_keyring(ring, KeyRing.rotated)
    print(ring.fingerprint, flush=True)
signal.pause()  # the ring is nearly full, and whoever should kill this is slow
"""

STEPS = [("fcntl", "flock"), ("tempfile", "mkstemp"), ("os", "fdopen"), ("os", "fsync"), ("os", "replace")]


def assert_usable(path: Path) -> None:
    """Check what a program that was killed left behind: the file can be changed, and all of it is private."""
    for item in path.parent.iterdir():
        assert item.name == path.name or item.name.startswith(f".{path.name}."), "git ignores such names"
        assert stat.S_IMODE(item.stat().st_mode) == 0o600
    ring = keyring_of_file(path)
    assert change_keyring(ring, KeyRing.rotated).keys[1:] == ring.keys, "the lock went with the process"


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(("module", "name"), STEPS, ids=[name for _, name in STEPS])
def test_killed_at_any_step(module: str, name: str, moment: str, tmp_path: Path) -> None:
    """Up to the replacement the file is the old one, from then on the new one, and never anything else."""
    path = tmp_path / "secret.key"
    before = ring_in(path, 1, 2)
    path.chmod(0o600)
    command = [sys.executable, "-c", HEAD + KILLED_AT, str(path), module, name, moment]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    after = keyring_of_file(path)
    is_new = (name, moment) == ("replace", "after")
    assert after.keys[-2:] == before.keys
    assert len(after.keys) == 2 + is_new
    assert_usable(path)


@pytest.mark.parametrize("number", range(20))
def test_killed_at_any_moment(number: int, tmp_path: Path) -> None:
    """The file has every key of before and every key that was told, and at most one that was not yet told."""
    path = tmp_path / "secret.key"
    before = ring_in(path, 1, 2, 3)
    path.chmod(0o600)
    command = [sys.executable, "-c", HEAD + FOR_LONG, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        told = [child.stdout.readline().strip() for _ in range(1 + number % 7)]
        time.sleep(secrets.randbelow(4_000) / 1e6)  # a few rotations at the most
        child.kill()
        told += child.stdout.read().split("\n")[:-1]
    assert child.returncode == -signal.SIGKILL
    after = keyring_of_file(path)
    fingerprints = [key.fingerprint for key in after.keys]
    assert after.keys[-3:] == before.keys
    assert fingerprints[-3 - len(told) : -3] == told[::-1]
    assert len(fingerprints) - 3 - len(told) in (0, 1)
    assert key_text(1) in texts(after)
    assert_usable(path)
