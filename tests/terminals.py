"""Real terminals for tests: a program at a pseudo-terminal, what it shows, and what is typed there."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support import ROOT

PATIENCE = 30.0
"""Seconds after which something will not come any more."""

HANDED_OVER = ("HOME", "LANG", "PATH", "TMPDIR")


def program(*arguments: str) -> list[str]:
    """Return the command line of a command of the terminal."""
    return [sys.executable, "-m", "securechat", *arguments]


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of such a program, with nothing of the tests' own in it."""
    own = {name: value for name, value in os.environ.items() if name in HANDED_OVER}
    return {**own, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "TERM": "xterm", **(more or {})}


class Terminal:
    """A program at a terminal of 120 columns. It reads all that comes, so that nothing waits for it."""

    def __init__(
        self, *arguments: str, environ: Mapping[str, str] | None = None, folder: Path | None = None
    ) -> None:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self._ours = ours
        self.process = subprocess.Popen(
            program(*arguments),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment(environ),
            cwd=folder or ROOT,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(theirs, termios.TIOCSCTTY, 0),  # Ctrl+C is of this terminal
        )
        os.close(theirs)
        self._data = bytearray()
        self._news = threading.Condition()
        self._at = 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._ours, 65536)
            except OSError:  # Linux says so where others say that it is the end
                data = b""
            with self._news:
                if not data:
                    self._news.notify_all()
                    return
                self._data += data
                self._news.notify_all()

    @property
    def shown(self) -> str:
        """All that it has shown, with its control sequences."""
        with self._news:
            return self._data.decode(errors="replace")

    def wait_for(self, text: str, seconds: float = PATIENCE) -> None:
        """Wait until it shows a text, after what was waited for before."""
        wanted = text.encode()
        with self._news:
            found = self._news.wait_for(lambda: self._data.find(wanted, self._at) >= 0, seconds)
            assert found, f"not shown: {text!r}, but {self._data[self._at :].decode(errors='replace')!r}"
            self._at = self._data.find(wanted, self._at) + len(wanted)

    def type(self, text: str) -> None:
        """Type keys. Enter is a carriage return."""
        data = text.encode()
        while data:
            data = data[os.write(self._ours, data) :]

    def paste(self, text: str) -> None:
        """Paste a text as terminals do that say so (bracketed paste)."""
        self.type(f"\x1b[200~{text}\x1b[201~")

    def end(self, keys: str = "\x03", seconds: float = PATIENCE) -> int:
        """Press Ctrl+C, or other keys, and return the exit code."""
        self.type(keys)
        return self.process.wait(seconds)

    def close(self) -> None:
        """End it, whatever it does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE)
        os.close(self._ours)


@contextmanager
def terminal(
    *arguments: str, environ: Mapping[str, str] | None = None, folder: Path | None = None
) -> Iterator[Terminal]:
    """Run a command at a terminal, and end it afterwards."""
    made = Terminal(*arguments, environ=environ, folder=folder)
    try:
        yield made
    finally:
        made.close()


@contextmanager
def relay(*arguments: str, port: int, folder: Path | None = None) -> Iterator[Terminal]:
    """Run `host` at a terminal, and wait until it serves."""
    with terminal("host", "--port", str(port), *arguments, folder=folder) as made:
        made.wait_for("Ctrl+C ends it.")
        yield made


def within(seconds: float, begin: float) -> bool:
    """Say whether not more than so many seconds went by."""
    return time.monotonic() - begin <= seconds
