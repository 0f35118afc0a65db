"""Take the screenshots of the README: `.venv/bin/python -m docs.take_screenshots`.

It needs requirements-dev.txt.
Starts the real app with an empty room, lets A and B talk, and photographs it with Chromium.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support import Server, launch, open_chat, running_server, say

FOLDER = Path(__file__).parent / "screenshots"
TALK = (
    ("A", "Hi Bob! Can anybody else read this?"),
    ("B", "They can watch it go by. All they see is noise."),
    ("A", "Meet me at the old bridge at nine."),
)


def _open(browser: Browser, width: int, height: int, scheme: str = "light") -> Page:
    dark = scheme == "dark"
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=1.5,
        color_scheme="dark" if dark else "light",
    )
    return context.new_page()


def _save(page: Page, name: str) -> None:
    page.mouse.move(0, 0)
    expect(page.locator(".sc-sign")).to_have_text("● Live")
    page.wait_for_timeout(800)  # fonts and fading
    page.screenshot(path=FOLDER / f"{name}.png")


def take(browser: Browser, server: Server) -> None:
    """Take every picture."""
    page = _open(browser, 1280, 720)
    open_chat(page, server)
    expect(page.locator(".sc-sign")).to_have_text("● Live")
    for number, (sender, text) in enumerate(TALK, start=1):
        say(page, sender, text)
        expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(number)
    _save(page, "chat")
    page.goto(f"{server.url}/inspector?message=3")
    expect(page.locator(".st-key-plaintext")).to_be_visible()
    _save(page, "inspector")
    page.set_viewport_size({"width": 1280, "height": 1000})
    page.get_by_role("heading", name="every check").scroll_into_view_if_needed()
    page.get_by_role("heading", name="every check").evaluate("e => e.scrollIntoView()")
    _save(page, "checks")
    dark = _open(browser, 1280, 720, "dark")
    open_chat(dark, server)
    _save(dark, "chat-dark")
    phone = _open(browser, 390, 844)
    open_chat(phone, server, "?as=B")
    _save(phone, "phone")


def main() -> None:
    """Start the app, take the pictures, stop the app."""
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder, running_server(Path(folder)) as server, sync_playwright() as driver:
        browser = launch(driver)
        if browser is None:
            raise SystemExit("No Chromium or Chrome found: install one (Debian: apt install chromium).")
        take(browser, server)
        browser.close()


if __name__ == "__main__":
    main()
