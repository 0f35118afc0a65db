"""What tests of several folders share: the real server, and a Chromium to look at it with."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright, expect

ROOT = Path(__file__).parents[1]
CANARY = "canary plaintext 7f3a"
CANARY_KEY = "Y2FuYXJ5IGtleSBvZiB0aGUgdGVzdHMsIDMyIGJ5dGU="

PROXIED_HOST = "chat.school.example"
"""A name of this computer that only the browser of the tests knows."""

CHROMIUM_FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",  # containers often have little shared memory
    f"--host-resolver-rules=MAP {PROXIED_HOST} 127.0.0.1",  # for tests of proxies
]


@dataclass
class Server:
    """A real server under test."""

    url: str
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def passcode(self) -> str:
        """The presenter's passcode, where the server has made and printed one."""
        [passcode] = re.findall(r"passcode for this run is (\S+)", self.log.read_text())
        return str(passcode)


@contextmanager
def running_server(
    folder: Path,
    environ: Mapping[str, str] | None = None,
    *,
    app: Path = ROOT / "app.py",
    port: int | None = None,
    base_path: str = "",
) -> Iterator[Server]:
    """Start the app, with a home and a key file of its own, and stop it afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    log = folder / "server.log"
    ours = ("SECURECHAT_", "DATABASE_", "MASTER_ENCRYPTION_KEY")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    settings = {"HOME": str(folder), "SECURECHAT_KEY_FILE": str(folder / "secret.key"), **(environ or {})}
    command = [sys.executable, "-m", "streamlit", "run", str(app), "--server.headless", "true"]
    command += ["--server.port", str(port), "--server.address", "127.0.0.1"]
    command += ["--server.baseUrlPath", base_path]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=clean | settings, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        url = f"http://127.0.0.1:{port}{base_path and '/'}{base_path}"
        _wait_until_healthy(url, process, log)
        yield Server(url, log, process)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):  # noqa: S310 - our own server
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')}")


def find_chromium(playwright: Playwright) -> str | None:
    """Return the path of a Chromium or Chrome on this machine, or None."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
    installed = (shutil.which(name) for name in names)
    own = Path(playwright.chromium.executable_path)
    return next((path for path in installed if path), str(own) if own.exists() else None)


def launch(playwright: Playwright) -> Browser | None:
    """Start a headless Chromium; None where there is none on this machine."""
    path = find_chromium(playwright)
    if path is None:
        return None
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0  # Chromium's sandbox refuses to run as root
    flags = [*CHROMIUM_FLAGS, "--no-sandbox"] if is_root else CHROMIUM_FLAGS
    return playwright.chromium.launch(executable_path=path, args=flags)


def open_chat(page: Page, server: Server, query: str = "") -> None:
    """Open Chat and wait until it is drawn."""
    page.goto(f"{server.url}/{query}")
    expect(page.locator(".sc-transcript[data-following]").first).to_be_visible(timeout=30_000)


def choose_page(page: Page, name: str, section: str) -> None:
    """Go to a page by the navigation of a wide screen, in which it stands in a section."""
    page.locator("[data-testid=stTopNavSection]").filter(has_text=section).click()
    page.locator("[data-testid=stTopNavDropdownLink]").filter(has_text=name).click()


def let_settle(page: Page) -> None:
    """Wait until the page's feed is up: it rests then, and asks the server for nothing."""
    expect(page.locator(".sc-chat .sc-sign[data-state='live']")).to_have_count(1, timeout=30_000)


def markup_of(page: Page) -> str:
    """Return all of a page as it stands, with its shadow trees, in which messages are."""
    markup: str = page.evaluate(
        """() => [document, ...[...document.querySelectorAll("*")].flatMap((each) => each.shadowRoot ?? [])]
            .map((tree) => tree.documentElement?.outerHTML ?? tree.innerHTML)
            .join("\\n")"""
    )
    return markup


def block_feed(page: Page) -> None:
    """Keep a page from the live feed, as a strict proxy would: it polls."""
    page.route_web_socket("**/api/rooms/**", lambda socket: socket.close())


def say(page: Page, sender: str, text: str) -> None:
    """Type a message as a user and press Enter."""
    composer = page.get_by_placeholder(f"Message as User {sender}")
    composer.fill(text)
    composer.press("Enter")


def tokens(page: Page, pane: str) -> list[str]:
    """Return the tokens shown in a pane, oldest first."""
    return page.locator(f".st-key-pane_{pane.lower()} .sc-message .sc-token").all_text_contents()
