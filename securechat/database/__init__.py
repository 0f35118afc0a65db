"""Rooms in a database: SQLite, PostgreSQL, MySQL or MariaDB.

Nothing but the modules in here imports SQLAlchemy, and this one only when rooms are opened. Without a
database the packages of requirements-database.txt need not be there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from securechat.database.settings import URL_SETTING, DatabaseSettings
from securechat.errors import InvalidSetting

if TYPE_CHECKING:
    from securechat.database.lasting import LastingRooms
    from securechat.rooms.hub import Hub

__all__ = ["DatabaseSettings", "open_rooms"]

_INSTALL = "python -m pip install -r requirements-database.txt"


def open_rooms(settings: DatabaseSettings, hub: Hub, *, rooms: tuple[str, ...]) -> LastingRooms:
    """Return the rooms in a database, whose tables are made or brought up to date.

    Args:
        settings: See `DatabaseSettings`.
        hub: Who is told of what others change there.
        rooms: The names of those that are watched.

    Raises:
        InvalidSetting: The address, the database or the master keys cannot be used, or packages are missing.
            The message names host and database, and neither user nor password.
    """
    try:
        from securechat.database import lasting

        return lasting.open_rooms(settings, hub, rooms)
    except ImportError as error:
        raise InvalidSetting(
            "The packages that it needs are not installed.",
            where=URL_SETTING,
            remedy=f"Bring them by: {_INSTALL}. Then start the app again.",
        ) from error
