"""Many processes starting at once: one of them makes the key, and all of them get it."""

import errno
import os
from collections.abc import Iterator
from multiprocessing.pool import Pool
from pathlib import Path

import pytest

from securechat.crypto.keyfile import keyring_of_file
from securechat.crypto.keyring import KeyRing, KeySource
from tests.core.at_once import processes, wait_for_all
from tests.core.test_keyfile import names_in

PROCESSES = 8
ROUNDS = 100


def _no_link(*_: object) -> None:
    raise OSError(errno.EPERM, os.strerror(errno.EPERM))


def load_at_once(path: Path) -> tuple[str, KeySource, str]:
    """Load the keys in the same moment as all the others of the pool do."""
    if path.parent.name.startswith("no links"):
        os.link = _no_link  # type: ignore[assignment]
    wait_for_all()
    ring = keyring_of_file(path)
    return ring.primary.reveal(), ring.origin.source, ring.origin.problem


@pytest.fixture
def pool() -> Iterator[Pool]:
    """Start the processes, each with nothing inherited, as real ones are."""
    with processes(PROCESSES) as pool:
        yield pool


@pytest.mark.parametrize("links", ["links", "no links"])
def test_all_processes_get_the_same_key(links: str, pool: Pool, tmp_path: Path) -> None:
    """In every round all processes have one key, one of them made it, and no other file is left."""
    for number in range(ROUNDS):
        folder = tmp_path / f"{links} {number}"
        folder.mkdir()
        path = folder / "secret.key"
        answers = pool.map(load_at_once, [path] * PROCESSES, chunksize=1)
        keys, sources, problems = zip(*answers, strict=True)
        assert set(keys) == {path.read_text().strip()}
        assert sorted(sources) == [KeySource.FILE] * (PROCESSES - 1) + [KeySource.NEW_FILE]
        assert set(problems) == {""}
        assert names_in(folder) == ["secret.key"]


def test_the_slower_process_takes_the_faster_ones_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that appears at the last moment is used and kept; the one made in vain is thrown away."""
    path = tmp_path / "secret.key"
    faster = KeyRing.generate()
    real_link = os.link

    def link_too_late(source: str, target: Path) -> None:
        path.write_text(faster.primary.reveal())
        real_link(source, target)

    monkeypatch.setattr(os, "link", link_too_late)
    ring = keyring_of_file(path)
    assert ring.primary == faster.primary
    assert ring.origin.source is KeySource.FILE
    assert path.read_text() == faster.primary.reveal()
    assert names_in(tmp_path) == ["secret.key"]


def test_the_file_is_never_seen_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the key is safely on the disk, there is nothing under the key file's name."""
    path = tmp_path / "secret.key"
    seen: list[bool] = []
    real_fsync = os.fsync

    def look_and_fsync(handle: int) -> None:
        seen.append(path.exists())
        real_fsync(handle)

    monkeypatch.setattr(os, "fsync", look_and_fsync)
    keyring_of_file(path)
    assert seen == [False]
    assert path.exists()
