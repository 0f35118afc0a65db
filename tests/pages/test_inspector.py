"""Inspector, without a browser: what it shows with the key, without it, and of broken tokens."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from securechat.crypto.anatomy import FIELD_LABELS, parse_token
from securechat.crypto.keyring import FernetKey, KeyRing
from securechat.crypto.verification import STEP_TITLES, StepName
from securechat.rooms.messages import MAX_PASTED_CHARS
from securechat.ui.state import application
from securechat.ui.whereabouts import KEY
from tests.apptest import (
    clock_ahead,
    component_data,
    go_to_inspector,
    open_app,
    room_data,
    run,
    send,
    sent_to_browser,
    texts,
    where,
)
from tests.support import CANARY, CANARY_KEY


def _inspect(at: AppTest, message: str | None = None) -> AppTest:
    return go_to_inspector(at, message=message) if message else go_to_inspector(at)


def _paste(at: AppTest, token: str) -> AppTest:
    at.text_area[0].set_value(token)
    next(button for button in at.button if button.label == "Inspect this token").click()
    return run(at)


def _press(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label == label).click()
    return run(at)


def _steps(at: AppTest) -> list[str]:
    return [part.label.split("**")[1] for part in at.expander if "**" in part.label]


@pytest.fixture
def written() -> AppTest:
    """A session in which A wrote twice and B once."""
    at = open_app()
    for sender, text in (("A", "first"), ("B", "second"), ("A", CANARY)):
        send(at, sender, text)
    return at


def test_it_opens_the_newest_message(written: AppTest) -> None:
    """Without an address that says otherwise, the newest message is shown, list newest first."""
    at = _inspect(written)
    assert at.header[0].value == "Message 3, from User A"
    assert at.code[0].value == CANARY
    assert component_data(at, "message_list")["chosen"] == 3
    assert [message["id"] for message in room_data(at)["messages"]] == [1, 2, 3]


def test_it_opens_the_message_of_the_address(written: AppTest) -> None:
    """?message=ID opens that message."""
    at = _inspect(written, "2")
    assert at.header[0].value == "Message 2, from User B"
    assert at.code[0].value == "second"
    assert component_data(at, "message_list")["chosen"] == 2


@pytest.mark.parametrize("wanted", ["99", "0", "-1", "abc", "1e1", "99999999999999999999", "²", "<b>x</b>"])
def test_an_address_that_leads_nowhere_says_so(written: AppTest, wanted: str) -> None:
    """An unknown ?message= is answered with a hint and the list, not with an error."""
    at = _inspect(written, wanted)
    assert "not here" in at.warning[0].value
    assert component_data(at, "message_list")["chosen"] is None
    assert "<b>x" not in texts(at)


def test_a_new_message_does_not_push_away_the_one_being_read(written: AppTest) -> None:
    """While one message is shown, another comes: the list grows, the page stays."""
    at = _inspect(written, "2")
    application().conversation.send("B", "fourth")
    run(at)
    assert at.header[0].value == "Message 2, from User B"
    assert len(room_data(at)["messages"]) == 4
    assert component_data(at, "message_list")["chosen"] == 2


def test_a_cleared_message_is_gone_from_the_page(written: AppTest) -> None:
    """When the conversation is cleared, the open message goes, the page says so, and waits for a choice."""
    at = _inspect(written, "3")
    application().conversation.clear()
    run(at)
    assert "cleared" in at.warning[0].value
    assert CANARY not in sent_to_browser(at)
    application().conversation.send("B", "a new one")
    run(at)
    assert "cleared" in at.warning[0].value
    assert [message["id"] for message in room_data(at)["messages"]] == [4]


@pytest.mark.parametrize("in_between", ["nothing", "another", "paste", "missing"])
def test_the_same_link_opens_the_same_message_again(written: AppTest, in_between: str) -> None:
    """Back from Chat by the same link, the message is shown again, whatever was looked at in between."""
    at = _inspect(written, "2")
    if in_between == "another":
        _inspect(at, "1")
    elif in_between == "paste":
        _paste(at, "gAAA")
    elif in_between == "missing":
        _inspect(at, "99")
    at.switch_page("pages/chat.py")
    at.query_params.clear()
    at = _inspect(run(at), "2")
    assert at.header[0].value == "Message 2, from User B"
    assert component_data(at, "message_list")["chosen"] == 2


def test_coming_back_without_a_link_shows_what_was_shown(written: AppTest) -> None:
    """By the navigation, the Inspector is found as it was left."""
    at = _inspect(written, "2")
    at.switch_page("pages/chat.py")
    at.query_params.clear()
    assert _inspect(run(at)).header[0].value == "Message 2, from User B"


def test_a_clock_that_was_ahead_closes_no_message() -> None:
    """A message from the future, stored here, is shown with a remark; a stranger's token is refused."""
    at = open_app()
    with clock_ahead():
        application().conversation.send("A", CANARY)
        stranger = application().conversation.keyring.encrypt(CANARY)
    at = _inspect(at)
    assert at.code[0].value == CANARY
    assert _steps(at) == ["passed", "passed", "ahead of this computer's clock", *["passed"] * 4]
    at = _paste(at, stranger)
    assert CANARY not in sent_to_browser(at)
    assert f"The step that failed: **{STEP_TITLES[StepName.TIME]}**" in at.error[0].value


@pytest.mark.parametrize(
    ("zone", "moment", "lines"),
    [
        ("Europe/Berlin", 253_402_300_799, ["9999-12-31 23:59:59 UTC"]),
        ("America/New_York", 253_402_300_799, ["9999-12-31 23:59:59 UTC", "9999-12-31 18:59:59 here"]),
        ("America/New_York", 0, ["1970-01-01 00:00:00 UTC", "1969-12-31 19:00:00 here"]),
        ("Europe/Berlin", 2**64 - 1, ["18,446,744,073,709,551,615 s after 1970: beyond the year 9999"]),
        ("Europe/Berlin", 0, ["1970-01-01 00:00:00 UTC", "1970-01-01 01:00:00 here"]),
        (None, 0, ["1970-01-01 00:00:00 UTC"]),
        *(
            (zone, 0, ["1970-01-01 00:00:00 UTC"])
            for zone in ("", "Mars/Olympus", "Europe", "../x", "a\0b", "\ud800")
        ),
    ],
)
def test_times_at_the_ends_of_the_calendar(
    zone: str | None, moment: int, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time in a token is shown in UTC, and in the browser's time zone where there is such a time."""
    monkeypatch.setattr(type(st.context), "timezone", property(lambda _: zone))
    at = _paste(_inspect(open_app()), KeyRing.generate().encrypt("x", at_time=moment))
    shown = next(part.value for part in at.text if part.value.startswith(lines[0])).split("\n")
    assert [line for line in shown if " ago" not in line and "future" not in line] == lines
    when = next(metric.value for metric in at.metric if metric.label == "When")
    assert when == (lines[-1].partition(" ")[2].removesuffix(" here") if moment < 2**63 else "unknown")


@pytest.mark.parametrize("over", [0, 1, 10**5])
def test_a_text_of_any_length_can_be_pasted(written: AppTest, over: int) -> None:
    """Up to a limit it is inspected; what is longer is told with its length, and is not what is shown."""
    at = _paste(_inspect(written, "2"), application().conversation.keyring.encrypt(CANARY_KEY))
    assert at.code[0].value == CANARY_KEY
    size = MAX_PASTED_CHARS + over
    at = _paste(at, "g" * size)
    if over == 0:
        assert component_data(at, "token")["token"] == "g" * size
        return
    assert f"This text has {size:,} characters" in at.error[0].value
    assert at.header[0].value == "Inspector"
    assert CANARY_KEY not in sent_to_browser(at)
    at = _paste(at, " \n")
    assert "Paste a token first." in texts(at)
    assert at.header[0].value == "Inspector"


def test_pasting_nothing_is_answered(written: AppTest) -> None:
    """An empty paste box changes nothing and asks for a token."""
    at = _paste(_inspect(written, "2"), "  \n ")
    assert at.header[0].value == "Message 2, from User B"
    assert "Paste a token first." in texts(at)


def test_every_field_is_shown(written: AppTest) -> None:
    """The anatomy gives each field with place, length, bytes in hexadecimal and a sentence."""
    at = _inspect(written)
    whole = parse_token(application().conversation.view().messages[-1].token)
    said = texts(at)
    for label in FIELD_LABELS.values():
        assert label in said
    for data in (whole.iv, whole.ciphertext, whole.hmac, whole.timestamp.to_bytes(8, "big")):
        assert data.hex() in said
    assert "From byte 25, 32 bytes" in said
    assert "2 blocks of 16 bytes" in said
    assert " UTC" in said
    assert "ago" in said


def test_what_an_eavesdropper_learns(written: AppTest) -> None:
    """Who, when, and the length to 16 bytes: 21 bytes lie between 16 and 31."""
    metrics = {metric.label: metric.value for metric in _inspect(written).metric}
    assert metrics["Who"] == "User A"
    assert metrics["Length"] == "16 to 31 bytes"


def test_every_check_is_shown_in_order(written: AppTest) -> None:
    """All steps of the verification stand there, passed, in the order of the specification."""
    at = _inspect(written)
    headings = [part.label for part in at.expander]
    assert all(title in heading for title, heading in zip(STEP_TITLES.values(), headings, strict=True))
    assert _steps(at) == ["passed"] * len(STEP_TITLES)


def test_the_length_of_the_text_is_said() -> None:
    """Characters and bytes differ where the text is not ASCII."""
    at = _inspect(send(open_app(), "A", "Grüße"))
    assert "5 characters, 7 bytes as UTF-8." in texts(at)


def test_a_pasted_token_that_is_not_in_the_store(written: AppTest) -> None:
    """Any token can be pasted; with the right key it opens, white space around it does not matter."""
    token = application().conversation.keyring.encrypt("from elsewhere")
    at = _paste(_inspect(written), f"  {token}\n")
    assert at.header[0].value == "A pasted token"
    assert at.code[0].value == "from elsewhere"
    assert {metric.label: metric.value for metric in at.metric}["Who"] == "unknown"


def test_a_pasted_token_of_another_key_keeps_its_anatomy(written: AppTest) -> None:
    """With the wrong key the fields are still shown, and the HMAC is named as the step that failed."""
    token = KeyRing.generate().encrypt("secret")
    at = _paste(_inspect(written), token)
    assert parse_token(token).iv.hex() in texts(at)
    assert _steps(at) == ["passed"] * 3 + ["failed"] + ["not done"] * 3
    assert STEP_TITLES[StepName.HMAC] in at.error[0].value


@pytest.mark.parametrize(
    ("pasted", "failed"),
    [
        ("hello world", "decode"),
        ("gAAAAA", "decode"),
        ("gAAA", "time"),
        ("AAAA", "version"),
        ("\u202egAAA", "decode"),
        ("x" * 10_000, "version"),
    ],
)
def test_a_broken_paste_names_the_step_that_failed(written: AppTest, pasted: str, failed: str) -> None:
    """What is no token is still taken apart as far as it goes."""
    at = _paste(_inspect(written), pasted)
    assert STEP_TITLES[StepName(failed)] in at.error[0].value
    assert "\u202e" not in texts(at) + component_data(at, "token")["token"]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[link](javascript:alert(1))",
        "![](https://example.org/x.png)",
        ":red[colour] $x^2$ **bold**",
    ],
)
def test_markup_is_shown_as_typed(text: str) -> None:
    """A decrypted text is code to look at, never Markdown or HTML."""
    at = _inspect(send(open_app(), "A", text))
    assert at.code[0].value == text
    assert not any(text in str(element.value) for element in (*at.markdown, *at.caption))


def test_invisible_characters_are_written_out() -> None:
    """Direction overrides and control characters cannot deceive the reader."""
    at = _inspect(send(open_app(), "A", "a\u202eb\x1b[31mc\u200bd"))
    assert at.code[0].value == "a⟨U+202E⟩b⟨U+001B⟩[31mc⟨U+200B⟩d"
    assert "invisible" in at.info[0].value


def test_the_key_is_masked_until_it_is_revealed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key goes to the browser only after the button was pressed, and not any more after "Hide key"."""
    monkeypatch.setenv("SECURECHAT_KEY", CANARY_KEY)
    at = _inspect(send(open_app(), "A", "hello"))
    secrets = (
        CANARY_KEY,
        FernetKey(CANARY_KEY).signing_key.hex(),
        FernetKey(CANARY_KEY).encryption_key.hex(),
    )
    assert not any(secret in sent_to_browser(at) for secret in secrets)
    at = _press(at, "Reveal key")
    assert all(secret in sent_to_browser(at) for secret in secrets)
    at = _press(at, "Hide key")
    assert not any(secret in sent_to_browser(at) for secret in secrets)


def test_a_revealed_key_is_masked_again_after_leaving(monkeypatch: pytest.MonkeyPatch) -> None:
    """Coming back to the page, the key is masked."""
    monkeypatch.setenv("SECURECHAT_KEY", CANARY_KEY)
    at = _press(_inspect(send(open_app(), "A", "hello")), "Reveal key")
    at.switch_page("pages/chat.py")
    assert CANARY_KEY not in sent_to_browser(_inspect(run(at)))


def test_key_details(written: AppTest, tmp_path: Path) -> None:
    """Source, file, permissions, time, fingerprint, ring and algorithms are named."""
    at = _inspect(written)
    said = texts(at)
    metrics = {metric.label: metric.value for metric in at.metric}
    ring = KeyRing.from_text((tmp_path / "secret.key").read_text())
    assert metrics["Fingerprint of the primary key"] == ring.fingerprint
    assert metrics["Keys on the ring"] == "1"
    assert metrics["Opened this message"] == "the primary key"
    for part in (
        "made at this start",
        "secret.key",
        "-rw-------",
        "AES-128-CBC",
        "PKCS#7",
        "HMAC-SHA256",
        "Made",
    ):
        assert part in said


@pytest.mark.parametrize(("keys", "said"), [(1, "not this key"), (2, "none of them")])
def test_it_says_that_no_key_opened_a_token(monkeypatch: pytest.MonkeyPatch, keys: int, said: str) -> None:
    """Where there is one key, in words for one."""
    ring = [CANARY_KEY, KeyRing.generate().primary.reveal()][:keys]
    monkeypatch.setenv("SECURECHAT_KEY", ",".join(ring))
    at = _paste(_inspect(open_app()), KeyRing.generate().encrypt("of a stranger"))
    metrics = {metric.label: metric.value for metric in at.metric}
    assert metrics["Keys on the ring"] == str(keys)
    assert metrics["Opened this message"] == said


def test_it_says_which_key_opened_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message of a retired key opens, and the page says which one did it."""
    retired = KeyRing.generate()
    monkeypatch.setenv("SECURECHAT_KEY", f"{CANARY_KEY},{retired.primary.reveal()}")
    at = _paste(_inspect(open_app()), retired.encrypt("old"))
    metrics = {metric.label: metric.value for metric in at.metric}
    assert at.code[0].value == "old"
    assert metrics["Keys on the ring"] == "2"
    assert metrics["Opened this message"] == "retired key 1"


def test_without_a_passcode_the_page_says_that_anyone_can_read(written: AppTest) -> None:
    """Where no passcode is set, nobody is led to think that there is one."""
    assert "everybody can read messages here" in texts(_inspect(written))


class TestPasscode:
    """With SECURECHAT_PRESENTER_PASSCODE set."""

    @pytest.fixture(autouse=True)
    def _passcode(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SECURECHAT_PRESENTER_PASSCODE", "open sesame")
        monkeypatch.setenv("SECURECHAT_KEY", CANARY_KEY)

    @staticmethod
    def _guess(at: AppTest, guess: str) -> AppTest:
        at.text_input[0].set_value(guess)
        return _press(at, "Open")

    def test_text_and_key_are_closed(self, written: AppTest) -> None:
        """Without it: the anatomy, but neither text nor checks nor key details, nor anything of them sent."""
        at = _inspect(written)
        sent = sent_to_browser(at)
        assert CANARY not in sent
        assert CANARY.encode().hex() not in sent
        assert KeyRing.from_text(CANARY_KEY).fingerprint not in sent
        assert _steps(at) == []
        assert "HMAC" in texts(at)
        assert not any(button.label == "Reveal key" for button in at.button)

    def test_the_right_one_opens_for_the_session(self, written: AppTest) -> None:
        """Given once, it holds for this session, and for no other."""
        at = self._guess(_inspect(written), "open sesame")
        assert at.code[0].value == CANARY
        at.switch_page("pages/chat.py")
        assert _inspect(run(at)).code[0].value == CANARY
        assert CANARY not in sent_to_browser(_inspect(open_app()))

    def test_a_wrong_one_opens_nothing(self, written: AppTest) -> None:
        """A wrong guess is said to be wrong, and is not kept."""
        at = self._guess(_inspect(written), "open simsim")
        assert "not the passcode" in at.error[0].value
        assert CANARY not in sent_to_browser(at)
        assert "open simsim" not in str(dict(run(at).session_state.items()))

    def test_guessing_is_slowed_down(self, written: AppTest) -> None:
        """After three wrong guesses one waits, and even the right one is not looked at."""
        at = _inspect(written)
        for _ in range(3):
            at = self._guess(at, "wrong")
        at = self._guess(at, "open sesame")
        assert "Wait" in at.error[0].value
        assert CANARY not in sent_to_browser(at)

    def test_it_can_be_locked_again(self, written: AppTest) -> None:
        """The presenter can close the session without closing the page."""
        at = _press(self._guess(_inspect(written), "open sesame"), "Lock again")
        assert CANARY not in sent_to_browser(at)
        assert at.text_input[0].label == "Passcode"

    def test_two_presses_make_one_presenter(self, written: AppTest) -> None:
        """A double click on "Open" is not another right, which nothing would lock."""
        at = self._guess(_inspect(written), "open sesame")
        right = application().presenters.right(where(at).presenter)
        again = AppTest.from_string("from securechat.ui import passcode\npasscode.enter()")
        again.session_state[KEY] = where(at)
        assert where(run(again)) == where(at)
        _press(at, "Lock again")
        assert not application().presenters.right(right.session).holds

    def test_what_was_refused_is_not_told_again(self, written: AppTest) -> None:
        """Whoever comes back from another page has guessed nothing yet."""
        at = self._guess(_inspect(written), "wrong")
        assert at.error
        run(at.switch_page("pages/chat.py"))
        assert not run(at.switch_page("pages/inspector.py")).error

    def test_the_passcode_is_nowhere_on_the_page(self, written: AppTest) -> None:
        """The page never holds the passcode itself."""
        at = self._guess(_inspect(written), "open sesame")
        assert "open sesame" not in sent_to_browser(at)


def test_notes_of_the_source_are_no_part_of_a_page() -> None:
    """What stands in the source for its readers, such as the docstring of a constant, is not drawn."""
    at = AppTest.from_string('LIMIT = 1\n"""How much there may be."""\n').run()
    assert not at.markdown
