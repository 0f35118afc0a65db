"""Opens a database as it is set: reads its address, connects, and brings its tables up to date."""

from __future__ import annotations

from securechat.database import sqlite
from securechat.database.engine import Database
from securechat.database.migrate import migrate
from securechat.database.settings import URL_SETTING, DatabaseSettings
from securechat.database.url import read_url


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
