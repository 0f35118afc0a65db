"""Real database servers, for tests and the bench: what is installed, in a temporary folder, on free ports."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import URL, Connection, delete, insert, text
from sqlalchemy.exc import OperationalError

from securechat.database.engine import Database
from securechat.database.tables import EPOCH, FACTS, ROOMS, create_tables, new_epoch
from securechat.database.url import read_url
from tests.support import free_port

PATIENCE = 60  # seconds until a server that does not answer counts as one that will not


class ServerMissing(Exception):
    """A database server is not installed. The message says which, and how to get it."""


@dataclass
class DatabaseServer:
    """A server, or a folder of files, with databases that are each lent to one store at a time.

    Attributes:
        url_of: Returns the address of a database by its name.
        create: Makes a database of that name, if that takes more than to connect to it.
        stop: Ends the server at once, as a crash does; whoever stops it starts it again.
        start: Starts it again, and waits until it answers.
    """

    url_of: Callable[[str], URL]
    create: Callable[[str], None] = lambda name: None
    stop: Callable[[], None] = lambda: None
    start: Callable[[], None] = lambda: None
    _free: list[URL] = field(default_factory=list)
    _made: int = 0

    def borrow(self) -> URL:
        """Return the address of a database with empty tables in it."""
        if self._free:
            url = self._free.pop()
            with _connected(url) as database:
                database.change(_empty)
            return url
        url = self.make()
        with _connected(url) as database:
            database.change(create_tables)
        return url

    def make(self) -> URL:
        """Make a database that has no tables, and return its address. Nobody else gets it."""
        self._made += 1
        name = f"test{self._made}"
        self.create(name)
        return self.url_of(name)

    def give_back(self, url: URL) -> None:
        """Let another store have a database. Nobody uses it any more."""
        self._free.append(url)


def _empty(connection: Connection) -> None:
    connection.execute(delete(ROOMS))
    connection.execute(delete(FACTS))
    connection.execute(insert(FACTS), {"name": EPOCH, "value": new_epoch()})


@contextmanager
def _connected(url: URL) -> Iterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        database.close()


def address_of(url: URL) -> str:
    """Return an address as `DATABASE_URL` has it, with its password."""
    return url.set(drivername=url.get_backend_name()).render_as_string(hide_password=False)


def sqlite_files(folder: Path) -> DatabaseServer:
    """Lend files in a folder."""
    return DatabaseServer(lambda name: read_url(f"sqlite:///{name}.db", folder, where="DATABASE_URL"))


@contextmanager
def postgresql_server(*, is_durable: bool = False) -> Iterator[DatabaseServer]:
    """Start PostgreSQL.

    Args:
        is_durable: Whether it waits for the disk, as it does where nothing is set. Tests are faster without.

    Raises:
        ServerMissing: It is not installed.
    """
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    found = shutil.which("postgres") or (programs and programs[-1] / "postgres")
    program = Path(found) if found else _missing("PostgreSQL", "postgresql")
    with _folder("postgres") as (folder, user):
        port, data = free_port(), str(folder / "data")
        initdb = [program.with_name("initdb"), "-D", data, "-U", "tests", "-A", "trust", "-E", "UTF8"]
        _run([*initdb, "--no-locale", "--no-sync"], folder, user)
        rights = Path(data) / "pg_hba.conf"
        rights.write_text(f"host all stranger 127.0.0.1/32 scram-sha-256\n{rights.read_text()}")
        command = [program, "-D", data, "-p", port, "-c", "listen_addresses=127.0.0.1"]
        for setting in ("unix_socket_directories=", "max_connections=300"):
            command += ["-c", setting]
        if not is_durable:
            command += ["-c", "fsync=off"]
        root = f"postgresql://tests:canary-password@127.0.0.1:{port}"
        signals = {"stop": signal.SIGINT, "crash": signal.SIGQUIT}  # its fast and its immediate shutdown
        with _running(command, folder, user, root, "postgres", **signals) as server:
            yield server


@contextmanager
def mariadb_server(*, is_durable: bool = False) -> Iterator[DatabaseServer]:
    """Start MariaDB.

    Args:
        is_durable: See `postgresql_server`.

    Raises:
        ServerMissing: It is not installed.
    """
    found = shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin:/usr/libexec")
    program = Path(found) if found else _missing("MariaDB", "mariadb-server")
    with _folder("mysql") as (folder, user):
        port, data = free_port(), f"--datadir={folder / 'data'}"
        common = ["--no-defaults", data, f"--tmpdir={folder}"]  # each deletes what others left in theirs
        if not is_durable:
            common += ["--innodb-flush-method=nosync", "--innodb-log-file-size=8M"]
            common += ["--innodb-flush-log-at-trx-commit=2"]  # nothing is lost where it is killed
        _run(["mariadb-install-db", *common, "--skip-test-db"], folder, user)
        command = [program, *common, f"--port={port}", "--bind-address=127.0.0.1"]
        command += [f"--socket={folder / 'socket'}", f"--pid-file={folder / 'pid'}", "--skip-grant-tables"]
        command += ["--max-connections=300", "--skip-log-bin"]
        root = f"mariadb://tests:canary-password@127.0.0.1:{port}"
        signals = {"stop": signal.SIGKILL, "crash": signal.SIGKILL}
        with _running(command, folder, user, root, "mysql", **signals) as server:
            yield server


def _missing(name: str, package: str) -> Path:
    raise ServerMissing(f"no {name} found: install it (Debian: apt install {package})")


@contextmanager
def _folder(own_user: str) -> Iterator[tuple[Path, str | None]]:
    """Make a folder, and say who the server runs as: no server runs as root, and each has a user for it."""
    folder = Path(tempfile.mkdtemp(prefix="securechat-"))
    user = own_user if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    try:
        yield folder, user
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: Sequence[object], folder: Path, user: str | None) -> None:
    done = subprocess.run(
        list(map(str, command)), cwd=folder, user=user, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}\n{done.stderr}")


@contextmanager
def _running(
    command: Sequence[object],
    folder: Path,
    user: str | None,
    root: str,
    first: str,
    *,
    stop: signal.Signals,
    crash: signal.Signals,
) -> Iterator[DatabaseServer]:
    """Start a server, wait until it answers, and stop it afterwards."""
    log = folder / "log"
    admin = Database(read_url(f"{root}/{first}", folder, where="DATABASE_URL"))
    engine = admin.engine.execution_options(isolation_level="AUTOCOMMIT")
    process: subprocess.Popen[bytes] | None = None

    def execute(statement: str) -> None:
        with engine.connect() as connection:
            connection.execute(text(statement))

    def start() -> None:
        nonlocal process
        with log.open("ab") as output:
            process = subprocess.Popen(
                list(map(str, command)), cwd=folder, user=user, stdout=output, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + PATIENCE
        while True:
            with suppress(OperationalError):
                execute("SELECT 1")
                break
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')}")
            time.sleep(0.05)

    def end(how: signal.Signals) -> None:
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    try:
        start()
        yield DatabaseServer(
            lambda name: read_url(f"{root}/{name}", folder, where="DATABASE_URL"),
            lambda name: execute(f"CREATE DATABASE {name}"),
            stop=lambda: end(crash),
            start=start,
        )
        admin.close()
    finally:
        end(stop)
