"""Where keys come from: the order of the places, keys that are refused, and files that are left alone."""

import base64
import os
import shutil
import stat
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from securechat.crypto.keyfile import (
    KEY_SETTING,
    MAX_FILE_SIZE,
    key_file_facts,
    keyring_of_file,
    keyring_of_setting,
)
from securechat.crypto.keyring import KeyRing, KeySource
from securechat.errors import InvalidKey

REPOSITORY = Path(__file__).parents[2]


def key_text(number: int) -> str:
    """Return a key that is the same in every run: 32 bytes that count up from a number."""
    return base64.urlsafe_b64encode(bytes(range(number, number + 32))).decode()


STANDARD_ALPHABET = base64.b64encode(b"\xfb\xef\xff" * 10 + b"xy").decode()

BAD_CONTENTS = {
    "empty": b"",
    "white space only": b" \n\t\r\n  ",
    "line break only": b"\n",
    "short": key_text(1)[:-1].encode(),
    "long": key_text(1).encode() + b"AAAA",
    "UTF-8 with byte order mark": b"\xef\xbb\xbf" + key_text(1).encode(),
    "UTF-16 with byte order mark": key_text(1).encode("utf-16"),
    "UTF-16 without byte order mark": key_text(1).encode("utf-16-le"),
    "garbage": b"this is no key at all, only some text",
    "binary": bytes(range(256)),
    "NUL bytes": bytes(44),
    "accented letters": "schlüssel".encode(),
    "standard alphabet": STANDARD_ALPHABET.encode(),
    "with a name in front": b"SECURECHAT_KEY=" + key_text(1).encode(),
    "in quotation marks": b'"' + key_text(1).encode() + b'"',
    "second key bad": key_text(1).encode() + b"\n" + key_text(2)[:-2].encode() + b"!\n",
    "first key bad": b"canary-canary\n" + key_text(1).encode(),
    "too big": key_text(1).encode() + b"\n" * (MAX_FILE_SIZE - 43),
    "far too big": (key_text(1).encode() + b"\n") * 5_000,
}


LOCK = ".secret.key.lock"
"""What a key file is locked by: an empty file beside it, which stays."""


def keyring_of(environ: dict[str, str], secrets: dict[str, Any] | None, path: Path) -> KeyRing:
    """Return the keys that are set, or else those of the file, as the application does."""
    return keyring_of_setting(environ, secrets or {}) or keyring_of_file(path)


def names_in(folder: Path) -> list[str]:
    """Return the names of the files in a folder, but for the lock."""
    return sorted(path.name for path in folder.iterdir() if path.name != LOCK)


def snapshot(folder: Path) -> dict[str, tuple[object, ...]]:
    """Describe all that is in a folder: names, kinds, times and every byte, but for the lock."""
    return {
        path.name: (
            (status := path.lstat()).st_mode,
            status.st_ino,
            status.st_mtime_ns,
            str(path.readlink())
            if path.is_symlink()
            else snapshot(path)
            if path.is_dir()
            else path.read_bytes(),
        )
        for path in folder.iterdir()
        if path.name != LOCK
    }


def refusal(path: Path) -> InvalidKey:
    """Load a key file, which must be refused, and return the refusal."""
    with pytest.raises(InvalidKey) as caught:
        keyring_of_file(path)
    return caught.value


@pytest.mark.parametrize("content", BAD_CONTENTS.values(), ids=BAD_CONTENTS)
def test_a_bad_file_is_refused_and_left_alone(content: bytes, tmp_path: Path) -> None:
    """A file without a valid key is named with a remedy, not quoted, and not a byte of it changes."""
    path = tmp_path / "secret.key"
    path.write_bytes(content)
    before = snapshot(tmp_path)
    error = refusal(path)
    assert snapshot(tmp_path) == before
    assert error.where == "secret.key"
    assert str(error) == f"secret.key: {error.problem} {error.remedy}"
    assert error.remedy
    text = content.decode("latin-1")
    quotable = [part[at : at + 8] for part in text.split() for at in range(len(part) - 7)][:1_000]
    known = "A key is 32 bytes in URL-safe Base64 SECURECHAT_KEY"
    assert not [part for part in quotable if part in str(error) and part not in known]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("empty", "empty"),
        ("white space only", "empty"),
        ("short", "44 characters"),
        ("UTF-8 with byte order mark", "byte order mark"),
        ("UTF-16 with byte order mark", "byte order mark"),
        ("binary", "not plain text"),
        ("standard alphabet", "URL-safe"),
        ("in quotation marks", "Leave out the quotes"),
        ("with a name in front", "Leave out the name"),
        ("accented letters", "U+00FC LATIN SMALL LETTER U WITH DIAERESIS"),
        ("second key bad", "Key 2 of 2"),
        ("first key bad", "Key 1 of 2"),
        ("too big", "64 KiB"),
    ],
)
def test_the_refusal_names_the_fault(name: str, says: str, tmp_path: Path) -> None:
    """What is wrong with a key file is said in words that lead to it."""
    path = tmp_path / "secret.key"
    path.write_bytes(BAD_CONTENTS[name])
    assert says in refusal(path).problem


def test_a_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    """A folder in the key file's place is named as one, and stays with what is in it."""
    path = tmp_path / "secret.key"
    path.mkdir()
    (path / "kept").write_text("kept")
    before = snapshot(tmp_path)
    error = refusal(path)
    assert snapshot(tmp_path) == before
    assert error.where == "secret.key"
    assert "folder" in error.problem
    assert error.remedy


@pytest.mark.parametrize(
    "target",
    ["nowhere", "secret.key", "missing/secret.key", "x" * 300],
    ids=["no such file", "itself", "no such folder", "name too long"],
)
def test_a_dangling_link_is_refused_and_left_alone(target: str, tmp_path: Path) -> None:
    """A link that leads to no file is refused; no key is made behind it."""
    path = tmp_path / "secret.key"
    path.symlink_to(target)
    before = {item.name: str(item.readlink()) for item in tmp_path.iterdir()}
    error = refusal(path)
    assert {item.name: str(item.readlink()) for item in tmp_path.iterdir()} == before
    assert error.where == "secret.key"
    assert error.remedy


def test_a_link_to_a_key_file_is_followed(tmp_path: Path) -> None:
    """A link to a good key file is as good as the file."""
    (tmp_path / "real.key").write_text(key_text(1))
    (tmp_path / "secret.key").symlink_to("real.key")
    assert keyring_of_file(tmp_path / "secret.key").primary.reveal() == key_text(1)


def test_a_file_of_the_greatest_size_is_read(tmp_path: Path) -> None:
    """64 KiB are not too many."""
    path = tmp_path / "secret.key"
    path.write_text(key_text(1) + "\n" * (MAX_FILE_SIZE - 44))
    assert keyring_of_file(path).primary.reveal() == key_text(1)


def test_a_new_key_is_made_once(tmp_path: Path) -> None:
    """Where there is no key, one is made and written; later starts find the same one."""
    path = tmp_path / "secret.key"
    first = keyring_of_file(path)
    content = path.read_bytes()
    second = keyring_of_file(str(path))
    assert first.origin.source is KeySource.NEW_FILE
    assert second.origin.source is KeySource.FILE
    assert first.origin.path == second.origin.path == path
    assert first.origin.problem == second.origin.problem == ""
    assert content.decode().strip() == first.primary.reveal() == second.primary.reveal()
    assert path.read_bytes() == content
    assert names_in(tmp_path) == ["secret.key"]


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077], ids=oct)
def test_only_the_owner_may_read_a_new_key(mask: int, tmp_path: Path) -> None:
    """A new key file has mode 0600, whatever the umask would let through."""
    path = tmp_path / "secret.key"
    before = os.umask(mask)
    try:
        keyring_of_file(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["secret.key", ".secret.key.abc123", ".streamlit/secrets.toml"])
def test_git_ignores_keys(name: str) -> None:
    """Key files, half-written ones and Streamlit's secrets never get into the repository."""
    git = shutil.which("git")
    if git is not None and (REPOSITORY / ".git").exists():
        answer = subprocess.run([git, "check-ignore", "--quiet", name], cwd=REPOSITORY, check=False)
        if answer.returncode in (0, 1):  # anything else: git does not trust the folder and says nothing
            assert answer.returncode == 0
            return
    patterns = (REPOSITORY / ".gitignore").read_text().split()
    assert any(Path(name).match(pattern) for pattern in patterns)


@pytest.mark.parametrize(
    ("environ", "secrets", "file", "number", "source"),
    [
        ({KEY_SETTING: key_text(1)}, {KEY_SETTING: key_text(2)}, key_text(3), 1, KeySource.ENVIRONMENT),
        ({KEY_SETTING: key_text(1)}, None, None, 1, KeySource.ENVIRONMENT),
        ({}, {KEY_SETTING: key_text(2)}, key_text(3), 2, KeySource.SECRETS),
        ({KEY_SETTING: ""}, {KEY_SETTING: key_text(2)}, None, 2, KeySource.SECRETS),
        ({}, {"other": "setting"}, key_text(3), 3, KeySource.FILE),
        ({KEY_SETTING: ""}, {KEY_SETTING: ""}, key_text(3), 3, KeySource.FILE),
        ({}, None, key_text(3), 3, KeySource.FILE),
    ],
)
def test_the_first_place_with_a_key_counts(
    environ: dict[str, str],
    secrets: dict[str, Any] | None,
    file: str | None,
    number: int,
    source: KeySource,
    tmp_path: Path,
) -> None:
    """The environment goes before the secrets, these before the file; what is empty is not there."""
    path = tmp_path / "secret.key"
    if file is not None:
        path.write_text(file)
    before = snapshot(tmp_path)
    ring = keyring_of(environ, secrets, path)
    assert ring.primary.reveal() == key_text(number)
    assert ring.origin.source is source
    assert ring.origin.path == (path if source is KeySource.FILE else None)
    assert ring.origin.problem == ""
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("setting", [" ", "canary", key_text(1) + "x", f"{key_text(1)},canary"])
@pytest.mark.parametrize("source", [KeySource.ENVIRONMENT, KeySource.SECRETS])
def test_a_bad_setting_is_refused(setting: str, source: KeySource, tmp_path: Path) -> None:
    """A bad setting is named with a remedy and not quoted; no later place is asked instead."""
    path = tmp_path / "secret.key"
    path.write_text(key_text(3))
    before = snapshot(tmp_path)
    good, bad = {KEY_SETTING: key_text(2)}, {KEY_SETTING: setting}
    environ, secrets = (bad, good) if source is KeySource.ENVIRONMENT else ({}, bad)
    with pytest.raises(InvalidKey) as caught:
        keyring_of(environ, secrets, path)
    assert caught.value.where == source.value
    assert str(caught.value).startswith(f"{source.value}: ")
    assert caught.value.remedy
    assert "canary" not in str(caught.value)
    assert key_text(1) not in str(caught.value)
    assert snapshot(tmp_path) == before


def test_a_list_in_the_secrets(tmp_path: Path) -> None:
    """Keys may stand in the secrets as a list of texts; anything else there is refused and not quoted."""
    path = tmp_path / "secret.key"
    ring = keyring_of_setting({}, {KEY_SETTING: [key_text(1), key_text(2)]})
    assert ring is not None
    assert [key.reveal() for key in ring.keys] == [key_text(1), key_text(2)]
    assert ring.origin.source is KeySource.SECRETS
    for setting, says in (
        ([], "There is no key in it."),
        ([key_text(1), "canary"], "Key 2 of 2: A key has 44 characters, this has 6."),
        ([key_text(1), 4711], "neither a text nor a list of texts"),
        ({"canary": key_text(1)}, "neither a text nor a list of texts"),
        (4711, "neither a text nor a list of texts"),
    ):
        with pytest.raises(InvalidKey) as caught:
            keyring_of_setting({}, {KEY_SETTING: setting})
        assert says in caught.value.problem
        assert "canary" not in str(caught.value)
        assert "4711" not in str(caught.value)
    assert not path.exists()


def test_several_keys_in_a_file_and_in_a_setting(tmp_path: Path) -> None:
    """Both hold retired keys after the primary one, and what was encrypted with these still opens."""
    old = KeyRing.from_text(key_text(1)).encrypt("old")
    path = tmp_path / "secret.key"
    path.write_bytes(f"{key_text(2)}\r\n{key_text(1)}\r\n{key_text(2)}\r\n".encode())
    from_file = keyring_of_file(path)
    from_setting = keyring_of({KEY_SETTING: f"{key_text(2)},{key_text(1)}"}, {}, path)
    for ring in (from_file, from_setting):
        assert [key.reveal() for key in ring.keys] == [key_text(2), key_text(1)]
        assert ring.decrypt(old) == "old"
        assert ring.open(ring.encrypt("new")).key.reveal() == key_text(2)


@pytest.mark.parametrize(
    ("mode", "permissions", "private"),
    [
        (0o600, "-rw-------", True),
        (0o400, "-r--------", True),
        (0o640, "-rw-r-----", False),
        (0o604, "-rw----r--", False),
        (0o602, "-rw-----w-", False),
    ],
)
def test_key_file_facts(mode: int, permissions: str, private: bool, tmp_path: Path) -> None:
    """The permissions and the time of a key file are told as the file system has them."""
    path = tmp_path / "secret.key"
    path.write_text(key_text(1))
    path.chmod(mode)
    os.utime(path, (0, 499_162_800))
    facts = key_file_facts(path)
    assert facts is not None
    assert (facts.permissions, facts.private) == (permissions, private)
    assert facts.changed_at == datetime(1985, 10, 26, 8, 20, tzinfo=UTC)


@pytest.mark.parametrize("moment", [-(2**40), 2**40, 2**63 - 1])
def test_a_file_of_a_time_beyond_the_calendar(
    moment: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some disks keep times that no calendar has: then no time is told."""
    path = tmp_path / "secret.key"
    path.write_text(key_text(1))
    status = list(path.stat())
    status[stat.ST_MTIME] = moment
    monkeypatch.setattr(Path, "stat", lambda _: os.stat_result(status))
    facts = key_file_facts(path)
    assert facts is not None
    assert facts.changed_at is None


def test_no_facts_without_a_file(tmp_path: Path) -> None:
    """Of a file that is not there, nothing is told."""
    assert key_file_facts(tmp_path / "secret.key") is None
