"""The live feed over classes: who loses their seat is let go; and the wall, until the class ends."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed

from securechat.classroom import TEACHER
from securechat.errors import InvalidTicket
from securechat.live.listener import LOST
from securechat.live.watcher import ENDED
from tests.core.class_feed import School, eventually, is_gone, people, school
from tests.core.classes import Lesson, alias
from tests.feed import close_code, receive, receive_to_the_end, receive_until

CANARY = "the canary sings at dawn"


def find_somebody_else(lesson: Lesson) -> None:
    """Let the first of a pair change to another room."""
    lesson.classroom.leave("p2")
    lesson.classroom.find_partner("p1")
    lesson.join()


class TestLockedPresenter:
    """What was opened with the right of the presenter's session ends when that is locked."""

    def test_the_teachers_feed(self, served: School, lesson: Lesson) -> None:
        """It is closed at once and takes and brings nothing more; its ticket is void."""
        keyring = lesson.room(lesson.everyone).conversation.keyring
        ticket = served.ticket(lesson.everyone, TEACHER)
        with served.enter(lesson.everyone, TEACHER) as socket:
            people(socket)
            lesson.presenters.leave(lesson.right.session)
            lesson.say("p1", CANARY)
            late = {"type": "send", "sender": TEACHER, "token": keyring.encrypt("late"), "client_id": "1"}
            with suppress(ConnectionClosed):
                socket.send(json.dumps(late))
            frames, code = receive_to_the_end(socket)
        assert (code, [frame for frame in frames if frame["type"] == "message"]) == (LOST, [])
        assert lesson.store.view(lesson.everyone).last_id == 1
        assert served.answer(f"/api/rooms/{lesson.everyone}/live?ticket={ticket}")[0] == 404

    def test_the_wall(self, served: School, lesson: Lesson) -> None:
        """Nothing that comes later is on it any more."""
        class_id = lesson.classroom.id
        ticket = served.ticket(class_id, TEACHER)
        with served.watch(class_id) as wall:
            receive_until(wall, "wall")
            lesson.presenters.leave(lesson.right.session)
            lesson.say("p1", "late")
            token = lesson.store.view(lesson.everyone).messages[0].token
            frames, code = receive_to_the_end(wall)
        assert code == LOST
        assert token[:40] not in json.dumps(frames)
        assert served.answer(f"/api/classes/{class_id}/live?ticket={ticket}")[0] == 404

    def test_another_session_goes_on(self, served: School, lesson: Lesson) -> None:
        """Each is locked for itself."""
        other = lesson.presenters.enter()
        with served.enter(lesson.everyone, TEACHER) as socket:
            people(socket)
            lesson.presenters.leave(other)
            lesson.say("p1", CANARY)
            assert receive_until(socket, "message")[-1]["id"] == 1


class TestLetGo:
    """Whoever loses their seat is let go at once, and hears nothing of what comes later."""

    @pytest.mark.parametrize(
        "lose",
        [
            pytest.param(lambda lesson: lesson.classroom.leave("p1"), id="left"),
            pytest.param(lambda lesson: lesson.desk.remove("p1"), id="removed"),
            pytest.param(find_somebody_else, id="in another room"),
            pytest.param(lambda lesson: lesson.desk.close(), id="class closed"),
        ],
    )
    def test_with_4003(
        self, served: School, lesson: Lesson, room: str, lose: Callable[[Lesson], None]
    ) -> None:
        """The connection is closed; nothing is taken from it any more."""
        keyring = lesson.room(room).conversation.keyring
        with served.enter(room, "p1", reads=True) as socket:
            people(socket)
            lose(lesson)
            before = lesson.store.view(room)
            late = {"type": "send", "sender": "p1", "token": keyring.encrypt("late"), "client_id": "1"}
            with suppress(ConnectionClosed):  # it may be quicker
                socket.send(json.dumps(late))
            assert close_code(socket) == LOST == 4003
        assert lesson.store.view(room) == before

    def test_nothing_that_comes_later_goes_out(self, served: School, lesson: Lesson) -> None:
        """What the class writes after somebody was removed is not in what they still receive."""
        with (
            served.enter(lesson.everyone, "p1", reads=True) as socket,
            served.enter(lesson.everyone, "p2") as other,
        ):
            for each in (socket, other):
                people(each)
            lesson.desk.remove("p1")
            lesson.say("p2", CANARY)
            kinds = set()
            with suppress(ConnectionClosed):
                while True:
                    kinds.add(receive(socket)["type"])
            assert "message" not in kinds
            assert receive_until(other, "message")[-1]["id"] == 1, "the others go on"

    def test_every_connection_of_theirs(self, served: School, lesson: Lesson, room: str) -> None:
        """Two tabs, and the feed of everyone: all are closed. The partner's stays."""
        with (
            served.enter(room, "p1") as one,
            served.enter(room, "p1") as two,
            served.enter(lesson.everyone, "p1") as three,
            served.enter(room, "p2") as partner,
        ):
            for each in (one, two, three, partner):
                people(each)
            lesson.desk.remove("p1")
            assert [close_code(each) for each in (one, two, three)] == [LOST] * 3
            message = lesson.say("p2", "still here", room)
            assert receive_until(partner, "message")[-1]["id"] == message.id

    def test_who_moves_keeps_the_feed_of_everyone(self, served: School, lesson: Lesson, room: str) -> None:
        """Another partner is another room; the class is the same."""
        with served.enter(room, "p1") as own, served.enter(lesson.everyone, "p1") as everyone:
            for each in (own, everyone):
                people(each)
            find_somebody_else(lesson)
            assert close_code(own) == LOST
            lesson.say("p3", "hello")
            assert receive_until(everyone, "message")[-1]["id"] == 1

    def test_the_place_is_free_again(self, served: School, lesson: Lesson, room: str) -> None:
        """Who was let go is not here any more: the connection is not counted as one that is open."""
        with served.enter(room, "p1") as socket:
            people(socket)
            lesson.classroom.leave("p1")
            assert close_code(socket) == LOST
        assert eventually(lambda: is_gone(lesson, "p1"))


class TestWall:
    """The teacher watches all rooms at once."""

    def test_what_is_told(self, served: School, lesson: Lesson, room: str) -> None:
        """The wall as it is, then as it changes; ciphertext and counts, no text."""
        lesson.say("p1", CANARY, room)
        with served.watch(lesson.classroom.id) as wall:
            first = receive(wall)
            assert (first["type"], [tile["count"] for tile in first["rooms"]]) == ("wall", [0, 1, 0])
            lesson.say("p2", CANARY, room)
            second = receive_until(wall, "wall")[-1]
            assert [tile["count"] for tile in second["rooms"]] == [0, 2, 0]
            lesson.desk.rename("p1", "Tim")
            third = receive_until(wall, "wall")[-1]
            assert third["people"]["p1"]["name"] == "Tim" != alias(0)
        assert CANARY not in json.dumps([first, second, third])

    def test_the_end_is_told_with_4004(self, served: School, lesson: Lesson) -> None:
        """The last frame says that the class has ended, and the connection is closed."""
        with served.watch(lesson.classroom.id) as wall:
            receive(wall)
            lesson.desk.close()
            last = receive_until(wall, "wall")[-1]
            assert (last["closed"], last["rooms"], last["people"]) == (True, [], {})
            assert close_code(wall) == ENDED == 4004

    def test_a_new_ticket_comes_before_the_last_is_too_old(self, lesson: Lesson) -> None:
        """It lets the teacher watch where the first one does not any more, until the session is locked."""
        with school(lesson, renew_seconds=0.05) as served:
            class_id = lesson.classroom.id
            old = served.ticket(class_id, TEACHER, age=110)
            with served.open(f"/api/classes/{class_id}/live?ticket={old}") as wall:
                renewed = receive_until(wall, "ticket")[-1]["ticket"]
            served.later = 60  # when the first one is too old
            with pytest.raises(InvalidTicket):
                served.application.tickets.check(old, place=class_id)
            served.application.tickets.check(renewed, place=class_id)
            path = f"/api/classes/{class_id}/live?ticket={renewed}"
            with served.open(path) as wall:
                assert receive(wall)["type"] == "wall"
            lesson.presenters.leave(lesson.right.session)
            assert served.answer(path)[0] == 404

    def test_what_happens_at_once_is_told_at_once(self, lesson: Lesson, room: str) -> None:
        """Many messages in one moment are few frames, of which the last has all."""
        with school(lesson, wall_seconds=0.3) as served, served.watch(lesson.classroom.id) as wall:
            receive(wall)
            for _ in range(20):
                lesson.say("p1", "x", room)
                time.sleep(0.01)  # the server could tell of each
            frames = 1
            while receive_until(wall, "wall")[-1]["rooms"][1]["count"] < 20:
                frames += 1
        assert frames <= 3

    def test_who_watches_is_not_listened_to(self, served: School, lesson: Lesson, room: str) -> None:
        """Whatever is sent over it changes nothing, and who sends it is let go."""
        token = lesson.room(room).conversation.keyring.encrypt("x")
        sent = json.dumps({"type": "send", "sender": "p1", "token": token, "client_id": "1"})
        for frame in (sent, "x" * 1_000, b"x", ""):
            with served.watch(lesson.classroom.id) as wall:
                receive(wall)
                wall.send(frame)
                assert close_code(wall) == 1008
        assert lesson.store.view(room).messages == ()


def test_it_says_that_it_is_there(lesson: Lesson) -> None:
    """Without news a ping comes after a while, in a room and at the wall."""
    with school(lesson, ping_seconds=0.1, wall_seconds=0.01) as served:
        with served.enter(lesson.everyone, "p1") as socket:
            people(socket)
            assert [receive(socket)["type"] for _ in range(2)] == ["ping", "ping"]
        with served.watch(lesson.classroom.id) as wall:
            assert [receive(wall)["type"] for _ in range(3)] == ["wall", "ping", "ping"]


def test_it_says_so_while_somebody_writes(lesson: Lesson) -> None:
    """Also while the partner writes on and on, or the room is woken for nothing, a ping comes in time."""
    room = lesson.room_of("p1")
    with school(lesson, ping_seconds=0.2, lull_seconds=0.05) as served, served.enter(room, "p1") as socket:
        lesson.classroom.write("p2", room)
        people(socket, lambda frame: frame["people"][1]["writing"])
        assert [receive(socket)["type"] for _ in range(2)] == ["ping", "ping"]
        lesson.clock.now += 60
        ended = time.monotonic() + 0.5
        while time.monotonic() < ended:
            lesson.classroom.tell(room)
            time.sleep(0.02)
        kinds = [receive(socket)["type"] for _ in range(3)]
        assert kinds.count("ping") >= 2
