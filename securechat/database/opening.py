"""Opens a database as it is set: reads its address, connects, and brings its tables up to date."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from securechat.database import sqlite
from securechat.database.engine import Database, error_code
from securechat.database.faults import fault_at_start, file_fault, is_known, name_of
from securechat.database.migrate import migrate, version_of
from securechat.database.settings import URL_SETTING, DatabaseSettings
from securechat.database.url import read_url
from securechat.errors import InvalidSetting


def open_database(settings: DatabaseSettings) -> Database:
    """Return a database, with the tables of this version in it.

    Args:
        settings: See `DatabaseSettings`.

    Raises:
        InvalidSetting: The address or the database cannot be used. The message names host and database, and
            neither user nor password.
    """
    url = read_url(settings.url, settings.folder, where=URL_SETTING)
    if url.database and url.get_backend_name() == "sqlite":
        sqlite.make_private(url.database)
    is_pooled = bool(settings.listen_url.strip())
    database = Database(url, pool_size=settings.pool_size, is_pooled=is_pooled)
    try:
        migrate(database, where=URL_SETTING)
    except BaseException:
        database.close()
        raise
    return database


@contextmanager
def as_it_is(settings: DatabaseSettings) -> Iterator[Database]:
    """Open a database that is there, and change nothing in it. It may have any tables, or none.

    Args:
        settings: See `DatabaseSettings`.

    Raises:
        InvalidSetting: The address or the database cannot be used. The message names host and database, and
            neither user nor password.
    """
    url = read_url(settings.url, settings.folder, where=URL_SETTING)
    if url.database and url.get_backend_name() == "sqlite" and not os.path.lexists(url.database):
        raise InvalidSetting(
            "There is no such file.",
            where=f"{URL_SETTING}, {name_of(url)}",
            remedy="The app makes it when it starts. Correct the setting, or start the app first.",
        )
    database = Database(url, pool_size=1, is_pooled=bool(settings.listen_url.strip()))
    fault, has_answered = None, False
    try:
        database.engine.connect().close()
        has_answered = True
        yield database
    except DBAPIError as error:
        if not is_known(error_code(error.orig), url) and has_answered:
            raise
        fault = fault_at_start(error_code(error.orig), url, where=URL_SETTING)
    except OSError:
        if has_answered:
            raise
        fault = file_fault(url, where=URL_SETTING)
    finally:
        database.close()
    if fault:
        raise fault  # outside, so that it carries along nothing of what the driver said


@contextmanager
def in_use(settings: DatabaseSettings) -> Iterator[Database]:
    """Open a database that SecureChat has used, and bring its tables up to date: see `open_database`.

    Raises:
        InvalidSetting: It was never used, or see `as_it_is`.
    """
    with as_it_is(settings) as database:
        check_used(database)
        migrate(database, where=URL_SETTING)
        yield database


def check_used(database: Database) -> None:
    """Refuse a database in which SecureChat has made no tables.

    Raises:
        InvalidSetting: There are none.
        StoreUnavailable: The database does not answer.
    """
    if database.look(version_of) is None:
        raise InvalidSetting(
            "SecureChat has no tables in it.",
            where=f"{URL_SETTING}, {name_of(database.engine.url)}",
            remedy="Correct the setting, or start the app first, which makes them.",
        )
