"""What a backup is made with: a statement of SQLite, or the server's own program and how that gets in."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from securechat.database.engine import Database, error_code
from securechat.database.faults import problem_of
from securechat.database.overview import engine_of
from securechat.database.settings import LISTEN_SETTING, URL_SETTING, DatabaseSettings
from securechat.database.url import read_url

_COPY = text("VACUUM INTO :file")

_NOT_WRITTEN = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY")
"""What SQLite says where it cannot write a copy."""

_PG_NAMES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "application_name": "PGAPPNAME",
    "channel_binding": "PGCHANNELBINDING",
    "gssencmode": "PGGSSENCMODE",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}
"""What can stand in the address, and how the programs of PostgreSQL are told it without a command line."""

_ESCAPED = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"'})


@dataclass(frozen=True)
class Dump:
    """How the program of a server makes a backup: it writes that to its standard output.

    Attributes:
        programs: The names of programs that can do it, the best first.
        arguments: What it is told on its command line, where everybody on the computer can read it.
        package: Which package has it.
        environ: What it finds in its environment.
        options: What it finds in a file that `--defaults-file` names; empty where it needs none.
        secrets: What must not be printed of what it says.
    """

    programs: tuple[str, ...]
    arguments: tuple[str, ...]
    package: str
    environ: dict[str, str] = field(default_factory=dict, repr=False)
    options: str = field(default="", repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)


def copy_sqlite(database: Database, file: Path) -> None:
    """Copy a database of SQLite as it is at one moment, also while the app changes it.

    Args:
        database: The database.
        file: Where to: a file that is not there, or is empty. Nothing that was deleted gets into it.

    Raises:
        OSError: The file cannot be written.
        StoreUnavailable: The database does not answer.
    """

    def copy(connection: Connection) -> None:
        problem = ""
        try:
            connection.execute(_COPY, {"file": str(file)})
        except OperationalError as error:
            code = error_code(error.orig)
            if not str(code).startswith(_NOT_WRITTEN):
                raise
            problem = problem_of(code, database.engine.url)
        if problem:
            raise OSError(errno.EIO, problem.removesuffix("."))

    database.look(copy)


def dump_of(settings: DatabaseSettings, database: Database) -> Dump:
    """Say how the server's own program makes a backup of a database of PostgreSQL, MySQL or MariaDB.

    Args:
        settings: How it is set. PostgreSQL is asked itself where a pooler stands before it.
        database: The database.

    Raises:
        InvalidSetting: The address cannot be used.
        StoreUnavailable: The database does not answer.
    """
    engine = database.look(lambda connection: engine_of(database, connection))
    return _dump_of_postgresql(settings) if engine == "PostgreSQL" else _dump_of_mysql(database, engine)


def _dump_of_postgresql(settings: DatabaseSettings) -> Dump:
    listened = settings.listen_url.strip()
    where = LISTEN_SETTING if listened else URL_SETTING
    url = read_url(listened or settings.url, settings.folder, where=where)
    options = url.get_dialect()().create_connect_args(url)[1]
    environ = {_PG_NAMES[name]: str(value) for name, value in options.items()}
    return Dump(
        ("pg_dump",),
        ("--format=custom", "--no-password"),
        "postgresql-client",
        environ,
        secrets=tuple(filter(None, (url.username, url.password))),
    )


def _dump_of_mysql(database: Database, engine: str) -> Dump:
    url = database.engine.url
    query = {name: str(value) for name, value in url.query.items()}
    checks_name = query.get("ssl_check_hostname", "true").lower() in ("true", "1", "yes", "on")
    has_tls = any(name in query for name in ("ssl_ca", "ssl_cert", "ssl_key"))
    client: dict[str, object] = {
        "user": url.username,
        "password": url.password,
        "host": url.host or "localhost",
        "port": url.port,
        "protocol": "socket" if "unix_socket" in query else "tcp",
        "socket": query.get("unix_socket"),
        "ssl-ca": query.get("ssl_ca"),
        "ssl-cert": query.get("ssl_cert"),
        "ssl-key": query.get("ssl_key"),
    }
    mode = "REQUIRED" if has_tls else "PREFERRED"
    if "ssl_ca" in query:
        mode = "VERIFY_IDENTITY" if checks_name else "VERIFY_CA"
    groups: dict[str, dict[str, object]] = {
        "client": client,
        "client-mariadb": {"ssl": 1, "ssl-verify-server-cert": int("ssl_ca" in query and checks_name)},
        # What only the program of MySQL knows is loose: that of MariaDB passes over it.
        "mysqldump": {
            "loose-ssl-mode": mode,
            "loose-set-gtid-purged": "OFF",
            "loose-column-statistics": 0,
        },
    }
    programs = ("mariadb-dump", "mysqldump") if engine == "MariaDB" else ("mysqldump", "mariadb-dump")
    arguments = ("--single-transaction", "--quick", "--hex-blob", "--no-tablespaces", str(url.database))
    return Dump(
        programs,
        arguments,
        "mariadb-client" if engine == "MariaDB" else "mysql-client, or mariadb-client,",
        options="".join(f"[{name}]\n{_lines(values)}" for name, values in groups.items()),
        secrets=tuple(filter(None, (url.username, url.password))),
    )


def _lines(values: Mapping[str, object]) -> str:
    """Write lines of an option file so that each value is read as it is: with # and ; and spaces."""
    return "".join(
        f'{name}="{str(value).translate(_ESCAPED)}"\n' for name, value in values.items() if value is not None
    )
