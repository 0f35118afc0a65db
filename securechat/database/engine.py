"""One database: connections to it, transactions in it, and what is said when it does not answer."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
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
"""How long a server may say nothing at all until the connection counts as lost. It is over `WAIT_SECONDS`:
one that waits for a lock says nothing either."""

RECYCLE_SECONDS = 1_800
"""How old a connection gets. Firewalls, and MySQL by itself, end those that were idle for long."""

TRIES = 5
"""How often a transaction is tried that the engine itself gives up, such as one of two in a deadlock."""

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

_GIVEN_UP = frozenset({"40001", "40P01", 1213})
"""What PostgreSQL (serialization failure, deadlock) and MySQL (deadlock) say then: all is undone."""

_UNANSWERED = (OperationalError, InterfaceError, InternalError, TimeoutError)

_log = logging.getLogger(__name__)


class Database:
    """A pool of connections. May be used from any thread; it connects when it is first used.

    Args:
        url: The address: see `read_url`.
        pool_size: How many connections are kept open.
        wait_seconds: How long anything waits: see `WAIT_SECONDS`.

    Attributes:
        engine: SQLAlchemy's engine.
        kind: `sqlite`, `postgresql` or `mysql`, which stands for MariaDB, too.
    """

    def __init__(self, url: URL, *, pool_size: int = POOL_SIZE, wait_seconds: int = WAIT_SECONDS) -> None:
        self.kind = url.get_backend_name()
        self.engine = _engine(url, pool_size, wait_seconds)
        self._wait_seconds = wait_seconds
        self._alone = self.engine.execution_options(**_ALONE[self.kind])
        self._turn = threading.Lock() if self.kind == "sqlite" else None
        self._is_answering = True
        self._holds_erased = False

    def read(self, statement: Executable, values: Mapping[str, Any]) -> Sequence[AnyRow]:
        """Return what one statement finds: the database as it was at one moment.

        Raises:
            StoreUnavailable: The database does not answer.
        """

        def look() -> Sequence[AnyRow]:
            with self._alone.connect() as connection:
                return connection.execute(statement, values).all()

        return self._asked(look)

    def write(self, statement: Executable, values: Mapping[str, Any]) -> Sequence[AnyRow]:
        """Let one statement change the database, as a transaction of its own, and return what it returns.

        Raises:
            StoreUnavailable: The database does not answer. Whether it was changed is not known.
        """

        def write() -> Sequence[AnyRow]:
            with self._turn_to_write():
                return _do(self._alone, lambda connection: connection.execute(statement, values).all())

        return self._asked(write)

    def change(self, work: Callable[[Connection], T], *, erases: bool = False) -> T:
        """Do something in one transaction. What is raised in it undoes it.

        Args:
            work: What is to be done. It may be done several times, until it is done once.
            erases: Whether something is deleted that must be nowhere afterwards: in SQLite it would stand in
                the journal for a while.

        Returns:
            What `work` returns.

        Raises:
            StoreUnavailable: The database does not answer. Whether the work was done is not known.
        """

        def change() -> T:
            with self._turn_to_write():
                done = _do(self.engine, work)
                if self.kind == "sqlite" and (erases or self._holds_erased):
                    self._empty_journal()
            return done

        return self._asked(change)

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

    def _empty_journal(self) -> None:
        """Write what stands in SQLite's journal into the file, and leave it empty.

        That waits for those who read. Where it takes too long, it is done with the next change.
        """
        try:
            with self._alone.connect() as connection:
                [(is_busy, _, _)] = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        except OperationalError:
            is_busy = 1
        if is_busy and not self._holds_erased:
            _log.warning("The journal could not be emptied yet: what was deleted is still in it.")
        self._holds_erased = bool(is_busy)

    def _asked(self, question: Callable[[], T]) -> T:
        """Ask the database. Whatever means that it does not answer becomes one error, which knows no more."""
        try:
            answer = question()
        except DatabaseError as error:
            # What is left should never happen, such as a table that is not there.
            if not isinstance(error, _UNANSWERED) and type(error) is not DatabaseError:
                raise
            self._note_silence(error.orig or error)
        except _UNANSWERED as error:
            self._note_silence(error)
        else:
            if not self._is_answering:
                self._is_answering = True
                _log.warning("The database answers again.")
            return answer
        raise StoreUnavailable

    def _note_silence(self, error: BaseException) -> None:
        """Log once that the database does not answer, by the name of the error: its text may say too much."""
        if self._is_answering:
            self._is_answering = False
            _log.error("The database does not answer (%s %s).", type(error).__name__, _code(error) or "")


def _do(engine: Engine, work: Callable[[Connection], T]) -> T:
    """Do something in a transaction, and again where the engine gives it up by itself."""
    for _ in range(TRIES - 1):
        try:
            with engine.begin() as connection:
                return work(connection)
        except DBAPIError as error:
            if _code(error.orig) not in _GIVEN_UP:
                raise
    with engine.begin() as connection:
        return work(connection)


_ALONE: dict[str, dict[str, Any]] = {
    "sqlite": {"begins": False},
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
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    if kind == "postgresql":
        event.listen(engine, "connect", partial(_prepare_postgresql, wait_seconds))
    return engine


def _connect_args(kind: str, wait_seconds: int) -> dict[str, Any]:
    """Return what a driver is told when it connects."""
    if kind == "sqlite":
        return {"timeout": wait_seconds}
    if kind == "postgresql":
        return {
            "connect_timeout": wait_seconds,
            "keepalives_idle": WAIT_SECONDS,
            "keepalives_interval": WAIT_SECONDS,
            "keepalives_count": 2,
            "tcp_user_timeout": ANSWER_SECONDS * 1_000,
        }
    return {
        "charset": "utf8mb4",
        "connect_timeout": wait_seconds,
        "read_timeout": ANSWER_SECONDS,
        "write_timeout": ANSWER_SECONDS,
        # Nothing is cut to fit, and no hour of the night comes twice.
        "init_command": "SET SESSION sql_mode = 'STRICT_ALL_TABLES', time_zone = '+00:00', "
        f"innodb_lock_wait_timeout = {wait_seconds}",
    }


def _prepare_sqlite(connection: Any, _: ConnectionPoolEntry) -> None:  # noqa: ANN401 - the driver's own
    """Set up one connection to SQLite, which begins its transactions itself, and has no clock of its own."""
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "secure_delete = ON", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}").close()
    connection.create_function("clock_microseconds", 0, lambda: microseconds(datetime.now(UTC)))


def _prepare_postgresql(wait_seconds: int, connection: Any, _: ConnectionPoolEntry) -> None:  # noqa: ANN401
    """Let nobody wait for ever. Poolers such as PgBouncer refuse that as an option of the connection."""
    connection.execute(f"SET lock_timeout = '{wait_seconds}s'")
    connection.commit()


def _begin_sqlite(connection: Connection) -> None:
    """Begin as a writer. A transaction that began as a reader cannot go on to write when others have."""
    if connection.get_execution_options().get("begins", True):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _code(error: BaseException | None) -> object:
    """Return what the engine calls an error."""
    state = getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None)
    return state or next((item for item in getattr(error, "args", ()) if isinstance(item, int)), None)


def microseconds(time: datetime) -> int:
    """Return a time as it stands in the database."""
    return (time - BEGINNING) // timedelta(microseconds=1)


def time_of(microseconds: int) -> datetime:
    """Return a time that stands in the database, in UTC."""
    return BEGINNING + timedelta(microseconds=microseconds)
