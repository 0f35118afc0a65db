"""Every page that there is, each with what shows that it is drawn."""

from __future__ import annotations

from urllib.parse import quote_plus

from playwright.sync_api import Page, expect

from securechat.ui.attack_lab import LABS
from tests.classes import PATIENCE
from tests.support import Server

PAGES = {
    "chat": ("", ".sc-transcript[data-following]"),
    "one side of chat": ("?as=A", ".sc-transcript[data-following]"),
    "inspector": ("inspector", ".st-key-plaintext code"),
    "sealed room": ("sealed_room", "text=Back to Chat"),
    **{
        f"attack lab, {lab.name}": (f"attack_lab?lab={quote_plus(lab.name)}", "text=What it does not show:")
        for lab in LABS
    },
    "key exchange": ("key_exchange", ".st-key-exchange_next button"),
    "key life": ("key_life", "text=This page has not shown:"),
    "join": ("join", "input[placeholder^='for example']"),
    "classroom": ("classroom", "input[type=password]"),
}
"""Address and what to wait for, by the name of the page. For the Inspector there must be a message."""

PHONES = ((390, 844), (320, 568), (844, 390))
"""Width and height of screens of phones, the last one held sideways, in pixels of CSS."""


def open_page(page: Page, server: Server, name: str) -> None:
    """Open a page, and wait until it is drawn."""
    address, drawn = PAGES[name]
    page.goto(f"{server.url}/{address}")
    expect(page.locator(drawn).first).to_be_visible(timeout=PATIENCE)
