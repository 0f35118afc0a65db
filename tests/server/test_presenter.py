"""What a presenter's session may do ends when it is locked: for whatever its browser still has, too.

The sessions here are raw: they send what no page of ours would, and see every byte that comes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from securechat.live.listener import LOST
from tests.classes import Lesson, newest
from tests.feed import close_code, feed, receive_until, transmit
from tests.raw_session import RawSession, raw_session
from tests.support import CANARY, Server

PAGE = "classroom"
LOCK = "Lock again"


@pytest.fixture
def teacher(lesson_server: Server) -> Iterator[RawSession]:
    """A session that gave the passcode and opened a class."""
    with raw_session(lesson_server.url) as session:
        session.run(page=PAGE)
        session.press("Open", PAGE, Passcode=lesson_server.passcode)
        session.press("New class", PAGE)
        yield session


@pytest.fixture
def lesson(lesson_server: Server, teacher: RawSession) -> Iterator[Lesson]:
    """That class, with a pair in it."""
    there = newest(lesson_server)
    for _ in range(2):
        there.join()
    yield there
    there.ask("(application.policy.reserve(on=False), application.conversation.clear())")
    there.close()


def tickets(messages: list[ForwardMsg]) -> list[str]:
    """Return the tickets that came with a run."""
    data = b"".join(message.SerializeToString() for message in messages).decode(errors="replace")
    return re.findall(r'"(?:ticket|pass)": ?"(gAAAA[^"]+)"', data)


def wall(server: Server, class_id: str, ticket: str) -> str:
    """Return the address of a class's wall."""
    return f"ws{server.url.removeprefix('http')}/api/classes/{class_id}/live?ticket={ticket}"


class TestDesk:
    """What the page Classroom had drawn before."""

    def test_the_composer(self, teacher: RawSession, lesson: Lesson) -> None:
        """What it sends is stored before, and not after."""
        composer = f"chat_{lesson.rooms()[0]}"
        teacher.trigger(composer, "send", {"id": "before", "text": "before"})
        assert lesson.texts(0) == ["before"]
        teacher.press(LOCK, PAGE)
        states = teacher.handed(composer, "send", {"id": "after", "text": CANARY})
        teacher.ask(page=PAGE, widgets=states)
        teacher.run(page=PAGE)
        assert lesson.texts(0) == ["before"]

    def test_no_more_tickets(self, teacher: RawSession, lesson: Lesson) -> None:
        """Neither the look for news nor the page hands one out; what came before is void."""
        everyone = lesson.rooms()[0]
        composer = f"chat_{everyone}"
        teacher.run(page=PAGE, widgets=teacher.polling(composer))
        shown = teacher.data[composer]["room"]["ticket"], teacher.data["class_wall"]["ticket"]
        fragment = teacher.fragments["looked"]
        with feed(lesson.server.url, f"?ticket={shown[0]}", room=everyone) as socket:
            assert receive_until(socket, "room")
        teacher.press(LOCK, PAGE)
        teacher.ask(page=PAGE, fragment=fragment)
        assert not tickets(teacher.run(page=PAGE))
        assert not tickets(teacher.run(page=PAGE))
        with pytest.raises(InvalidStatus):
            feed(lesson.server.url, f"?ticket={shown[0]}", room=everyone)
        with pytest.raises(InvalidStatus):
            connect(wall(lesson.server, lesson.id, shown[1]), proxy=None)

    def test_open_feeds_end(self, teacher: RawSession, lesson: Lesson) -> None:
        """That of the room of everyone, and that of the wall."""
        everyone = lesson.rooms()[0]
        address = wall(lesson.server, lesson.id, teacher.data["class_wall"]["ticket"])
        with (
            feed(
                lesson.server.url,
                f"?ticket={teacher.data[f'chat_{everyone}']['room']['ticket']}",
                room=everyone,
            ) as socket,
            connect(address, proxy=None) as watched,
        ):
            receive_until(socket, "room")
            receive_until(watched, "wall")
            teacher.press(LOCK, PAGE)
            assert (close_code(socket), close_code(watched)) == (LOST, LOST)

    @pytest.mark.parametrize("label", ["Pause writing in all rooms", "Only I write in Chat"])
    def test_its_switches(self, teacher: RawSession, lesson: Lesson, label: str) -> None:
        """They switch nothing."""
        switch = teacher.labelled[label]
        teacher.press(LOCK, PAGE)
        teacher.toggle(switch, PAGE)
        rule = "[application.policy.reserved, application.policy.paused, room.view().locked]"
        assert lesson.ask(rule) == [False, False, False]


class TestChat:
    """Where only the presenter writes."""

    def test_a_composer_of_before(self, teacher: RawSession, lesson: Lesson) -> None:
        """A page that was open before sends nothing, and the presenter's does, until it is locked."""
        with raw_session(lesson.server.url) as other:
            other.run()
            lesson.ask("application.policy.reserve(on=True)")
            other.say("A", CANARY)
            assert "only the teacher writes" in other.answers["chat_A"]["message"]
        teacher.run()
        teacher.say("A", "from the teacher")
        assert teacher.answers["chat_A"]["type"] == "stored"
        teacher.run(page=PAGE)
        teacher.press(LOCK, PAGE)
        teacher.run()
        teacher.say("A", CANARY)
        assert "only the teacher writes" in teacher.answers["chat_A"]["message"]
        assert lesson.ask("len(application.conversation.view().messages)") == 1

    def test_by_the_feed(self, teacher: RawSession, lesson: Lesson) -> None:
        """Anybody is refused; with what the presenter's page hands out one writes, until that is locked."""
        lesson.ask("application.policy.reserve(on=True)")
        teacher.run()
        url, shown = lesson.server.url, teacher.data["chat_A"]["room"]["pass"]
        token = lesson.ask("application.conversation.keyring.encrypt('x')")
        with feed(url) as anybody, feed(url, f"?ticket={shown}") as presenter:
            assert transmit(anybody, "A", token, "anybody")["error"] == "WritingReserved"
            assert transmit(presenter, "A", token, "presenter")["type"] == "stored"
            teacher.run(page=PAGE)
            teacher.press(LOCK, PAGE)
            assert transmit(presenter, "A", token, "later")["error"] == "WritingReserved"
        with feed(url, f"?ticket={shown}") as again:
            assert transmit(again, "A", token, "again")["error"] == "WritingReserved"
        with raw_session(url) as other:
            assert not tickets(other.run())
        assert json.dumps(shown) not in lesson.server.log.read_text()
