"""The Inspector and the labs, without a browser, of a session that sits in a room of a class."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from securechat.classroom import Classroom
from securechat.crypto.keyring import KeySource
from securechat.rooms.conversation import Conversation
from securechat.rooms.keys import KeyChange
from securechat.ui import outcome, state
from securechat.ui.attack_lab import LABS
from securechat.ui.state import application
from tests.apptest import (
    component_data,
    open_app,
    room_data,
    run,
    send,
    sent_to_browser,
    shown_tokens,
    texts,
    where,
)
from tests.pupils import (
    go,
    join,
    labels,
    new_class,
    pair,
    person_of,
    press,
    room_of,
    show,
    tell,
    token_of,
    write,
)
from tests.support import CANARY, CANARY_KEY

BADGE, EVERYONE_BADGE = "Your room in the class", "Everyone"
NOT_YOURS = "You are not in this room."
BETWEEN_OTHERS = "it is for somebody else"


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test press the same button again at once."""
    monkeypatch.setattr(outcome, "DOUBLE_SECONDS", 0.0)


@pytest.fixture
def classroom() -> Classroom:
    """A class; in the room of the front page somebody has written, too."""
    send(open_app(), "A", "of the front page")
    return new_class()


@pytest.fixture
def seated(classroom: Classroom) -> tuple[AppTest, AppTest]:
    """Two who sit in a room, in which the first has written."""
    first, second = pair(classroom)
    write(first, CANARY)
    return run(first), run(second)


def conversation_of(at: AppTest) -> Conversation:
    """Return the conversation of the room that somebody sits in."""
    classroom = application().classrooms.by_id(where(at).class_id)
    assert classroom is not None
    view = classroom.view()
    room = view.participants[person_of(at)].room
    assert room is not None
    return view.rooms[room].conversation


def name_of(at: AppTest) -> str:
    """Return what somebody is called."""
    classroom = application().classrooms.by_id(where(at).class_id)
    assert classroom is not None
    return classroom.view().participants[person_of(at)].alias


def badges(at: AppTest) -> str:
    """Return what the badges say."""
    return "\n".join(part.value for part in at.markdown if "-badge[" in part.value)


def exchange_to_the_end(at: AppTest) -> AppTest:
    """Play the key exchange."""
    at = go(at, "key_exchange")
    while not next(button for button in at.button if button.key == "exchange_next").disabled:
        at.button(key="exchange_next").click()
        at = run(at)
    return at


def lab(at: AppTest, name: str) -> AppTest:
    """Open one of the labs on a message of the room."""
    at = go(at, "attack_lab")
    next(group for group in at.button_group if group.key == "lab").set_value(name)
    return run(at)


class TestInspector:
    """One message of a room of a class, opened."""

    def test_a_message_of_the_own_room(self, seated: tuple[AppTest, AppTest]) -> None:
        """It has the sender's name, the text, the room's key and badge, and every step passed."""
        first, second = seated
        at = go(second, "inspector")
        keyring = conversation_of(second).keyring
        metrics = {metric.label: metric.value for metric in at.metric}
        assert at.header[0].value == f"Message 1, from {name_of(first)}"
        assert at.code[0].value == CANARY
        assert metrics["Who"] == name_of(first)
        assert metrics["Fingerprint of the primary key"] == keyring.fingerprint
        assert metrics["Fingerprint of the primary key"] != application().conversation.keyring.fingerprint
        assert BADGE in badges(at)
        assert f"Source: {KeySource.ROOM.value}" in texts(at)
        assert "No passcode was chosen" not in texts(at)
        names = component_data(at, "message_list")["names"]
        assert names[person_of(first)] == name_of(first)

    def test_the_key_of_the_room_is_shown_when_asked(self, seated: tuple[AppTest, AppTest]) -> None:
        """Masked at first; revealed, it is the room's and not that of the front page."""
        at = go(seated[1], "inspector")
        own = conversation_of(at).keyring.primary.reveal()
        demo = application().conversation.keyring.primary.reveal()
        assert own not in sent_to_browser(at)
        at = press(at, "Reveal key")
        assert own in sent_to_browser(at)
        assert demo not in sent_to_browser(at)

    def test_a_link_in_a_new_tab(self, classroom: Classroom, seated: tuple[AppTest, AppTest]) -> None:
        """With the seat that the browser keeps, the link opens the message of that room."""
        first, _ = seated
        at = go(open_app(), "inspector", message="1", room=room_of(first))
        assert CANARY not in sent_to_browser(at)
        at = tell(at, {classroom.id: token_of(first)})
        assert at.header[0].value == f"Message 1, from {name_of(first)}"
        assert at.code[0].value == CANARY

    def test_who_has_left_stays_outside(self, classroom: Classroom, seated: tuple[AppTest, AppTest]) -> None:
        """A link does not seat them again in silence: not even the tab of which the browser has the seat."""
        first, _ = seated
        room, token = room_of(first), token_of(first)
        classroom.leave(person_of(first))
        at = tell(go(open_app(), "inspector", message="1", room=room), {classroom.id: token})
        assert NOT_YOURS in texts(at)
        assert CANARY not in sent_to_browser(at)
        assert classroom.holder_of(token).left

    def test_a_stranger_learns_nothing(self, seated: tuple[AppTest, AppTest]) -> None:
        """A browser without a seat gets the same answer for a room that is there and for one that is not."""
        room = room_of(seated[0])
        answers = []
        for asked in (room, f"{room}0", "made-up", f"{room.split('-')[0]}-77", "wall"):
            at = go(open_app(), "inspector", message="1", room=asked)
            before = [texts(at), sorted(str(part.key) for part in at.get("bidi_component"))]
            at = tell(at)
            assert CANARY not in sent_to_browser(at)
            assert shown_tokens_or_none(at) == []
            answers.append([*before, texts(at), [str(part.key) for part in at.get("bidi_component")]])
        assert NOT_YOURS in answers[0][2]
        assert all(answer == answers[0] for answer in answers)

    def test_a_wrong_token_is_no_seat(self, classroom: Classroom, seated: tuple[AppTest, AppTest]) -> None:
        """A token of another class, or a made-up one, opens nothing and says the same."""
        other = new_class()
        stranger = join(other)
        room = room_of(seated[0])
        for told in (
            {classroom.id: "made up"},
            {classroom.id: token_of(stranger), other.id: token_of(stranger)},
        ):
            at = tell(go(open_app(), "inspector", message="1", room=room), told)
            assert NOT_YOURS in texts(at)
            assert CANARY not in sent_to_browser(at)

    def test_a_pupil_of_another_pair(self, classroom: Classroom, seated: tuple[AppTest, AppTest]) -> None:
        """Of the same class, but of another room: the same answer as for a room that is not there."""
        third, _ = pair(classroom)
        told = {classroom.id: token_of(third)}
        said = []
        for room in (room_of(seated[0]), f"{classroom.id}-77"):
            at = tell(go(third, "inspector", message="1", room=room), told)
            assert CANARY not in sent_to_browser(at)
            said.append(texts(at))
        assert NOT_YOURS in said[0]
        assert said[0] == said[1]

    def test_private_messages(self, classroom: Classroom) -> None:
        """The two open it under a key of their own; others see that they cannot, and the anatomy."""
        first, second = pair(classroom)
        third = join(classroom)
        write(show(first, "Everyone"), CANARY, to=person_of(third))
        for at in (first, third):
            opened = go(run(at), "inspector", message="1", room=classroom.everyone)
            assert opened.code[0].value == CANARY
            assert "only these two have" in texts(opened)
            assert EVERYONE_BADGE in badges(opened)
        at = go(show(second, "Everyone"), "inspector", message="1")
        assert BETWEEN_OTHERS in at.info[0].value
        assert CANARY not in sent_to_browser(at)
        assert "Reveal key" not in labels(at)
        at.text_area[0].set_value(shown_tokens(at)[0])
        at = press(at, "Inspect this token")
        assert BETWEEN_OTHERS in texts(at)
        assert CANARY not in sent_to_browser(at)

    def test_where_the_seat_is_lost(self, classroom: Classroom, seated: tuple[AppTest, AppTest]) -> None:
        """Who is removed while they look sees nothing of the room at the next run."""
        first, _ = seated
        token = token_of(first)
        at = go(first, "inspector", message="1", room=room_of(first))
        assert CANARY in sent_to_browser(at)
        classroom.desk.remove(person_of(first))
        assert CANARY not in sent_to_browser(run(at))
        at = tell(at, {classroom.id: token})
        assert CANARY not in sent_to_browser(at)
        assert NOT_YOURS in texts(at)

    def test_another_room_begins_with_its_newest_message(self, classroom: Classroom) -> None:
        """What was looked at in one room says nothing of another one."""
        at = open_app()
        for number in range(3):
            send(at, "A", f"front page {number}")
        go(at, "inspector")
        first, _ = pair(classroom)
        at = go(at, "join", **{"class": classroom.code})
        at = tell(at, {classroom.id: token_of(first)})
        write(at, CANARY)
        at = go(run(at), "inspector")
        assert BADGE in badges(at)
        assert at.header[0].value == f"Message 1, from {name_of(first)}"

    def test_behind_the_passcode_a_pupil_opens_their_own(
        self, monkeypatch: pytest.MonkeyPatch, classroom: Classroom
    ) -> None:
        """A passcode keeps pupils from the front page's key, and not from that of their room."""
        monkeypatch.setenv("SECURECHAT_PRESENTER_PASSCODE", "open sesame")
        state.use(None)
        classroom = new_class()
        at, _ = pair(classroom)
        write(at, CANARY)
        assert go(run(at), "inspector").code[0].value == CANARY
        application().conversation.send("A", "of the front page")
        at = open_app()
        assert "Passcode" in [field.label for field in go(at, "inspector").text_input]


def shown_tokens_or_none(at: AppTest) -> list[str]:
    """Return the tokens on the page; none where it draws no room."""
    there = {str(part.key) for part in at.get("bidi_component")}
    return shown_tokens(at) if any(key.startswith("chat") for key in there) else []


class TestAttackLab:
    """The labs on messages of a class."""

    @pytest.mark.parametrize("name", [each.name for each in LABS])
    def test_every_lab_works_on_the_rooms_message(self, seated: tuple[AppTest, AppTest], name: str) -> None:
        """Each opens on the newest message of the room, and names its sender."""
        first, second = seated
        at = lab(second, name)
        assert not at.warning or BETWEEN_OTHERS not in texts(at)
        title = next(box for box in at.selectbox if box.key == "lab_message").format_func(1)
        assert name_of(first) in title

    def test_a_private_message_of_ones_own(self, classroom: Classroom) -> None:
        """The receiver of the labs has the key of the two: as it is, the token passes every step."""
        first, second = pair(classroom)
        write(show(first, "Everyone"), CANARY, to=person_of(second))
        at = lab(run(first), "Tamper")
        table = at.table[0].value
        assert all("passed" in cell for cell in table[table.columns[1]]), table

    def test_others_private_messages(self, classroom: Classroom) -> None:
        """There is nothing to compare with, and the page says so."""
        first, second = pair(classroom)
        third = join(classroom)
        write(show(first, "Everyone"), CANARY, to=person_of(third))
        at = lab(show(second, "Everyone"), "Tamper")
        assert BETWEEN_OTHERS in at.warning[0].value
        assert CANARY not in sent_to_browser(at)

    def test_replay_in_the_own_room_alone(self, classroom: Classroom) -> None:
        """In a pair's room the token is accepted again; in the room of everyone the button is off."""
        first, _ = pair(classroom)
        write(first, CANARY)
        at = press(lab(run(first), "Replay and age"), "Send the same token again")
        view = conversation_of(first).view()
        assert [message.token for message in view.messages] == [view.messages[0].token] * 2
        at = show(go(at, "join"), "Everyone")
        write(at, CANARY)
        at = lab(run(at), "Replay and age")
        button = next(button for button in at.button if button.label.startswith("Send the same token"))
        assert button.disabled

    def test_replay_without_a_seat(self, classroom: Classroom, seated: tuple[AppTest, AppTest]) -> None:
        """Who has lost the seat presses a button that still stands there: nothing is sent."""
        first, second = seated
        at = lab(second, "Replay and age")
        classroom.desk.remove(person_of(second))
        press(at, "Send the same token again")
        assert len(conversation_of(first).view().messages) == 1

    def test_without_a_seat_the_labs_know_nothing(
        self, classroom: Classroom, seated: tuple[AppTest, AppTest]
    ) -> None:
        """After losing the seat the labs work on the front page's room again."""
        _, second = seated
        at = lab(second, "Tamper")
        token = conversation_of(second).view().messages[0].token
        classroom.desk.remove(person_of(second))
        assert token not in sent_to_browser(run(at))


class TestKeyLife:
    """The keys of a room of a class."""

    def test_a_new_key_is_the_rooms_alone(self, seated: tuple[AppTest, AppTest], tmp_path: Path) -> None:
        """Old messages stay readable for the partner; the front page's keys and file stay as they were."""
        first, second = seated
        before = conversation_of(first).keyring.primary
        file = (tmp_path / "secret.key").read_text()
        demo = application().conversation.keyring
        at = go(first, "key_life")
        assert BADGE in badges(at)
        at = press(at, "Make a new primary key")
        ring = conversation_of(first).keyring
        assert ring.keys[1] == before != ring.primary
        assert conversation_of(first).key_change == KeyChange(2, person_of(first))
        assert "It is kept as long as the class lasts" in at.success[0].value
        assert application().conversation.keyring is demo
        assert (tmp_path / "secret.key").read_text() == file
        write(go(second, "join"), "under the new key")
        assert go(second, "inspector", message="1", room=room_of(second)).code[0].value == CANARY

    def test_a_key_that_messages_need_is_not_dropped(self, seated: tuple[AppTest, AppTest]) -> None:
        """They are the partner's, too: the page asks to re-encrypt them first, and drops nothing."""
        first, _ = seated
        at = press(go(first, "key_life"), "Make a new primary key")
        at.session_state["drop_question"] = True
        at = press(run(at), "Drop 1 retired key")
        assert "Re-encrypt first" in at.error[0].value
        assert len(conversation_of(first).keyring.keys) == 2

    def test_old_messages_and_keys(self, seated: tuple[AppTest, AppTest]) -> None:
        """Re-encrypting and dropping work on the room's messages."""
        first, _ = seated
        at = press(go(first, "key_life"), "Make a new primary key")
        at = press(at, "Re-encrypt old messages")
        at.session_state["drop_question"] = True
        press(run(at), "Drop 1 retired key")
        conversation = conversation_of(first)
        assert len(conversation.keyring.keys) == 1
        assert conversation.keyring.decrypt(conversation.view().messages[0].token) == CANARY

    def test_the_keys_of_everyone_stay(self, classroom: Classroom) -> None:
        """In the room of the whole class there is nothing to press, and where to go is said."""
        at, _ = pair(classroom)
        at = go(show(at, "Everyone"), "key_life")
        assert "keys of the whole class are not changed" in texts(at)
        assert "Make a new primary key" not in labels(at)

    @pytest.mark.parametrize("button", ["Make a new primary key", "Re-encrypt", "Drop", "Import this key"])
    def test_old_buttons_of_who_lost_the_seat(
        self, classroom: Classroom, seated: tuple[AppTest, AppTest], button: str
    ) -> None:
        """They change neither the room's keys and messages nor those of the front page."""
        first, second = seated
        conversation, demo = conversation_of(first), application().conversation
        at = press(go(second, "key_life"), "Make a new primary key")
        if button == "Drop":
            at.session_state["drop_question"] = True
            at = run(at)
        if button == "Import this key":
            at.text_input(key="import_pasted").set_value(CANARY_KEY)
        before = [(each.keyring.keys, each.view().messages) for each in (conversation, demo)]
        classroom.desk.remove(person_of(second))
        at = press(at, button)
        assert [(each.keyring.keys, each.view().messages) for each in (conversation, demo)] == before
        assert BADGE not in badges(at)

    def test_what_the_table_shows_who_lost_the_seat(
        self, classroom: Classroom, seated: tuple[AppTest, AppTest]
    ) -> None:
        """Asked to look again, it says nothing of the room any more."""
        _, second = seated
        fingerprint = conversation_of(second).keyring.fingerprint
        at = go(second, "key_life")
        assert fingerprint in texts(at)
        classroom.desk.remove(person_of(second))
        assert fingerprint not in texts(press(at, "Look again"))

    def test_the_download_holds_the_rooms_keys(self, seated: tuple[AppTest, AppTest]) -> None:
        """Nothing of the front page's key file leaves by it."""
        first, _ = seated
        own = conversation_of(first).keyring.primary.reveal()
        at = go(first, "key_life")
        at.session_state["key_tools"] = "Download keys"
        at = run(at)
        next(button for button in at.button if button.label.startswith("I understand")).click()
        at.run()
        assert application().conversation.keyring.primary.reveal() not in sent_to_browser(at)
        assert own not in sent_to_browser(run(at)), "only the run that was asked for has them"


class TestKeyExchange:
    """The key of the play becomes the room's."""

    def test_it_becomes_the_key_of_the_own_room(self, seated: tuple[AppTest, AppTest]) -> None:
        """Afterwards it is the primary key of the pair's room, and the front page's stays."""
        first, second = seated
        demo = application().conversation.keyring
        at = exchange_to_the_end(first)
        press(at, "Use this key for the room")
        key = at.session_state["exchange"].key_a
        assert conversation_of(first).keyring.primary == key
        assert application().conversation.keyring is demo
        write(go(second, "join"), "under the agreed key")
        assert (
            conversation_of(second).keyring.open(conversation_of(second).view().messages[-1].token).key == key
        )

    def test_not_for_everyone(self, classroom: Classroom) -> None:
        """For the room of the whole class there is no such button."""
        at, _ = pair(classroom)
        show(at, "Everyone")
        at = exchange_to_the_end(at)
        assert "The key of the whole class is not changed." in texts(at)
        assert "Use this key for the room" not in labels(at)

    def test_the_old_button_of_who_lost_the_seat(
        self, classroom: Classroom, seated: tuple[AppTest, AppTest]
    ) -> None:
        """It changes no key, neither of the room nor of the front page."""
        first, second = seated
        at = exchange_to_the_end(second)
        before = conversation_of(first).keyring, application().conversation.keyring
        classroom.desk.remove(person_of(second))
        press(at, "Use this key for the room")
        assert (conversation_of(first).keyring, application().conversation.keyring) == before


class TestFrontPage:
    """What has no class in it is as it was."""

    def test_a_session_without_a_class(self, classroom: Classroom) -> None:
        """No badge, no ticket, no people; the keys are those of the front page."""
        at = open_app()
        data = room_data(at)
        assert data["name"] == "demo"
        assert not {"ticket", "reads"} & set(data)
        assert data["people"] is None
        assert badges(go(at, "inspector")) == ""
        assert at.code[0].value == "of the front page"
        at = go(at, "key_life")
        assert badges(at) == ""
        assert application().conversation.keyring.fingerprint in texts(at)

    def test_a_pupil_on_the_front_page(self, seated: tuple[AppTest, AppTest]) -> None:
        """Who sits in a class and opens Chat plays A and B there, and the Inspector follows."""
        at = go(seated[0], "chat")
        assert room_data(at)["name"] == "demo"
        at = go(at, "inspector")
        assert at.code[0].value == "of the front page"
        assert CANARY not in sent_to_browser(at)

    def test_the_seat_is_found_by_name_alone(self) -> None:
        """The address may ask for the room of the front page; that needs no seat."""
        send(open_app(), "A", "hello")
        at = go(open_app(), "inspector", message="1", room="demo")
        assert at.code[0].value == "hello"
