"""The teacher's desk: what the teacher does in a class holds at once, for everybody it concerns."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from securechat.classroom import TEACHER
from securechat.classroom.desk import Desk
from securechat.classroom.people import HERE_SECONDS
from securechat.errors import ClassEnded, InvalidAlias, NotSeated, SecureChatError, WritingLocked
from securechat.rooms.policy import Actor
from tests.core.classes import Lesson, actor, alias


def may_write(lesson: Lesson, sender: str, room: str) -> bool:
    """Say whether somebody can send to a room just now, for whatever reason they cannot."""
    try:
        lesson.say(sender, "hello", room)
    except SecureChatError:
        return False
    return True


class TestPause:
    """Writing can be paused, in one room or in all."""

    def test_in_one_room(self) -> None:
        """Nobody writes in that room, and everybody elsewhere, until it goes on."""
        lesson = Lesson(4)
        one, other = lesson.room_of("p1"), lesson.room_of("p3")
        lesson.desk.lock(one, locked=True)
        with pytest.raises(WritingLocked):
            lesson.say("p1", "hello", one)
        assert lesson.room(one).conversation.view().messages == ()
        assert not may_write(lesson, "p2", one)
        assert may_write(lesson, "p3", other)
        assert may_write(lesson, "p1", lesson.everyone)
        lesson.desk.lock(one, locked=False)
        assert may_write(lesson, "p1", one)

    def test_in_all_rooms(self) -> None:
        """Nobody writes anywhere; a room that was paused by itself stays so when the class goes on."""
        lesson = Lesson(4)
        one, other = lesson.room_of("p1"), lesson.room_of("p3")
        lesson.desk.lock(one, locked=True)
        lesson.desk.allow(locked=True)
        places = [("p1", one), ("p3", other), ("p1", lesson.everyone)]
        assert [may_write(lesson, *place) for place in places] == [False] * 3
        lesson.desk.allow(locked=False)
        assert [may_write(lesson, *place) for place in places] == [False, True, True]

    def test_a_token_made_elsewhere_is_refused_too(self) -> None:
        """Whoever encrypts for themselves is stopped as well."""
        lesson = Lesson(2)
        conversation = lesson.room(lesson.room_of("p1")).conversation
        lesson.desk.allow(locked=True)
        with pytest.raises(WritingLocked):
            conversation.post(actor("p1"), conversation.keyring.encrypt("hello"), sender="p1")

    def test_the_teacher_writes_meanwhile(self) -> None:
        """To everyone, and to one alone; not in the room of a pair, paused or not."""
        lesson = Lesson(2)
        lesson.desk.allow(locked=True)
        lesson.desk.lock(lesson.everyone, locked=True)
        assert may_write(lesson, TEACHER, lesson.everyone)
        assert lesson.say(TEACHER, "hello", to="p1").recipient == "p1"
        assert not may_write(lesson, TEACHER, lesson.room_of("p1"))
        lesson.desk.allow(locked=False)
        with pytest.raises(NotSeated):
            lesson.say(TEACHER, "hello", lesson.room_of("p1"))

    def test_a_room_that_is_not_there(self) -> None:
        """Pausing it changes nothing."""
        lesson = Lesson(2)
        before = lesson.classroom.view()
        lesson.desk.lock("no such room", locked=True)
        assert lesson.classroom.view() is before

    def test_reading_goes_on(self) -> None:
        """While writing is paused, everybody keeps their seat and what is there."""
        lesson = Lesson(2)
        lesson.say("p1", "hello")
        lesson.desk.allow(locked=True)
        assert lesson.seat("p2", reads=True).is_open
        assert len(lesson.room(lesson.everyone).conversation.view().messages) == 1


class TestClear:
    """Messages can be forgotten, of one room or of all."""

    def test_one_room(self) -> None:
        """That room is empty, and says that it was cleared; its numbers are not used again."""
        lesson = Lesson(2)
        room = lesson.room_of("p1")
        for where in (room, lesson.everyone):
            lesson.say("p1", "hello", where)
        lesson.desk.clear(room)
        assert lesson.store.view(room).messages == ()
        assert lesson.store.view(room).cleared
        assert len(lesson.store.view(lesson.everyone).messages) == 1
        assert lesson.say("p1", "again", room).id == 2

    def test_all_rooms(self) -> None:
        """No message of the class is left."""
        lesson = Lesson(4)
        places = [("p1", lesson.room_of("p1")), ("p3", lesson.room_of("p3")), ("p1", lesson.everyone)]
        for sender, room in places:
            lesson.say(sender, "hello", room)
        lesson.desk.clear()
        assert [lesson.store.view(room).messages for _, room in places] == [(), (), ()]

    def test_another_class_stays(self) -> None:
        """Two classes in one store: clearing, also a room of the other by its name, concerns one's own."""
        one = Lesson(2)
        other = Lesson(2, store=one.store)
        other.say("p1", "hello")
        one.desk.clear(other.everyone)
        one.desk.clear()
        assert len(other.store.view(other.everyone).messages) == 1


class TestPeople:
    """People can be renamed and removed."""

    def test_another_name(self) -> None:
        """The teacher may give any name, also while pupils may not choose freely; messages are under it."""
        lesson = Lesson(2)
        lesson.say("p1", "hello")
        lesson.desk.rename("p1", "  Tim\u00a0 B ")
        view = lesson.classroom.view()
        assert view.participants["p1"].alias == "Tim B"
        assert [view.name_of(each.sender) for each in lesson.store.view(lesson.everyone).messages] == [
            "Tim B"
        ]
        assert lesson.classroom.resume(lesson.tokens["p1"]) == "p1"

    def test_not_the_name_of_somebody_else(self) -> None:
        """A name that is taken is refused, and one's own may be spelt anew."""
        lesson = Lesson(2)
        before = lesson.classroom.view()
        with pytest.raises(InvalidAlias):
            lesson.desk.rename("p1", alias(1).upper())
        assert lesson.classroom.view() is before
        lesson.desk.rename("p1", alias(0).upper())
        assert lesson.classroom.view().participants["p1"].alias == alias(0).upper()

    def test_who_is_removed_is_gone(self) -> None:
        """From the list, from their room and that of everyone; they can neither send nor take a seat."""
        lesson = Lesson(2)
        room = lesson.room_of("p1")
        seat = lesson.seat("p1", room)
        lesson.desk.remove("p1")
        view = lesson.classroom.view()
        assert list(view.participants) == ["p2"]
        assert [person.id for person in view.members(room)] == ["p2"]
        assert not seat.is_open
        for where in (room, lesson.everyone):
            assert not may_write(lesson, "p1", where)
            with pytest.raises(NotSeated):
                lesson.seat("p1", where)
        assert not lesson.classroom.presence.is_here("p1")

    def test_what_they_wrote_stays_without_their_name(self) -> None:
        """Their messages are of somebody removed; their name is free for somebody else."""
        lesson = Lesson(2)
        message = lesson.say("p1", "hello")
        lesson.desk.remove("p1")
        assert lesson.store.view(lesson.everyone).messages == (message,)
        assert lesson.classroom.view().name_of("p1") == "Somebody removed"
        assert lesson.join(alias(0)) == "p3"
        assert lesson.classroom.view().name_of("p1") == "Somebody removed"

    def test_who_is_removed_while_waiting(self) -> None:
        """Nobody is seated with them."""
        lesson = Lesson(1)
        lesson.desk.remove("p1")
        lesson.join()
        assert (lesson.pairs(), lesson.waiting()) == ([], ["p2"])

    def test_who_sat_with_them_may_look_for_somebody_else(self) -> None:
        """The other one of a pair is not left alone for good."""
        lesson = Lesson(3)
        lesson.desk.remove("p1")
        lesson.classroom.find_partner("p2")
        assert lesson.pairs() == [[], ["p2", "p3"]]


def test_who_is_away() -> None:
    """Those who left, and those whose page shows no sign of life; nobody who is here."""
    lesson = Lesson(4)
    assert lesson.desk.away() == ()
    lesson.classroom.leave("p2")
    lesson.clock.now += HERE_SECONDS
    lesson.classroom.look("p1")
    lesson.classroom.presence.connect("p4")
    assert lesson.desk.away() == ("p2", "p3")


class TestClose:
    """A class that is closed is forgotten."""

    def test_nothing_is_left(self) -> None:
        """No people, no rooms, no messages; nobody is a member of anything, and nothing opens a message."""
        lesson = Lesson(4)
        rooms = [*lesson.classroom.view().rooms.values()]
        lesson.say("p1", "hello", lesson.room_of("p1"))
        private = lesson.say("p1", "hello", to="p2")
        seat = lesson.seat("p1", reads=True)
        lesson.desk.close()
        view = lesson.classroom.view()
        assert view.closed
        assert not view.joining
        assert (view.participants, view.rooms) == ({}, {})
        assert [lesson.store.view(room.name).messages for room in rooms] == [()] * len(rooms)
        assert [lesson.store.acknowledged(room.name, "p1", "x") for room in rooms] == [None] * len(rooms)
        assert not seat.is_open
        assert seat.keyring_for(private) is None
        assert not any(lesson.classroom.view().is_member(TEACHER, room.name) for room in rooms)

    def test_nobody_writes_any_more(self) -> None:
        """Whoever still has the room's conversation is told that the class has ended, and nothing is kept."""
        lesson = Lesson(2)
        room = lesson.room_of("p1")
        conversations = [lesson.room(name).conversation for name in (room, lesson.everyone)]
        lesson.desk.close()
        for conversation in conversations:
            for sender in ("p1", TEACHER):
                with pytest.raises(ClassEnded):
                    conversation.send(sender, "hello", actor=actor(sender))
                with pytest.raises(ClassEnded):
                    conversation.post(actor(sender), conversation.keyring.encrypt("hello"), sender=sender)
                with pytest.raises(ClassEnded):
                    conversation.send(sender, "hello", to="p2", actor=actor(sender))
            conversation.clear()
            conversation.reencrypt()
            assert conversation.view().revision == 0

    @pytest.mark.parametrize("index", range(3))
    def test_one_room_fails(self, index: int, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where a room cannot be forgotten, all others are, whoever watches is told, and it is raised."""
        lesson = Lesson(4)
        rooms = [*lesson.classroom.view().rooms]
        for room in rooms:
            lesson.say(
                TEACHER if room == lesson.everyone else lesson.classroom.view().members(room)[0].id,
                "hello",
                room,
            )
        told: list[str] = []
        lesson.classroom.subscribe(lambda: told.append("that room"), rooms[index])

        def fail() -> None:
            raise OSError("no room on the disk")

        monkeypatch.setattr(lesson.room(rooms[index]).conversation, "forget", fail)
        with pytest.raises(OSError, match="no room"):
            lesson.desk.close()
        assert [len(lesson.store.view(room).messages) for room in rooms] == [
            int(number == index) for number in range(3)
        ]
        assert told

    def test_closing_twice(self) -> None:
        """The second time does nothing."""
        lesson = Lesson(2)
        lesson.desk.close()
        view = lesson.classroom.view()
        lesson.desk.close()
        assert lesson.classroom.view() is view

    @pytest.mark.parametrize(
        "act",
        [
            lambda desk: desk.allow(joining=True),
            lambda desk: desk.allow(locked=False, free_names=True, shows_recipients=False),
            lambda desk: desk.lock("room", locked=True),
            lambda desk: desk.clear(),
            lambda desk: desk.clear("room"),
            lambda desk: desk.rename("p1", "Tim"),
            lambda desk: desk.remove("p1"),
        ],
    )
    def test_nothing_is_done_afterwards(self, act: Callable[[Desk], None]) -> None:
        """Everything else at the desk is told that the class has ended; before, the same goes through."""
        lesson = Lesson(1)
        act(lesson.desk)
        lesson = Lesson(1)
        lesson.desk.close()
        with pytest.raises(ClassEnded):
            act(lesson.desk)
        assert lesson.classroom.view().closed


class TestLetBack:
    """Who was removed can be let back in."""

    def test_the_seat_is_theirs_again(self) -> None:
        """By the token that their browser kept; they wait for a partner; their messages have their name."""
        lesson = Lesson(3)
        lesson.say("p1", "hello")
        name = lesson.classroom.view().participants["p1"].alias
        lesson.desk.remove("p1")
        assert [person.id for person in lesson.desk.removed()] == ["p1"]
        with pytest.raises(NotSeated):
            lesson.classroom.resume(lesson.tokens["p1"])
        assert lesson.desk.let_back("p1").alias == name
        assert lesson.desk.removed() == ()
        assert lesson.classroom.view().name_of("p1") == name
        assert lesson.classroom.resume(lesson.tokens["p1"]) == "p1"
        assert may_write(lesson, "p1", lesson.everyone)
        lesson.join()
        assert "p1" not in lesson.waiting()

    def test_a_name_that_is_taken(self) -> None:
        """Somebody else has it by now: the one who comes back gets another one."""
        lesson = Lesson(2)
        name = lesson.classroom.view().participants["p1"].alias
        lesson.desk.remove("p1")
        lesson.desk.rename("p2", name)
        back = lesson.desk.let_back("p1")
        assert back.alias != name
        assert lesson.classroom.view().participants["p2"].alias == name

    def test_only_who_was_removed(self) -> None:
        """And only once; nobody who is there, unknown, or of a class that has ended."""
        lesson = Lesson(2)
        lesson.desk.remove("p1")
        lesson.desk.let_back("p1")
        for who in ("p1", "p2", "p9", TEACHER):
            with pytest.raises(NotSeated):
                lesson.desk.let_back(who)
        lesson.desk.remove("p1")
        lesson.desk.close()
        with pytest.raises(ClassEnded):
            lesson.desk.let_back("p1")
        assert lesson.desk.removed() == ()

    def test_the_last_one_stands_first(self) -> None:
        """The teacher sees who was removed just now."""
        lesson = Lesson(3)
        for person in ("p2", "p1", "p3"):
            lesson.desk.remove(person)
        assert [person.id for person in lesson.desk.removed()] == ["p3", "p1", "p2"]


def test_the_teachers_name_is_the_presenters_alone() -> None:
    """Whatever asks for it, nothing is stored under it without that right."""
    lesson = Lesson(2)
    everyone = lesson.room(lesson.everyone).conversation
    for by in (Actor(), Actor(share=TEACHER), Actor(TEACHER), Actor("p1", is_presenter=True)):
        with pytest.raises(NotSeated):
            everyone.send(TEACHER, "hello", actor=by)
        with pytest.raises(NotSeated):
            everyone.post(by, everyone.keyring.encrypt("hello"), sender=TEACHER)
    assert everyone.view().last_id == 0


@pytest.mark.parametrize("who", ["p9", TEACHER, ""])
def test_whoever_is_meant_has_to_be_there(who: str) -> None:
    """Renaming or removing somebody unknown, or the teacher, is refused."""
    lesson = Lesson(1)
    with pytest.raises(NotSeated):
        lesson.desk.remove(who)
    with pytest.raises(NotSeated):
        lesson.desk.rename(who, "Tim")


def test_what_is_not_named_stays_as_it_is() -> None:
    """Each switch is for itself; at first all may join, nobody may choose freely, recipients are shown."""
    lesson = Lesson()

    def switches() -> tuple[bool, ...]:
        view = lesson.classroom.view()
        return view.locked, view.joining, view.free_names, view.shows_recipients

    assert switches() == (False, True, False, True)
    lesson.desk.allow(free_names=True)
    assert switches() == (False, True, True, True)
    lesson.desk.allow(locked=True, joining=False)
    assert switches() == (True, False, True, True)
    lesson.desk.allow(shows_recipients=False)
    lesson.desk.allow()
    assert switches() == (True, False, True, False)
