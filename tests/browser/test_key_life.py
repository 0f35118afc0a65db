"""Key life in a real browser: what a lesson does with keys, and that none gets where it should not."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import APIResponse, Error, Locator, Page, Request, Response, WebSocketRoute, expect

from securechat.crypto.keyring import KeyRing
from securechat.ui.outcome import DOUBLE_SECONDS
from tests.browser.axe import faults
from tests.support import (
    CANARY,
    CANARY_KEY,
    Server,
    free_port,
    markup_of,
    open_chat,
    running_server,
    say,
    tokens,
)

NewPage = Callable[..., Page]
ROTATE, REENCRYPT, DROP = "Make a new primary key", "Re-encrypt old messages", "Drop retired keys"
LOOK_AGAIN = "Look again"


def key_file(server: Server) -> Path:
    """Return the key file of a server."""
    return server.log.parent / "secret.key"


def open_page(page: Page, server: Server) -> None:
    """Open Key life and wait until it is drawn."""
    page.goto(f"{server.url}/key_life")
    expect(page.get_by_text("This page has not shown")).to_be_visible(timeout=30_000)


def write(page: Page, text: str) -> None:
    """Send a message as A in Chat and wait until it is there."""
    count = page.locator(".st-key-pane_a .sc-message").count()
    say(page, "A", text)
    expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(count + 1)


def press(page: Page, name: str) -> None:
    """Press a button."""
    page.get_by_role("button", name=name, exact=True).click()


def drop(page: Page) -> None:
    """Drop all retired keys and answer the question."""
    press(page, DROP)
    page.get_by_role("button", name="for good").click()
    expect(page.get_by_text("dropped.")).to_be_visible()


def said(page: Page) -> Locator:
    """Return what the page says came of the last button."""
    return page.get_by_test_id("stAlertContentSuccess")


def row(page: Page, name: str) -> str:
    """Return what the table says of a key."""
    return page.locator(".st-key-ring tr", has_text=name).locator("td").last.inner_text()


def test_a_lesson(start_server: Callable[..., Server], new_page: NewPage) -> None:
    """Write, rotate, write, re-encrypt, rotate, drop: Chat, table and Inspector show what becomes of it."""
    server = start_server()
    chat, page = new_page(), new_page()
    open_chat(chat, server)
    write(chat, "first")
    write(chat, "second")
    open_page(page, server)
    assert row(page, "primary") == "2 messages (1–2)"
    press(page, ROTATE)
    expect(page.get_by_text("is retired and still opens 2 messages (1–2)")).to_be_visible()
    write(chat, "third")
    before = tokens(chat, "A")
    press(page, LOOK_AGAIN)
    expect(page.get_by_role("cell", name="1 message (3)")).to_be_visible()
    expect(page.get_by_text("is retired and still opens")).to_be_visible()

    press(page, REENCRYPT)
    expect(page.get_by_text("2 messages got a new token")).to_be_visible()
    expect(chat.locator(".st-key-pane_a .sc-token").first).not_to_have_text(before[0])
    after = tokens(chat, "A")
    assert [old == new for old, new in zip(before, after, strict=True)] == [False, False, True]
    assert row(page, "primary") == "3 messages (1–3)"

    press(page, ROTATE)
    expect(page.get_by_text("still opens 3 messages (1–3)")).to_be_visible()
    press(page, DROP)
    expect(page.get_by_text("3 messages (1–3) will not open any more")).to_be_visible()
    page.get_by_role("button", name="Drop 2 retired keys for good").click()
    expect(page.get_by_text("2 keys dropped. 3 messages (1–3) will not open any more")).to_be_visible()
    expect(page.get_by_text("Nothing brings back")).to_be_hidden()
    assert row(page, "no key here") == "3 messages (1–3)"
    assert tokens(chat, "A") == after
    page.get_by_role("link", name="Inspect message 1").click()
    expect(page.get_by_role("heading", name="Message 1, from User A")).to_be_visible()
    expect(page.get_by_text("It does not open.")).to_contain_text("Recompute the HMAC")
    assert page.url.endswith("/inspector?message=1")


def test_a_restart_finds_the_new_key(tmp_path: Path, new_page: NewPage) -> None:
    """Rotated, stopped and started again: the new key is primary, and the open page shows it by itself."""
    page, port = new_page(), free_port()
    with running_server(tmp_path, port=port) as server:
        open_page(page, server)
        press(page, ROTATE)
        expect(page.get_by_role("cell", name="retired 1")).to_be_visible()
        page.wait_for_timeout(1_000 * DOUBLE_SECONDS + 100)  # sooner it would be a double click
        press(page, ROTATE)
        expect(page.get_by_role("cell", name="retired 2")).to_be_visible()
    ring = KeyRing.from_text((tmp_path / "secret.key").read_text())
    with running_server(tmp_path, port=port) as server:
        expect(said(page)).to_have_count(0, timeout=45_000)  # the new session has pressed nothing yet
        rows = page.locator(".st-key-ring tbody tr")
        expect(rows).to_have_count(3)
        for key, line in zip(ring.keys, rows.all(), strict=True):
            expect(line).to_contain_text(key.fingerprint)
        assert key_file(server).read_text() == ring.reveal()


def test_the_key_file_is_made_in_the_browser(server: Server, new_page: NewPage) -> None:
    """The download is secret.key as it is; no answer to any request has the key; it leaves the page again."""
    page, answers = new_page(), list[Response]()
    page.on("response", lambda answer: answers.append(answer))
    page.add_init_script(
        """window.urls = [];
        const { createObjectURL, revokeObjectURL } = URL;
        URL.createObjectURL = (it) => {
            const url = createObjectURL(it);
            if (it.type === "application/octet-stream") window.urls.push(url);
            return url;
        };
        URL.revokeObjectURL = (url) => { window.revoked = url; revokeObjectURL(url); };
        const later = window.setTimeout;
        window.setTimeout = (act, ms, ...more) => later(act, ms === 10_000 ? 50 : ms, ...more);"""
    )
    open_page(page, server)
    keys = [key.reveal() for key in KeyRing.from_text(key_file(server).read_text()).keys]
    page.get_by_role("tab", name="Download keys").click()
    understood = page.get_by_role("button", name="I understand")
    understood.focus()
    assert not any(key in markup_of(page) for key in keys)
    page.keyboard.press("Enter")
    save = page.get_by_role("button", name="Save secret.key")
    expect(save).to_be_focused()
    with page.expect_download() as download:
        save.click()
    assert download.value.suggested_filename == "secret.key"
    assert download.value.path().read_bytes() == key_file(server).read_bytes()
    expect(page.get_by_text("is in the downloads of this browser")).to_be_visible()
    expect(save).to_have_count(0)
    assert not any(key in markup_of(page) for key in keys)
    page.wait_for_function("window.urls.length === 1 && window.urls[0] === window.revoked")
    bodies = [body for answer in answers if (body := _body(answer))]
    assert len(bodies) > 10
    assert not any(key.rstrip("=").encode() in body for key in keys for body in bodies)


def test_the_button_to_save_has_the_focus_however_slow_the_run(server: Server, new_page: NewPage) -> None:
    """It may be there before the pressed one is gone: with that, the focus comes."""
    page = new_page()

    def hold(there: WebSocketRoute) -> None:
        behind = there.connect_to_server()

        def late(frame: str | bytes) -> None:
            time.sleep(0.05)  # between any two parts of a run
            there.send(frame)

        behind.on_message(late)

    page.route_web_socket("**/_stcore/stream", hold)
    open_page(page, server)
    page.get_by_role("tab", name="Download keys").click()
    page.get_by_role("button", name="I understand").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Save secret.key")).to_be_focused()


def _body(answer: Response | APIResponse) -> bytes:
    try:
        return answer.body()
    except Error:  # it has none
        return b""


def test_a_key_file_is_read_in_the_browser(server: Server, new_page: NewPage, tmp_path: Path) -> None:
    """Refused with a byte order mark, taken without; the box is emptied, and nothing is uploaded."""
    page, requests = new_page(), list[Request]()
    page.on("request", lambda request: requests.append(request))
    open_page(page, server)
    ring = KeyRing.generate()
    path = tmp_path / "chosen.key"
    box = page.get_by_label("Key file, such as secret.key")
    for mark in ("\ufeff", ""):
        path.write_text(mark + ring.reveal(), encoding="utf-8")
        box.set_input_files(path)
        press(page, "Import this file")
        expect(page.get_by_text("byte order mark" if mark else "1 key imported")).to_be_visible()
        expect(box).to_have_value("")
    expect(page.locator(".st-key-ring tr", has_text="primary")).to_contain_text(ring.fingerprint)
    assert KeyRing.from_text(key_file(server).read_text()).primary == ring.primary
    assert {request.method for request in requests} == {"GET"}
    assert ring.primary.reveal().rstrip("=") not in server.log.read_text()


def test_a_key_file_that_is_far_too_large(server: Server, new_page: NewPage, tmp_path: Path) -> None:
    """It is refused, and no more of it is read than tells so; without a file, the browser asks for one."""
    page = new_page()
    frames: list[str | bytes] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: frames.append(frame)))
    open_page(page, server)
    path = tmp_path / "holiday.mov"
    path.write_bytes(b"\xff" * 5_000_000)
    box = page.get_by_label("Key file, such as secret.key")
    press(page, "Import this file")
    assert box.evaluate("box => box.validity.valueMissing")
    box.set_input_files(path)
    press(page, "Import this file")
    expect(page.get_by_text("larger than 64 KiB")).to_be_visible()
    assert max(map(len, frames)) < 300_000


def test_what_is_typed_and_shown_stays(server: Server, new_page: NewPage) -> None:
    """Messages come, somebody else rotates, the table looks again: half-written text and caret survive."""
    page, chat, other = new_page(), new_page(), new_page()
    open_page(page, server)
    open_page(other, server)
    open_chat(chat, server)
    box = page.get_by_label("Key, or several")
    box.fill("half a key")
    box.press("ArrowLeft")
    retired = page.locator(".st-key-ring tr", has_text="retired").count()
    write(chat, "hello")
    press(other, ROTATE)
    expect(other.locator(".st-key-ring tr", has_text="retired")).to_have_count(retired + 1)
    expect(box).to_be_focused()
    press(page, LOOK_AGAIN)
    expect(page.locator(".st-key-ring tr", has_text="retired")).to_have_count(retired + 1)
    expect(page.get_by_role("button", name=REENCRYPT)).to_be_enabled()
    expect(box).to_have_value("half a key")
    assert box.evaluate("e => e.selectionStart") == len("half a key") - 1


def test_a_token_is_read_with_a_pasted_key(server: Server, new_page: NewPage) -> None:
    """The text stays on the page while messages come; the key leaves its box at once, the token does not."""
    page, chat = new_page(), new_page()
    open_page(page, server)
    open_chat(chat, server)
    ring = KeyRing.from_text(CANARY_KEY)
    token = ring.encrypt(CANARY)
    page.get_by_role("tab", name="Somebody else's key").click()
    page.get_by_label("Token, from this room").fill(token)
    page.get_by_label("Their key").fill(CANARY_KEY)
    press(page, "Read it with this key")
    expect(page.locator(".st-key-plaintext")).to_have_text(CANARY)
    expect(page.get_by_label("Their key")).to_have_value("")
    write(chat, "meanwhile")
    press(page, LOOK_AGAIN)
    expect(page.get_by_role("cell", name=re.compile("^1 message|^[0-9]+ messages")).first).to_be_visible()
    expect(page.locator(".st-key-plaintext")).to_have_text(CANARY)
    assert CANARY_KEY not in markup_of(page)
    press(page, "Read it with this key")
    expect(page.get_by_text("Paste a key first.")).to_be_visible()
    expect(page.get_by_label("Token, from this room")).to_have_value(token)
    assert CANARY_KEY not in key_file(server).read_text()


def test_locked_again_nothing_is_left(start_server: Callable[..., Server], new_page: NewPage) -> None:
    """The table goes with the lock."""
    server = start_server(SECURECHAT_PRESENTER_PASSCODE="open sesame")
    page = new_page()
    page.goto(f"{server.url}/key_life")
    page.get_by_label("Passcode").fill("open sesame", timeout=30_000)
    page.get_by_label("Passcode").press("Enter")
    fingerprint = page.locator(".st-key-ring code").inner_text()
    press(page, "Lock again")
    expect(page.get_by_label("Passcode")).to_be_visible()
    expect(page.get_by_role("button", name=ROTATE)).to_have_count(0)
    assert fingerprint not in markup_of(page)
    assert key_file(server).read_text().strip() not in markup_of(page)


def test_keyboard_alone(server: Server, new_page: NewPage) -> None:
    """Without a mouse: rotate, re-encrypt, open the question, close it, open it again, drop, choose a tab."""
    page, chat = new_page(), new_page()
    open_chat(chat, server)
    write(chat, "hello")
    open_page(page, server)

    def go_to(name: str) -> None:
        for _ in range(60):
            focused = page.evaluate("document.activeElement.closest('button, [role=tab]')?.innerText")
            if name in (focused or ""):
                return
            page.keyboard.press("Tab")
        pytest.fail(f"{name} cannot be reached")

    go_to(ROTATE)
    page.keyboard.press("Enter")
    expect(said(page)).to_contain_text("is retired")
    go_to(REENCRYPT)
    page.keyboard.press("Enter")
    expect(page.get_by_text("got a new token")).to_be_visible()
    go_to(DROP)
    page.keyboard.press("Enter")
    answer = page.get_by_role("button", name="for good")
    expect(answer).to_be_visible()
    page.wait_for_timeout(1_000)  # until the server knows: Streamlit opens again what is closed before that
    page.keyboard.press("Escape")
    expect(answer).to_be_hidden()
    page.wait_for_timeout(1_000)  # the same
    go_to(DROP)
    page.keyboard.press("Enter")
    expect(answer).to_be_visible()
    go_to("for good")
    page.keyboard.press("Enter")
    expect(page.get_by_text("All messages that opened still open")).to_be_visible()
    go_to("Import a key")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="I understand")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_state_has_a_serious_fault(server: Server, new_page: NewPage, scheme: str, width: int) -> None:
    """Axe finds nothing serious, and nothing is wider than the screen, whatever the page shows."""
    page = new_page(width=width, height=844, scheme=scheme)

    def check() -> None:
        assert faults(page) == []
        assert page.evaluate("document.querySelector('.stMain').scrollWidth") <= width

    open_chat(page, server, "?as=A")
    write(page, "hello")
    open_page(page, server)
    press(page, ROTATE)
    expect(said(page)).to_contain_text("is retired")
    check()
    press(page, DROP)
    expect(page.get_by_role("button", name="for good")).to_be_visible()
    check()
    page.get_by_role("button", name="for good").click()
    expect(page.get_by_text("dropped.")).to_be_visible()
    press(page, "Import this key")
    expect(page.get_by_text("Paste a key first.")).to_be_visible()
    check()
    page.get_by_role("tab", name="Download keys").click()
    page.get_by_role("button", name="I understand").click()
    expect(page.get_by_role("button", name="Save secret.key")).to_be_visible()
    check()
    page.get_by_role("tab", name="Somebody else's key").click()
    page.get_by_label("Token, from this room").fill(KeyRing.from_text(CANARY_KEY).encrypt(CANARY))
    page.get_by_label("Their key").fill(CANARY_KEY)
    press(page, "Read it with this key")
    expect(page.locator(".st-key-plaintext")).to_have_text(re.compile(CANARY))
    check()


def test_where_the_key_is_set_outside(start_server: Callable[..., Server], new_page: NewPage) -> None:
    """The steps fit a phone, axe finds nothing serious, and a new key can be had to copy."""
    server = start_server(SECURECHAT_KEY=CANARY_KEY)
    page = new_page(width=390, height=844)
    open_page(page, server)
    press(page, "Make a key to copy")
    code = page.get_by_test_id("stCode")
    expect(code).to_have_text(re.compile(r"^[\w-]{43}=$"))
    assert faults(page) == []
    assert page.evaluate("document.querySelector('.stMain').scrollWidth") <= 390
    assert not key_file(server).exists()
