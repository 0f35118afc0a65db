"""The key of a sealed room: from a file, from the environment, or asked for. Never from an argument."""

from __future__ import annotations

import getpass
import os
import re
import stat
import warnings
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

from securechat.crypto.key_text import QUOTES, split_keys
from securechat.crypto.keyring import FernetKey
from securechat.errors import InvalidKey

SETTING = "SECURECHAT_ROOM_KEY"
"""The variable of the environment that may hold the key."""

MAX_FILE_BYTES = 64 * 1024
"""Bytes of a key file that are looked at: a larger file is another one."""

TRIES = 3
"""How often somebody is asked who types something else."""

_IN_LINK = re.compile(r"[#&]key=([^#&\s]*)")


def read_key(text: str) -> FernetKey:
    """Read a key as people paste it: with white space or quotes around it, or in a link.

    Raises:
        InvalidKey: There is none, or more than one. The message does not quote it.
    """
    linked = _IN_LINK.findall(text)
    text = " ".join(map(unquote, linked)) if linked else text
    text = text.strip()
    while len(text) > 1 and text[0] in QUOTES and text[-1] in QUOTES:
        text = text[1:-1].strip()
    parts = list(dict.fromkeys(split_keys(text)))
    if not parts:
        raise InvalidKey("There is no key in it.")
    if len(parts) == 1:
        return FernetKey(parts[0])
    keys = [_decoded(part) for part in parts]
    if all(keys):
        raise InvalidKey(f"There are {len(keys)} keys in it, and a sealed room has one.")
    return FernetKey(text)  # which says what is wrong


def read_key_file(path: Path) -> FernetKey:
    """Read a key file.

    Raises:
        InvalidKey: It cannot be read, or has not one key in it. The message names it.
    """
    if path.is_dir():
        raise InvalidKey("This is a folder.", where=str(path), remedy="Name the file with the key.")
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        remedy = f"`python -m securechat key {path}` makes one."
        raise InvalidKey("There is no such file.", where=str(path), remedy=remedy) from None
    except OSError as error:
        raise InvalidKey(f"It cannot be read ({error.strerror}).", where=str(path)) from None
    if len(data) > MAX_FILE_BYTES:
        raise InvalidKey("It is too large for a key file.", where=str(path))
    try:
        return read_key(data.decode("utf-8-sig"))
    except InvalidKey as error:
        raise InvalidKey(error.problem, where=str(path)) from None
    except UnicodeDecodeError:
        pass  # what is raised here would carry what it could not read
    raise InvalidKey("It is no text, so it is no key file.", where=str(path))


def warning_about(path: Path) -> str:
    """Return what is to be said about who may read a key file; empty if nothing."""
    if os.name == "nt" or not path.is_file():  # Windows has other rules, which this does not show
        return ""
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return f"Others on this computer can read {path}. `chmod 600 {path}` ends that."
    return ""


def find_key(path: Path | None, say: Callable[[str], None]) -> FernetKey:
    """Find the key: in the file that is named, else in the environment, else ask for it.

    Args:
        path: The key file; None if none is named.
        say: Shows a sentence.

    Raises:
        InvalidKey: There is no key there, or nobody to ask.
    """
    if path is not None:
        if warning := warning_about(path):
            say(warning)
        return read_key_file(path)
    if (text := os.environ.get(SETTING)) is not None:
        try:
            return read_key(text)
        except InvalidKey as error:
            raise InvalidKey(error.problem, where=f"{SETTING} in the environment") from None
    return _ask(say)


def make_key_file(path: Path) -> FernetKey:
    """Make a key, and a file with it that only its owner can read. A file that is there stays as it is.

    Raises:
        InvalidKey: The file is there already, or cannot be written.
    """
    key = FernetKey.generate()
    try:
        # O_EXCL: whoever comes second is told, also if both come at once.
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        remedy = "It was not touched. Name another file."
        raise InvalidKey("There is such a file already.", where=str(path), remedy=remedy) from None
    except OSError as error:
        raise InvalidKey(f"It cannot be written ({error.strerror}).", where=str(path)) from None
    with os.fdopen(made, "w", encoding="ascii") as file:
        file.write(f"{key.reveal()}\n")
    return key


def kept_key(path: Path, say: Callable[[str], None]) -> tuple[FernetKey, bool]:
    """Return the key of a file, which is made where it is not there, and whether it is new.

    Args:
        path: The key file.
        say: Shows a sentence.

    Raises:
        InvalidKey: It has no key in it, or cannot be written.
    """
    if path.exists():
        return find_key(path, say), False
    return make_key_file(path), True


def _ask(say: Callable[[str], None]) -> FernetKey:
    for _ in range(TRIES):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", getpass.GetPassWarning)
                text = getpass.getpass("Key of the room (it is not shown while you paste it): ")
        except (getpass.GetPassWarning, EOFError, OSError):
            break
        try:
            return read_key(text)
        except InvalidKey as error:
            say(f"{error} Paste it again.")
    raise InvalidKey(f"There is no key. Paste it when asked, name a file with --key-file, or set {SETTING}.")


def _decoded(text: str) -> FernetKey | None:
    try:
        return FernetKey(text)
    except InvalidKey:
        return None
