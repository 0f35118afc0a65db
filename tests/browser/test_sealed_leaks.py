"""Property 28, seen from the browser: nothing that a visit sends has the key, a text or a name in it.

What the server keeps is looked at elsewhere. Here it is what leaves the browser: every request with its
headers and its body, every frame of every WebSocket, and what is posted to other windows.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, Request, WebSocket, expect

from tests.sealed_visits import expect_texts, join, make_key, write
from tests.support import CANARY, PROXIED_HOST, Server

NewPage = Callable[..., Page]
NAME = "Canary Name 7f3a"
LISTEN = """
    window.posted = [];
    addEventListener("message", ({ data }) => window.posted.push(JSON.stringify(data)));
"""


def record(page: Page) -> Callable[[], list[str]]:
    """Note all that a page sends, from now on; return what returns it."""
    sent: list[str] = []
    requests: list[Request] = []
    page.add_init_script(LISTEN)
    page.on("request", lambda request: requests.append(request))

    def listen(socket: WebSocket) -> None:
        sent.append(socket.url)
        socket.on("framesent", lambda frame: sent.append(str(frame)))

    page.on("websocket", listen)
    return lambda: [
        *sent,
        *(f"{each.url}\n{each.all_headers()}\n{each.post_data or ''}" for each in requests),
    ]


def forms_of(secret: str) -> dict[str, str]:
    """Return the ways in which a secret could be written."""
    data = secret.encode()
    return {
        "itself": secret,
        "quoted": quote(secret, safe=""),
        "in Base64": base64.b64encode(data).decode().rstrip("="),
        "in hexadecimal digits": data.hex(),
    }


@pytest.mark.parametrize("is_secure", [True, False])
def test_nothing_that_is_sent_has_a_secret_in_it(
    server: Server, new_page: NewPage, *, is_secure: bool
) -> None:
    """A whole visit: make, hand over by link, join, write, inspect, leave; with either cryptography."""
    url = server.url if is_secure else server.url.replace("127.0.0.1", PROXIED_HOST)
    alice, bob = new_page(), new_page()
    sent = [record(alice), record(bob)]
    key = make_key(alice, url)
    alice.get_by_role("button", name="Show the QR code").click()
    join(alice, NAME)
    bob.goto(f"{url}/sealed#key={key}")
    join(bob, f"{NAME} B")
    write(alice, CANARY)
    expect_texts(bob, CANARY)
    write(bob, f"{CANARY} too")
    expect_texts(alice, CANARY, f"{CANARY} too")
    bob.get_by_role("button", name=re.compile("Inspect message")).first.click()
    expect(bob.locator("dialog .step.passed")).to_have_count(7)
    bob.locator("#dialog-close").click()
    posted = alice.evaluate("window.posted") + bob.evaluate("window.posted")
    bob.get_by_role("button", name="Leave").click()
    expect(bob.locator("#start")).to_be_visible()
    bob.go_back()
    alice.reload()
    expect(alice.locator("#start")).to_be_visible()
    everything = "\n".join([*sent[0](), *sent[1](), *posted])
    assert everything.count('"type":"send"') >= 4, "else nothing was recorded, and the search proves nothing"
    raw = base64.urlsafe_b64decode(key)
    secrets = {
        "a text": CANARY,
        "a name": NAME,
        "the key": key,
        "the key without its padding": key.rstrip("="),
        "its first characters": key[:12],
        "its bytes": raw.hex(),
        "half of its bytes": raw[:16].hex(),
    }
    for what, secret in secrets.items():
        for how, form in forms_of(secret).items():
            assert form not in everything, f"{what}, {how}"
    log = server.log.read_text()
    assert key[:12] not in log
    assert CANARY not in log
