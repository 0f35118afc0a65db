"""One database: connections to it, transactions in it, and what is said when it does not answer."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from ssl import SSLError
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, Executable, Row, create_engine, event
from sqlalchemy.exc import (
    DatabaseError,
    DBAPIError,
    InterfaceError,
    InternalError,
    OperationalError,
    TimeoutError,  # noqa: A004 - the pool's own
)
from sqlalchemy.pool import ConnectionPoolEntry

from securechat.database import sqlite
from securechat.database.faults import problem_of
from securechat.errors import StoreUnavailable

T = TypeVar("T")

AnyRow = Row[*tuple[Any, ...]]
"""A row of whatever columns."""

POOL_SIZE = 5
"""Connections that are kept open."""

POOL_OVERFLOW = 10
"""Connections that may be opened beside them for a short time."""

WAIT_SECONDS = 5
"""How long anything waits: for a connection, for its turn, for what somebody else has locked."""

ANSWER_SECONDS = 15
"""How long MySQL may say nothing, and how long the computer of PostgreSQL may take nothing, until the
connection counts as lost. It is over `WAIT_SECONDS`: who waits for a lock says nothing either."""

RECYCLE_SECONDS = 1_800
"""How old a connection gets. Firewalls, and MySQL by itself, end those that were idle for long."""

TRIES = 5
"""How often a transaction is tried that the engine itself gives up, such as one of two in a deadlock."""

PAUSE_SECONDS = 0.02
"""How long it waits before it is tried again: 0.02 s, then 0.04 s, 0.06 s, 0.08 s."""

_GIVEN_UP = frozenset({"40001", "40P01", 1213})
"""What PostgreSQL (serialization failure, deadlock) and MySQL (deadlock) say then: all is undone."""

_FILE_FAULTS = (FileNotFoundError, IsADirectoryError, PermissionError, SSLError)
"""What a driver says that reads the files which its address names, where one of them cannot be used."""

_NO_TURN = "Nothing was free in time: neither a connection nor, with SQLite, the turn to write."

_READING, _WRITING = "read", "changed"

_UNANSWERED = (OperationalError, InterfaceError, InternalError, TimeoutError)

_log = logging.getLogger(__name__)


class Database:
    """A pool of connections. May be used from any thread; it connects when it is first used.

    Args:
        url: The address: see `read_url`.
        pool_size: How many connections are kept open.
        wait_seconds: How long anything waits, but for a connection to be made: see `WAIT_SECONDS`.
        is_pooled: Whether a pooler such as PgBouncer stands in between, and gives each transaction another
            of its connections: what PostgreSQL has prepared on one is not on the next.

    Attributes:
        engine: SQLAlchemy's engine.
        kind: `sqlite`, `postgresql` or `mysql`, which stands for MariaDB, too.
        is_answering: Whether it did what it was asked for last, both to be read and to be changed.
    """

    def __init__(
        self,
        url: URL,
        *,
        pool_size: int = POOL_SIZE,
        wait_seconds: int = WAIT_SECONDS,
        is_pooled: bool = False,
    ) -> None:
        self.kind = url.get_backend_name()
        self.engine = _engine(url, pool_size, wait_seconds)
        if self.kind == "postgresql" and is_pooled:
            event.listen(self.engine, "connect", _prepare_nothing)
        self._wait_seconds = wait_seconds
        self._autocommit = self.engine.execution_options(**_AUTOCOMMIT[self.kind])
        self._turn = threading.Lock() if self.kind == "sqlite" else None
        self._silent: set[str] = set()  # what it does not do: one that is full can be read
        self._sweeper = sqlite.Sweeper(wait_seconds)

    def read(self, statement: Executable, values: Mapping[str, Any]) -> Sequence[AnyRow]:
        """Return what one statement finds: the database as it was at one moment.

        Raises:
            StoreUnavailable: The database does not answer.
        """
        return self.look(lambda connection: connection.execute(statement, values).all())

    def look(self, work: Callable[[Connection], T]) -> T:
        """Do something that only reads. Each statement in it sees a moment of its own.

        Returns:
            What `work` returns.

        Raises:
            StoreUnavailable: The database does not answer.
        """

        def look() -> T:
            with self._autocommit.connect() as connection:
                return work(connection)

        return self._asked(look, _READING)

    def write(self, statement: Executable, values: Mapping[str, Any]) -> Sequence[AnyRow]:
        """Let one statement change the database, as a transaction of its own, and return what it returns.

        Raises:
            StoreUnavailable: The database does not answer. Whether it was changed is not known.
        """

        def write() -> Sequence[AnyRow]:
            with self._turn_to_write():
                return _do(self._autocommit, lambda connection: connection.execute(statement, values).all())

        return self._asked(write, _WRITING)

    def change(self, work: Callable[[Connection], T]) -> T:
        """Do something in one transaction. What is raised in it undoes it.

        Args:
            work: What is to be done. It may be done several times, until it is done once.

        Returns:
            What `work` returns.

        Raises:
            StoreUnavailable: The database does not answer. Whether the work was done is not known.
        """
        return self._change(work, erases=False)

    def erase(self, work: Callable[[Connection], bool]) -> None:
        """Delete something in one transaction, so that nothing of it is left.

        Args:
            work: What deletes it, and returns whether there was anything to delete: see `change`.

        Raises:
            StoreUnavailable: See `change`.
        """
        self._change(work, erases=True)

    def _change(self, work: Callable[[Connection], T], *, erases: bool) -> T:
        def change() -> T:
            with self._turn_to_write():
                done = _do(self.engine, work)
                if self.kind == "sqlite":
                    self._sweeper.sweep(self._autocommit, erases=erases and bool(done))
            return done

        return self._asked(change, _WRITING)

    def close(self) -> None:
        """Close the connections."""
        self.engine.dispose()

    @contextmanager
    def _turn_to_write(self) -> Iterator[None]:
        """Wait for one's turn. SQLite has one writer, and would let the others wait in no order at all."""
        if self._turn is None:
            yield
            return
        if not self._turn.acquire(timeout=self._wait_seconds):
            raise TimeoutError
        try:
            yield
        finally:
            self._turn.release()

    @property
    def is_answering(self) -> bool:
        """See above."""
        return not self._silent

    def _asked(self, question: Callable[[], T], what: str) -> T:
        """Ask the database. Whatever means that it does not answer becomes one error, which knows no more."""
        try:
            answer = question()
        except DatabaseError as error:
            # What is left should never happen, such as a table that is not there.
            if not isinstance(error, _UNANSWERED) and type(error) is not DatabaseError:
                raise
            self._note_silence(error.orig or error, what)
        except (*_UNANSWERED, *_FILE_FAULTS) as error:
            self._note_silence(error, what)
        else:
            if what in self._silent:
                self._silent.discard(what)
                _log.warning("The database can be %s again.", what)
            return answer
        raise StoreUnavailable

    def _note_silence(self, error: BaseException, what: str) -> None:
        """Log once that the database does not answer, by the name of the error: its text may say too much."""
        if what not in self._silent:
            self._silent.add(what)
            code = error_code(error)
            said = _NO_TURN if isinstance(error, TimeoutError) else problem_of(code, self.engine.url)
            _log.error("The database cannot be %s. %s (%s %s)", what, said, type(error).__name__, code or "")


def _do(engine: Engine, work: Callable[[Connection], T]) -> T:
    """Do something in a transaction, and again where the engine gives it up by itself."""
    for tried in range(1, TRIES):
        try:
            with engine.begin() as connection:
                return work(connection)
        except DBAPIError as error:
            if error_code(error.orig) not in _GIVEN_UP:
                raise
        time.sleep(tried * PAUSE_SECONDS)  # for whoever waited for this one to go first
    with engine.begin() as connection:
        return work(connection)


_AUTOCOMMIT: dict[str, dict[str, Any]] = {
    "sqlite": sqlite.AUTOCOMMIT,
    "postgresql": {"isolation_level": "AUTOCOMMIT"},
    "mysql": {},  # where to change this and to change it back would take longer than a transaction
}
"""How a single statement goes without a transaction around it."""


def _engine(url: URL, pool_size: int, wait_seconds: int) -> Engine:
    """Make the engine. What it logs, and what its errors say, is without values: hide_parameters."""
    kind = url.get_backend_name()
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=POOL_OVERFLOW,
        pool_timeout=wait_seconds,
        pool_recycle=RECYCLE_SECONDS,
        pool_pre_ping=kind != "sqlite",  # a file is always there
        hide_parameters=True,
        connect_args=_connect_args(kind, wait_seconds),
        **({} if kind == "sqlite" else {"isolation_level": "READ COMMITTED"}),
    )
    if kind == "sqlite":
        event.listen(engine, "connect", sqlite.prepare)
        event.listen(engine, "begin", sqlite.begin)
    if kind == "postgresql":
        event.listen(engine, "connect", partial(_prepare_postgresql, wait_seconds))
    return engine


def _connect_args(kind: str, wait_seconds: int) -> dict[str, Any]:
    """Return what a driver is told when it connects."""
    if kind == "sqlite":
        return {"timeout": wait_seconds}
    if kind == "postgresql":
        return {
            "connect_timeout": WAIT_SECONDS,
            "keepalives_idle": WAIT_SECONDS,
            "keepalives_interval": WAIT_SECONDS,
            "keepalives_count": 2,
            "tcp_user_timeout": ANSWER_SECONDS * 1_000,
        }
    return {
        "charset": "utf8mb4",
        "connect_timeout": WAIT_SECONDS,
        "read_timeout": ANSWER_SECONDS,
        "write_timeout": ANSWER_SECONDS,
        # Nothing is cut to fit, and no hour of the night comes twice.
        "init_command": "SET SESSION sql_mode = 'STRICT_ALL_TABLES', time_zone = '+00:00', "
        f"innodb_lock_wait_timeout = {wait_seconds}",
    }


def _prepare_postgresql(wait_seconds: int, connection: Any, _: ConnectionPoolEntry) -> None:  # noqa: ANN401
    """Let nobody wait for ever. Poolers such as PgBouncer refuse that as an option of the connection."""
    connection.execute(f"SET lock_timeout = '{wait_seconds}s'")
    connection.commit()


def _prepare_nothing(connection: Any, _: ConnectionPoolEntry) -> None:  # noqa: ANN401 - the driver's own
    connection.prepare_threshold = None


def error_code(error: BaseException | None) -> object:
    """Return what the engine calls an error; None where it has no name for it."""
    number = next((item for item in getattr(error, "args", ()) if isinstance(item, int)), None)
    return number or getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None)
