"""Sealing a room, without a browser: what the class's page offers, and what it says at each step."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from securechat import frames
from securechat.classroom import Classroom, SealRule
from securechat.classroom.people import HERE_SECONDS
from securechat.errors import RoomSealed, SealFirst
from securechat.rooms.policy import Actor
from securechat.ui import sealing
from securechat.ui.sealing import KEY, OPEN, ORDER, SEAL
from securechat.ui.state import application
from tests.apptest import chat_data, component_data, run, texts
from tests.core.classes import Clock
from tests.pupils import go, join, new_class, pair, person_of, show, token_of
from tests.sealing import Phone, compare, post, seal, seat_of, state_of

A, B = "p1", "p2"


@pytest.fixture
def classroom() -> Classroom:
    """A class."""
    return new_class()


@pytest.fixture
def seated(classroom: Classroom) -> tuple[AppTest, AppTest]:
    """Two who sit in a room of it."""
    return pair(classroom)


def room_of(classroom: Classroom) -> str:
    """Return the name of the first pair's room."""
    return list(classroom.view().rooms)[1]


def way(at: AppTest) -> dict[str, object]:
    """Return what the button to the page for sealing is told; nothing where there is no button."""
    there = any(part.key == KEY for part in at.get("bidi_component"))
    return component_data(at, KEY) if there else {}


def label(at: AppTest) -> object:
    """Return what stands on that button once the page has run again; None where there is none."""
    return way(run(at)).get("label")


def press(at: AppTest, name: str = "once") -> AppTest:
    """Press it: the browser asks for a ticket."""
    at.session_state[ORDER] = name, time.monotonic()
    return run(at)


def begin(classroom: Classroom, person: str) -> Callable[[], None]:
    """Begin to seal the room, as the page of one phone does; return what leaves it."""
    leave = classroom.presence.connect(person)
    seat = seat_of(classroom, person)
    seat.seal(Phone(person).begin(state_of(seat).round + 1))
    return leave


def readable(at: AppTest) -> bool:
    """Say whether “Read with my key” can be switched."""
    [toggle] = [each for each in at.toggle if each.label == "Read with my key"]
    return not toggle.disabled


class TestButton:
    """Where it is offered, and what comes of a press."""

    def test_in_the_room_of_a_pair(self, classroom: Classroom, seated: tuple[AppTest, AppTest]) -> None:
        """Both have it; nobody has it in the room of everyone."""
        for at in seated:
            assert label(at) == SEAL
            assert way(at)["room"] == room_of(classroom)
            assert way(at)["due"] is False
            assert not way(show(at, "Everyone"))

    def test_a_press_brings_a_ticket_for_sealing(
        self, classroom: Classroom, seated: tuple[AppTest, AppTest]
    ) -> None:
        """For this room and this person alone; without a press there is none."""
        at = seated[1]
        assert way(at)["ticket"] == way(at)["order"] == ""
        told = way(press(at, "this press"))
        assert told["order"] == "this press"
        ticket = application().tickets.check(str(told["ticket"]), place=room_of(classroom))
        assert (ticket.holder, ticket.seals, ticket.reads) == (person_of(at), True, False)

    def test_who_came_back_gets_another_one(
        self, classroom: Classroom, seated: tuple[AppTest, AppTest]
    ) -> None:
        """One that is good after they left, as the ones before are not."""
        classroom.leave(A)
        classroom.resume(token_of(seated[0]))
        told = way(press(seated[0], "this press"))
        assert application().visit(room_of(classroom), str(told["ticket"]))

    def test_a_press_of_long_ago_brings_none(
        self, seated: tuple[AppTest, AppTest], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A run some time later has no ticket in it that nobody waits for."""
        at = press(seated[0])
        assert way(at)["ticket"]
        monkeypatch.setattr(sealing, "ORDER_SECONDS", 0.0)
        assert way(run(at))["ticket"] == ""

    def test_nobody_seals_alone(self, classroom: Classroom, seated: tuple[AppTest, AppTest]) -> None:
        """Where the other one has left, it is not there; while one waits, neither."""
        assert not way(join(classroom))
        classroom.leave(B)
        assert label(seated[0]) is None

    def test_three_are_told_why_they_cannot(
        self, classroom: Classroom, seated: tuple[AppTest, AppTest]
    ) -> None:
        """In a sentence in place of the button."""
        third = join(classroom)
        classroom.settle(at_once=True)
        for at in (*seated, third):
            assert label(at) is None
            assert "Only two people can seal a room" in texts(at)
        classroom.desk.allow(seal_rule=SealRule.FORBIDDEN)
        assert "seal" not in texts(run(third))

    def test_where_the_teacher_forbids_it(
        self, classroom: Classroom, seated: tuple[AppTest, AppTest]
    ) -> None:
        """There is nothing of it; a room that is sealed has its button still."""
        classroom.desk.allow(seal_rule=SealRule.FORBIDDEN)
        assert label(seated[0]) is None
        assert "seal" not in texts(seated[0])
        classroom.desk.allow(seal_rule=SealRule.ALLOWED)
        seal(classroom, A, B)
        classroom.desk.allow(seal_rule=SealRule.FORBIDDEN)
        assert label(seated[0]) == OPEN

    def test_where_the_teacher_requires_it(
        self, classroom: Classroom, seated: tuple[AppTest, AppTest]
    ) -> None:
        """The composer is closed and says what to press, also while the other one is gone."""
        classroom.desk.allow(seal_rule=SealRule.REQUIRED)
        at = run(seated[0])
        assert chat_data(at)["room"]["closed"] == SealFirst.reason
        assert f"“{SEAL}”" in SealFirst.reason
        assert (label(at), way(at)["due"]) == (SEAL, True)
        classroom.leave(B)
        assert label(at) == SEAL


class TestInvitation:
    """What the page says while the other one is on the page for sealing."""

    def test_the_other_one_has_begun(self, classroom: Classroom, seated: tuple[AppTest, AppTest]) -> None:
        """It is said who, and what to press; to who began, that they left the page."""
        assert not run(seated[1]).info
        begin(classroom, A)
        name = classroom.view().name_of(A)
        [told] = run(seated[1]).info
        assert told.value == f"{name} wants to seal this room with you\\. Press “Seal this room”\\."
        assert way(seated[1])["due"] is True
        [told] = run(seated[0]).info
        assert told.value.startswith("You have begun to seal this room")

    def test_who_has_begun_and_is_away(
        self, clock: Clock, classroom: Classroom, seated: tuple[AppTest, AppTest]
    ) -> None:
        """Nobody is said to wait who is not there; it is said what they began."""
        at = go(run(seated[1]), "attack_lab")
        for sealed in (False, True):
            begin(classroom, A)()
            clock.now += HERE_SECONDS
            assert "is away now" in component_data(run(at), "class_news")["said"]
            [told] = run(go(at, "join")).info
            assert "is away now" in told.value
            assert f"“{OPEN if sealed else SEAL}”" in told.value
            seal(classroom, A, B)
            go(at, "attack_lab")

    def test_it_is_drawn_by_itself(self, classroom: Classroom, seated: tuple[AppTest, AppTest]) -> None:
        """The page is out of date by its revision, so the browser asks for a run."""
        before = chat_data(run(seated[1]))["page"]["revision"]
        begin(classroom, A)
        seat = classroom.view().participants[B].room
        assert seat
        assert seat_of(classroom, B).revision() != before

    def test_in_the_room_of_everyone(self, classroom: Classroom, seated: tuple[AppTest, AppTest]) -> None:
        """It is said there, too, and where to go for it."""
        at = show(seated[1], "Everyone")
        assert not at.info
        begin(classroom, A)
        [told] = run(at).info
        assert "wants to seal your room with you" in told.value
        assert "My room" in told.value

    def test_on_another_page(self, classroom: Classroom, seated: tuple[AppTest, AppTest]) -> None:
        """The line with news of the class says it there; to who began it, it says nothing."""
        for at in seated:
            go(run(at), "attack_lab")
        begin(classroom, A)
        name = classroom.view().name_of(A)
        said = [str(component_data(run(at), "class_news")["said"]) for at in seated]
        assert said == ["", f"{name} wants to seal your room with you."]
        seal(classroom, A, B)
        assert component_data(run(seated[1]), "class_news")["said"] == ""
        begin(classroom, A)
        assert (
            component_data(run(seated[1]), "class_news")["said"]
            == f"{name} waits for you in the sealed room."
        )

    def test_the_emoji_were_not_the_same(self, classroom: Classroom, seated: tuple[AppTest, AppTest]) -> None:
        """Nothing is sealed, and both are told how to try again."""
        compare(classroom, A, B)
        seat_of(classroom, A).seal(frames.Seal(1, "differ"))
        for at in seated:
            [told] = run(at).info
            assert "nothing is sealed" in told.value
            assert label(at) == SEAL

    def test_once_more_after_the_sealing(self, classroom: Classroom, seated: tuple[AppTest, AppTest]) -> None:
        """Who loaded the page anew waits there; the other one is told."""
        seal(classroom, A, B)
        assert not run(seated[1]).info
        begin(classroom, A)
        [told] = run(seated[1]).info
        assert "waits for you" in told.value
        assert OPEN in told.value


class TestSealed:
    """What the page is when the room is sealed."""

    def test_it_says_where_one_writes_now(
        self, classroom: Classroom, seated: tuple[AppTest, AppTest]
    ) -> None:
        """The composer is closed with the reason, and the button leads to the sealed room."""
        seal(classroom, A, B)
        for at in seated:
            assert label(at) == OPEN
            assert way(at)["due"] is True
            assert chat_data(at)["room"]["closed"] == RoomSealed.reason

    def test_who_can_read_what(self, classroom: Classroom, seated: tuple[AppTest, AppTest]) -> None:
        """Before: the server, too. Afterwards it is said of which messages that is so, and of which not."""
        at = run(seated[0])
        assert "not end-to-end encryption" in texts(at)
        conversation = classroom.view().rooms[room_of(classroom)].conversation
        for text in ("one", "two"):
            conversation.send(A, text, actor=Actor(A))
        first, _ = seal(classroom, A, B)
        post(classroom, first)
        said = texts(run(at))
        assert "not end-to-end encryption" not in said
        assert "The server can still read 2 messages (1–2)" in said
        assert "the server cannot read the messages from 3 on" in said
        assert readable(at)
        conversation.clear()
        said = texts(run(at))
        assert "can still read" not in said
        assert "the server cannot read the messages here" in said
        assert not readable(at)

    def test_the_key_does_not_pretend(self, classroom: Classroom, seated: tuple[AppTest, AppTest]) -> None:
        """Where this server can open nothing, there is nothing to switch on; in the other room there is."""
        assert readable(run(seated[0]))
        seal(classroom, A, B)
        assert not readable(run(seated[0]))
        assert readable(show(seated[0], "Everyone"))
        assert "not end-to-end encryption" in texts(seated[0])
