"""A backup of the whole database: one file that only its owner can read, and that is whole or not there."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from securechat.database.copying import Dump, copy_sqlite, dump_of
from securechat.database.engine import Database
from securechat.database.settings import DatabaseSettings
from securechat.errors import InvalidSetting

_HANDED_OVER = ("HOME", "LANG", "LC_ALL", "PATH", "SYSTEMROOT", "TMPDIR")
"""What a program finds of our environment, in which there may be keys."""


def back_up(settings: DatabaseSettings, database: Database, file: Path) -> None:
    """Write a backup. The app may go on meanwhile: it has all that was there at one moment.

    Args:
        settings: How the database is set.
        database: The database.
        file: Where to. It must not be there.

    Raises:
        InvalidSetting: The file is there or cannot be written, or the program that does it is missing or
            fails.
        StoreUnavailable: The database does not answer.
    """
    with _unfinished(file) as unfinished:
        if database.kind == "sqlite":
            copy_sqlite(database, unfinished)
        else:
            _run(dump_of(settings, database), unfinished)


@contextmanager
def _unfinished(file: Path) -> Iterator[Path]:
    """Let a file be written under another name beside it, which it gets when all is there."""
    name = ""
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        raise _refused(
            file, "There is such a file already.", "It stays as it is: name another one."
        ) from None
    except FileNotFoundError:
        raise _refused(file, "The folder that it should be in is not there.", "Make it first.") from None
    except OSError as error:
        raise _not_written(file, error) from None
    try:
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f"{file.name}.", suffix=".unfinished")
        os.close(descriptor)
        yield Path(name)
        with Path(name).open("rb+") as written:
            os.fsync(written.fileno())
        os.replace(name, file)
    except BaseException as error:
        for each in (Path(name), file) if name else (file,):
            with suppress(OSError):
                each.unlink()
        if isinstance(error, OSError):
            raise _not_written(file, error) from None
        raise


def _run(dump: Dump, file: Path) -> None:
    program = next(filter(None, map(shutil.which, dump.programs)), None)
    if program is None:
        raise InvalidSetting(
            f"The program {dump.programs[0]} is not on this computer.",
            remedy=f"The package {dump.package} has it, as Debian and Ubuntu call it. Install that, or run "
            "this command where it is.",
        )
    environ = {name: os.environ[name] for name in _HANDED_OVER if name in os.environ}
    with tempfile.TemporaryDirectory() as folder, file.open("wb") as output:
        command = [program, *dump.arguments]
        if dump.options:
            options = Path(folder) / "options.cnf"
            options.touch(0o600)
            options.write_text(dump.options, encoding="utf-8")
            command.insert(1, f"--defaults-file={options}")
        done = subprocess.run(  # noqa: S603 - no shell, and what is on its command line is no secret
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE,
            env={**environ, **dump.environ},
            check=False,
        )
    if done.returncode:
        lines = done.stderr.decode(errors="replace").splitlines()
        said = " ".join(" ".join(line for line in lines if "loose-" not in line).split())
        for secret in sorted(dump.secrets, key=len, reverse=True):
            said = said.replace(secret, "…")
        raise InvalidSetting(
            f"{dump.programs[0]} says: {said.removesuffix('.')}.",
            remedy="No backup was written. Put that right, and run the command again. The program has to be "
            "at least as new as the server.",
        )


def _refused(file: Path, problem: str, remedy: str) -> InvalidSetting:
    return InvalidSetting(problem, where=str(file), remedy=remedy)


def _not_written(file: Path, error: OSError) -> InvalidSetting:
    return _refused(
        file, f"It cannot be written ({error.strerror}).", "Name another one, in a folder with room for it."
    )
