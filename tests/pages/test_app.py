"""The front door, without a browser: keys that cannot be used, and the notice of a key for one run."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from securechat.crypto import verification
from securechat.crypto.keyring import FernetKey
from securechat.errors import InvalidSetting
from securechat.settings import HOURS_SETTING, PASSCODE_SETTING
from securechat.ui import state
from securechat.ui.state import application
from tests.apptest import composers, go_to_inspector, open_app, run, send, shown_tokens, texts
from tests.support import CANARY_KEY, ROOT

BROKEN = {
    "empty": b"",
    "short": b"abc123",
    "byte order mark": b"\xef\xbb\xbf" + CANARY_KEY.encode(),
    "garbage": b"this is no key at all, whatever it says!!!!!",
    "binary": bytes(range(256)),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_key_file_stops_the_app(tmp_path: Path, content: bytes) -> None:
    """The page names the file, the fault and the remedy, shows no chat, and leaves the file alone."""
    path = tmp_path / "secret.key"
    path.write_bytes(content)
    at = open_app()
    assert at.title[0].value == "SecureChat cannot start"
    assert not composers(at)
    said = texts(at)
    assert "secret.key" in said
    assert "left as it is" in said
    assert path.read_bytes() == content
    for secret in (CANARY_KEY, "abc123", "this is no key"):
        assert secret not in said


def test_a_folder_in_the_place_of_the_key_stops_the_app(tmp_path: Path) -> None:
    """A folder named secret.key is reported, not entered and not removed."""
    (tmp_path / "secret.key").mkdir()
    assert "folder" in texts(open_app())


def test_a_mended_key_file_starts_the_app(tmp_path: Path) -> None:
    """Once the file is right, "Try again" is enough."""
    path = tmp_path / "secret.key"
    path.write_text("")
    at = open_app()
    path.write_text(CANARY_KEY + "\n")
    at.button[0].click().run()
    assert not at.exception
    assert len(composers(at)) == 2


def test_a_broken_setting_stops_the_app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A key set in the environment that is not valid is named, not quoted, and no file is made."""
    monkeypatch.setenv("SECURECHAT_KEY", "not-a-key-but-secret")
    at = open_app()
    assert "SECURECHAT_KEY in the environment" in texts(at)
    assert "not-a-key-but-secret" not in texts(at)
    assert list(tmp_path.iterdir()) == []


def test_a_key_for_this_run_is_announced_on_every_page(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where the key cannot be written, the app works and every page says what that means."""
    monkeypatch.setenv("SECURECHAT_KEY_FILE", str(tmp_path / "no such folder" / "secret.key"))
    at = send(open_app(), "A", "hello")
    assert len(shown_tokens(at)) == 1
    assert "this run only" in at.warning[0].value
    assert "this run only" in go_to_inspector(at).warning[0].value


def test_the_order_of_the_sources(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A key in the environment comes before the file, which is then not even made."""
    monkeypatch.setenv("SECURECHAT_KEY", CANARY_KEY)
    open_app()
    assert application().conversation.keyring.primary.reveal() == CANARY_KEY
    assert not (tmp_path / "secret.key").exists()


@pytest.mark.parametrize("passcode", ["", "  "])
def test_an_empty_passcode_stops_the_app(passcode: str) -> None:
    """In the secrets it would protect nothing: the page says which line it is."""
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
    at.secrets[PASSCODE_SETTING] = passcode
    at = run(at)
    assert at.title[0].value == "SecureChat cannot start"
    assert PASSCODE_SETTING in texts(at)
    assert not composers(at)


def test_shared_objects_outlive_cleared_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Conversation and counted guesses are not in caches that any visitor can have cleared."""
    monkeypatch.setenv("SECURECHAT_PRESENTER_PASSCODE", "open sesame")
    conversation, passcode = application().conversation, application().passcode
    st.cache_resource.clear()
    st.cache_data.clear()
    assert application().conversation is conversation
    assert application().passcode is passcode


@pytest.mark.parametrize("hours", ["soon", "0", "-1", "nan", "inf", "169", "4 h"])
def test_hours_that_are_none_stop_the_app(monkeypatch: pytest.MonkeyPatch, hours: str) -> None:
    """A class must end at some time: the page says which setting is wrong and what to put there."""
    monkeypatch.setenv(HOURS_SETTING, hours)
    at = open_app()
    assert at.title[0].value == "SecureChat cannot start"
    said = texts(at)
    assert HOURS_SETTING in said
    assert "such as 4" in said


def test_a_class_ends_after_the_hours_that_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """The setting is what counts. With the class a pause of Chat ends."""
    monkeypatch.setenv(HOURS_SETTING, "0.000001")
    open_app()
    classroom = application().classrooms.new()
    classroom.desk.allow(locked=True)
    assert application().policy.paused
    application().classrooms.tick(time.monotonic() + 0.01)
    assert classroom.view().closed
    assert not application().policy.paused


def test_time_passes_from_the_first_page_on() -> None:
    """Whatever serves the pages, classes are looked after; until another application is used."""
    before = {*threading.enumerate()}
    open_app()
    [ticks] = [each for each in {*threading.enumerate()} - before if each.name == "securechat-tick"]
    open_app()
    assert ticks.is_alive()
    state.use(None)
    ticks.join(60)
    assert not ticks.is_alive()


@pytest.mark.parametrize("allowed", [True, False])
def test_nothing_is_decrypted_without_the_passcode(monkeypatch: pytest.MonkeyPatch, allowed: bool) -> None:
    """Behind the passcode the message is not even decrypted; with no passcode set it is."""
    if not allowed:
        monkeypatch.setenv("SECURECHAT_PRESENTER_PASSCODE", "open sesame")
    opened: list[str] = []
    real = verification.verify

    def recording(
        text: str, keys: Sequence[FernetKey], *, now: int, is_stored: bool
    ) -> verification.Verification:
        opened.append(text)
        return real(text, keys, now=now, is_stored=is_stored)

    monkeypatch.setattr(verification, "verify", recording)
    go_to_inspector(send(open_app(), "A", "hello"))
    assert bool(opened) is allowed


def _use_secrets(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Make Streamlit read its secrets from this file only."""
    monkeypatch.setattr(st, "get_option", {"secrets.files": [str(path)]}.get)
    monkeypatch.setattr(type(st.secrets), "_parse", _raise_not_found)


def _raise_not_found(_: object) -> None:
    raise st.errors.StreamlitSecretNotFoundError("not valid TOML")


def test_unreadable_secrets_are_not_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A secrets file that cannot be read stops the app: it may hold the key that all expect."""
    path = tmp_path / "secrets.toml"
    path.write_text("SECURECHAT_KEY = not quoted")
    _use_secrets(monkeypatch, path)
    with pytest.raises(InvalidSetting, match=r"secrets\.toml"):
        application()
    assert not (tmp_path / "secret.key").exists()


def test_secrets_of_another_encoding_are_not_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One letter as an old editor saves it: the page says which file that is."""
    path = tmp_path / "secrets.toml"
    path.write_bytes('SECURECHAT_KEY = "für"'.encode("latin-1"))
    monkeypatch.setattr(st, "get_option", {"secrets.files": [str(path)]}.get)
    monkeypatch.setattr(type(st.secrets), "_parse", lambda _: path.read_text(encoding="utf-8"))
    with pytest.raises(InvalidSetting, match=r"secrets\.toml"):
        application()
    assert not (tmp_path / "secret.key").exists()


def test_no_secrets_file_is_fine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a secrets file the app starts with a key file of its own."""
    _use_secrets(monkeypatch, tmp_path / "secrets.toml")
    assert application().conversation.keyring.origin.path == tmp_path / "secret.key"


@pytest.mark.parametrize(
    ("setting", "path"),
    [(None, ""), ("", ""), ("/", ""), ("school", "/school"), ("/school/chat/", "/school/chat")],
)
def test_the_path_of_the_app_is_read_with_and_without_slashes(
    monkeypatch: pytest.MonkeyPatch, setting: str | None, path: str
) -> None:
    """Addresses of the app begin with it as it stands."""
    monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": setting}.get)
    assert state.base_path() == path
