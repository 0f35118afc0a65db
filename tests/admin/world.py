"""A database with a conversation in it, set as the app's, and the operators' commands on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import URL

from securechat.admin.commands import main
from securechat.application import Application
from securechat.crypto.keyring import FernetKey, KeyRing
from securechat.database import DatabaseSettings
from securechat.settings import Settings
from tests.support import CANARY, CANARY_KEY

MASTER = FernetKey.generate().reveal()
PASSWORD = "pass-canary #1;'\"\\ =%"  # noqa: S105
"""A password that neither an address nor an option file has as it is. The servers of tests take any."""

RING = KeyRing.from_text(CANARY_KEY)


@dataclass(frozen=True)
class Done:
    """What a command did: its exit code, and what it printed."""

    code: int
    out: str
    err: str


@dataclass
class World:
    """A database that is set as the app's, and what is done with it.

    Attributes:
        url: Its address.
        folder: A folder for files.
    """

    url: URL
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def use(self, url: URL) -> None:
        """Set another database."""
        self.url = url
        self.monkeypatch.setenv("DATABASE_URL", url.render_as_string(hide_password=False))

    @property
    def settings(self) -> DatabaseSettings:
        """How the app would have the database."""
        text = self.url.render_as_string(hide_password=False)
        return DatabaseSettings(text, self.folder, master_key=MASTER)

    def app(self) -> Application:
        """Return the app on this database; it is to be closed."""
        return Application(Settings(key=RING, database=self.settings))

    def filled(self, count: int = 3) -> None:
        """Send messages."""
        app = self.app()
        for number in range(1, count + 1):
            app.conversation.send("A", f"{CANARY} {number}", client_id=f"name {number}")
        app.close()

    def run(self, *arguments: str) -> Done:
        """Run a command. It never says who reaches the database, and with which password or key."""
        self.capsys.readouterr()
        code = main(arguments)
        captured = self.capsys.readouterr()
        for secret in ("pass-canary", MASTER, CANARY_KEY, CANARY):
            assert secret not in captured.out + captured.err
        assert "Traceback" not in captured.err
        return Done(code, captured.out, captured.err)
