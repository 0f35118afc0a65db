"""Seats: who may be in which room of a class, what they are told there, and that a lost seat is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from securechat.classroom import TEACHER, Seat
from securechat.crypto.keyring import KeyRing
from securechat.errors import ClassEnded, NotSeated
from securechat.frames import KeyMark, Person
from tests.core.classes import Lesson, alias


def find_somebody_else(lesson: Lesson) -> None:
    """Let the first of a pair change to another room."""
    lesson.classroom.leave("p2")
    lesson.classroom.find_partner("p1")
    lesson.join()


WAYS_OUT: dict[str, Callable[[Lesson], None]] = {
    "left": lambda lesson: lesson.classroom.leave("p1"),
    "removed": lambda lesson: lesson.desk.remove("p1"),
    "class closed": lambda lesson: lesson.desk.close(),
    "in another room": find_somebody_else,
}
"""How the first of a pair loses the seat in their room."""


class TestTake:
    """Nobody takes a seat where they have none."""

    def test_where_they_have_one(self) -> None:
        """In the room of their pair and in that of everyone; the teacher in the latter alone."""
        lesson = Lesson(4)
        for person in ("p1", "p2", "p3", "p4"):
            assert lesson.seat(person, lesson.room_of(person)).is_open
            assert lesson.seat(person).is_open
        assert lesson.seat(TEACHER).is_open

    @pytest.mark.parametrize("holder", ["p3", TEACHER, "p9", "", "p1 ", "P1", "p1\x00", "../p1", "\ud800"])
    def test_where_they_have_none(self, holder: str) -> None:
        """Not in another pair's room, whoever they say they are."""
        lesson = Lesson(4)
        with pytest.raises(NotSeated):
            lesson.seat(holder, lesson.room_of("p1"))

    @pytest.mark.parametrize(
        "room", ["", "..", "demo", "nothing", "{room}/..", "{room} ", "{ROOM}", "{other}"]
    )
    def test_in_no_room_that_is_not_there(self, room: str) -> None:
        """Not in that of another class, of the front page, or by a name that is only like one."""
        lesson, other = Lesson(2), Lesson(2)
        own = lesson.room_of("p1")
        name = room.format(room=own, ROOM=own.upper() + "X", other=other.room_of("p1"))
        for holder in ("p1", TEACHER):
            with pytest.raises(NotSeated):
                Seat.take(lesson.classroom, holder, name)

    def test_who_waits_has_one_with_everyone_alone(self) -> None:
        """Until they are seated; who is not in the class has none, and the teacher only that one."""
        lesson = Lesson(3)
        rooms = (lesson.room_of("p1"), lesson.everyone)
        expected = {"p1": (True, True), "p3": (False, True), TEACHER: (False, True), "p9": (False, False)}
        for person, may in expected.items():
            assert tuple(lesson.classroom.view().is_member(person, room) for room in rooms) == may

    @pytest.mark.parametrize("way", WAYS_OUT)
    def test_not_after_it_was_lost(self, way: str) -> None:
        """Who left, was removed, changed rooms, or whose class has ended, takes it no more."""
        lesson = Lesson(2)
        room = lesson.room_of("p1")
        WAYS_OUT[way](lesson)
        with pytest.raises(NotSeated):
            lesson.seat("p1", room)

    def test_again_after_coming_back(self) -> None:
        """Who left and came back has the seat again, and what was taken before holds again, too."""
        lesson = Lesson(2)
        seat = lesson.seat("p1", lesson.room_of("p1"))
        lesson.classroom.leave("p1")
        assert not seat.is_open
        lesson.classroom.resume(lesson.tokens["p1"])
        assert seat.is_open
        assert lesson.seat("p1", seat.room).is_open


class TestLost:
    """A seat that is lost lets nobody write, although it is still an object."""

    @pytest.mark.parametrize("way", WAYS_OUT)
    def test_it_says_so(self, way: str) -> None:
        """It is not open, and stands for a page that is out of date."""
        lesson = Lesson(2)
        seat = lesson.seat("p1", lesson.room_of("p1"))
        before = seat.revision()
        WAYS_OUT[way](lesson)
        assert not seat.is_open
        assert seat.revision() == 0 != before

    @pytest.mark.parametrize("way", WAYS_OUT)
    def test_nothing_is_sent_from_it(self, way: str) -> None:
        """Neither a text nor a token under the key that the holder still knows; nothing is stored."""
        lesson = Lesson(2)
        seat = lesson.seat("p1", lesson.room_of("p1"))
        lesson.say("p1", "before", seat.room)
        WAYS_OUT[way](lesson)
        before = seat.conversation.view()
        ways: tuple[Callable[[], object], ...] = (
            lambda: seat.conversation.send("p1", "hello", actor=seat.actor),
            lambda: seat.conversation.send("p1", "hello", actor=seat.actor, client_id="new"),
            lambda: seat.conversation.post(
                seat.actor, seat.conversation.keyring.encrypt("hello"), sender="p1"
            ),
            lambda: seat.conversation.send("p1", "hello", actor=seat.actor, to="p2"),
        )
        for send in ways:
            with pytest.raises(ClassEnded if way == "class closed" else NotSeated):
                send()
        assert seat.conversation.view() == before

    def test_the_partner_stays(self) -> None:
        """Whoever loses a seat, the others in the room go on."""
        for way, lose in WAYS_OUT.items():
            if way in ("left", "removed"):
                lesson = Lesson(2)
                room = lesson.room_of("p2")
                lose(lesson)
                assert lesson.seat("p2", room).is_open
                assert lesson.say("p2", "still here", room).id == 1


class TestPeople:
    """Who is in a room is told there."""

    def test_who_is_in_it(self) -> None:
        """Ids, names, who is here and who is writing; of the room of everyone, all people."""
        lesson = Lesson(3)
        room = lesson.room_of("p1")
        lesson.wait(60, "p1")
        lesson.classroom.write("p1", room)
        seat = lesson.seat("p2", room)
        told = seat.people()
        assert told is not None
        assert told.people == (
            Person("p1", alias(0), here=True, writing=True, is_in=True),
            Person("p2", alias(1), here=False, writing=False, is_in=True),
        )
        assert told.revision == seat.revision()
        all_people = lesson.seat("p3").people()
        assert all_people is not None
        assert [person.id for person in all_people.people] == ["p1", "p2", "p3"]

    def test_who_was_in_it(self) -> None:
        """Who changed rooms is still named beside what they wrote, as not in it; who was removed is not."""
        lesson = Lesson(2)
        room = lesson.room_of("p1")
        lesson.wait(60, "p2")
        lesson.classroom.find_partner("p2")
        lesson.classroom.resume(lesson.tokens["p1"])
        told = lesson.seat("p1", room).people()
        assert told is not None
        assert [(person.id, person.is_in) for person in told.people] == [("p1", True), ("p2", False)]
        lesson.desk.remove("p2")
        told = lesson.seat("p1", room).people()
        assert told is not None
        assert [person.id for person in told.people] == ["p1"]

    def test_who_was_in_it_twice(self) -> None:
        """Who went, came back as a third, and went again, is named once."""
        lesson = Lesson(3)
        room = lesson.room_of("p1")
        lesson.classroom.settle(at_once=True)
        for _ in range(2):
            lesson.wait(60, "p1")
            lesson.classroom.find_partner("p1")
            lesson.classroom.look("p2")
            lesson.classroom.settle(at_once=True)
        lesson.desk.remove("p3")
        lesson.wait(60, "p1")
        lesson.classroom.find_partner("p1")
        told = lesson.seat("p2", room).people()
        assert told is not None
        assert [person.id for person in told.people] == ["p2", "p1"]

    @pytest.mark.parametrize("way", WAYS_OUT)
    def test_nobody_is_told_who_lost_the_seat(self, way: str) -> None:
        """Who was in the room is not told any more who is."""
        lesson = Lesson(2)
        seat = lesson.seat("p1", lesson.room_of("p1"))
        WAYS_OUT[way](lesson)
        assert seat.people() is None

    def test_who_made_a_new_key_is_told_to_both(self) -> None:
        """At once, and with whom; dropping an old key is none."""
        lesson = Lesson(2)
        one, other = (lesson.seat(person, lesson.room_of("p1")) for person in ("p1", "p2"))
        told: list[int] = []
        other.subscribe(lambda: told.append(1))
        before = other.people()
        assert before
        assert before.key == KeyMark(1, None)
        ring = one.change_keys(KeyRing.rotated)
        assert told
        for seat in (one, other):
            people = seat.people()
            assert people
            assert people.key == KeyMark(2, "p1")
            assert people.revision > before.revision, "a page that looks is drawn anew"
        other.change_keys(lambda keys: keys.without(ring.keys[1:]))
        people = one.people()
        assert people
        assert people.key == KeyMark(2, "p1")

    def test_in_the_room_of_everyone_nobody_is_shown_writing(self) -> None:
        """Of a whole class that would never end."""
        lesson = Lesson(2)
        woken: list[int] = []
        lesson.seat("p2").subscribe(lambda: woken.append(1))
        lesson.seat("p1").write()
        assert woken == [], "nor is a whole class woken for it"
        told = lesson.seat("p2").people()
        assert told is not None
        assert [person.writing for person in told.people] == [False, False]

    def test_nobody_is_told_of_a_class_that_ended(self) -> None:
        """There is nobody in it."""
        lesson = Lesson(2)
        seat = lesson.seat("p1")
        lesson.desk.close()
        assert seat.people() is None

    @pytest.mark.parametrize(
        ("change", "outdated"),
        [
            (lambda lesson: lesson.desk.lock(lesson.room_of("p3"), locked=True), True),
            (lambda lesson: lesson.desk.allow(locked=True), True),
            (lambda lesson: lesson.desk.allow(free_names=True), True),
            (lambda lesson: lesson.classroom.leave("p4"), True),
            (lambda lesson: lesson.desk.remove("p4"), True),
            (lambda lesson: lesson.desk.remove("p3"), True),
            (lambda lesson: lesson.classroom.settle(at_once=True), True),
            (lambda lesson: lesson.desk.allow(shows_recipients=False), True),
            (lambda lesson: lesson.desk.rename("p3", "Tim"), True),
            (lambda lesson: lesson.desk.rename("p4", "Tim"), False),
            (lambda lesson: lesson.desk.allow(joining=False), False),
            (lambda lesson: lesson.join(), False),  # who sits with the one who waits
            (lambda lesson: lesson.desk.remove("p1"), False),
            (lambda lesson: lesson.classroom.resume(lesson.tokens["p4"]), False),
            (lambda lesson: lesson.say("p4", "hello", lesson.room_of("p3")), False),
            (lambda lesson: lesson.classroom.look("p4"), False),
            (lambda lesson: lesson.desk.lock(lesson.room_of("p1"), locked=True), False),
            (lambda lesson: lesson.classroom.leave("p1"), False),
        ],
    )
    def test_when_a_page_is_out_of_date(self, change: Callable[[Lesson], None], *, outdated: bool) -> None:
        """The revision goes up exactly with what a page is drawn from: not with others' names or rooms."""
        lesson = Lesson(5)
        seat = lesson.seat("p3", lesson.room_of("p3"))
        before = seat.revision()
        drawn_from = lesson.classroom.view()
        change(lesson)
        assert (seat.revision() != before) is outdated
        assert seat.revision(drawn_from) == before, "as the page was drawn"

    @pytest.mark.parametrize(
        ("change", "outdated"),
        [
            (lambda lesson: lesson.join(), True),
            (lambda lesson: lesson.classroom.leave("p1"), True),
            (lambda lesson: lesson.desk.remove("p1"), True),
            (lambda lesson: lesson.desk.rename("p1", "Tim"), True),
            (lambda lesson: lesson.say("p1", "hello"), False),
            (lambda lesson: lesson.wait(60, "p1"), False),
            (lambda lesson: lesson.desk.allow(locked=True), False),
            (lambda lesson: lesson.classroom.settle(at_once=True), False),
        ],
    )
    def test_when_a_list_of_people_is(self, change: Callable[[Lesson], None], *, outdated: bool) -> None:
        """`crowd` goes up exactly with who is in the room of everyone, and under which name."""
        lesson = Lesson(5)
        seat, drawn_from = lesson.seat("p3"), lesson.classroom.view()
        before = seat.crowd()
        change(lesson)
        assert (seat.crowd() > before) is outdated
        assert seat.crowd(drawn_from) == before
        told = [each.people() for each in (seat, lesson.seat("p3", lesson.room_of("p3")))]
        assert [frame and frame.crowd for frame in told] == [seat.crowd(), 0]


class TestNews:
    """Whoever is in a room is told when something changes there."""

    def test_what_happens_in_the_room(self) -> None:
        """Messages, people who come or go, and what the teacher does; not what happens in other rooms."""
        lesson = Lesson(4)
        room, other = lesson.room_of("p1"), lesson.room_of("p3")
        woken: list[str] = []
        end = lesson.seat("p1", room).subscribe(lambda: woken.append("news"))

        def wakes(act: Callable[[], object]) -> bool:
            woken.clear()
            act()
            return bool(woken)

        assert wakes(lambda: lesson.say("p2", "hello", room))
        assert wakes(lambda: lesson.seat("p2", room).write())
        assert wakes(lambda: lesson.classroom.leave("p2"))
        assert wakes(lambda: lesson.classroom.resume(lesson.tokens["p2"]))
        assert wakes(lambda: lesson.desk.rename("p2", "Tim"))
        assert wakes(lambda: lesson.desk.lock(room, locked=True))
        assert wakes(lambda: lesson.desk.allow(locked=True))
        assert wakes(lambda: lesson.desk.clear(room))
        assert wakes(lambda: lesson.desk.remove("p2"))
        lesson.desk.allow(locked=False)
        assert not wakes(lambda: lesson.say("p3", "hello", other))
        assert not wakes(lambda: lesson.say("p1", "hello"))
        assert not wakes(lambda: lesson.desk.rename("p3", "Eve"))
        assert wakes(lesson.desk.close)
        assert wakes(lambda: lesson.classroom.tell(room))
        end()
        assert not wakes(lambda: lesson.classroom.tell(room))

    def test_who_opens_and_closes_a_feed(self) -> None:
        """The others are told when somebody's feed begins and when it ends."""
        lesson = Lesson(2)
        room = lesson.room_of("p1")
        lesson.clock.now += 60
        seen: list[bool] = []
        lesson.seat("p1", room).subscribe(lambda: seen.append(lesson.classroom.presence.is_here("p2")))
        leave = lesson.seat("p2", room).enter()
        lesson.clock.now += 600
        leave()
        lesson.clock.now += 60
        lesson.classroom.tell(room)
        assert seen == [True, True, False]
