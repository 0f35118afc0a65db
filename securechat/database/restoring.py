"""After a backup was restored: whoever knows what came after it must not take what comes now for the same."""

from __future__ import annotations

from sqlalchemy import Connection

from securechat.database import statements as sql
from securechat.database.engine import Database
from securechat.database.postgresql import ring_bell
from securechat.database.tables import new_epoch


def renew_epochs(database: Database) -> str:
    """Begin a new epoch in every room, and in the rooms to come, in one transaction.

    A backup has given out fewer numbers than the database that it replaces. The next message would get a
    number that pages know from another message already, and they would pass it over.

    Args:
        database: Where its tables are.

    Returns:
        The new epoch.

    Raises:
        StoreUnavailable: The database does not answer.
    """
    epoch = new_epoch()

    def renew(connection: Connection) -> None:
        connection.execute(sql.LOCK_FACTS)
        connection.execute(sql.RENEW_NEXT_EPOCH, {"next_epoch": epoch})
        connection.execute(sql.RENEW_ALL_EPOCHS, {"next_epoch": epoch})
        ring_bell(connection)

    database.change(renew)
    return epoch
