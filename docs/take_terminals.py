"""A picture of two terminals in a sealed room, taken from real ones: tmux keeps their screens as text."""

from __future__ import annotations

import html
import shlex
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.fernet import Fernet
from playwright.sync_api import Page

from tests.support import free_port
from tests.terminals import PATIENCE, environment, program

COLUMNS, LINES = 92, 20

TALK = (
    ("Ann", "Hi Bob! Does anything of this stay somewhere?"),
    ("Bob", "No. The relay keeps a token for 30 seconds, and it has no key."),
    ("Ann", "Meet me at the old bridge at nine."),
)

PAGE = """
<!doctype html><meta charset="utf-8"><style>
body {{
  display: grid; gap: 20px; width: fit-content; margin: 0; padding: 24px;
  font-family: sans-serif; background: #dfe5ee;
}}
section {{ border-radius: 10px; overflow: hidden; background: #10161f; color: #e8edf4; }}
h2 {{ margin: 0; padding: 8px 16px; font-size: 15px; background: #2b3648; }}
pre {{ margin: 0; padding: 12px 16px; font: 15px/1.35 "DejaVu Sans Mono", monospace; }}
</style>{windows}
"""


class Terminals:
    """Terminals of one tmux server, by their names."""

    def __init__(self, socket: Path) -> None:
        self._tmux = ["tmux", "-S", str(socket), "-f", "/dev/null"]

    def start(self, name: str, *arguments: str) -> None:
        """Run a command of the terminal in a new one."""
        size = ("-x", str(COLUMNS), "-y", str(LINES))
        self._run("new-session", "-d", "-s", name, *size, shlex.join(program(*arguments)))

    def type(self, name: str, text: str) -> None:
        """Type a text, and press Enter."""
        self._run("send-keys", "-t", name, "-l", text)
        self._run("send-keys", "-t", name, "Enter")

    def screen(self, name: str) -> str:
        """Return what stands on the screen."""
        return self._run("capture-pane", "-p", "-t", name)

    def wait_for(self, name: str, text: str) -> None:
        """Wait until a text is on the screen, whatever lines it was broken into."""
        deadline = time.monotonic() + PATIENCE
        while text.replace(" ", "") not in "".join(self.screen(name).split()):
            if time.monotonic() > deadline:
                raise SystemExit(f"{name} does not show {text!r}, but:\n{self.screen(name)}")
            time.sleep(0.1)

    def close(self) -> None:
        """End all of them."""
        self._run("kill-server")

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(  # noqa: S603 - it runs what stands here
            [*self._tmux, *arguments], env=environment(), check=True, capture_output=True, text=True
        )
        return done.stdout


@contextmanager
def _terminals(folder: Path) -> Iterator[Terminals]:
    made = Terminals(folder / "tmux")
    try:
        yield made
    finally:
        made.close()


def take_terminals(page: Page, path: Path) -> None:
    """Have Ann and Bob talk at two terminals, of which Bob's shows the wire, and take a picture of both."""
    with TemporaryDirectory() as name, _terminals(Path(name)) as terminals:
        key, port = Path(name) / "key.key", str(free_port())
        key.write_text(Fernet.generate_key().decode(), encoding="utf-8")
        key.chmod(0o600)
        terminals.start("host", "host", "--port", port)
        terminals.wait_for("host", "Ctrl+C ends it.")
        for person, more in (("Ann", ()), ("Bob", ("--show-wire",))):
            address = f"http://127.0.0.1:{port}"
            terminals.start(person, "join", address, "--name", person, "--key-file", str(key), *more)
            terminals.wait_for(person, "Ctrl+C ends.")
        terminals.wait_for("Ann", "Bob is here.")
        for person, text in TALK:
            terminals.type(person, text)
            for other in ("Ann", "Bob"):
                terminals.wait_for(other, text)
        windows = "".join(
            f"<section><h2>{person}</h2><pre>{html.escape(terminals.screen(person).rstrip())}</pre></section>"
            for person in ("Ann", "Bob")
        )
    page.set_content(PAGE.format(windows=windows))
    page.locator("body").screenshot(path=path)
