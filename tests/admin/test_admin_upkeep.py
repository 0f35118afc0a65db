"""`admin rewrap` and `admin keep`; and how the commands are found, with and without packages."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from securechat.crypto.keyring import FernetKey, KeyRing
from securechat.database.engine import Database
from securechat.database.store import SqlMessageStore
from securechat.database.vault import Vault
from tests.admin.world import MASTER, World
from tests.core.database_looks import contents
from tests.terminals import PATIENCE, environment, program


def keep_keys(world: World, *rings: KeyRing) -> list[KeyRing | None]:
    """Keep keys of rooms under the master key, or find those that are kept."""
    database = Database(world.url)
    vault = Vault(database, SqlMessageStore(database), KeyRing.from_text(os.environ["MASTER_ENCRYPTION_KEY"]))
    for number, ring in enumerate(rings):
        vault.keep(f"room {number}", ring, keys_version=1)
    found = [vault.ring(f"room {number}") for number in range(3)]
    database.close()
    return [each and each[0] for each in found]


def test_rewrap(world: World) -> None:
    """All keys are under the new master key afterwards, and open with it alone."""
    world.filled(1)
    rings = [KeyRing.generate() for _ in range(3)]
    keep_keys(world, *rings)
    new = FernetKey.generate().reveal()
    world.monkeypatch.setenv("MASTER_ENCRYPTION_KEY", f"{new},{MASTER}")
    done = world.run("rewrap")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("3 of 3 keys of rooms wrapped under the first master key.\n")
    assert "take them out" in done.out
    assert new not in done.out
    world.monkeypatch.setenv("MASTER_ENCRYPTION_KEY", new)
    found = keep_keys(world)
    assert [each and each.keys for each in found] == [ring.keys for ring in rings]
    before = contents(world.url)
    assert world.run("rewrap").out == "3 of 3 keys of rooms wrapped under the first master key.\n"
    world.monkeypatch.setenv("MASTER_ENCRYPTION_KEY", MASTER)
    done = world.run("rewrap")
    assert (done.code, done.out) == (1, "")
    assert "Nothing was written." in done.err
    assert contents(world.url) == before


@pytest.mark.parametrize("bare_url", ["postgresql", "mariadb"], indirect=True)
def test_rewrap_without_a_master_key(world: World) -> None:
    """A server needs one; it is said how to make it."""
    world.filled(1)
    world.monkeypatch.delenv("MASTER_ENCRYPTION_KEY")
    done = world.run("rewrap")
    assert done.code == 1
    assert "MASTER_ENCRYPTION_KEY: It is not set" in done.err


def test_keep(world: World) -> None:
    """What is older goes at once, whatever SECURECHAT_KEEP_DAYS says; what is younger stays."""
    world.filled(1)
    now = datetime.now(UTC)
    database = Database(world.url)
    times = iter([now - timedelta(days=days, hours=1) for days in (40, 30, 29)])
    store = SqlMessageStore(database, clock=lambda: next(times))
    for _ in range(3):
        store.append("red", "A", "token")
    done = world.run("keep", "30")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("2 messages older than 30 days deleted.\n")
    assert [each.id for each in store.view("red").messages] == [3]
    assert store.head("demo").count == 1
    assert world.run("keep", "36500").out.startswith("0 messages ")
    database.close()


def run_apart(*arguments: str, folder: Path, **environ: str) -> tuple[int, str, str]:
    """Run a command in a process of its own."""
    done = subprocess.run(
        program(*arguments), capture_output=True, text=True, env=environment(environ), cwd=folder,
        timeout=PATIENCE, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def test_how_they_are_found(file_world: World) -> None:
    """Behind `python -m securechat admin`, whose help the other one names."""
    file_world.filled(1)
    folder = file_world.folder
    code, out, err = run_apart(
        "admin", "status", folder=folder, DATABASE_URL=file_world.settings.url, MASTER_ENCRYPTION_KEY=MASTER
    )
    assert (code, err) == (0, "")
    assert "up to date" in out
    assert run_apart("admin", folder=folder) == run_apart("admin", "--help", folder=folder)
    assert "\n  python -m securechat admin\n" in run_apart("--help", folder=folder)[1]


@pytest.mark.parametrize("command", ["status", "backup", "restored", "rewrap", "keep"])
def test_every_command_has_an_example(file_world: World, command: str) -> None:
    """In its help."""
    with pytest.raises(SystemExit) as caught:
        file_world.run(command, "--help")
    assert caught.value.code == 0
    assert f"example:\n  python -m securechat admin {command}" in file_world.capsys.readouterr().out


@pytest.mark.parametrize("package", ["sqlalchemy", "alembic", "cryptography"])
def test_a_package_that_is_missing_is_named(file_world: World, package: str) -> None:
    """With the line that brings it; the help needs none, and other commands do not need SQLAlchemy."""
    folder = file_world.folder
    (folder / f"{package}.py").write_text(f"raise ModuleNotFoundError(name='{package}')")
    path = os.pathsep.join((str(folder), environment()["PYTHONPATH"]))
    (folder / "chat.db").touch()
    environ = {"PYTHONPATH": path, "DATABASE_URL": file_world.settings.url}
    assert run_apart("admin", "status", folder=folder, **environ) == (
        1,
        "",
        f"The package {package} is missing. This brings it:\n"
        "  python -m pip install -r requirements.txt -r requirements-database.txt\n",
    )
    assert run_apart("admin", "--help", folder=folder, **environ)[0] == 0
    if package == "sqlalchemy":
        assert run_apart("key", "our.key", folder=folder, **environ)[0] == 0
