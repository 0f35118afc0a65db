"""A server that cannot use its database: it says so at every door, and starts when it can."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.databases import DatabaseServer, address_of
from tests.lines import line_to
from tests.raw_session import RawSession, raw_session
from tests.support import CANARY_KEY, Server, running_server

OTHER_KEY = "YW5vdGhlciBrZXkgb2YgdGhlIHRlc3RzLCAzMiBieXQ="
SECRETS = ("canary", CANARY_KEY.rstrip("="), OTHER_KEY.rstrip("="))
TITLE = "SecureChat cannot start"


def health(server: Server) -> tuple[int, dict[str, Any]]:
    """Return the status and the answer."""
    try:
        with urllib.request.urlopen(f"{server.url}/api/health", timeout=60) as answer:  # noqa: S310 - our own
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def drawn(session: RawSession, *, again: bool = False) -> str:
    """Return what is drawn: at first, or when "Try again" is pressed."""
    messages = session.press("Try again", "") if again else session.run()
    return b"".join(message.SerializeToString() for message in messages).decode(errors="replace")


def expect_fault(
    folder: Path,
    environ: Mapping[str, str],
    *said: str,
    mend: Callable[[], object] | None = None,
    is_same: Callable[[], object] = lambda: None,
) -> None:
    """Start a server that cannot start, and look what it says.

    Args:
        folder: Its home.
        environ: What is set.
        said: What stands on its page, in its health and in its log, once.
        mend: Puts right what is wrong. Then it starts.
        is_same: Returns what must not be changed.
    """
    before = is_same()
    with running_server(folder, environ) as server:
        status, answer = health(server)
        assert status == 503
        with raw_session(server.url) as session:
            page = drawn(session)
            faults = [line for line in server.log.read_text().splitlines() if "ERROR" in line]
            assert len(faults) == 1
            for text in (TITLE, *said):
                assert text in page
            for text in said:
                assert text in answer["message"]
                assert text in faults[0]
            everything = page + json.dumps(answer) + server.log.read_text()
            assert [secret for secret in SECRETS if secret in everything] == []
            assert "Traceback" not in everything
            assert is_same() == before
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=60) as alive:  # noqa: S310
                assert alive.status == 200
            if mend:
                mend()
                assert "Message as User A" in drawn(session, again=True)
                assert health(server)[0] == 200


def test_a_host_that_does_not_answer(postgresql: DatabaseServer, tmp_path: Path) -> None:
    """It takes the connection and says nothing; when it answers, the app starts."""
    with line_to(url := postgresql.make()) as line:
        line.stall()
        environ = {"DATABASE_URL": line.leads(url), "MASTER_ENCRYPTION_KEY": CANARY_KEY}
        where = f"DATABASE_URL, the database {url.database} on 127.0.0.1"
        expect_fault(tmp_path, environ, where, "It cannot be reached", mend=line.mend)


@pytest.mark.parametrize("engine", ["postgresql", "mariadb"])
def test_a_database_server_that_comes_later(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """It was not there when the app started; when it is, “Try again” is enough."""
    databases: DatabaseServer = request.getfixturevalue(engine)
    url = databases.make()
    environ = {"DATABASE_URL": address_of(url), "MASTER_ENCRYPTION_KEY": CANARY_KEY}
    is_back = []

    def mend() -> None:
        is_back.append(True)
        databases.start()

    databases.stop()
    try:
        where = f"DATABASE_URL, the database {url.database} on 127.0.0.1"
        expect_fault(tmp_path, environ, where, "It cannot be reached", mend=mend)
    finally:
        if not is_back:
            databases.start()


def test_a_wrong_password(postgresql: DatabaseServer, tmp_path: Path) -> None:
    """Host and database are named, and neither user nor password."""
    url = postgresql.make().set(username="stranger", password="canary")  # noqa: S106 - the wrong one
    environ = {"DATABASE_URL": address_of(url), "MASTER_ENCRYPTION_KEY": CANARY_KEY}
    expect_fault(tmp_path, environ, f"the database {url.database} on 127.0.0.1", "lets nobody in")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    """It is left as it is; once it is moved away, a new one is made."""
    letter = tmp_path / "letter.txt"
    letter.write_text("This is a letter.\n" * 500)
    environ = {"DATABASE_URL": f"sqlite:///{letter}"}
    said = f"DATABASE_URL, the file {letter}", "It is a file, but no database."
    expect_fault(tmp_path / "home", environ, *said, mend=letter.unlink, is_same=lambda: letter.exists())


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """It is not made; once it is there, the app starts."""
    path = tmp_path / "disk" / "chat.db"
    environ = {"DATABASE_URL": f"sqlite:///{path}"}
    said = f"the file {path}", "The folder that it should be in is not there."
    expect_fault(tmp_path / "home", environ, *said, mend=path.parent.mkdir)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let nobody write into a folder, if this computer can do that."""
    folder.mkdir()
    if os.geteuid() != 0:
        folder.chmod(0o555)
        yield
        folder.chmod(0o755)
        return
    mount = [
        "mount",
        "-t",
        "tmpfs",
        "-o",
        "ro",
        "tmpfs",
        str(folder),
    ]  # root may write wherever the disk lets it
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("root can write everywhere, and may mount nothing here")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_folder_that_can_only_be_read(tmp_path: Path) -> None:
    """It says what the user that runs the app has to be let do."""
    path = tmp_path / "disk" / "chat.db"
    with read_only(path.parent):
        environ = {"DATABASE_URL": f"sqlite:///{path}"}
        expect_fault(tmp_path / "home", environ, f"the file {path}", "Let the user that runs the app write")


def test_a_newer_database(tmp_path: Path) -> None:
    """It is left as it is."""
    path = tmp_path / "chat.db"
    environ = {"DATABASE_URL": f"sqlite:///{path}"}
    with running_server(tmp_path, environ):
        pass
    with closing(sqlite3.connect(path)) as connection, connection:
        [(table,)] = connection.execute(
            "SELECT name FROM sqlite_master WHERE sql LIKE '%version_num%' AND type = 'table'"
        )
        connection.execute(f"UPDATE {table} SET version_num = '9999'")  # noqa: S608 - its name is read there
    expect_fault(tmp_path, environ, f"the file {path}", "A newer version of SecureChat", is_same=dump(path))


def dump(path: Path) -> Callable[[], object]:
    """Return what returns all that is in a database."""

    def read() -> object:
        with closing(sqlite3.connect(path)) as connection:
            return list(connection.iterdump())

    return read


def test_another_master_key(tmp_path: Path) -> None:
    """Keys that are wrapped under one are not replaced by those under another: nothing is written."""
    path = tmp_path / "chat.db"
    environ = {"DATABASE_URL": f"sqlite:///{path}", "MASTER_ENCRYPTION_KEY": CANARY_KEY}
    with running_server(tmp_path, environ):
        pass
    wrong = environ | {"MASTER_ENCRYPTION_KEY": OTHER_KEY}
    expect_fault(tmp_path, wrong, "MASTER_ENCRYPTION_KEY", is_same=dump(path))
    both = environ | {"MASTER_ENCRYPTION_KEY": f"{OTHER_KEY},{CANARY_KEY}"}
    with running_server(tmp_path, both) as server:
        assert health(server)[0] == 200


def test_servers_need_a_master_key(postgresql: DatabaseServer, tmp_path: Path) -> None:
    """None is made where several servers would each make one."""
    environ = {"DATABASE_URL": address_of(postgresql.make())}
    expect_fault(tmp_path, environ, "MASTER_ENCRYPTION_KEY", "It is not set")
    assert not (tmp_path / "master.key").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [("SECURECHAT_KEEP_DAYS", "canary"), ("SECURECHAT_KEEP_DAYS", "-1"), ("DATABASE_POOL_SIZE", "0")],
)
def test_a_number_that_is_none(name: str, value: str, tmp_path: Path) -> None:
    """It is said which setting it is, and what can stand there; the database is not even made."""
    path = tmp_path / "chat.db"
    environ = {"DATABASE_URL": f"sqlite:///{path}", name: value}
    expect_fault(tmp_path, environ, name, "It is not a number that can be used.", "a whole number from")
    assert not path.exists()
