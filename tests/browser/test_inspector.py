"""Inspector in a real browser: by link, by list, by paste, by address, and behind the passcode."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support import (
    CANARY,
    CANARY_KEY,
    Server,
    let_settle,
    markup_of,
    open_chat,
    running_server,
    say,
    tokens,
)

NewPage = Callable[..., Page]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the key that the tests know."""
    with running_server(tmp_path_factory.mktemp("server"), {"SECURECHAT_KEY": CANARY_KEY}) as running:
        yield running


def wrote(page: Page, server: Server, text: str, query: str = "") -> int:
    """Send a message as A and return its number."""
    open_chat(page, server, query)
    before = page.locator(".st-key-pane_a .sc-message").count()
    say(page, "A", text)
    expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(before + 1)
    return int(page.locator(".st-key-pane_a .sc-message").last.get_attribute("data-id") or 0)


def expect_plaintext(page: Page, text: str) -> None:
    """Wait until the page shows this as the decrypted text."""
    expect(page.locator(".st-key-plaintext code")).to_have_text(text)


def test_from_the_link_in_chat_and_back(server: Server, new_page: NewPage) -> None:
    """Inspect opens the message within the session; "back" in the browser returns to Chat."""
    page = new_page()
    number = wrote(page, server, "by link")
    page.locator(".st-key-pane_b .sc-message").last.get_by_role("link", name="Inspect").click()
    expect(page.get_by_role("heading", name=f"Message {number}, from User A")).to_be_visible()
    assert page.url.endswith(f"/inspector?message={number}")
    expect_plaintext(page, "by link")
    page.go_back()
    expect(page.get_by_placeholder("Message as User A")).to_be_visible()


def test_all_clocks_tell_the_same_time(server: Server, new_page: NewPage) -> None:
    """Also in the United States: the message, the list and what the token says have hours from 0 to 23."""
    page = new_page(locale="en-US", timezone_id="Asia/Tokyo")
    number = wrote(page, server, "on the clock")
    time = page.locator(".st-key-pane_a .sc-message time").last.inner_text()
    assert re.fullmatch(r"\d\d:\d\d:\d\d", time)
    page.goto(f"{server.url}/inspector?message={number}")
    expect(page.get_by_role("radio", name=f"{number} · User A · {time}")).to_be_attached()
    expect(page.locator("[data-testid=stMain]")).to_contain_text(re.compile(rf" {time[:5]}:\d\d here"))


def test_the_link_works_as_an_address(server: Server, new_page: NewPage) -> None:
    """The link can be copied to another browser, and works as the first page that is opened there."""
    page, other = new_page(), new_page()
    number = wrote(page, server, "by address")
    link = page.locator(".st-key-pane_a .sc-open").last.get_attribute("href")
    assert link == f"/inspector?message={number}"
    other.goto(server.url + link)
    expect(other.get_by_role("heading", name=f"Message {number}, from User A")).to_be_visible()
    expect_plaintext(other, "by address")


def test_by_list_and_live(server: Server, new_page: NewPage) -> None:
    """The list grows while one looks, newest first; a click opens."""
    page, other = new_page(), new_page()
    number = wrote(other, server, "older one")
    page.goto(f"{server.url}/inspector")
    newest = page.locator(".st-key-messages label").first
    expect(newest).to_contain_text(f"{number} · User A")
    other_number = wrote(other, server, "newer one")
    expect(newest).to_contain_text(f"{other_number} · User A")
    expect_plaintext(page, "older one")
    newest.click()
    expect(page.get_by_role("heading", name=f"Message {other_number}, from User A")).to_be_visible()
    expect_plaintext(page, "newer one")
    assert page.url.endswith(f"?message={other_number}")


def test_older_and_newer_walk_the_list(server: Server, new_page: NewPage) -> None:
    """The two buttons step through the messages and end at the ends; a new message opens the way on."""
    page, other = new_page(), new_page()
    first = wrote(page, server, "the older one")
    last = wrote(page, server, "the newer one")
    page.goto(f"{server.url}/inspector")
    older, newer = (page.get_by_role("button", name=name) for name in ("Older", "Newer"))
    expect(page.get_by_role("heading", name=f"Message {last}, from User A")).to_be_visible()
    expect(newer).to_be_disabled()
    older.click()
    expect(page.get_by_role("heading", name=f"Message {first}, from User A")).to_be_visible()
    assert page.url.endswith(f"?message={first}")
    newer.click()
    expect(page.get_by_role("heading", name=f"Message {last}, from User A")).to_be_visible()
    expect(newer).to_be_disabled()
    wrote(other, server, "the newest")
    expect(newer).to_be_enabled()
    newer.click()
    expect(page.get_by_role("heading", name=f"Message {last + 1}, from User A")).to_be_visible()
    expect_plaintext(page, "the newest")


def test_the_first_message_is_opened_by_itself(
    start_server: Callable[..., Server], new_page: NewPage
) -> None:
    """Who waits at an empty Inspector sees the first message; cleared, the page says so and stays."""
    server = start_server()
    page, other = new_page(), new_page()
    page.goto(f"{server.url}/inspector")
    expect(page.get_by_text("Nobody has written yet.")).to_be_visible()
    let_settle(page)
    wrote(other, server, "the first")
    expect(page.get_by_role("heading", name="Message 1, from User A")).to_be_visible()
    expect(page.get_by_text("Nobody has written yet.")).to_have_count(0)
    other.get_by_role("button", name="Clear conversation").click()
    other.get_by_role("button", name="Clear for everyone").click()
    expect(page.get_by_text("This message is not here")).to_be_visible()
    wrote(other, server, "the second")
    expect(page.locator(".st-key-messages label")).to_have_count(1)
    expect(page.get_by_text("This message is not here")).to_be_visible()


def test_by_paste(server: Server, new_page: NewPage) -> None:
    """A token pasted from Chat is recognised; with one character changed, the HMAC is named."""
    page = new_page()
    number = wrote(page, server, "by paste")
    token = tokens(page, "A")[-1]
    page.goto(f"{server.url}/inspector")
    box = page.get_by_label("Or paste any token")
    box.fill(token)
    page.get_by_role("button", name="Inspect this token").click()
    expect(page.get_by_role("heading", name=f"Message {number}, from User A")).to_be_visible()
    expect_plaintext(page, "by paste")
    changed = token[:40] + ("A" if token[40] != "A" else "B") + token[41:]
    box.fill(changed)
    page.get_by_role("button", name="Inspect this token").click()
    expect(page.get_by_role("heading", name="A pasted token")).to_be_visible()
    expect(page.get_by_text("It does not open.")).to_contain_text("Recompute the HMAC and compare")
    assert page.locator(".sc-token").inner_text() == changed
    expect(page.locator(".st-key-messages input:checked")).to_have_count(0)
    page.locator(".st-key-messages label").first.click()
    expect(page.get_by_role("heading", name=f"Message {number}, from User A")).to_be_visible()


def test_the_key_is_revealed_on_request_only(server: Server, new_page: NewPage) -> None:
    """The key is nowhere in the page before the button, and there after it."""
    page = new_page()
    wrote(page, server, "for the key")
    page.goto(f"{server.url}/inspector")
    button = page.get_by_role("button", name="Reveal key")
    expect(button).to_be_visible()
    assert CANARY_KEY not in markup_of(page)
    button.click()
    expect(page.get_by_text(CANARY_KEY)).to_be_visible()
    page.get_by_role("button", name="Hide key").click()
    expect(page.get_by_text(CANARY_KEY)).to_have_count(0)


def test_the_passcode_opens_once_a_session(start_server: Callable[..., Server], new_page: NewPage) -> None:
    """Closed without it, wrong with another, open with the right one, also on the next message."""
    server = start_server(SECURECHAT_PRESENTER_PASSCODE="open sesame")
    page = new_page()
    wrote(page, server, CANARY)
    wrote(page, server, "the second")
    page.locator(".st-key-pane_a .sc-open").first.click()
    expect(page.get_by_label("Passcode")).to_be_visible()
    assert CANARY not in markup_of(page)
    expect(page.locator(".st-key-plaintext")).to_have_count(0)
    page.get_by_label("Passcode").fill("open simsim")
    page.get_by_label("Passcode").press("Enter")
    expect(page.get_by_text("That is not the passcode")).to_be_visible()
    expect(page.get_by_label("Passcode")).to_have_value("")
    page.get_by_label("Passcode").fill("open sesame")
    page.get_by_role("button", name="Open").click()
    expect(page.locator(".st-key-plaintext")).to_have_text(CANARY)
    page.get_by_role("link", name="Chat").click()
    page.locator(".st-key-pane_a .sc-open").last.click()
    expect(page.locator(".st-key-plaintext")).to_have_text("the second")
    stranger = new_page()
    stranger.goto(f"{server.url}/inspector?message=1")
    expect(stranger.get_by_label("Passcode")).to_be_visible()
    assert CANARY not in markup_of(stranger)


def test_keyboard_alone(server: Server, new_page: NewPage) -> None:
    """Without a mouse: write, reach an older message by an arrow key, inspect it, reveal the key."""
    page = new_page()
    number = wrote(page, server, "by keyboard")
    wrote(page, server, "not this one")
    page.keyboard.press("Shift+Tab")  # from the composer back into A's transcript: the newest Inspect
    page.keyboard.press("ArrowUp")
    assert (
        page.evaluate("document.activeElement.shadowRoot.activeElement.getAttribute('aria-label')")
        == f"Inspect message {number}"
    )
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"Message {number}, from User A")).to_be_visible()
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText")[-10:] == "Reveal key":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_text(CANARY_KEY)).to_be_visible()
