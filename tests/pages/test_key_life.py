"""Key life, without a browser: a new key, old messages under it, old keys dropped, keys from elsewhere."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from securechat.crypto.anatomy import parse_token
from securechat.crypto.keyring import MAX_KEYS, FernetKey, KeyRing
from securechat.rooms.census import count
from securechat.rooms.messages import MAX_PASTED_CHARS
from securechat.rooms.policy import Actor
from securechat.ui import outcome
from securechat.ui.keys import import_key
from securechat.ui.state import application
from securechat.wording import named
from tests.apptest import (
    clock_ahead,
    component_data,
    let_in,
    lock,
    open_app,
    run,
    send,
    sent_to_browser,
    texts,
)
from tests.support import CANARY, CANARY_KEY, ROOT

PAGE = "pages/key_life.py"
# The same in every process that collects these tests.
KEYS = [base64.urlsafe_b64encode(bytes([number]) * 32).decode() for number in range(MAX_KEYS)]
FOREIGN = KeyRing.from_text(KEYS[0])


def _open(at: AppTest | None = None) -> AppTest:
    at = at or open_app()
    at.switch_page(PAGE)
    return run(at)


def _press(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label.startswith(label)).click()
    return run(at)


def _labels(at: AppTest) -> set[str]:
    return {button.label for button in at.button}


def _rotate(at: AppTest) -> AppTest:
    return _press(at, "Make a new primary key")


def _drop(at: AppTest) -> AppTest:
    at.session_state["drop_question"] = True  # as the popover says when it is open
    return _press(run(at), "Drop")


def _tool(at: AppTest, name: str) -> AppTest:
    at.session_state["key_tools"] = name  # as the tabs say when one is chosen
    return run(at)


def _import(at: AppTest, text: str) -> AppTest:
    at.text_input(key="import_pasted").set_value(text)
    return _press(at, "Import this key")


def _choose(at: AppTest, data: bytes | None) -> None:
    """Let the browser have read a file, or failed to; the next press of the button hands it over."""
    at.session_state["import_file"] = {"file": False if data is None else data.decode("latin-1")}


def _upload(at: AppTest, data: bytes | None) -> AppTest:
    _choose(at, data)
    return _press(at, "Import this file")


@pytest.fixture(autouse=True)
def _button_for_the_component(monkeypatch: pytest.MonkeyPatch) -> None:
    """AppTest has no browser to run a component in: a plain button stands for that of the key file."""

    def stand_in(*, key: str, data: object, on_file_change: Callable[[], None]) -> None:
        st.button("Import this file", key=f"{key}_stand_in", on_click=on_file_change)

    monkeypatch.setattr(import_key, "_key_file", stand_in)


def _section(name: str) -> AppTest:
    """Run one section alone. AppTest runs a page twice, and only the first run knows of a pressed button."""
    script = f"from securechat.ui import place, state; from securechat.ui.keys import {name}"
    return run(AppTest.from_string(script, default_timeout=30))


def _session(at: AppTest) -> str:
    """Return the session state as a text."""
    return str(dict(at.session_state.items()))


def _read(key: str, token: str) -> AppTest:
    at = _section("foreign; foreign.draw_foreign(place.demo())")
    at.text_area[0].set_value(token)
    at.text_input(key="foreign_key").set_value(key)
    return _press(at, "Read it")


def _table(at: AppTest) -> list[list[str]]:
    """Return the rows of the table of keys, without their markup."""
    rows = next(part.value for part in at.markdown if part.value.startswith("| Key")).splitlines()[2:]
    return [[cell.strip(" *`") for cell in row.strip("|").split("|")] for row in rows]


def _ring() -> KeyRing:
    return application().conversation.keyring


@pytest.fixture(autouse=True)
def _no_pause(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test press the same button again at once, except the one about just that."""
    if request.node.name != "test_a_double_click_counts_once":
        monkeypatch.setattr(outcome, "DOUBLE_SECONDS", 0.0)


@pytest.fixture
def talk() -> AppTest:
    """The page, in a room with three messages."""
    at = open_app()
    for sender, text in (("A", "first"), ("B", "second"), ("A", CANARY)):
        send(at, sender, text)
    return _open(at)


def test_the_table_says_which_key_opens_what(talk: AppTest) -> None:
    """Every key has a row with its place, its fingerprint and its messages, the primary first."""
    old = _ring().fingerprint
    assert _table(talk) == [["primary", old, "3 messages (1–3)"]]
    _rotate(talk)
    application().conversation.send("B", "fourth")
    assert _table(run(talk)) == [
        ["primary", _ring().fingerprint, "1 message (4)"],
        ["retired 1", old, "3 messages (1–3)"],
    ]


def test_nothing_of_a_key_is_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of keys the browser gets fingerprints; also of those that are made, imported and retired here."""
    (tmp_path / "secret.key").write_text(CANARY_KEY)
    at = _rotate(_open(send(open_app(), "A", CANARY)))
    _drop(_press(at, "Re-encrypt"))
    sent = sent_to_browser(_import(at, FOREIGN.primary.reveal()))
    for tool in ("Download keys", "Somebody else's key"):
        sent += sent_to_browser(_tool(at, tool))
    for key in (FernetKey(CANARY_KEY), *_ring().keys):
        for secret in (key.reveal().rstrip("="), key.signing_key.hex(), key.encryption_key.hex()):
            assert secret not in sent
    assert CANARY not in sent


def test_a_new_primary_key(talk: AppTest, tmp_path: Path) -> None:
    """New messages use it, old ones open with the retired one; both are in the file, and it is said."""
    old = _ring()
    _rotate(talk)
    new = _ring()
    assert new.primary != old.primary
    assert new.keys[1:] == old.keys
    said = talk.success[0].value
    for part in (new.fingerprint, old.fingerprint, "retired", "3 messages (1–3)", "Written to `secret.key`"):
        assert part in said
    assert (tmp_path / "secret.key").read_text() == new.reveal()


def test_a_double_click_counts_once(talk: AppTest) -> None:
    """Two presses within a moment make one key, and what came of it stays to be read."""
    _rotate(_rotate(talk))
    assert len(_ring().keys) == 2
    assert _ring().fingerprint in talk.success[0].value


def test_what_came_of_it_stays_until_something_else_is_done(talk: AppTest) -> None:
    """It is there when the page runs by itself, gone with the next button, and gone for who comes back."""
    _rotate(talk)
    assert len(run(talk).success) == 1
    assert "retired" not in _press(talk, "Re-encrypt").success[0].value
    talk.switch_page("pages/chat.py")
    assert len(_open(run(talk)).success) == 0


def test_old_messages_are_encrypted_again(talk: AppTest) -> None:
    """They get new tokens with the old times under the primary key, and the page counts them."""
    before = application().conversation.view().messages
    _rotate(talk)
    application().conversation.send("B", "fourth")
    said = _press(run(talk), "Re-encrypt").success[0].value
    assert "3 messages got a new token" in said
    assert "1 message had the primary key already" in said
    for old, new in zip(before, application().conversation.view().messages, strict=False):
        assert old.token != new.token
        assert parse_token(old.token).timestamp == parse_token(new.token).timestamp
    assert [row[2] for row in _table(talk)] == ["4 messages (1–4)", "no message"]


def test_reencrypting_needs_something_to_do() -> None:
    """Without old messages the button is off and says why: none at all, all done, none that opens."""
    at = _open()

    def is_off() -> bool:
        button = next(button for button in at.button if button.label == "Re-encrypt old messages")
        return button.disabled and "no message here is under a retired key" in texts(at)

    assert is_off()
    application().conversation.send("A", "hello")
    run(at)
    assert is_off()
    _rotate(at)
    assert not is_off()
    _rotate(_drop(at))
    assert is_off()


def test_dropping_asks_first(talk: AppTest) -> None:
    """The question says which messages will not open any more; nothing is dropped before the answer."""
    _rotate(_rotate(talk))
    talk.session_state["drop_question"] = True
    run(talk)
    assert "3 messages (1–3) will not open any more" in talk.warning[0].value
    assert "Drop 2 retired keys for good" in _labels(talk)
    assert len(_ring().keys) == 3
    _press(talk, "Re-encrypt")
    talk.session_state["drop_question"] = True
    assert "No message of this room needs the 2 retired keys" in texts(run(talk))


def test_a_clock_that_was_ahead_loses_no_message() -> None:
    """Messages from the future are counted for the key that opens them: dropping it is warned of."""
    at = _open(open_app())
    with clock_ahead():
        for sender in "AB":
            application().conversation.send(sender, "hello")
    _rotate(run(at))
    assert [row[2] for row in _table(at)] == ["no message", "2 messages (1–2)"]
    _press(at, "Re-encrypt old messages")
    assert [row[2] for row in _table(run(at))] == ["2 messages (1–2)", "no message"]


def test_dropped_keys_open_nothing(talk: AppTest, tmp_path: Path) -> None:
    """They leave ring and file; the table shows what no key opens, with links to it, the newest first."""
    _drop(_rotate(talk))
    assert (tmp_path / "secret.key").read_text() == _ring().reveal()
    assert len(_ring().keys) == 1
    assert "1 key dropped. 3 messages (1–3) will not open any more" in talk.success[0].value
    assert _table(talk)[1] == ["no key here", "–", "3 messages (1–3)"]
    links = [(link.page, link.label, link.query_string) for link in talk.page_link]
    expected = [("inspector", f"Inspect message {n}", f"message={n}") for n in (3, 2, 1)]
    assert links == expected


def test_only_the_keys_of_the_question_are_dropped(talk: AppTest) -> None:
    """A key that was retired by somebody else since the question was asked stays."""
    _rotate(talk)
    talk.session_state["drop_question"] = True
    run(talk)
    asked = _ring().keys[1:]
    application().conversation.change_keys(lambda keys: keys.rotated())
    _press(talk, "Drop 1")
    assert len(_ring().keys) == 2
    assert not set(asked) & set(_ring().keys)


def test_a_key_that_became_primary_meanwhile_is_not_dropped(talk: AppTest) -> None:
    """If somebody else made one of the asked keys primary, nothing is dropped, and it is said."""
    _rotate(talk)
    talk.session_state["drop_question"] = True
    run(talk)
    old = _ring().keys[1]
    application().conversation.change_keys(lambda keys: keys.rotated(old))
    before = _ring().keys
    _press(talk, "Drop 1")
    assert "primary key cannot be dropped" in talk.error[0].value
    assert _ring().keys == before


def test_a_file_that_cannot_be_written_changes_nothing(talk: AppTest, tmp_path: Path) -> None:
    """What the core refuses is said on the page: here, the key file has become a folder."""
    before = _ring().keys
    (tmp_path / "secret.key").unlink()
    (tmp_path / "secret.key").mkdir()
    _rotate(talk)
    assert "a folder" in talk.error[0].value
    assert _ring().keys == before


def test_an_imported_key_becomes_primary(talk: AppTest, tmp_path: Path) -> None:
    """Pasted, the first key is primary, further ones and those of before are retired; the box is emptied."""
    before = _ring().keys
    first, second = FernetKey.generate(), FernetKey.generate()
    _import(talk, f" {first.reveal()}, {second.reveal()}")
    assert _ring().keys == (first, *before, second)
    assert (tmp_path / "secret.key").read_text() == _ring().reveal()
    assert "2 keys imported" in talk.success[0].value
    assert first.fingerprint in talk.success[0].value
    assert talk.text_input(key="import_pasted").value == ""
    assert _table(talk)[1][2] == "3 messages (1–3)"


@pytest.mark.parametrize("between", [" ", "\n", ", ", ""])
def test_the_lines_of_a_key_file_can_be_pasted(talk: AppTest, between: str) -> None:
    """Browsers put a space or nothing where a line broke; the keys come in their order all the same."""
    other = KeyRing.generate().rotated()
    _import(talk, between.join(key.reveal() for key in other.keys))
    assert "2 keys imported" in talk.success[0].value
    assert _ring().keys[0] == other.keys[0]
    assert other.keys[1] in _ring().keys


def test_a_key_file_can_be_imported(talk: AppTest) -> None:
    """As written by this app on another computer."""
    other = KeyRing.generate().rotated()
    _upload(talk, other.reveal().encode())
    assert _ring().primary == other.primary
    assert set(other.keys) < set(_ring().keys)
    assert "2 keys imported" in talk.success[0].value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Paste a key first"),
        (CANARY_KEY[:-1], "44 characters, this has 43"),
        (CANARY_KEY[:-1] * 2, "44 characters, this has 86"),
        (f"{CANARY_KEY[1:]} {CANARY_KEY}", "Key 1 of 2: A key has 44 characters, this has 43"),
        (f"KEY={CANARY_KEY}", "Leave out the name before it"),
        ("!" * 44, "URL-safe Base64"),
        (f"{CANARY_KEY},abc", "Key 2 of 2: A key has 44 characters"),
        ("é" * 70_000, "too long"),
        (",".join(KEYS), f"more than {MAX_KEYS} keys"),
    ],
)
def test_a_bad_key_is_refused(talk: AppTest, text: str, reason: str) -> None:
    """It says why, quotes nothing, changes nothing, and leaves what was pasted to be mended."""
    before = _ring().keys
    _import(talk, text)
    assert reason in talk.error[0].value
    assert CANARY_KEY[:20] not in talk.error[0].value
    assert _ring().keys == before
    assert talk.text_input(key="import_pasted").value == text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (None, "could not be read"),
        (b" \n", "It is empty"),
        (b"\xef\xbb\xbf" + CANARY_KEY.encode(), "byte order mark"),
        (CANARY_KEY.encode("utf-16"), "byte order mark"),
        (CANARY_KEY.encode() + b"\xff", "not plain text"),
        (CANARY_KEY.encode() + b"\n" * 65_536, "larger than 64 KiB"),
        (b"hello", "44 characters, this has 5"),
    ],
)
def test_a_bad_key_file_is_refused(talk: AppTest, data: bytes | None, reason: str) -> None:
    """It says why and changes nothing."""
    before = _ring().keys
    _upload(talk, data)
    assert reason in talk.error[0].value
    assert _ring().keys == before


@pytest.mark.parametrize(("rotations", "place"), [(0, "as the primary key"), (2, "as retired key 2")])
def test_a_key_that_is_here_already(talk: AppTest, rotations: int, place: str) -> None:
    """It is said where it is, and nothing is changed."""
    key = _ring().primary.reveal()
    for _ in range(rotations):
        _rotate(talk)
    before = _ring().keys
    _import(talk, key)
    assert f"on the ring already, {place}" in talk.error[0].value
    assert _ring().keys == before


def test_a_pasted_key_does_not_outlive_the_page(talk: AppTest) -> None:
    """Refused and left in its box, it is gone for who comes back."""
    _import(talk, f"{CANARY_KEY},abc")
    talk.switch_page("pages/chat.py")
    _open(run(talk))
    assert talk.text_input(key="import_pasted").value == ""
    assert CANARY_KEY not in _session(talk)


def test_the_keys_are_in_the_page_for_one_run_only() -> None:
    """They are sent after "I understand", and no longer sent with whatever is done next."""
    at = _section("download; download.draw_download(place.demo())")
    text = _ring().primary.reveal()
    assert text not in sent_to_browser(at)
    _press(at, "I understand")
    assert component_data(at, "key_download") == {"name": "secret.key", "text": _ring().reveal()}
    assert text not in sent_to_browser(run(at))
    assert text not in _session(at)


@pytest.mark.parametrize("text", ["of another room", "<b>x</b> **y** \u202e"])
def test_a_token_is_read_with_another_persons_key(text: str) -> None:
    """Text and checks are shown; the key goes nowhere: not to ring, page or session."""
    at = _read(KEYS[0], f" {FOREIGN.encrypt(text)}\n")
    assert at.code[0].value == text.replace("\u202e", "⟨U+202E⟩")
    assert len(at.expander) == 7
    assert FOREIGN.primary not in _ring().keys
    assert KEYS[0] not in _session(at)
    assert KEYS[0] not in sent_to_browser(at)


@pytest.mark.parametrize(
    ("key", "token", "reason"),
    [
        (" ", "gAAAA", "Paste a key first"),
        (KEYS[0], " ", "Paste a token first"),
        (KEYS[0], "g" * (MAX_PASTED_CHARS + 1), f"This text has {MAX_PASTED_CHARS + 1:,} characters"),
        ("abc", "gAAAA", "44 characters, this has 3"),
        (KEYS[0], "hello", "Decode the Base64 text"),
    ],
)
def test_what_cannot_be_read_is_refused(key: str, token: str, reason: str) -> None:
    """It says why; the key is forgotten, the token stays in its box."""
    at = _read(key, token)
    assert reason in at.error[0].value
    assert "foreign_key" not in at.session_state
    assert at.text_area[0].value == token


def test_only_the_pasted_key_counts(talk: AppTest) -> None:
    """A token of this room does not open with another key, although the room's own key is at hand."""
    at = _read(KEYS[0], application().conversation.view().messages[-1].token)
    assert "Recompute the HMAC" in at.error[0].value
    assert CANARY not in sent_to_browser(at)


@pytest.mark.parametrize("source", ["environment", "secrets"])
def test_keys_from_a_setting_are_changed_there(monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    """The page says where and how, for both sources, and offers no change; re-encryption, where it helps."""
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
    if source == "environment":
        monkeypatch.setenv("SECURECHAT_KEY", CANARY_KEY)
    else:
        at.secrets["SECURECHAT_KEY"] = CANARY_KEY
    run(at)
    _open(send(at, "A", "old"))
    said = texts(at)
    for part in (
        f"**SECURECHAT_KEY in {'the env' if source == 'environment' else 'Streamlit'}",
        ".toml",
        "NEW,OLD",
    ):
        assert part in said
    assert _labels(at) == {"Look again", "Make a key to copy", "I understand: bring the keys to this browser"}
    there = application().conversation  # as another kind of store would have it after a restart
    vars(there)["_keys"].ring = there.keyring.rotated()
    run(at)
    assert "1 message got a new token" in _press(at, "Re-encrypt").success[0].value
    assert CANARY_KEY not in sent_to_browser(at)


def test_a_key_to_copy_is_made_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the key is set outside, a new one can be had; it is shown once and is on no ring."""
    monkeypatch.setenv("SECURECHAT_KEY", CANARY_KEY)
    at = _press(
        _section("outside; outside.draw_outside(state.application().conversation.keyring)"),
        "Make a key to copy",
    )
    key = at.code[0].value
    assert FernetKey(key) not in _ring().keys
    assert key not in _session(at)
    assert key not in sent_to_browser(run(at))
    assert _press(at, "Make a key to copy").code[0].value != key


def test_a_key_for_this_run_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where no file can be written, keys are changed all the same; the page says that they do not last."""
    monkeypatch.setenv("SECURECHAT_KEY_FILE", str(tmp_path / "missing" / "secret.key"))
    at = _open(send(open_app(), "A", "hello"))
    old = _ring().primary
    _rotate(at)
    assert _ring().keys[1] == old
    assert "for this run only: nothing was written" in at.success[0].value
    assert not (tmp_path / "missing").exists()


def test_without_a_passcode_the_page_says_that_anyone_can(talk: AppTest) -> None:
    """Nobody is led to think that the keys are protected."""
    assert "everybody can change keys here" in texts(talk)


def test_where_only_the_presenter_writes(talk: AppTest) -> None:
    """Only the presenter changes keys, where no passcode is set, too: nobody else spoils what is shown."""
    before = _ring()
    application().policy.reserve(on=True)
    _rotate(talk)
    assert _ring() is before
    assert _labels(talk) == {"Open"}
    assert "Only the teacher writes here now." in texts(talk)
    let_in(talk)
    _rotate(run(talk))
    assert len(_ring().keys) == 2


class TestPasscode:
    """With SECURECHAT_PRESENTER_PASSCODE set."""

    @pytest.fixture(autouse=True)
    def _passcode(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SECURECHAT_PRESENTER_PASSCODE", "open sesame")

    @staticmethod
    def _unlock(at: AppTest) -> AppTest:
        at.text_input(key="passcode_guess").set_value("open sesame")
        return _press(at, "Open")

    def test_closed_there_is_nothing_of_it(self, talk: AppTest) -> None:
        """Without it: no table, no fingerprint, no button but the one that asks."""
        assert _labels(talk) == {"Open"}
        assert _ring().fingerprint not in sent_to_browser(talk)
        assert "Fingerprint" not in texts(talk)
        assert len(talk.tabs) == 0

    def test_given_it_opens_and_can_be_locked_again(self, talk: AppTest) -> None:
        """With it the page works; locked again, it shows as little as before."""
        self._unlock(talk)
        _rotate(talk)
        assert len(_ring().keys) == 2
        assert "No passcode was chosen" not in texts(talk)
        _press(talk, "Lock again")
        assert _labels(talk) == {"Open"}
        assert _ring().fingerprint not in sent_to_browser(talk)

    @pytest.mark.parametrize(
        "label", ["Make a new", "Re-encrypt", "Drop 1", "Import this key", "Import this file"]
    )
    def test_a_locked_session_cannot_press_its_old_buttons(self, talk: AppTest, label: str) -> None:
        """Buttons that the session had while it was open do nothing after it was locked."""
        _rotate(self._unlock(talk))
        talk.session_state["drop_question"] = True
        run(talk)
        before = _ring().keys, application().conversation.view().messages
        talk.text_input(key="import_pasted").set_value(KEYS[0])
        _choose(talk, KEYS[1].encode())
        lock(talk)
        sent = sent_to_browser(_press(talk, label))
        assert (_ring().keys, application().conversation.view().messages) == before
        assert _ring().fingerprint not in sent
        assert len(talk.success) == len(talk.error) == 0

    def test_a_locked_session_reads_nothing(self) -> None:
        """Nor does the part that reads with another person's key, which runs alone."""
        at = _section("foreign; foreign.draw_foreign(place.demo())")
        assert len(at.text_input) == 0
        let_in(at)
        run(at).text_area[0].set_value(FOREIGN.encrypt(CANARY))
        at.text_input(key="foreign_key").set_value(KEYS[0])
        lock(at)
        assert CANARY not in sent_to_browser(_press(at, "Read it"))


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        ((), "no message"),
        ((7,), "1 message (7)"),
        ((1, 2, 3, 5, 9, 10), "6 messages (1–3, 5, 9–10)"),
        (range(1, 30, 2), "15 messages (1, 3, 5, 7, 9, 11, …)"),
    ],
)
def test_messages_are_named_in_few_words(ids: tuple[int, ...], words: str) -> None:
    """Neighbours are put together, and a long list is cut."""
    assert named(ids) == words


def test_every_message_is_counted_once() -> None:
    """Of 200 messages under changing keys, each is with the key that made it, or with none."""
    at = _open()
    talk, made = application().conversation, {}
    stranger = KeyRing.generate()
    ring = talk.keyring
    for number in range(40):
        if number % 10 == 0:
            ring = talk.change_keys(KeyRing.rotated)
        message = talk.post(Actor("AB"[number % 2]), ring.encrypt("hello"))
        made[message.id] = ring.fingerprint
    census = count(talk.keyring, talk.view().messages)
    for key, ids in zip(census.keys, census.opened, strict=True):
        assert all(made.pop(message_id) == key.fingerprint for message_id in ids)
    assert not made
    assert not census.unreadable
    assert count(stranger, talk.view().messages).unreadable == tuple(range(1, 41))
    assert len(_table(run(at))) == 5
