"""Inspector and labs, without a browser, for who has sealed their room: what cannot be done, and why."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from securechat.classroom import Classroom
from securechat.rooms.conversation import Conversation
from securechat.ui.attack_lab import LABS
from securechat.ui.attack_lab.subject import TYPED, WRITTEN
from tests.apptest import run, sent_to_browser, texts
from tests.pupils import go, labels, new_class, pair, press, write
from tests.sealing import Phone, post, seal
from tests.support import CANARY

OLD = "pay 10 coins to Mallory"
NAMES = [lab.name for lab in LABS]


@pytest.fixture
def classroom() -> Classroom:
    """A class."""
    return new_class()


@pytest.fixture
def unsealed(classroom: Classroom) -> AppTest:
    """Somebody in a pair, who wrote something; as long as the test wants it, not sealed."""
    first, _ = pair(classroom)
    write(first, OLD)
    return run(first)


@pytest.fixture
def phone(classroom: Classroom, unsealed: AppTest) -> Phone:
    """Their phone, after the two have sealed the room and something was written there."""
    first, _ = seal(classroom, "p1", "p2")
    post(classroom, first, CANARY)
    return first


@pytest.fixture
def at(unsealed: AppTest, phone: Phone) -> AppTest:
    """Their page of the class."""
    return run(unsealed)


@pytest.fixture
def conversation(classroom: Classroom) -> Conversation:
    """What is written in the room."""
    [_, room, *_] = classroom.view().rooms.values()
    return room.conversation


def lab(at: AppTest, name: str, source: str = "") -> AppTest:
    """Open a lab of the Attack lab, on a typed text or on a message."""
    at = go(at, "attack_lab", lab=name)
    if source:
        next(group for group in at.button_group if group.key == "lab_source").set_value(source)
        run(at)
    return at


def exchange(at: AppTest) -> AppTest:
    """Go to the end of the key exchange."""
    at = go(at, "key_exchange")
    while not next(button for button in at.button if button.key == "exchange_next").disabled:
        next(button for button in at.button if button.key == "exchange_next").click()
        run(at)
    return at


class TestInspector:
    """One message opened."""

    def test_a_sealed_message(self, at: AppTest) -> None:
        """It says that nobody here has the key, and where it can be done; what all see is there."""
        at = go(at, "inspector", message="2")
        [told] = at.info
        assert "This message is sealed" in told.value
        assert "“Inspect”" in told.value
        assert "somebody else" not in texts(at)
        assert CANARY not in sent_to_browser(at)
        assert "Reveal key" not in labels(at)
        assert "Encryption hides what is said." in texts(at)

    def test_one_of_before(self, at: AppTest) -> None:
        """It opens as ever."""
        assert go(at, "inspector", message="1").code[0].value == OLD

    def test_a_pasted_token(self, at: AppTest, conversation: Conversation) -> None:
        """The token of a sealed message is known to be one."""
        at = go(at, "inspector")
        at.text_area[0].set_value(conversation.view().messages[1].token)
        at = press(at, "Inspect this token")
        assert "This message is sealed" in at.info[0].value


class TestAttackLab:
    """What an attacker would try."""

    @pytest.mark.parametrize("name", NAMES)
    def test_every_lab_begins_with_a_message_of_before(self, at: AppTest, name: str) -> None:
        """The newest that can be opened; it is said which are sealed, and of one of those, what to do."""
        at = lab(at, name)
        box = next(box for box in at.selectbox if box.key == "lab_message")
        assert box.value == 1
        assert [option.endswith("· sealed") for option in box.options] == [True, False]
        assert not at.warning
        box.set_value(2)
        at = run(at)
        [told] = at.warning
        assert "This message is sealed" in told.value
        assert TYPED in told.value
        assert CANARY not in sent_to_browser(at)

    @pytest.mark.parametrize("name", NAMES)
    def test_where_all_is_sealed(
        self, at: AppTest, classroom: Classroom, conversation: Conversation, phone: Phone, name: str
    ) -> None:
        """Each lab works on a typed text, without being told to; asked for a message, it says why not."""
        conversation.clear()
        post(classroom, phone, CANARY)
        at = lab(at, name)
        assert f"**What this lab shows:** {LABS[NAMES.index(name)].shown}" in texts(at)
        at = lab(at, name, WRITTEN)
        assert "This message is sealed" in at.warning[0].value

    def test_nothing_is_sent_again(self, at: AppTest, conversation: Conversation) -> None:
        """The button is off, and the reason stands there; on a typed text it works."""
        at = lab(at, "Replay and age")
        assert "nothing can be sent again from here" in texts(at)
        [button] = [each for each in at.button if each.label.startswith("Send the same")]
        assert button.disabled
        assert len(conversation.view().messages) == 2
        at = lab(at, "Replay and age", TYPED)
        assert "sealed" not in texts(at)
        at = press(at, "Send the same")
        assert "**Accepted once more.**" in texts(at)


class TestKeys:
    """The key of the room, which is on two phones alone."""

    def test_it_is_not_exchanged_here(self, at: AppTest, conversation: Conversation) -> None:
        """The key of the play is not offered for the room, and no passcode is asked for."""
        before = conversation.keyring
        at = exchange(at)
        assert "this server cannot change it" in texts(at)
        assert "Use this key for the room" not in labels(at)
        assert "Passcode" not in [field.label for field in at.text_input]
        assert conversation.keyring == before

    def test_one_that_was_made_the_rooms_before(
        self, unsealed: AppTest, classroom: Classroom, conversation: Conversation
    ) -> None:
        """It does not say that new messages are under it."""
        at = press(exchange(unsealed), "Use this key for the room")
        assert "is now the primary key" in str([note.value for note in at.success])
        seal(classroom, "p1", "p2")
        at = run(at)
        assert "primary key" not in str([note.value for note in at.success])
        assert "this server cannot change it" in texts(at)

    def test_it_has_no_life_here(self, at: AppTest) -> None:
        """Nothing can be pressed; it is said why, and what still opens."""
        at = go(at, "key_life")
        assert "this server cannot change it" in texts(at)
        assert "still opens in the Inspector" in texts(at)
        assert not at.button
        assert not at.text_input
        assert [link.proto.page for link in at.get("page_link")][-2:] == ["join", "inspector"]

    def test_an_old_page_changes_nothing(
        self, unsealed: AppTest, classroom: Classroom, conversation: Conversation
    ) -> None:
        """A button from before the sealing has no effect, and raises nothing."""
        at = go(unsealed, "key_life")
        before = conversation.keyring
        seal(classroom, "p1", "p2")
        at = press(at, "Make a new primary key")
        assert conversation.keyring == before
        assert "this server cannot change it" in texts(at)
