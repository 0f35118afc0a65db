"""The commands: `status`, `backup`, `restored`, `rewrap` and `keep`.

What a command does not need is not imported, as in `terminal.commands`.
"""

from __future__ import annotations

import argparse
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from securechat.command_line import run

MAX_DAYS = 36_500

_HOW_TO_RESTORE = """\
First stop every app that uses the database, and put the backup in its place:
  SQLite      delete securechat.db-wal and securechat.db-shm, and copy the backup over securechat.db
  PostgreSQL  createdb --owner=USER NAME, and: pg_restore --no-owner --role=USER -d NAME FILE
  MariaDB     make a new, empty database, and: mariadb NAME < FILE
Then run this command once, and start the app. docs/database.md has each step.

example:
  python -m securechat admin restored"""


def main(arguments: Sequence[str]) -> int:
    """Run a command.

    Args:
        arguments: The command line behind `admin`.

    Returns:
        See `command_line.run`.
    """
    return run(_parser(), arguments, install="-r requirements.txt -r requirements-database.txt")


def _status(_: argparse.Namespace) -> int:
    from securechat.admin.setup import find_settings
    from securechat.admin.status import status
    from securechat.database.opening import as_it_is

    settings = find_settings()
    with as_it_is(settings) as database:
        lines, is_well = status(settings, database)
    print("\n".join(lines))
    return 0 if is_well else 1


def _backup(options: argparse.Namespace) -> int:
    from securechat.admin.backup import back_up
    from securechat.admin.setup import find_settings
    from securechat.admin.status import size_of
    from securechat.database.opening import as_it_is, check_used

    settings = find_settings()
    with _ended_as_by_ctrl_c(), as_it_is(settings) as database:
        check_used(database)
        back_up(settings, database, options.file)
    size = size_of(options.file.stat().st_size)
    print(f"{options.file} has the whole database, as it was at one moment: {size}. Only you can read it.")
    print("What opens the messages is NOT in it: secret.key or SECURECHAT_KEY, and the master key, which is")
    print(
        f"{settings.master_file.name} or MASTER_ENCRYPTION_KEY. Keep a copy of both in another place: whoever"
    )
    print("has the backup and the keys can read all, and without the keys nobody can read anything.")
    print("How to restore it: python -m securechat admin restored --help")
    return 0


@contextmanager
def _ended_as_by_ctrl_c() -> Iterator[None]:
    """Let SIGTERM end it as Ctrl+C does, so that nothing half written stays, nor a file with a password."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _restored(_: argparse.Namespace) -> int:
    from securechat.admin.setup import find_settings, find_vault
    from securechat.database.opening import in_use
    from securechat.database.restoring import renew_epochs

    settings = find_settings()
    with in_use(settings) as database:
        epoch = renew_epochs(database)
        print(f"Every room has a new epoch now, {epoch}: pages that are still open begin anew,")
        print("and the next message is not taken for one that was there before.", flush=True)
        if vault := find_vault(settings, database):
            vault.counts()  # it says so where the backup is from the time of another master key
    print("You can start the app.")
    return 0


def _rewrap(_: argparse.Namespace) -> int:
    from securechat.admin.setup import find_settings, find_vault
    from securechat.database.opening import in_use
    from securechat.errors import InvalidKey
    from securechat.wording import counted

    settings = find_settings()
    with in_use(settings) as database:
        vault = find_vault(settings, database)
        if vault is None:
            raise InvalidKey(
                "There is no master key yet, and nothing is wrapped under one.",
                where=settings.master_file.name,
                remedy="The app makes it when it starts.",
            )
        vault.rewrap()
        first, total = vault.counts()
    print(f"{first:,} of {counted(total, 'key')} of rooms wrapped under the first master key.")
    if first < total:
        print(
            "The others open with none of the master keys. Add the one that they are wrapped under, after a"
        )
        print("comma, and run the command again.")
        return 1
    if vault.has_older_masters:
        print("The others are not needed any more: when every server has the first one, take them out.")
    return 0


def _keep(options: argparse.Namespace) -> int:
    from securechat.admin.setup import find_settings
    from securechat.database.opening import in_use
    from securechat.database.retention import forget_old
    from securechat.wording import counted

    with in_use(find_settings()) as database:
        deleted = forget_old(database, options.days)
    print(f"{counted(deleted, 'message')} older than {counted(options.days, 'day')} deleted.")
    print("Backups that were made before still have them.")
    return 0


def _days(text: str) -> int:
    if text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= MAX_DAYS:
        return int(text)
    raise argparse.ArgumentTypeError(f"A whole number of days, from 1 to {MAX_DAYS}.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m securechat admin",
        description="Looks after the database of the app, for whoever runs it. The settings are those of the "
        "app: DATABASE_URL and the others, from the environment or from .streamlit/secrets.toml.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")

    def add(name: str, run: object, about: str, epilog: str = "") -> argparse.ArgumentParser:
        made = commands.add_parser(
            name,
            help=about,
            description=about,
            epilog=epilog or f"example:\n  python -m securechat admin {name}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        made.set_defaults(run=run)
        return made

    add("status", _status, "say what is in the database, and whether the master key fits; change nothing")

    backup = add(
        "backup",
        _backup,
        "write a backup, also while the app runs",
        "example:\n  python -m securechat admin backup securechat.backup",
    )
    backup.add_argument("file", type=Path, metavar="FILE", help="a new file; none is overwritten")

    add("restored", _restored, "do what is needed once after a backup was restored", _HOW_TO_RESTORE)

    add("rewrap", _rewrap, "wrap the keys of rooms under the first master key, as each start does")

    keep = add(
        "keep",
        _keep,
        "delete messages that are too old, at once",
        "example:\n  python -m securechat admin keep 30",
    )
    keep.add_argument("days", type=_days, metavar="DAYS", help="older than so many days")
    return parser
