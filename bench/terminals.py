"""Programs at terminals of their own: what they show, when it came, and what is typed there.

Only where there are pseudo-terminals, such as on Linux. A program that ends, or never shows what is waited
for, gives an error with the end of what it showed.
"""

from __future__ import annotations

import os
import struct
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from bench.processes import KEPT, ROOT, BenchError

PATIENCE = 60.0
"""Seconds after which something will not come any more."""

END_SECONDS = 8.0
"""How long a program may take to end."""

SHOWN_CHARACTERS = 1_000
"""Characters of what a program showed that an error has."""


class Terminal:
    """A program at a terminal of 120 columns. All that it shows is read at once.

    Args:
        name: What it is called in messages.
        command: The program and its arguments.
        folder: Where it runs; its home, too.

    Attributes:
        started: When it was started, by `time.perf_counter`.
    """

    def __init__(self, name: str, command: Sequence[str], folder: Path) -> None:
        import fcntl  # Windows has none of these, and all other scenarios do without
        import pty
        import termios

        self.name = name
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        own = {name: os.environ[name] for name in KEPT if name in os.environ}
        own |= {"HOME": str(folder), "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "TERM": "xterm"}
        self.started = time.perf_counter()
        try:
            self._process = psutil.Popen(
                command,
                stdin=theirs,
                stdout=theirs,
                stderr=theirs,
                cwd=folder,
                env=own,
                start_new_session=True,
            )
        except OSError:
            os.close(self._ours)
            raise
        finally:
            os.close(theirs)
        self._data = bytearray()
        self._pieces: list[tuple[int, float]] = []  # how much had come, and when
        self._at = 0
        self._has_ended = False
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        data = b" "
        while data:
            try:
                data = os.read(self._ours, 65_536)
            except OSError:  # Linux says so where others say that it is the end
                data = b""
            now = time.perf_counter()
            with self._news:
                self._data += data
                self._pieces.append((len(self._data), now))
                self._has_ended = not data
                self._news.notify_all()

    def __enter__(self) -> Self:
        """Use it until the end of the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the program, whatever it does."""
        with suppress(psutil.NoSuchProcess):
            self._process.terminate()
        try:
            self._process.wait(END_SECONDS)
        except (psutil.TimeoutExpired, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait(END_SECONDS)
        self._reader.join(END_SECONDS)
        os.close(self._ours)

    def wait_for(self, *texts: str) -> float:
        """Wait until it shows all of some texts, in any order, after what was waited for before.

        Returns:
            When the last of them was there to its end, by `time.perf_counter`.

        Raises:
            BenchError: It ended, or did not show them within `PATIENCE`.
        """
        wanted = [text.encode() for text in texts]

        def ends() -> list[int]:
            found = [(self._data.find(text, self._at), len(text)) for text in wanted]
            return [at + length for at, length in found if at >= 0]

        with self._news:
            self._news.wait_for(lambda: len(ends()) == len(wanted) or self._has_ended, PATIENCE)
            found = ends()
            if len(found) < len(wanted):
                shown = self._data.decode(errors="replace")[-SHOWN_CHARACTERS:]
                problem = "ended" if self._has_ended else f"waited {PATIENCE:.0f} s"
                raise BenchError(
                    f"{self.name}: {problem}, and {' and '.join(map(repr, texts))} was not shown. "
                    f"The end of what was:\n{shown!r}"
                )
            self._at = max(found)
            return next(when for length, when in self._pieces if length >= self._at)

    def type(self, text: str) -> None:
        """Type keys. Enter is a carriage return."""
        data = text.encode()
        while data:
            data = data[os.write(self._ours, data) :]

    def resident_mib(self) -> float:
        """Return the resident memory of the program, in MiB."""
        return float(self._process.memory_info().rss / 2**20)
