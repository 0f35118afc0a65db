"""Brings the tables of a database up to date, those of an empty one, too: there is one way for all."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from securechat.database.alone import LOCK_SECONDS, alone
from securechat.database.engine import Database
from securechat.database.faults import name_of
from securechat.database.statements import CHANGE_NOTHING
from securechat.database.tables import METADATA, add_epoch
from securechat.errors import InvalidSetting

VERSION_TABLE = "securechat_version"
"""The table that says which migrations a database has had. Others may use Alembic in the same one."""

_FOLDER = Path(__file__).with_name("migrations")


def migrate(database: Database, *, where: str, wait_seconds: int = LOCK_SECONDS) -> None:
    """Bring the tables up to date. Servers that do so at the same time wait for each other.

    Args:
        database: The database.
        where: The setting that its address comes from, in words.
        wait_seconds: How long to wait for other servers.

    Raises:
        InvalidSetting: It is of a newer version, holds tables of somebody else, or cannot be changed. The
            message says what to do. A database that was refused is as it was.
    """
    config = _config()
    known = set(known_versions())

    def upgrade(connection: Connection) -> None:
        # Only now is it known that nobody else is just changing it.
        _check(connection, known, f"{where}, {name_of(database.engine.url)}")
        config.attributes.update(connection=connection, version_table=VERSION_TABLE)
        command.upgrade(config, "head")
        add_epoch(connection)
        # One that can only be read is found out now, and not by whoever sends the first message.
        connection.execute(CHANGE_NOTHING)

    alone(database, upgrade, where=where, wait_seconds=wait_seconds)


def known_versions() -> list[str]:
    """Return the versions of the tables that this program knows, the newest first."""
    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()]


def version_of(connection: Connection) -> str | None:
    """Return which version the tables of a database have; None where there are none."""
    return next(iter(_versions(connection)), None)


def _versions(connection: Connection) -> tuple[str, ...]:
    """Return what stands in the table of versions: one of them, unless somebody has written there."""
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_heads()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config


def _check(connection: Connection, known: set[str], where: str) -> None:
    """Refuse a database that is newer, or somebody else's."""
    names = set(inspect(connection).get_table_names())
    if VERSION_TABLE not in names:
        if taken := sorted(names & set(METADATA.tables)):
            raise InvalidSetting(
                f"It has a table “{taken[0]}” that SecureChat did not make.",
                where=where,
                remedy="Nothing in it was changed. Give the address of an empty database, then start the app "
                "again.",
            )
        return
    if not set(_versions(connection)) <= known:
        raise InvalidSetting(
            "A newer version of SecureChat has used it, and this one does not know its tables.",
            where=where,
            remedy="Nothing in it was changed. Start the newer version, or give the address of another "
            "database.",
        )
