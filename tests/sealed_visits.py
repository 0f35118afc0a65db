"""What tests of the sealed page share: how a person makes a key, joins and writes there."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any

from cryptography.fernet import Fernet
from playwright.sync_api import Locator, Page, expect

KEY = "-_tHqO0gTqGm2XHnRj1yEBwJ8mlTlBlzhPzCkAQoYyE="
PATIENCE = 15.0
"""Seconds in which what is expected has to come."""


def make_key(page: Page, url: str) -> str:
    """Open the page, have it make a key, and return that."""
    page.goto(f"{url}/sealed")
    page.get_by_role("button", name="Make a key").click()
    page.get_by_role("button", name="Show the key", exact=True).first.click()
    return page.locator("#made .key").inner_text()


def join(page: Page, name: str) -> None:
    """Join under a name, and wait until the room is there."""
    page.get_by_label("Your name").fill(name)
    page.get_by_role("button", name="Join").click()
    expect_live(page)


def enter(page: Page, url: str, name: str, key: str = KEY) -> None:
    """Join by pasting a key."""
    page.goto(f"{url}/sealed")
    page.get_by_label("A key, a link, or what is in a key file").fill(key)
    join(page, name)


def expect_live(page: Page) -> None:
    """Wait until a page says that it is live."""
    expect(page.locator("#sign")).to_have_text("● Live", timeout=30_000)


def write(page: Page, text: str) -> None:
    """Type a message and press Enter."""
    page.get_by_placeholder("Message to this sealed room").fill(text)
    page.get_by_placeholder("Message to this sealed room").press("Enter")


def texts(page: Page) -> list[str]:
    """Return the texts that are shown, oldest first."""
    return page.locator("#list .text").all_text_contents()


def expect_texts(page: Page, *wanted: str) -> None:
    """Wait until these texts are shown, in their order, and no others."""
    expect(page.locator("#list .text")).to_have_text(list(wanted))


def tokens(page: Page) -> list[str]:
    """Return the tokens that are shown to those with the key, oldest first; for others, all."""
    return page.locator("#list .message:not(.silent) .sc-token").all_text_contents()


def lines(page: Page) -> Locator:
    """Return what is said between the messages."""
    return page.locator("#list .line, #list .remark")


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def said(
    n: int, text: str, *, by: str = "a" * 16, name: str = "Quiet Lynx", key: str = KEY, **more: object
) -> str:
    """Return the token of a message, as another program with the key makes it."""
    data = {"v": 1, "by": by, "n": n, "name": name, "text": text, **more}
    return Fernet(key).encrypt(json.dumps(data).encode()).decode()


def opened(token: str, key: str = KEY) -> dict[str, Any]:
    """Return what is in a token."""
    data: dict[str, Any] = json.loads(Fernet(key).decrypt(token))
    return data


def room_name(page: Page) -> str:
    """Return the name of the room that a page is in."""
    name = str(page.locator("#room-name").text_content())
    assert re.fullmatch(r"sealed-[0-9a-f]{32}", name)
    return name
