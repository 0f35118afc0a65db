"""What `status` prints."""

from __future__ import annotations

from datetime import datetime

from securechat.admin.setup import find_vault
from securechat.database.engine import Database
from securechat.database.overview import Overview, overview
from securechat.database.settings import KEEP_SETTING, DatabaseSettings
from securechat.errors import InvalidKey
from securechat.wording import counted


def status(settings: DatabaseSettings, database: Database) -> tuple[list[str], bool]:
    """Look at a database, and change nothing.

    Returns:
        What is to be printed, line by line, and whether all is as it should be.

    Raises:
        StoreUnavailable: The database does not answer.
    """
    seen = overview(database)
    rows = {"Database": f"{seen.engine}, {seen.name}", "Tables": _tables(seen)}
    is_well = seen.is_known
    if seen.version is not None:
        master, fits = _master(settings, database, seen)
        is_well = is_well and fits
        rows |= {
            "Rooms": f"{seen.rooms:,}",
            "Messages": _messages(seen),
            "Size": size_of(seen.size)
            + (f", and {size_of(seen.journal_size)} journal" * bool(seen.journal_size)),
            "Master key": master,
            "Kept": counted(settings.keep_days, "day")
            if settings.keep_days
            else f"for ever; {KEEP_SETTING} would say for how many days",
            "Epoch": seen.epoch,
        }
    return [f"{name + ':':<12} {value}" for name, value in rows.items()], is_well


def size_of(count: int) -> str:
    """Write a number of bytes as people read it: `1.2 MB`."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"


def _tables(seen: Overview) -> str:
    if seen.version is None:
        return "none yet; the app makes them when it starts"
    if not seen.is_known:
        return f"version {seen.version}, of a newer SecureChat; this one cannot use them"
    if seen.version != seen.newest_version:
        return f"version {seen.version}; the next start of the app brings them to {seen.newest_version}"
    return f"version {seen.version}, up to date"


def _messages(seen: Overview) -> str:
    if seen.oldest is None or seen.newest is None:
        return "0"
    return f"{seen.messages:,}, from {_time(seen.oldest)} to {_time(seen.newest)} UTC"


def _time(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M}"


def _master(settings: DatabaseSettings, database: Database, seen: Overview) -> tuple[str, bool]:
    try:
        vault = find_vault(settings, database)
        if vault is None:
            return f"none yet; the app makes {settings.master_file.name} when it starts", True
        if not seen.has_keys:
            return "there is no table for keys of rooms yet", True
        first, total = vault.counts()
    except InvalidKey as error:
        return str(error), False
    return f"fits; {first:,} of {counted(total, 'key')} of rooms wrapped under the first", True
