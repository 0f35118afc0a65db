"""What the server tells the page `/sealed` of itself: its address for others, and which keys it has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, Request, expect

from securechat.crypto.keyring import KeyRing
from securechat.sealed.key import room_of
from tests.sealed_relay import sealed_relay
from tests.sealed_visits import KEY, enter, expect_live, make_key, room_name
from tests.support import running_server

NewPage = Callable[..., Page]
OTHERS = "http://192.168.1.20:8501/school"
HINT = f"It has the address that others use: {OTHERS}."


def link_of(page: Page) -> str:
    """Show the link with the key, and return it."""
    page.get_by_role("button", name="Show the link").click()
    return str(page.locator(".way code").filter(has_text="#key=").text_content())


def test_a_link_has_the_address_that_others_use(new_page: NewPage) -> None:
    """Link and QR code of a page that is open at localhost lead to the computer by its network."""
    with sealed_relay(address=OTHERS) as relay:
        page = new_page()
        key = make_key(page, relay.url)
        assert link_of(page) == f"{OTHERS}/sealed#key={key}"
        for name in ("QR code", "Link", "Link without the key"):
            way = page.locator(".way").filter(has=page.get_by_text(name, exact=True))
            expect(way).to_contain_text(HINT)
        expect(page.get_by_text("This address leads to this computer only.")).to_have_count(0)


def test_a_page_with_that_address_says_nothing_of_it(new_page: NewPage) -> None:
    """It is the one in the address bar."""
    with sealed_relay() as relay:
        address = relay.insecure_url
    with sealed_relay(address=address, port=int(address.rpartition(":")[2])) as relay:
        page = new_page()
        key = make_key(page, relay.insecure_url)
        assert link_of(page) == f"{relay.insecure_url}/sealed#key={key}"
        expect(page.get_by_text("that others use")).to_have_count(0)


def test_the_address_that_is_set_is_taken(tmp_path: Path, new_page: NewPage) -> None:
    """By the real server, below its path, wherever the page is open."""
    environ = {"SECURECHAT_PUBLIC_URL": "https://schöner.example/school"}
    with running_server(tmp_path, environ, base_path="school") as server:
        page = new_page()
        key = make_key(page, server.url)
        assert link_of(page) == f"https://xn--schner-yxa.example/school/sealed#key={key}"


def test_a_key_of_the_server_is_warned_of(tmp_path: Path, new_page: NewPage) -> None:
    """Before one joins and in the room: nothing is sealed there. What is pasted stays on the page."""
    with running_server(tmp_path) as server:
        page = new_page()
        key = (tmp_path / "secret.key").read_text().split()[0]
        sent: list[str] = []

        def note(request: Request) -> None:
            sent.append(f"{request.url} {request.post_data or ''}")

        page.on("request", note)
        page.goto(f"{server.url}/sealed")
        page.locator("#key").fill(key)
        join_button = page.get_by_role("button", name="Join")
        join_button.click()
        expect(page.locator("#key-fault")).to_contain_text(
            "This server has this key: it is a key of its Chat."
        )
        assert not any("/live" in each for each in sent)
        join_button.click()
        expect_live(page)
        notice = page.locator("#notices li")
        expect(notice).to_have_text(["This server has the key of this room, so it can read everything here."])
        assert room_name(page) == room_of(KeyRing.from_text(key).primary)
        expect(page.locator("#unsealed")).to_be_visible()
        expect(page.locator("#sealed")).to_be_hidden()
        assert key[:12] not in "\n".join(sent)
        markup = page.goto(f"{server.url}/sealed")
        assert markup
        assert key[:12] not in markup.text()
        link = new_page()
        link.goto(f"{server.url}/sealed#key={key}")
        expect(link.locator("#key-fault")).to_contain_text("Make a new key")
        eve = new_page()
        eve.goto(f"{server.url}/sealed?room={room_of(KeyRing.from_text(key).primary)}")
        expect(eve.locator("#unsealed")).to_be_visible()
        enter(page, server.url, "Otter", KEY)
        expect(page.locator("#sealed")).to_be_visible()
        expect(page.locator("#unsealed")).to_be_hidden()
        expect(page.locator("#notices li")).to_have_count(0)
