"""The live feed over classes: what pages write, how they can come back, and who is looked after meanwhile."""

from __future__ import annotations

import pytest

from securechat.errors import InvalidTicket, InvalidToken
from tests.core.class_feed import School, eventually, people, school
from tests.core.classes import Lesson
from tests.feed import receive, receive_until, write

CANARY = "the canary sings at noon"


class TestWriting:
    """Whoever sits in a room writes there, as nobody else."""

    def test_in_ones_own_room(self, served: School, lesson: Lesson, room: str) -> None:
        """It is stored under the room's key, and nobody is told more than the token."""
        with served.enter(room, "p1") as page, served.enter(room, "p2") as partner:
            people(partner)
            assert write(page, "p1", CANARY, "1")["type"] == "stored"
            told = receive_until(partner, "message")[-1]
        assert CANARY not in str(told)
        conversation = lesson.classroom.view().rooms[room].conversation
        assert conversation.keyring.decrypt(told["token"]) == CANARY

    def test_under_another_name(self, served: School, lesson: Lesson, room: str) -> None:
        """It is refused, whoever's name it is, and not stored."""
        with served.enter(room, "p1") as page:
            answers = [write(page, name, CANARY, "1") for name in ("p2", "p3", "teacher", "A", "")]
        assert {answer["error"] for answer in answers} == {"NotSeated"}
        assert CANARY not in str(answers)
        assert lesson.store.view(room).messages == ()

    def test_to_one_alone(self, served: School, lesson: Lesson) -> None:
        """With everyone: encrypted for the two. To who is not there it is sent to nobody."""
        everyone = lesson.everyone
        with served.enter(everyone, "p1") as page, served.enter(everyone, "p2", reads=True) as reader:
            people(reader)
            assert write(page, "p1", CANARY, "1", to="p2")["type"] == "stored"
            told = receive_until(reader, "message")[-1]
            assert (told["to"], told["text"]) == ("p2", CANARY)
            refused = [write(page, "p1", CANARY, "2", to=whom) for whom in ("p9", "p1")]
        assert [answer["type"] for answer in refused] == ["error", "error"]
        assert len(lesson.store.view(everyone).messages) == 1
        keyring = lesson.classroom.view().rooms[everyone].conversation.keyring
        with pytest.raises(InvalidToken):
            keyring.decrypt(told["token"])

    def test_a_pause(self, served: School, lesson: Lesson, room: str) -> None:
        """The same rule as everywhere; what was not stored goes under the same name afterwards."""
        with served.enter(room, "p1") as page:
            lesson.desk.allow(locked=True)
            assert write(page, "p1", CANARY, "1")["error"] == "WritingLocked"
            lesson.desk.allow(locked=False)
            assert write(page, "p1", CANARY, "1")["type"] == "stored"


class TestTickets:
    """Whoever is connected can come back at any time."""

    def test_a_new_one_comes_before_the_last_is_too_old(self, lesson: Lesson, room: str) -> None:
        """It lets the same person in where the first one does not any more; reading stays reading."""
        with school(lesson, renew_seconds=0.05) as served:
            lesson.say("p2", CANARY, room)
            old = served.ticket(room, "p1", reads=True, age=110)
            with served.open(f"/api/rooms/{room}/live?after=0&ticket={old}") as page:
                renewed = receive_until(page, "ticket")[-1]["ticket"]
            with served.open(f"/api/rooms/{room}/live?after=0&ticket={renewed}") as page:
                assert receive(page)["text"] == CANARY
            served.later = 60  # when the first one is too old
            with pytest.raises(InvalidTicket):
                served.application.tickets.check(old, place=room)
            shown = served.application.tickets.check(renewed, place=room)
            assert (shown.holder, shown.reads) == ("p1", True)
            expired = served.ticket(room, "p1", age=121)
            assert served.answer(f"/api/rooms/{room}/live?ticket={expired}")[0] == 404

    def test_none_for_who_lost_the_seat(self, lesson: Lesson, room: str) -> None:
        """A new ticket is for the one room: with the seat it is of no use."""
        with school(lesson, renew_seconds=0.05) as served:
            first = served.ticket(room, "p1")
            with served.open(f"/api/rooms/{room}/live?ticket={first}") as page:
                renewed = receive_until(page, "ticket")[-1]["ticket"]
            lesson.desk.remove("p1")
            for name in (room, lesson.everyone):
                assert served.answer(f"/api/rooms/{name}/live?ticket={renewed}")[0] == 404


class TestSeating:
    """No page has to look for somebody to be seated."""

    def test_a_third_is_seated_after_a_while(self, lesson: Lesson) -> None:
        """Nobody comes for half a minute: who waits with an open feed joins a pair."""
        third = lesson.join()
        with school(lesson, ping_seconds=0.05) as served, served.enter(lesson.everyone, third) as page:
            lesson.classroom.presence.connect("p1")
            people(page)
            assert lesson.classroom.view().participants[third].room is None
            lesson.clock.now += 31
            assert eventually(lambda: lesson.classroom.view().participants[third].room is not None)


class TestNames:
    """Pages that are open know what everybody is called now."""

    def test_who_left_is_named_and_who_was_removed_is_not(self, served: School, lesson: Lesson) -> None:
        """In the room of everyone: who left is told of as not in it, and who was removed no more."""
        with served.enter(lesson.everyone, "p1") as page:
            people(page)
            lesson.classroom.leave("p2")
            frame = people(page, lambda frame: any(not each["in"] for each in frame["people"]))
            assert [each["id"] for each in frame["people"] if not each["in"]] == ["p2"]
            lesson.desk.remove("p2")
            frame = people(page, lambda frame: all(each["id"] != "p2" for each in frame["people"]))
            assert {each["id"] for each in frame["people"]} == {"p1", "p3", "p4"}
