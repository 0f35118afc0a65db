"""Sealed room, without a browser: what the page says, and the address in the command."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from securechat.ui.sealed import WHAT
from securechat.web.addresses import URL_SETTING
from tests.apptest import component_data, open_app, run, sent_to_browser, texts
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


def test_it_needs_no_right_and_has_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody may read it; what the page sends has nothing of the server's own key."""
    monkeypatch.setenv("SECURECHAT_KEY", CANARY_KEY)
    monkeypatch.setenv("SECURECHAT_PRESENTER_PASSCODE", "open sesame")
    sent = sent_to_browser(_open())
    assert "Sealed room" in sent
    assert CANARY_KEY not in sent
