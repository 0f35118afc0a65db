"""Messages in a database: SQLite, PostgreSQL, MySQL or MariaDB.

Nothing but the modules in here imports SQLAlchemy, and this one only when a store is opened. Without a
database the packages of requirements-database.txt need not be there.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from securechat.errors import InvalidSetting

if TYPE_CHECKING:
    from securechat.database.store import SqlMessageStore

URL_SETTING = "DATABASE_URL"

_INSTALL = "python -m pip install -r requirements-database.txt"


def open_store(url: str, folder: Path, *, where: str = URL_SETTING) -> SqlMessageStore:
    """Return the store in a database, whose tables are made or brought up to date.

    Args:
        url: The address: see `url.read_url`.
        folder: From where a relative file is meant.
        where: The setting that the address comes from, in words.

    Raises:
        InvalidSetting: The address or the database cannot be used, or packages for it are missing. The
            message names host and database, and neither user nor password.
    """
    try:
        from securechat.database.engine import Database
        from securechat.database.migrate import migrate
        from securechat.database.store import SqlMessageStore
        from securechat.database.url import read_url

        database = Database(read_url(url, folder, where=where))
    except ImportError as error:
        raise InvalidSetting(
            "The packages that it needs are not installed.",
            where=where,
            remedy=f"Bring them by: {_INSTALL}. Then start the app again.",
        ) from error
    try:
        migrate(database, where=where)
    except BaseException:
        database.close()
        raise
    return SqlMessageStore(database)
