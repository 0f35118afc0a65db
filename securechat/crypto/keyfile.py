"""Where the keys come from: a setting, the file `secret.key`, or a new key; and how they are changed there.

A key file is made once. What is there and not valid is reported, never mended; what is valid is replaced only
by what holds its keys, too, or by somebody's wish to drop some of them.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from securechat.crypto.anatomy import as_datetime
from securechat.crypto.keyring import KeyOrigin, KeyRing, KeySource
from securechat.crypto.whole_file import locked, publish, replace, sweep, wait_until_made
from securechat.errors import InvalidKey, KeyNotSaved, KeysChanged, KeySetOutside

KEY_SETTING = "SECURECHAT_KEY"
"""The setting that holds a key, or several."""

MAX_FILE_SIZE = 64 * 1024
"""Bytes of a key file that are looked at; more than a thousand keys."""

NEW_KEY_COMMAND = 'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
"""Prints a new key."""

_NOT_WRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS)
"""What systems answer where there can be no lock, as nothing can be written beside the file: then it is read
without. It is whole at every moment."""


@dataclass(frozen=True)
class KeyFileFacts:
    """What the file system says of a key file.

    Attributes:
        permissions: Such as `-rw-------`.
        private: Whether only its owner may read it.
        changed_at: When it was last written, in UTC: when its key was made, if nobody edited it since. None
            where the calendar does not reach.
    """

    permissions: str
    private: bool
    changed_at: datetime | None


def keyring_of_setting(environ: Mapping[str, str], secrets: Mapping[str, Any]) -> KeyRing | None:
    """Return the keys that are set, in the environment or else in the secrets; None where none are.

    Args:
        environ: Environment variables, looked at for `SECURECHAT_KEY`.
        secrets: Streamlit's secrets, looked at for `SECURECHAT_KEY`: a text, or a list of texts.

    Raises:
        InvalidKey: The first of these that has something has no valid key. The message says which, what is
            wrong and what to do, and quotes nothing.
    """
    for source, values in ((KeySource.ENVIRONMENT, environ), (KeySource.SECRETS, secrets)):
        setting = values.get(KEY_SETTING)
        if setting is None or setting == "":
            continue
        return _from_setting(setting, source)
    return None


def keyring_of_file(path: str | os.PathLike[str]) -> KeyRing:
    """Return the keys of a key file, which is made with a new key where there is none.

    Where that cannot be done, the ring is for this process only, and `ring.origin.problem` says why.

    Args:
        path: The key file. It need not exist, its folder must.

    Raises:
        InvalidKey: It has no valid key, as for `keyring_of_setting`. The file is untouched.
    """
    path = Path(path)
    if os.path.lexists(path):
        wait_until_made(path)
        return _from_file(path, KeySource.FILE)
    return _make_file(path)


def change_keyring(
    keyring: KeyRing,
    change: Callable[[KeyRing], KeyRing],
    count: Callable[[], None] = lambda: None,
) -> KeyRing:
    """Change keys where they are kept: in the key file, or in this process where they are for it alone.

    The file is replaced at once and as a whole, so it is the old one or the new one also when the process is
    killed in between; only its owner can read it. Keys that came into the file since it was read are kept.
    Programs that do this at the same time wait for each other.

    Args:
        keyring: The keys as they are known here.
        change: Makes the new ring from all keys, those here and those in the file; the primary is the file's.
        count: Called before, while no other program can change the file: from then on nothing is stored
            under the keys as others know them. If it raises, nothing is changed.

    Returns:
        The new ring, as it is kept now.

    Raises:
        KeySetOutside: The keys come from a setting.
        KeyNotSaved: The file could not be written, or another program has been changing it for too long. It
            is as it was.
        InvalidKey: What is in the file by now is not valid. It was left as it is.
        TooManyKeys: There would be more than a ring may have.
    """
    origin = keyring.origin
    if origin.source in (KeySource.ENVIRONMENT, KeySource.SECRETS):
        raise KeySetOutside(origin.source.value)
    path = _file_of(keyring)  # a link stays, and what it points to is replaced
    if path is None:
        count()
        return change(keyring)
    try:
        with locked(path):
            known = _from_file(path, origin.source).joined(keyring) if os.path.lexists(path) else keyring
            # First: whoever is killed in between has counted in vain. The other way round, others would go on
            # under keys that may be dropped.
            count()
            changed = change(known)
            replace(changed.reveal(), path)
            sweep(path)
    except OSError as error:
        raise KeyNotSaved(path.name, error.strerror or type(error).__name__) from None
    return KeyRing(changed.keys, origin=origin)


def keyring_by_now(keyring: KeyRing) -> KeyRing | None:
    """Return keys as they are in their key file by now; None where they come from elsewhere.

    Raises:
        InvalidKey: What is in the file by now is not valid, or it cannot be locked.
        KeysChanged: Another program is still changing it.
    """
    path = _file_of(keyring)
    if path is None:
        return None
    problem = ""
    try:
        with locked(path):
            pass  # whoever has counted a change has replaced the file by now
    except OSError as error:
        if error.errno == errno.EBUSY:
            raise KeysChanged from None
        if error.errno not in _NOT_WRITABLE:
            problem = f"It cannot be locked ({error.strerror or type(error).__name__})."
    if problem:
        raise InvalidKey(problem, where=path.name, remedy="Try again.")
    return KeyRing(_from_file(path, keyring.origin.source).keys, origin=keyring.origin)


def _file_of(keyring: KeyRing) -> Path | None:
    """Return the file that keys are kept in, behind all links; None where there is none."""
    origin = keyring.origin
    if origin.source not in (KeySource.FILE, KeySource.NEW_FILE) or origin.path is None:
        return None
    return Path(os.path.realpath(origin.path))


def decode_key_file(data: bytes) -> str:
    """Return the text of a key file.

    Args:
        data: Its bytes, or the first of them where there are more than `MAX_FILE_SIZE`.

    Raises:
        InvalidKey: It is empty, too large, not plain text, or begins with a byte order mark.
    """
    if not data.strip():
        raise InvalidKey("It is empty.")
    if len(data) > MAX_FILE_SIZE:
        raise InvalidKey(f"It is larger than {MAX_FILE_SIZE // 1024} KiB: that is no key file.")
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise InvalidKey(
            "It starts with a byte order mark.",
            remedy="The file was left as it is. Save it again as plain text without a byte order mark "
            '(editors call it "UTF-8", not "UTF-8 with BOM" or "Unicode"), then try again.',
        )
    try:
        return data.decode()
    except UnicodeDecodeError:
        pass  # what is raised here would carry the bytes along
    raise InvalidKey("It has bytes in it that are not plain text.")


def key_file_facts(path: Path) -> KeyFileFacts | None:
    """Return what the file system says of a key file, or None where it cannot say."""
    try:
        status = path.stat()
    except OSError:
        return None
    return KeyFileFacts(
        permissions=stat.filemode(status.st_mode),
        private=not status.st_mode & (stat.S_IRWXG | stat.S_IRWXO),
        changed_at=as_datetime(int(status.st_mtime)),
    )


def _from_setting(setting: object, source: KeySource) -> KeyRing:
    try:
        return KeyRing.from_text(_as_text(setting), origin=KeyOrigin(source))
    except InvalidKey as error:
        raise InvalidKey(
            error.problem,
            where=source.value,
            remedy="Correct the setting or remove it, then start the app again. "
            f"This command prints a new key: {NEW_KEY_COMMAND}",
        ) from None


def _as_text(setting: object) -> str:
    """Return a setting as a text; a list of texts with one a line."""
    texts = setting if isinstance(setting, list) else [setting]
    if not all(isinstance(text, str) for text in texts):
        raise InvalidKey("It is neither a text nor a list of texts.")
    return "\n".join(map(str, texts))


def _from_file(path: Path, source: KeySource) -> KeyRing:
    try:
        return KeyRing.from_text(_read(path), origin=KeyOrigin(source, path))
    except InvalidKey as error:
        raise InvalidKey(
            error.problem,
            where=path.name,
            remedy=error.remedy
            or "The file was left as it is. Put the right key into it, one on each line; or move it away, "
            "and a new key is made at the next start. What was encrypted with the old key then stays "
            "unreadable.",
        ) from None


def _read(path: Path) -> str:
    """Read a key file as text, or say in an InvalidKey why that cannot be done."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            what = "a folder" if stat.S_ISDIR(mode) else "something else"
            raise InvalidKey(f"It is {what}, not a file.", remedy="Rename or remove it, then reload.")
        with path.open("rb") as file:
            data = file.read(MAX_FILE_SIZE + 1)
    except OSError as error:
        raise InvalidKey(
            f"It cannot be read ({error.strerror}).",
            remedy="Let the user that runs the app read it (chmod 600 and its owner), then reload.",
        ) from None
    return decode_key_file(data)


def _make_file(path: Path) -> KeyRing:
    """Make a key and publish it as the key file, unless another process was faster."""
    ring = KeyRing.generate()
    try:
        made = publish(ring.primary.reveal() + "\n", path)
    except OSError as error:
        problem = f"{path.name} could not be written ({error.strerror})."
        return KeyRing(ring.keys, origin=KeyOrigin(KeySource.PROCESS, path, problem))
    # Read what is there now: it may be another process's key, and it is what the next start will find.
    wait_until_made(path)
    return _from_file(path, KeySource.NEW_FILE if made else KeySource.FILE)
