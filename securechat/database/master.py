"""Where the master keys come from, under which the keys of rooms are wrapped: a setting, or `master.key`."""

from __future__ import annotations

import os
from pathlib import Path

from securechat.crypto.keyfile import NEW_KEY_COMMAND, keyring_of_file
from securechat.crypto.keyring import KeyRing
from securechat.database.engine import Database
from securechat.database.settings import MASTER_SETTING
from securechat.database.statements import READ_FACT
from securechat.database.tables import MASTER_CHECK
from securechat.errors import InvalidKey

MASTER_FILE = "master.key"
"""The name of the file where the setting may be left out: beside `secret.key`, and made as that one is."""


def master_keys(setting: str, database: Database, file: Path, *, where: str = MASTER_SETTING) -> KeyRing:
    """Return the master keys: the first wraps, the others still open.

    Args:
        setting: One key or more, separated by commas; empty if it is not set. Then the file is looked at, but
            only for SQLite: a database that several servers may share needs one key for all of them.
        database: The database, whose tables are there. It is not changed.
        file: The key file. It is made where there is none, unless the database was used with one before.
        where: The setting, in words.

    Raises:
        InvalidKey: There is no valid key. The message says what to do, and does not quote any.
        StoreUnavailable: The database does not answer.
    """
    if setting.strip():
        return _of_setting(setting, where)
    if database.kind != "sqlite":
        raise InvalidKey(
            "It is not set, and without it no key of a room can be kept in this database.",
            where=where,
            remedy=f"This command prints a new one: {NEW_KEY_COMMAND}. Give all servers the same, keep a "
            "copy of it in a place of its own, then start the app again.",
        )
    if not os.path.lexists(file) and database.read(READ_FACT, {"its_name": MASTER_CHECK}):
        raise InvalidKey(
            "It is not there, but keys of rooms are wrapped under it.",
            where=file.name,
            remedy="No new one was made. Put it back from where you keep a copy, then start the app again.",
        )
    ring = keyring_of_file(file)
    if ring.origin.problem:
        raise InvalidKey(
            ring.origin.problem,
            where=file.name,
            remedy=f"Let the app write into its folder, or set {MASTER_SETTING}; then start the app again.",
        )
    return ring


def known_master_keys(
    setting: str, database: Database, file: Path, *, where: str = MASTER_SETTING
) -> KeyRing | None:
    """Return the master keys as `master_keys` does, but make none: None where none was ever needed."""
    is_made_later = not setting.strip() and database.kind == "sqlite" and not os.path.lexists(file)
    if is_made_later and not database.read(READ_FACT, {"its_name": MASTER_CHECK}):
        return None
    return master_keys(setting, database, file, where=where)


def _of_setting(setting: str, where: str) -> KeyRing:
    try:
        return KeyRing.from_text(setting)
    except InvalidKey as error:
        problem = error.problem
    raise InvalidKey(
        problem,
        where=where,
        remedy=f"Correct it, then start the app again. This command prints a new key: {NEW_KEY_COMMAND}",
    )
