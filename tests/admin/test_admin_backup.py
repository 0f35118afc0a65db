"""`admin backup` and `admin restored`: there and back again on each engine, with the servers' programs."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import URL, text

from securechat.crypto.keyring import FernetKey
from securechat.database import open_rooms, restoring
from securechat.database.copying import dump_of
from securechat.database.engine import Database
from securechat.database.postgresql import CHANNEL
from securechat.database.store import SqlMessageStore
from securechat.errors import StoreUnavailable
from securechat.rooms.hub import Hub
from securechat.rooms.room import DEMO_ROOM
from securechat.rooms.store import RoomView
from tests.admin.world import MASTER, PASSWORD, RING, World
from tests.core.database_looks import connected, contents, epochs
from tests.core.test_database_faults import small_disk
from tests.core.test_database_wakes import Ear, wait_until
from tests.databases import DatabaseServer
from tests.support import CANARY, CANARY_KEY, ROOT

WATCHER = """#!/bin/sh
for each in /proc/[0-9]*/cmdline; do tr '\\0' ' ' < "$each" 2> /dev/null; echo; done > "{folder}/seen"
env > "{folder}/environ"
exec "{program}" "$@"
"""


def conversation(world: World) -> RoomView:
    """Return the conversation as the app has it."""
    app = world.app()
    view = app.conversation.view()
    app.close()
    return view


def program(name: str) -> str:
    """Return a program that comes with a server's client."""
    found = shutil.which(name)
    if found is None:
        (pytest.fail if os.environ.get("SECURECHAT_REQUIRE_DATABASES") else pytest.skip)(f"no {name} found")
        raise AssertionError
    return found


def restore(file: Path, url: URL) -> None:
    """Restore a backup into an empty database, as docs/database.md says."""
    if url.get_backend_name() == "sqlite":
        shutil.copyfile(file, str(url.database))
        return
    if url.get_backend_name() == "postgresql":
        command = [
            program("pg_restore"),
            "--no-owner",
            "--exit-on-error",
            "-h",
            str(url.host),
            "-p",
            str(url.port),
        ]
        command += ["-U", str(url.username), "-d", str(url.database), str(file)]
        subprocess.run(command, check=True)
        return
    command = [
        program("mariadb"),
        "--no-defaults",
        "--protocol=tcp",
        f"--host={url.host}",
        f"--port={url.port}",
    ]
    with file.open("rb") as backup:
        subprocess.run([*command, "-u", str(url.username), str(url.database)], stdin=backup, check=True)


@pytest.fixture
def other_url(request: pytest.FixtureRequest, bare_url: URL, tmp_path: Path) -> URL:
    """Return the address of another empty database on the same engine."""
    if bare_url.get_backend_name() == "sqlite":
        return URL.create("sqlite", database=str(tmp_path / "restored.db"))
    server: DatabaseServer = request.getfixturevalue(request.node.callspec.params["bare_url"])
    return server.make()


def test_there_and_back_again(world: World, other_url: URL) -> None:
    """The restored database has the same tokens and keys, another epoch, and goes on with the next number."""
    world.filled(3)
    database = Database(world.url)
    SqlMessageStore(database).append("Raum 🦦 ", "Zoë \\ '\"", "token", client_id="ü ", recipient="Ж")
    database.close()
    kept, before = conversation(world), contents(world.url)
    done = world.run("backup", "the.backup")
    assert (done.code, done.err) == (0, "")
    file = world.folder / "the.backup"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in world.folder.glob("the.backup*")] == ["the.backup"]
    for said in ("NOT in it", "secret.key or SECURECHAT_KEY", "master.key or MASTER_ENCRYPTION_KEY"):
        assert " ".join(said.split()) in " ".join(done.out.split())
    world.filled(1)  # it comes after the backup, and is lost
    restore(file, other_url)
    world.use(other_url)
    assert contents(world.url) == before
    done = world.run("restored")
    assert (done.code, done.err) == (0, "")
    view = conversation(world)
    assert [each.token for each in view.messages] == [each.token for each in kept.messages]
    assert [RING.decrypt(each.token) for each in view.messages] == [f"{CANARY} {n}" for n in (1, 2, 3)]
    assert view.epoch != kept.epoch
    assert view.epoch in done.out
    assert view.revision == kept.revision + 1
    app = world.app()
    assert app.conversation.send("A", "next").id == 4
    known = app.conversation.send("A", "again", client_id="name 2")
    assert (known.id, app.conversation.view().last_id) == (2, 4)
    app.close()


def test_what_is_not_in_it(world: World) -> None:
    """No text, no key of Chat, no master key, no password; tokens are: they are what it is for."""
    world.filled(3)
    assert world.run("backup", "the.backup").code == 0
    data = (world.folder / "the.backup").read_bytes()
    if world.url.get_backend_name() == "postgresql":
        command = [program("pg_restore"), "-f", "-", str(world.folder / "the.backup")]
        data += subprocess.run(command, check=True, capture_output=True).stdout
    token = conversation(world).messages[0].token
    assert token.encode() in data or token.encode().hex().encode() in data.lower()
    for secret in (CANARY, CANARY_KEY, MASTER, "pass-canary", "canary-password"):
        assert secret.encode() not in data
        assert secret.encode().hex().encode() not in data.lower()


@pytest.mark.parametrize("bare_url", ["postgresql", "mariadb"], indirect=True)
def test_nobody_sees_the_password(world: World) -> None:
    """While the server's program runs no command line has it; and it finds no key in its environment."""
    world.filled(1)
    name = {"postgresql": "pg_dump", "mysql": "mariadb-dump"}[world.url.get_backend_name()]
    watcher = world.folder / "bin" / name
    watcher.parent.mkdir()
    watcher.write_text(WATCHER.format(folder=world.folder, program=program(name)))
    watcher.chmod(0o755)
    world.monkeypatch.setenv("PATH", f"{watcher.parent}:{os.environ['PATH']}")
    world.monkeypatch.setenv("SECURECHAT_KEY", CANARY_KEY)
    assert world.run("backup", "the.backup").code == 0
    seen = (world.folder / "seen").read_text(errors="replace")
    assert f"bin/{name} --" in seen, "the control"
    assert "pass-canary" not in seen
    environ = (world.folder / "environ").read_text(errors="replace")
    for secret in (MASTER, CANARY_KEY, "DATABASE_URL"):
        assert secret not in environ
    assert ("pass-canary" in environ) is (name == "pg_dump")


@pytest.mark.parametrize("bare_url", ["mariadb"], indirect=True)
def test_the_option_file_says_what_is_meant(world: World) -> None:
    """The programs read the password as it is, whatever is in it, and nothing of it is a setting."""
    world.filled(1)
    for password in (
        PASSWORD,
        "#;",
        '"',
        "'",
        " x ",
        "a\nb\tc",
        "\\",
        "\\s",
        "=[x]",
        "!include x",
        "ü",
        'x" #y',
    ):
        database = Database(world.url.set(password=password))
        dump = dump_of(world.settings, database)
        database.close()
        assert "password=" in dump.options
        assert "password=" not in repr(dump)
        options = world.folder / "options.cnf"
        options.write_text(dump.options, encoding="utf-8")
        command = [program("my_print_defaults"), f"--defaults-file={options}", "client"]
        said = subprocess.run(command, capture_output=True, check=True).stdout.decode()
        assert f"\n--password={password}\n--host=" in said


@pytest.mark.parametrize(
    ("query", "said", "never"),
    [
        ({}, ['protocol="tcp"', '\nssl-verify-server-cert="0"'], "ssl-ca"),
        (
            {"ssl_ca": "/ca.pem"},
            ['ssl-ca="/ca.pem"', 'ssl-verify-server-cert="1"', "VERIFY_IDENTITY"],
            "socket=",
        ),
        ({"ssl_ca": "/ca.pem", "ssl_check_hostname": "false"}, ["VERIFY_CA"], "IDENTITY"),
        ({"unix_socket": "/run/x.sock"}, ['protocol="socket"', 'socket="/run/x.sock"'], "tcp"),
    ],
)
@pytest.mark.parametrize("bare_url", ["mariadb"], indirect=True)
def test_how_a_server_is_reached(world: World, query: dict[str, str], said: list[str], never: str) -> None:
    """TLS and sockets in the address hold for the program, too."""
    database = Database(world.url)
    asked = database.engine.url.set(query=query)
    database.engine.url = asked
    options = dump_of(world.settings, database).options
    assert all(each in options for each in said)
    assert never not in options
    database.close()


@pytest.mark.parametrize("bare_url", ["postgresql"], indirect=True)
def test_behind_a_pooler(world: World) -> None:
    """PostgreSQL itself is asked, with what stands in its address."""
    world.filled(1)
    text = world.url.set(query={"sslmode": "prefer", "application_name": "me"}).render_as_string(False)
    world.monkeypatch.setenv("DATABASE_LISTEN_URL", text)
    assert world.run("backup", "one.backup").code == 0
    world.monkeypatch.setenv("DATABASE_LISTEN_URL", "postgresql://tests:pass-canary@127.0.0.1:1/x")
    done = world.run("backup", "other.backup")
    assert done.code == 1
    assert "pg_dump says: " in done.err
    assert "127.0.0.1" in done.err
    assert list(world.folder.glob("other*")) == []


def test_no_file_is_overwritten(world: World) -> None:
    """Nor is anything left where the folder is none."""
    world.filled(1)
    (world.folder / "there").write_text("mine")
    for file, said in (
        ("there", "There is such a file already. It stays as it is: name another one."),
        (".", "There is such a file already."),
        ("nowhere/x", "The folder that it should be in is not there. Make it first."),
        ("there/x", "It cannot be written"),
    ):
        done = world.run("backup", file)
        assert (done.code, done.out) == (1, "")
        assert done.err.startswith(f"{file}: {said}")
    assert (world.folder / "there").read_text() == "mine"


@pytest.mark.parametrize("bare_url", ["postgresql", "mariadb"], indirect=True)
def test_programs_that_are_missing_or_fail(world: World) -> None:
    """It is said which package has them, or what they say, without the password; and there is no backup."""
    world.filled(1)
    name, package = {
        "postgresql": ("pg_dump", "postgresql-client"),
        "mysql": ("mariadb-dump", "mariadb-client"),
    }[world.url.get_backend_name()]
    folder = world.folder / "bin"
    folder.mkdir()
    world.monkeypatch.setenv("PATH", str(folder))
    done = world.run("backup", "the.backup")
    assert done.code == 1
    assert done.err.startswith(f"The program {name} is not on this computer. The package {package} has it")
    failing = folder / name
    failing.write_text(
        f"#!/bin/sh\necho half\nprintf '%s\\n' 'no: {PASSWORD.replace(chr(39), '')}' >&2\nexit 3\n"
    )
    failing.chmod(0o755)
    world.use(world.url.set(password=PASSWORD.replace("'", "")))
    done = world.run("backup", "the.backup")
    assert done.code == 1
    assert done.err.startswith(f"{name} says: no: …. No backup was written.")
    assert list(world.folder.glob("the.backup*")) == []


@pytest.mark.parametrize("bare_url", ["postgresql", "mariadb"], indirect=True)
@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_it_is_ended_early(world: World, signal_number: int) -> None:
    """By who has waited enough, or as the computer shuts down: nothing half written stays, no password."""
    world.filled(1)
    program, names = world.folder / "bin" / "dump", ("pg_dump", "mariadb-dump")
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho half\ntouch "$TMPDIR/started"\nexec sleep 600\n')
    program.chmod(0o755)
    for name in names:
        (program.parent / name).symlink_to("dump")
    (temporary := world.folder / "tmp").mkdir()
    environ = {
        **os.environ,
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "TMPDIR": str(temporary),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "securechat", "admin", "backup", "the.backup"]
    with subprocess.Popen(
        command, cwd=world.folder, env=environ, stderr=subprocess.PIPE, text=True
    ) as process:
        wait_until((temporary / "started").exists)
        process.send_signal(signal_number)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, "")
    assert [path.name for path in temporary.iterdir()] == ["started"]
    assert list(world.folder.glob("the.backup*")) == []


def test_a_disk_that_is_full(world: World) -> None:
    """The backup's own: it is said, and nothing is left there."""
    world.filled(3)
    with small_disk(4) as disk:
        if disk is None:
            pytest.skip("this computer does not let us make a small disk")
        (disk / "taken").write_bytes(b"x" * 4096)
        done = world.run("backup", str(disk / "the.backup"))
        assert (done.code, done.out) == (1, "")
        assert re.search("no space left|errno 28", done.err, re.IGNORECASE)
        assert "loose" not in done.err
        assert "the database does not answer" not in done.err.lower()
        assert [path.name for path in disk.iterdir()] == ["taken"]


def test_the_app_writes_meanwhile(file_world: World) -> None:
    """SQLite: what a transaction has not finished is not in the backup, what is in the journal is."""
    app = file_world.app()
    app.conversation.send("A", CANARY)
    assert (file_world.folder / "chat.db-wal").stat().st_size
    writer = sqlite3.connect(file_world.folder / "chat.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("DELETE FROM messages")
    assert file_world.run("backup", "the.backup").code == 0
    writer.execute("ROLLBACK")
    writer.close()
    app.close()
    with sqlite3.connect(file_world.folder / "the.backup") as backup:
        assert backup.execute("SELECT count(*) FROM messages").fetchone() == (1,)
        assert backup.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    backup.close()


def test_servers_that_run(world: World) -> None:
    """They see the new epoch without being started again; and rooms to come begin in it, too."""
    world.filled(1)
    hub = Hub()
    rooms = open_rooms(world.settings, hub, rooms=(DEMO_ROOM,))
    old = rooms.store.head(DEMO_ROOM).epoch
    ear = Ear(hub)
    rooms.start()
    assert world.run("restored").code == 0
    ear.wait_until(lambda: rooms.store.head(DEMO_ROOM).epoch != old)
    assert rooms.store.append("new room", "A", "token").id == 1
    assert rooms.store.head("new room").epoch == rooms.store.head(DEMO_ROOM).epoch == epochs(world.url)[0]
    rooms.close()


@pytest.mark.parametrize("bare_url", ["postgresql"], indirect=True)
def test_it_rings(world: World) -> None:
    """PostgreSQL tells the servers that run."""
    world.filled(1)
    database = Database(world.url)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"LISTEN {CHANNEL}"))
        assert world.run("restored").code == 0
        driver = connection.connection.driver_connection
        assert driver is not None
        assert list(driver.notifies(timeout=10, stop_after=1))
        connection.invalidate()
    database.close()


def test_it_is_all_or_nothing(world: World) -> None:
    """Where it is cut short, every epoch is as it was."""
    world.filled(1)
    before = contents(world.url)

    def fail(_: object) -> None:
        raise StoreUnavailable

    world.monkeypatch.setattr(restoring, "ring_bell", fail)
    done = world.run("restored")
    assert (done.code, done.out, done.err) == (1, "", f"{StoreUnavailable.said}\n")
    assert contents(world.url) == before


def test_an_older_backup(set_up: Callable[[URL], World], tmp_path: Path) -> None:
    """`restored` brings its tables up to date, as each start does."""
    world = set_up(URL.create("sqlite", database=str(tmp_path / "chat.db")))
    world.filled(1)
    with connected(world.url) as connection:
        connection.execute(text("DROP TABLE room_keys"))
        connection.execute(text("UPDATE securechat_version SET version_num = '0001'"))
    assert world.run("restored").code == 0
    assert "version 0002, up to date" in world.run("status").out


def test_it_is_from_the_time_of_another_master_key(world: World) -> None:
    """It is said so: the app would not start with it."""
    world.filled(1)
    world.monkeypatch.setenv("MASTER_ENCRYPTION_KEY", FernetKey.generate().reveal())
    done = world.run("restored")
    assert done.code == 1
    assert "another master key" in done.err
    assert "You can start the app" not in done.out
