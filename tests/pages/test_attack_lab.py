"""Attack lab, without a browser: every lab on a typed text and on a message of the room."""

from __future__ import annotations

import base64

import pytest
from streamlit.testing.v1 import AppTest

from securechat.crypto.anatomy import parse_token
from securechat.crypto.keyring import FernetKey, KeyRing
from securechat.crypto.verification import STEP_TITLES, StepName
from securechat.rooms.conversation import Conversation
from securechat.rooms.policy import Actor
from securechat.ui.attack_lab import LABS, guess
from securechat.ui.attack_lab.subject import TYPED, WRITTEN
from securechat.ui.state import application
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
from tests.support import CANARY

NAMES = [lab.name for lab in LABS]


def go(name: str, at: AppTest | None = None) -> AppTest:
    """Open a lab."""
    at = at or open_app()
    at.switch_page("pages/attack_lab.py")
    run(at)
    if name != NAMES[0]:
        choose(at, "lab", name)
    return at


def choose(at: AppTest, key: str, option: str) -> AppTest:
    """Choose one of the segments."""
    next(group for group in at.button_group if group.key == key).set_value(option)
    return run(at)


def press(at: AppTest, label: str) -> AppTest:
    """Press a button."""
    next(button for button in at.button if button.label == label).click()
    return run(at)


def lab_room(at: AppTest) -> Conversation:
    """Return the room that a session has for its typed texts."""
    room: Conversation = at.session_state["lab_room"]
    return room


def token_bytes(at: AppTest) -> bytes:
    """Return the bytes that the grid shows."""
    return bytes.fromhex("".join(field[3] for field in component_data(at, "bytes")["fields"]))


def verdicts(at: AppTest) -> list[list[str]]:
    """Return the table of steps, as passed, failed, or not."""
    table = at.table[0].value
    words = {"passed": "passed", "failed": "failed", "done": "not done"}
    return [
        [next(word for part, word in words.items() if part in cell) for cell in table[column]]
        for column in table.columns[1:]
    ]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("source", [TYPED, WRITTEN])
def test_every_lab_opens_on_either_subject(name: str, source: str) -> None:
    """Each draws without a fault, and says in a sentence what it has shown and what not."""
    at = send(open_app(), "A", "pay 10 coins to Mallory")
    at = go(name, at)
    choose(at, "lab_source", source)
    lab = next(lab for lab in LABS if lab.name == name)
    assert f"**What this lab shows:** {lab.shown}" in texts(at)
    assert f"**What it does not show:** {lab.not_shown}" in texts(at)


@pytest.mark.parametrize("name", ["Tamper", "Forge", "Wrong key"])
@pytest.mark.parametrize("source", [TYPED, WRITTEN])
def test_a_clock_that_was_ahead_spoils_no_lab(name: str, source: str) -> None:
    """What was made by a clock that was wrong passes every step: the date is no attack."""
    at = go(name)
    with clock_ahead():
        application().conversation.send("A", "pay 10 coins to Mallory")
        at.session_state["lab_token"] = lab_room(at).keyring.encrypt("pay 10 coins to Mallory")
    choose(at, "lab_source", source)
    assert set(verdicts(at)[0]) == {"passed"}


def test_the_address_opens_a_lab() -> None:
    """?lab=Forge opens that lab; what is no lab opens the first one."""
    at = open_app()
    at.switch_page("pages/attack_lab.py")
    at.query_params["lab"] = "Forge"
    assert "CBC without an HMAC: the receiver reads" in [part.value for part in run(at).subheader]


class TestTamper:
    """One byte after the other."""

    @pytest.mark.parametrize(
        ("field", "failing"),
        [
            ("version", StepName.VERSION),
            ("iv", StepName.HMAC),
            ("ciphertext", StepName.HMAC),
            ("hmac", StepName.HMAC),
        ],
    )
    def test_a_bit_of_each_field(self, field: str, failing: StepName) -> None:
        """The step that stops it is named, beside the original that passes."""
        at = go("Tamper")
        next(button for button in at.button if button.key == f"flip_{field}").click()
        run(at)
        assert STEP_TITLES[failing] in at.error[0].value
        original, changed = verdicts(at)
        assert set(original) == {"passed"}
        at_step = list(StepName).index(failing)
        assert changed == ["passed"] * at_step + ["failed"] + ["not done"] * (6 - at_step)

    def test_a_careless_receiver_reads_the_flip(self) -> None:
        """A flip in the initialization vector is the same flip in the text, and is marked as never to do."""
        at = go("Tamper")
        next(button for button in at.button if button.key == "flip_iv").click()
        run(at)
        assert "Never do this" in at.error[1].value
        read = next(code.value for code in at.code if "reads" in code.value)
        assert "was   pay 10 coins to" in read
        assert read.splitlines()[2].strip() == "reads pay 10 cnins to"
        assert "The attacker decides what it says" in texts(at)

    def test_a_flip_in_the_ciphertext_garbles_and_steers(self) -> None:
        """One block is noise, the next one changes in that bit."""
        at = go("Tamper")
        next(button for button in at.button if button.key == "flip_ciphertext").click()
        run(at)
        assert "Block 1: its own ciphertext was changed" in texts(at)
        assert "Block 2: exactly the bits flipped in ciphertext block 1" in texts(at)

    def test_the_hmac_alone_leaves_the_text(self) -> None:
        """And the page says that nobody would have noticed."""
        at = go("Tamper")
        next(button for button in at.button if button.key == "flip_hmac").click()
        assert "would not have noticed" in texts(run(at))

    def test_hexadecimal_digits(self) -> None:
        """The byte that was flipped last can be typed; what is no byte is refused, and nothing is lost."""
        at = go("Tamper")
        before = token_bytes(at)
        next(button for button in at.button if button.key == "flip_iv").click()
        run(at)
        for typed in ("zz", "0x7f", "7f" * 10**5):
            at.text_input(key="tamper_hex").set_value(typed)
            run(at)
            assert "two digits" in texts(at)
        assert token_bytes(at)[17] == before[17] ^ 1
        at.text_input(key="tamper_hex").set_value("7F")
        run(at)
        assert token_bytes(at)[17] == 0x7F
        assert "two digits" not in texts(at)
        assert component_data(at, "bytes")["changed"] == [17]
        press(at, "Undo all")
        assert token_bytes(at) == before
        assert component_data(at, "bytes")["changed"] == []

    def test_another_text_begins_anew(self) -> None:
        """What was changed belongs to one token; another token is whole."""
        at = go("Tamper")
        next(button for button in at.button if button.key == "flip_iv").click()
        run(at)
        at.text_input(key="lab_text").set_value("something else")
        run(at)
        assert component_data(at, "bytes")["changed"] == []
        assert (
            lab_room(at).keyring.decrypt(base64.urlsafe_b64encode(token_bytes(at)).decode())
            == "something else"
        )


class TestForge:
    """A text turned into another."""

    def test_pay_10_becomes_pay_90(self) -> None:
        """The careless receiver reads it, Fernet refuses it, and the arithmetic stands there."""
        at = go("Forge")
        assert any("reads pay 90 coins to" in code.value for code in at.code)
        assert STEP_TITLES[StepName.HMAC] in next(e.value for e in at.error if "Refused" in e.value)
        assert any("1 31   9 39  08   13" in code.value for code in at.code)

    @pytest.mark.parametrize(
        ("known", "wanted", "reason"),
        [("pay 11", "pay 99", "does not say that"), ("pay 10", "pay 1000", "same number of bytes")],
    )
    def test_what_does_not_work_is_said(self, known: str, wanted: str, reason: str) -> None:
        """A wrong guess and another length are answered with what is missing."""
        at = go("Forge")
        at.text_input(key="known").set_value(known)
        at.text_input(key="wanted").set_value(wanted)
        assert reason in run(at).warning[0].value


class TestWrongKey:
    """Keys that do not open it."""

    def test_a_random_key(self) -> None:
        """The HMAC stops it; another random key is another one."""
        at = go("Wrong key")
        assert STEP_TITLES[StepName.HMAC] in at.error[0].value
        before = at.metric[1].value
        assert press(at, "Another one").metric[1].value != before

    @pytest.mark.parametrize(("bit", "steps"), [(0, ["hmac"]), (200, ["padding", "text"])])
    def test_one_bit(self, bit: int, steps: list[str]) -> None:
        """In the signing half the HMAC stops it, in the encryption half the noise that comes out."""
        at = choose(go("Wrong key"), "wrong_key", "One bit changed")
        at.slider(key="wrong_bit").set_value(bit)
        run(at)
        assert any(STEP_TITLES[StepName(step)] in at.error[0].value for step in steps)
        assert at.metric[0].value != at.metric[1].value

    def test_a_retired_key(self) -> None:
        """A typed text has one on its ring; a room without says how to get one, and uses it then."""
        at = choose(send(open_app(), "A", "hello") and go("Wrong key"), "lab_source", TYPED)
        choose(at, "wrong_key", "A retired key")
        assert STEP_TITLES[StepName.HMAC] in at.error[0].value
        assert at.metric[1].value == lab_room(at).keyring.keys[1].fingerprint
        choose(at, "lab_source", WRITTEN)
        assert "no retired key yet" in at.info[0].value
        old = application().conversation.keyring.primary
        application().conversation.change_keys(lambda ring: ring.rotated())
        send(at, "A", "under the new key")
        at.selectbox[0].set_value(2)
        run(at)
        assert at.metric[1].value == old.fingerprint

    def test_no_key_is_shown(self) -> None:
        """Fingerprints only."""
        at = choose(go("Wrong key"), "wrong_key", "One bit changed")
        key: FernetKey = lab_room(at).keyring.primary
        assert key.reveal() not in sent_to_browser(at)
        assert key.signing_key.hex() not in sent_to_browser(at)


class TestReplay:
    """The same token again, and the clock."""

    def test_a_message_of_the_room_is_accepted_again(self) -> None:
        """It is stored a second time as it is, in the room that everybody sees."""
        at = go("Replay and age", send(open_app(), "B", "once"))
        press(at, "Send the same token again")
        first, second = application().conversation.view().messages
        assert (second.token, second.sender) == (first.token, "B")
        assert "Accepted once more" in at.warning[0].value
        assert "What would help" in texts(at)

    def test_a_typed_text_stays_in_this_session(self) -> None:
        """Its copies go into a room of one's own."""
        at = go("Replay and age")
        for _ in range(2):
            press(at, "Send the same token again")
        assert "Accepted 2 times more" in at.warning[0].value
        assert len(lab_room(at).view().messages) == 2
        assert application().conversation.view().messages == ()

    def test_under_a_retired_key(self) -> None:
        """It is accepted, and the page says that the room gave its text another token."""
        at = send(open_app(), "A", "old")
        application().conversation.change_keys(lambda ring: ring.rotated())
        at = press(go("Replay and age", at), "Send the same token again")
        assert "Accepted once more" in at.warning[0].value
        assert "It was under a retired key" in texts(at)

    def test_a_page_that_was_locked_again_sends_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The button of a page drawn before does nothing without the passcode."""
        monkeypatch.setenv("SECURECHAT_PRESENTER_PASSCODE", "open sesame")
        at = send(open_app(), "A", "old")
        let_in(at)
        at = choose(go("Replay and age", at), "lab_source", WRITTEN)
        lock(at)
        press(at, "Send the same token again")
        assert len(application().conversation.view().messages) == 1

    def test_it_counts_against_who_replays(self) -> None:
        """Whoever wrote the message can go on writing, however often it is sent again."""
        at = go("Replay and age", send(open_app(), "B", "once"))
        for _ in range(21):
            press(at, "Send the same token again")
        assert "too many in a short time" in at.error[0].value
        assert len(application().conversation.view().messages) == 21
        assert application().conversation.send("B", "I am not slowed").id == 22

    def test_where_only_the_presenter_writes(self) -> None:
        """Nobody else sends again, neither by a button of before nor by one that says why it is closed."""
        at = go("Replay and age", send(open_app(), "B", "once"))
        application().policy.reserve(on=True)
        press(at, "Send the same token again")
        assert len(application().conversation.view().messages) == 1
        assert "Only the teacher writes here now." in texts(at)
        assert next(button for button in at.button if button.label.startswith("Send the same")).disabled
        let_in(at)
        press(run(at), "Send the same token again")
        assert len(application().conversation.view().messages) == 2

    def test_the_limit_is_said(self) -> None:
        """Who replays too fast is told to wait."""
        at = press(go("Replay and age"), "Send the same token again")
        for _ in range(19):
            lab_room(at).post(
                Actor(share=at.session_state["replayer"]), at.session_state["lab_token"], sender="A"
            )
        press(at, "Send the same token again")
        assert "too many in a short time" in at.error[0].value

    @pytest.mark.parametrize(
        ("clock", "ttl", "outcome"),
        [
            (600, 600, "Accepted."),
            (600, 599, "older than its time to live"),
            (-60, 600, "Accepted."),
            (-61, 600, "more than 60 seconds in the future"),
        ],
    )
    def test_the_clock(self, clock: int, ttl: int, outcome: str) -> None:
        """Age at the time to live and one over; the future up to 60 seconds and one more."""
        at = go("Replay and age")
        at.toggle(key="lab_limited").set_value(True)
        run(at)
        at.slider(key="lab_clock").set_value(clock)
        at.slider(key="lab_ttl").set_value(ttl)
        run(at)
        assert outcome in "\n".join(part.value for part in (*at.success, *at.error))

    def test_without_a_time_to_live(self) -> None:
        """An hour later it still opens."""
        at = go("Replay and age")
        at.slider(key="lab_clock").set_value(3600)
        assert run(at).success[0].value == "Accepted."


class TestGuess:
    """The machine tries keys."""

    def test_the_tally_and_its_meaning(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Keys a second are measured, and told in years and ages of the universe."""
        monkeypatch.setattr(guess, "SECONDS", 0.2)
        at = press(go("Guess"), "Guess for a moment")
        guessing = at.session_state["guessing"]
        assert guessing.tried > 0
        assert guessing.share == 1.0
        assert "times the age of the universe" in texts(at)

    def test_one_at_a_time(self) -> None:
        """While the server guesses for somebody else, the page says so and does not."""
        with guess._one_at_a_time:  # noqa: SLF001 - as another session would hold it
            at = press(go("Guess"), "Guess for a moment")
        assert "busy with the guesses of somebody else" in at.info[0].value


class TestPatterns:
    """Equal blocks."""

    def test_ecb_repeats_and_fernet_does_not(self) -> None:
        """Six times the same text: one block under ECB, six under Fernet."""
        at = go("Patterns")
        ecb, fernet = (code.value.splitlines() for code in at.code[:2])
        assert (len(ecb), len(set(ecb))) == (6, 1)
        assert (len(fernet), len(set(fernet))) == (6, 6)
        assert "All are equal" in texts(at)
        assert "6 of 6 are different" in texts(at)

    def test_the_picture(self) -> None:
        """As many different blocks under ECB as before, and all of them under CBC."""
        shown = texts(go("Patterns"))
        counts = [
            line.split(" different blocks")[0] for line in shown.splitlines() if " different blocks" in line
        ]
        assert counts[0] == counts[1]
        assert counts[2] == "6,144"


class TestWhatItMayShow:
    """With a passcode, messages of the room are the presenter's."""

    @pytest.mark.parametrize("name", NAMES)
    def test_the_passcode_guards_the_room(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without it no plaintext of the room is in the page; a text typed here needs none."""
        monkeypatch.setenv("SECURECHAT_PRESENTER_PASSCODE", "open sesame")
        at = go(name, send(open_app(), "A", CANARY))
        assert f"**What this lab shows:** {next(lab for lab in LABS if lab.name == name).shown}" in texts(at)
        choose(at, "lab_source", WRITTEN)
        assert at.text_input(key="passcode_guess")
        assert "What this lab shows" not in texts(at)
        assert CANARY not in sent_to_browser(at)
        at.text_input(key="passcode_guess").set_value("open sesame")
        press(at, "Open")
        assert "What this lab shows" in texts(at)

    def test_nothing_of_the_room_is_kept_in_the_session(self) -> None:
        """The labs read a message each time they draw it; what they keep is tokens."""
        at = send(open_app(), "A", CANARY)
        for name in NAMES:
            go(name, at)
            choose(at, "lab_source", WRITTEN)
        assert CANARY not in repr(at.session_state)

    def test_encrypt_again(self) -> None:
        """The same text gets another token."""
        at = go("Tamper")
        before = at.session_state["lab_token"]
        press(at, "Encrypt again")
        after = at.session_state["lab_token"]
        assert after != before
        assert lab_room(at).keyring.decrypt(after) == lab_room(at).keyring.decrypt(before)

    def test_an_empty_text_is_refused(self) -> None:
        """With the reason, and without a lab."""
        at = go("Tamper")
        at.text_input(key="lab_text").set_value("  ")
        assert "nothing to send" in run(at).error[0].value

    def test_a_text_that_is_too_long_is_refused(self) -> None:
        """It is told by how much, and the text of before is not taken for it."""
        at = go("Tamper")
        at.text_input(key="lab_text").set_value("x" * 2_001)
        assert "2,001 characters; 2,000 are allowed" in run(at).error[0].value
        assert not at.table

    @pytest.mark.parametrize("name", NAMES)
    def test_a_message_that_no_key_opens(self, name: str) -> None:
        """There is nothing to compare it with: the page says so, in every lab."""
        at = send(open_app(), "A", "lost")
        application().conversation.change_keys(lambda ring: KeyRing.generate())
        at = choose(go(name, at), "lab_source", WRITTEN)
        assert "No key here opens this message" in at.warning[0].value
        assert "What this lab shows" not in texts(at)

    def test_an_empty_room(self) -> None:
        """Who wants a message of the room where there is none is sent to Chat."""
        at = choose(go("Tamper"), "lab_source", WRITTEN)
        assert not at.table
        assert parse_token(at.session_state["lab_token"])
