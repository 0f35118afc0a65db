"""Take the screenshots of the README and of labs.md: `.venv/bin/python -m docs.take_screenshots`.

It needs requirements-dev.txt, requirements-terminal.txt and tmux.
Starts the real app with an empty room, lets A and B talk, and photographs it with Chromium.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote_plus

from playwright.sync_api import Browser, Page, expect, sync_playwright

from docs.take_terminals import take_terminals
from securechat.ui.sealing.words import SEAL
from tests import sealed_visits
from tests.classes import Lesson, class_server, enter
from tests.pair_visits import match
from tests.support import Server, launch, open_chat, running_server, say

FOLDER = Path(__file__).parent / "screenshots"
PASSCODE = "open sesame"
SETTINGS = {
    "SECURECHAT_PRESENTER_PASSCODE": PASSCODE,
    "SECURECHAT_PUBLIC_URL": "http://192.168.1.20:8501",
}
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


def _save(page: Page, name: str, *, live: bool = True) -> None:
    page.mouse.move(0, 0)
    if live:
        expect(page.locator(".sc-sign")).to_have_text(["● Live"])
    page.wait_for_timeout(800)  # fonts and fading
    page.screenshot(path=FOLDER / f"{name}.png")


def take_tour(browser: Browser, server: Server) -> None:
    """Take the pictures of Chat and Inspector."""
    page = _open(browser, 1280, 720)
    open_chat(page, server)
    expect(page.locator(".sc-sign")).to_have_text(["● Live"])
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


def take_labs(browser: Browser, server: Server) -> None:
    """Take a picture of each lab."""
    page = _open(browser, 1280, 1000)

    def open_lab(name: str) -> None:
        page.goto(f"{server.url}/attack_lab?lab={quote_plus(name)}")
        expect(page.get_by_text("What it does not show:")).to_be_visible(timeout=30_000)
        page.locator(".st-key-subject").get_by_text("A text typed here").click()

    open_lab("Tamper")
    page.locator(".sc-bytes button").nth(13).click()
    expect(page.get_by_text("reads pay 00 coins to")).to_be_visible()
    _save(page, "lab-tamper", live=False)
    open_lab("Forge")
    expect(page.get_by_text("reads pay 90 coins to")).to_be_visible()
    _save(page, "lab-forge", live=False)
    open_lab("Wrong key")
    page.get_by_text("One bit changed").click()
    expect(page.get_by_text("encryption half").last).to_be_visible()
    _save(page, "lab-wrong-key", live=False)
    open_lab("Replay and age")
    page.get_by_role("button", name="Send the same token again").click()
    expect(page.get_by_text("Accepted once more.")).to_be_visible()
    _save(page, "lab-replay", live=False)
    open_lab("Guess")
    page.get_by_role("button", name="Guess for").click()
    expect(page.get_by_text("times the age of the universe")).to_be_visible()
    _save(page, "lab-guess", live=False)
    page.get_by_label("A password, made up for this").fill("Sommer2024!")
    expect(page.get_by_text("To try all passwords of this kind")).to_be_visible()
    page.get_by_role("heading", name="Guess a password").evaluate("e => e.scrollIntoView()")
    _save(page, "lab-password", live=False)
    open_lab("Patterns")
    page.wait_for_timeout(1_500)  # the plots
    page.set_viewport_size({"width": 1280, "height": 1600})
    _save(page, "lab-patterns", live=False)


def take_exchange(browser: Browser, server: Server) -> None:
    """Take pictures of the key exchange: fingerprints that are equal, and with Mallory in the middle."""
    page = _open(browser, 1280, 720)
    for name, mallory in (("exchange-fingerprints", False), ("exchange-mallory", True)):
        page.goto(f"{server.url}/key_exchange")
        expect(page.get_by_role("button", name="Next:")).to_be_visible(timeout=30_000)
        if mallory:
            page.get_by_text("Mallory sits in the middle").click()
        for step in range(1, 6):
            page.get_by_role("button", name="Next:").click()
            expect(page.get_by_text(f"Step {step} of 6")).to_be_visible()
        _save(page, name, live=False)


def take_key_life(browser: Browser, server: Server) -> None:
    """Take a picture of a new key."""
    page = _open(browser, 1280, 900)
    page.goto(f"{server.url}/key_life")
    page.get_by_role("button", name="Make a new primary key").click()
    expect(page.get_by_text("New messages use key")).to_be_visible()
    _save(page, "key-life", live=False)


def take_sealed(browser: Browser, server: Server) -> None:
    """Take pictures of a sealed room, on a projector and on a phone, and of the page that explains it."""
    projector, phone = _open(browser, 1280, 720), _open(browser, 390, 844)
    projector.goto(f"{server.url}/sealed_room")
    expect(projector.get_by_role("link", name="Open a sealed room")).to_be_visible(timeout=30_000)
    _save(projector, "sealed-room", live=False)
    key = sealed_visits.make_key(projector, server.url)
    sealed_visits.join(projector, "Brave Otter")
    sealed_visits.enter(phone, server.url, "Calm Fox", key)
    for number, (sender, text) in enumerate(TALK, start=1):
        sealed_visits.write(projector if sender == "A" else phone, text)
        for page in (projector, phone):
            expect(page.locator("#list .text")).to_have_count(number)
    _save(projector, "sealed", live=False)
    _save(phone, "sealed-phone", live=False)


def take_class(browser: Browser, server: Server) -> None:
    """Take the pictures of a class of 13 pairs: the projector, the wall, and a phone."""
    lesson = Lesson.open(server)
    pairs = [(lesson.join()[0], lesson.join()[0]) for _ in range(12)]
    phone, other_phone = _open(browser, 390, 844), _open(browser, 390, 844)
    enter(phone, lesson)
    enter(other_phone, lesson)
    expect(phone.get_by_placeholder("Message to your room")).to_be_visible(timeout=30_000)
    for number, (first, second) in enumerate(pairs, start=1):
        for person, (_, text) in zip((first, second, first), TALK, strict=True):
            lesson.say(person, text, number)
    phone.get_by_text("Read with my key", exact=True).click()
    phone.get_by_placeholder("Message to your room").fill("Can the teacher read this?")
    phone.keyboard.press("Enter")
    expect(phone.locator(".sc-message")).to_have_count(1)
    other_phone.get_by_placeholder("Message to your room").fill("Not on the wall. But the server could.")
    other_phone.keyboard.press("Enter")
    expect(phone.locator(".sc-text")).to_have_count(2)
    lesson.ask("[room.look(person) for person in room.view().participants] and None")  # all are here
    _save(phone, "class-phone")
    for page in (phone, other_phone):
        page.get_by_role("button", name=SEAL).click()
    expect(phone.get_by_role("button", name="They match")).to_be_enabled()
    _save(phone, "class-emoji", live=False)
    match(phone, other_phone)
    for first, second in pairs[1::3]:
        seal = f"__import__('tests.sealing').sealing.seal(room, {first!r}, {second!r})"
        lesson.ask(f"bool({seal})")

    teacher = _open(browser, 1280, 720)
    teacher.goto(f"{server.url}/classroom")
    teacher.get_by_label("Passcode").fill(PASSCODE, timeout=30_000)
    teacher.get_by_label("Passcode").press("Enter")
    teacher.get_by_role("button", name="Show", exact=False).click()
    expect(teacher.locator(".st-key-teacher_pane textarea")).to_be_visible(timeout=30_000)
    for name, choice in (("class-projector", "Invite"), ("class-wall", "Wall")):
        teacher.get_by_role("radio", name=choice, exact=True).click()
        expect(teacher.locator(".st-key-class_projector")).to_be_visible()
        lesson.ask("[room.look(person) for person in room.view().participants] and None")
        teacher.wait_for_timeout(2_000)  # the wall takes up the news
        _save(teacher, name, live=False)


def main() -> None:
    """Start the app, take the pictures, stop the app."""
    expect.set_options(timeout=60_000)
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder, running_server(Path(folder)) as server, sync_playwright() as driver:
        browser = launch(driver)
        if browser is None:
            raise SystemExit("No Chromium or Chrome found: install one (Debian: apt install chromium).")
        take_tour(browser, server)
        take_labs(browser, server)
        take_exchange(browser, server)
        take_key_life(browser, server)
        take_sealed(browser, server)
        take_terminals(_open(browser, 960, 720), FOLDER / "terminals.png")
        with TemporaryDirectory() as school, class_server(Path(school), SETTINGS) as class_host:
            take_class(browser, class_host)
        browser.close()


if __name__ == "__main__":
    main()
