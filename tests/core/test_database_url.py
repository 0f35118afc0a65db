"""`DATABASE_URL` is read as people write it, and what is wrong with one is said without its password."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from securechat.database import DatabaseSettings, open_rooms
from securechat.database.engine import Database
from securechat.database.store import SqlMessageStore
from securechat.database.url import read_url
from securechat.errors import InvalidSetting, SecureChatError
from securechat.rooms.hub import Hub
from tests.support import ROOT

FOLDER = Path("/srv/app")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("sqlite:///chat.db", f"sqlite:///{FOLDER / 'chat.db'}"),
        ("sqlite:////var/lib/chat.db", "sqlite:////var/lib/chat.db"),
        ("postgresql://u:p@host/chat", "postgresql+psycopg://u:***@host/chat"),
        ("postgres://u:p@host:5433/chat", "postgresql+psycopg://u:***@host:5433/chat"),
        ("  POSTGRES://u:p@[::1]/chat\n", "postgresql+psycopg://u:***@[::1]/chat"),
        ("postgresql+psycopg://host/chat?sslmode=require", "postgresql+psycopg://host/chat?sslmode=require"),
        ("postgresql:///chat?host=/run/pg", "postgresql+psycopg:///chat?host=%2Frun%2Fpg"),
        ("mysql://u:p@host/chat", "mysql+pymysql://u:***@host/chat"),
        ("mariadb://u:p@host:3307/chat", "mysql+pymysql://u:***@host:3307/chat"),
        ("mysql+pymysql://host/chat?ssl_ca=/ca.pem", "mysql+pymysql://host/chat?ssl_ca=%2Fca.pem"),
    ],
)
def test_what_is_read(text: str, read: str) -> None:
    """Each kind has its driver, a relative file lies in the app's folder, and the password is not shown."""
    assert repr(read_url(text, FOLDER, where="DATABASE_URL")) == read


@pytest.mark.parametrize("password", ["canary", "can/ary", "can?ary", "can#ary", "can:ary", "can%40ary"])
def test_the_password_is_read(password: str) -> None:
    """Also with characters that mean something elsewhere; those that mean something here are written by %."""
    url = read_url(f"postgres://user:{password}@host/chat", FOLDER, where="DATABASE_URL")
    assert (url.username, url.password) == ("user", password.replace("%40", "@"))


@pytest.mark.parametrize(
    ("text", "problem", "remedy"),
    [
        ("canary", "no kind of database", "begins with sqlite:///"),
        ("oracle://user:canary@host/chat", "no kind of database", "postgresql://"),
        ("postgresql+asyncpg://user:canary@host/chat", "no kind of database", "postgresql://"),
        ("sqlite://", "no file", "three slashes"),
        ("sqlite://canary.db", "no file", "three slashes"),
        ("sqlite:///:memory:", "no file", "three slashes"),
        ("sqlite:///file:canary?uri=true", "question mark", "Leave it out. Then start"),
        ("postgresql://user:canary@host", "which database", "at the end"),
        ("mysql://user:canary@host/", "which database", "at the end"),
        ("postgresql://user:secret@canary@host/chat", "cannot be read", "%40"),
        ("postgresql://user:secret@can/ary@host/chat", "cannot be read", "%40"),
        ("postgresql://user:secret@host?canary@host/chat", "which database", "at the end"),
        ("postgresql://user:x@host:canary/chat", "cannot be read", "%40"),
        (
            "postgresql://user:x@host/chat?canary=1",
            "question mark",
            "attrs; leave out the rest. Then",
        ),
        ("mysql://user:x@host/chat?charset=canary", "question mark", "ssl_ca"),
        ("mysql://user:canäry@host/chat", "cannot send", "from A to Z"),
        ("mysql://user:%F0%9F%90%A4canary@host/chat", "cannot send", "from A to Z"),
    ],
)
def test_what_cannot_be_read(text: str, problem: str, remedy: str) -> None:
    """What is wrong is said, and what to do; nothing of the address is quoted, and no other error chained."""
    with pytest.raises(InvalidSetting, match=r"^NAME in the environment: ") as caught:
        read_url(text, FOLDER, where="NAME in the environment")
    assert problem in caught.value.problem
    assert remedy in caught.value.remedy
    assert "start the app again." in caught.value.remedy
    assert "canary" not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("url", "package"), [("postgresql://host/chat", "psycopg"), ("mysql://host/chat", "pymysql")]
)
def test_a_driver_that_is_missing(monkeypatch: pytest.MonkeyPatch, url: str, package: str) -> None:
    """It is said which command brings it."""
    monkeypatch.setitem(sys.modules, package, None)  # as if it were not installed
    with pytest.raises(InvalidSetting, match=r"pip install -r requirements-database\.txt"):
        open_rooms(DatabaseSettings(url, FOLDER), Hub(), rooms=())


def run(program: str) -> str:
    """Run a program in this folder with an interpreter of its own, and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_nothing_of_it_is_there() -> None:
    """Without SQLAlchemy, too, opening rooms says which command brings what is missing."""
    said = run(
        "import sys; sys.modules['sqlalchemy'] = None\n"
        "from pathlib import Path; from securechat.database import DatabaseSettings, open_rooms\n"
        "from securechat.errors import InvalidSetting\n"
        "from securechat.rooms.hub import Hub\n"
        "try: open_rooms(DatabaseSettings('sqlite:///chat.db', Path()), Hub(), rooms=())\n"
        "except InvalidSetting as error: print(error)"
    )
    assert "python -m pip install -r requirements-database.txt" in said


def test_without_a_database_nothing_of_one_is_imported() -> None:
    """The app as it starts with nothing set has none of those packages in memory, nor the terminal."""
    assert (
        run(
            "import sys, securechat.application, securechat.ui.frame, securechat.terminal.commands\n"
            "import securechat.database\n"
            "print(*{'sqlalchemy', 'alembic', 'psycopg', 'pymysql'} & set(sys.modules))"
        )
        == ""
    )


@pytest.mark.parametrize(
    "url", ["postgresql://user:canary@127.0.0.1:1/chat", "mysql://u:canary@127.0.0.1:1/chat"]
)
def test_nobody_is_there(url: str, caplog: pytest.LogCaptureFixture) -> None:
    """A store of which nobody answers says so each time, and logs it once, without the password."""
    caplog.set_level(logging.DEBUG)
    store = SqlMessageStore(Database(read_url(url, FOLDER, where="DATABASE_URL")))
    for _ in range(3):
        with pytest.raises(SecureChatError, match="does not answer") as caught:
            store.append("room", "A", "token")
        assert caught.value.code == "StoreUnavailable"
        assert caught.value.__context__ is None
    assert len([record for record in caplog.records if record.name == "securechat.database.engine"]) == 1
    assert "canary" not in caplog.text
