"""A real Chromium with User A in one window and User B in another, and a stopwatch in both.

Both windows belong to one browser on one machine, so both read one clock: `performance.timeOrigin +
performance.now()`. A window fixes its `timeOrigin` when it is opened, so by how much each differs from
`Date.now()` is measured at the end, and taken off.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright
from playwright.sync_api import Error as PlaywrightError

from bench.contenders import Contender
from bench.processes import BenchError, Running
from tests.support import CHROMIUM_FLAGS, find_chromium

OPEN_SECONDS = 60.0
"""How long a page may take until it shows its composer and all messages."""

SETTLE_SECONDS = 1.5
"""How long a page is left alone after that: fonts and scripts may still be on their way."""

_STOPWATCH = (Path(__file__).parent / "stopwatch.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Seen:
    """What the stopwatches noted, in seconds since 1970.

    Attributes:
        presses: When Enter was pressed, in order.
        by_writer: When each token was on the screen of User A.
        by_reader: When each token was on the screen of User B.
    """

    presses: tuple[float, ...]
    by_writer: dict[str, float]
    by_reader: dict[str, float]


class Windows:
    """User A's and User B's window of a chat.

    Args:
        contender: The chat.
        writer: User A's page.
        reader: User B's page.
    """

    def __init__(self, contender: Contender, writer: Page, reader: Page) -> None:
        self._composer = writer.locator(contender.composer_of("A"))
        self._writer = writer
        self._reader = reader

    def say(self, text: str) -> None:
        """Type a text as User A and press Enter."""
        self._composer.fill(text)
        self._composer.press("Enter")

    def shown(self) -> int:
        """Return how many new tokens User B has seen."""
        return int(self._reader.evaluate("benchStopwatch.shown.length"))

    def wait_for(self, count: int, seconds: float) -> None:
        """Wait until User B has seen that many new tokens, or the time is over."""
        deadline = time.monotonic() + seconds
        while self.shown() < count and time.monotonic() < deadline:
            self._reader.wait_for_timeout(200)

    def read(self) -> Seen:
        """Return what the stopwatches noted."""
        presses = self._writer.evaluate("benchStopwatch.presses")
        skew = float(self._writer.evaluate("benchStopwatch.skew()"))
        pressed = tuple((at + skew) / 1_000 for at in presses)
        return Seen(pressed, _shown(self._writer), _shown(self._reader))


def launch(playwright: Playwright) -> Browser:
    """Start a headless Chromium that reaches nothing but this machine.

    Raises:
        BenchError: There is none.
    """
    path = find_chromium(playwright)
    if path is None:
        raise BenchError("There is no Chromium or Chrome on this machine (Debian: apt install chromium).")
    flags = [*CHROMIUM_FLAGS, "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        flags.append("--no-sandbox")  # Chromium's sandbox refuses to run as root
    return playwright.chromium.launch(executable_path=path, args=flags)


@contextmanager
def windows(
    browser: Browser, contender: Contender, server: Running, *, messages: int, key: str
) -> Iterator[Windows]:
    """Open the chat's two windows and close them afterwards.

    Args:
        browser: The browser.
        contender: The chat.
        server: Where it runs.
        messages: How many messages must stand in both windows before anything is measured.
        key: The key, where the address of a page has it.

    Raises:
        BenchError: A page does not show what it must, or the browser has trouble with one.
    """
    contexts = [browser.new_context(viewport={"width": 900, "height": 800}) for _ in contender.pages]
    try:
        pages = []
        for context, address in zip(contexts, contender.pages, strict=True):
            page = context.new_page()
            if contender.before:
                page.add_init_script(contender.before)
            page.goto(server.url + address.format(room="demo", key=key))
            if contender.door:
                page.locator(contender.door).click()
            pages.append(page)
        for page, side in zip(pages, "AB", strict=True):
            _open(page, contender, side, messages)
        yield Windows(contender, *pages)
    except PlaywrightError as error:
        raise server.error(f"a page has trouble: {error.message.splitlines()[0]}") from error
    finally:
        for context in contexts:
            context.close()


def _open(page: Page, contender: Contender, side: str, messages: int) -> None:
    """Wait until a page shows all that it must, and start its stopwatch."""
    tokens = contender.tokens_of(side)
    needed = [page.locator(contender.composer_of(side))]
    if messages:
        needed.append(page.locator(tokens).nth(messages - 1))
    for each in needed:
        each.wait_for(state="attached", timeout=OPEN_SECONDS * 1_000)
    page.wait_for_timeout(SETTLE_SECONDS * 1_000)
    page.evaluate(_STOPWATCH, [tokens, contender.start])


def _shown(page: Page) -> dict[str, float]:
    """Return when a page showed each new token, by the clock that all pages share."""
    skew = float(page.evaluate("benchStopwatch.skew()"))
    return {token: (at + skew) / 1_000 for token, at in page.evaluate("benchStopwatch.shown")}
