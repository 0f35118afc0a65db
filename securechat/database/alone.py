"""What only one server at a time may do, such as changing the tables when several start at once."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, TimeoutError  # noqa: A004 - the pool's own

from securechat.database import sqlite
from securechat.database.engine import WAIT_SECONDS, Database, error_code
from securechat.database.faults import busy, fault_at_start, file_fault

T = TypeVar("T")

LOCK_SECONDS = 120
"""How long a server waits until another one is done."""

_LOCK = 0x5EC0_0EC4
"""The number of the lock in PostgreSQL, where each database has its own locks."""

_LOCK_POSTGRESQL = text("SELECT pg_advisory_xact_lock(:number)")

# Locks of MySQL are those of the whole server.
_LOCK_MYSQL = text("SELECT GET_LOCK(CONCAT('securechat ', MD5(DATABASE())), :seconds)")

_POLL_SECONDS = 0.05


class _BusyError(Exception):
    """Another server takes too long."""


def alone(
    database: Database, work: Callable[[Connection], T], *, where: str, wait_seconds: int = LOCK_SECONDS
) -> T:
    """Do something in one transaction while no other server does such a thing.

    Args:
        database: The database.
        work: What is to be done. Each statement in it sees what other servers did before.
        where: The setting that the address comes from, in words.
        wait_seconds: How long to wait for other servers.

    Returns:
        What `work` returns.

    Raises:
        InvalidSetting: It cannot be done: no database answers, it can only be read, it is full, ….
    """
    url = database.engine.url
    try:
        with _LOCKED[database.kind](database, time.monotonic() + wait_seconds) as connection:
            return work(connection)
    except DBAPIError as error:
        fault = fault_at_start(error_code(error.orig), url, where=where)
    except (_BusyError, TimeoutError):
        fault = busy(url, where=where)
    except OSError:  # some drivers read these files themselves
        fault = file_fault(url, where=where)
    raise fault  # outside, so that it carries along nothing of what the driver said


@contextmanager
def _locked_sqlite(database: Database, deadline: float) -> Iterator[Connection]:
    """Begin as the one writer. Whoever comes first also makes a new file one with a journal."""
    while True:
        try:
            connection = database.engine.connect().execution_options(**sqlite.AUTOCOMMIT)
            break
        except DBAPIError as error:
            # Of two who do that at once SQLite lets only one wait for the other.
            if error_code(error.orig) != "SQLITE_BUSY" or time.monotonic() > deadline:
                raise
            time.sleep(_POLL_SECONDS)
    with connection:
        connection.detach()  # it is closed afterwards, and nobody gets it as it is now
        left = max(0, int((deadline - time.monotonic()) * 1_000))
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {left}")
        # Else a table that is made anew would take with it all that refers to it.
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.commit()
        connection.execution_options(begins=True)
        with connection.begin():
            yield connection


@contextmanager
def _locked_postgresql(database: Database, deadline: float) -> Iterator[Connection]:
    with database.engine.begin() as connection:
        left = max(1, int((deadline - time.monotonic()) * 1_000))
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {left}")
        connection.execute(_LOCK_POSTGRESQL, {"number": _LOCK})
        yield connection


@contextmanager
def _locked_mysql(database: Database, deadline: float) -> Iterator[Connection]:
    with database.engine.connect() as connection:
        connection.detach()  # it is closed afterwards, and the lock goes with it
        while True:
            left = deadline - time.monotonic()
            # Not all of it at once: a connection on which nothing comes counts as lost.
            seconds = min(WAIT_SECONDS, max(0, math.ceil(left)))
            if connection.execute(_LOCK_MYSQL, {"seconds": seconds}).scalar_one():
                break
            if left <= 0:
                raise _BusyError
        connection.commit()
        with connection.begin():
            yield connection


_LOCKED = {"sqlite": _locked_sqlite, "postgresql": _locked_postgresql, "mysql": _locked_mysql}
