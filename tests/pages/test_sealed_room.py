"""Sealed room, without a browser: what the page says, and the address in the command."""

from __future__ import annotations

import re
from functools import partial

import pytest
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from securechat.crypto.keyring import FernetKey
from securechat.sealed.key import room_of
from securechat.ui import serving, state
from securechat.ui.sealed import WHAT
from securechat.web.addresses import URL_SETTING
from securechat.web.network import OwnAddress
from securechat.web.public_address import find_base
from tests.apptest import component_data, open_app, run, sent_to_browser, texts
from tests.core.asgi import knock
from tests.support import CANARY_KEY


def _open() -> AppTest:
    at = open_app()
    at.switch_page("pages/sealed_room.py")
    return run(at)


def test_it_says_what_a_sealed_room_is_in_four_sentences() -> None:
    """And then what it does not protect against; and it leads back."""
    at = _open()
    assert WHAT in texts(at)
    assert len(re.findall(r"[.!?](?:\s|$)", WHAT)) == 4
    headings = [heading.value for heading in at.subheader]
    assert headings[0] == "What it does not protect against"
    for limit in ("A server that lies.", "in a Wi-Fi.", "Whoever gets the key.", "What ciphertext tells."):
        assert limit in texts(at)
    assert [link.proto.page for link in at.get("page_link")] == [""]
    assert component_data(at, "sealed_door") == {"page": "sealed_room"}


def test_the_command_has_the_address_of_this_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """As others reach it; so has the link for the projector."""
    monkeypatch.setenv(URL_SETTING, "https://chat.school.example/crypto")
    codes = [code.value for code in _open().code]
    assert any("python -m securechat join https://chat.school.example/crypto" in code for code in codes)
    assert "https://chat.school.example/crypto/sealed?room=sealed-…" in codes


def page_at(host: str) -> str:
    """Return the page of its own, as the app serves it to a browser on this computer."""
    scope = {
        "type": "http",
        "scheme": "http",
        "method": "GET",
        "path": "/sealed",
        "query_string": b"",
        "client": ("127.0.0.1", 50_000),
        "headers": [(b"host", host.encode())],
    }
    _, answer = knock(Starlette(routes=serving.start()["routes"]), scope, {"type": "http.request"})
    return str(answer["body"].decode())


def test_the_page_itself_is_told_what_the_app_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    """At localhost the likeliest address of this computer; the rooms of the key of Chat, and not that key."""
    found = (OwnAddress("192.168.1.20"), OwnAddress("10.0.0.7"))
    at_localhost = partial(find_base, network=lambda preferred: found)
    monkeypatch.setattr("securechat.ui.base_address.find_base", at_localhost)
    monkeypatch.setenv("SECURECHAT_KEY", CANARY_KEY)
    html = page_at("localhost:8501")
    assert '<meta name="address-for-others" content="http://192.168.1.20:8501">' in html
    room = room_of(FernetKey(CANARY_KEY))
    assert f'<meta name="rooms-of-this-server" content="{room}">' in html
    assert CANARY_KEY not in html
    assert "address-for-others" not in page_at("192.168.1.20:8501")
    state.application().public_address.chosen = "10.0.0.7"  # as the teacher does at the desk of a class
    assert 'content="http://10.0.0.7:8501"' in page_at("localhost:8501")


def test_the_page_itself_is_there_where_the_app_cannot_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """It needs no key of the server."""
    monkeypatch.setenv("SECURECHAT_KEY", "no key")
    html = page_at("localhost:8501")
    assert "<title>Sealed room" in html
    assert '<meta name="rooms' not in html


def test_it_needs_no_right_and_has_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody may read it; what the page sends has nothing of the server's own key."""
    monkeypatch.setenv("SECURECHAT_KEY", CANARY_KEY)
    monkeypatch.setenv("SECURECHAT_PRESENTER_PASSCODE", "open sesame")
    sent = sent_to_browser(_open())
    assert "Sealed room" in sent
    assert CANARY_KEY not in sent
