"""Sealing the rooms of a class: who may, what changes with it, and what a sealed room refuses."""

from __future__ import annotations

import pytest

from securechat.classroom import TEACHER, SealingSeat, SealRule
from securechat.errors import (
    ClassEnded,
    NotSeated,
    RoomSealed,
    SealFirst,
    SealingRefused,
    TooFast,
)
from securechat.frames import Seal
from securechat.rooms.policy import About, Action, Actor
from tests.core.classes import Lesson
from tests.sealing import compare, post, seal, seat_of, state_of

BEGIN = Seal(1, "begin", "0" * 64)


@pytest.fixture
def lesson() -> Lesson:
    """Two pairs, and p5 who waits."""
    return Lesson(5)


@pytest.fixture
def room(lesson: Lesson) -> str:
    """The room of p1 and p2."""
    return lesson.room_of("p1")


class TestTwo:
    """Two seal their room, and write in it."""

    def test_from_the_first_step_to_a_message(self, lesson: Lesson, room: str) -> None:
        """Both phones have the same key and emoji; what one posts, the other opens, and not the server."""
        lesson.say("p1", "before", room)
        first, second = seal(lesson.classroom, "p1", "p2")
        states = [state_of(seat_of(lesson.classroom, person)) for person in ("p1", "p2")]
        assert [state.since for state in states] == [2, 2]
        assert first.emoji(states[0]) == second.emoji(states[1])
        assert len(first.emoji(states[0]).split()) == 7
        message = post(lesson.classroom, first, "only for you")
        assert (message.id, message.sender) == (2, "p1")
        assert second.read(states[1], message.token) == "only for you"
        for seat in (lesson.seat("p1", room, reads=True), lesson.seat("p2", room, reads=True)):
            old, new = seat.conversation.view().messages
            assert seat.message_frame(old).text == "before"
            assert seat.message_frame(new).text is None
            assert seat.keyring_for(new) is None
            assert seat.keyring_for(old) is not None

    def test_what_each_is_told(self, lesson: Lesson, room: str) -> None:
        """Who they are themselves, and what the two are called; all else is the same for both."""
        compare(lesson.classroom, "p1", "p2")
        told = [state_of(seat_of(lesson.classroom, person)) for person in ("p1", "p2")]
        assert [state.me for state in told] == ["p1", "p2"]
        people = lesson.classroom.view().participants
        assert told[0].names == {"p1": people["p1"].alias, "p2": people["p2"].alias}
        assert (told[0].first, told[0].second, told[0].refusal) == ("p1", "p2", "")
        lesson.desk.remove("p1")
        assert seat_of(lesson.classroom, "p2").sealing() is not None
        seat = seat_of(lesson.classroom, "p2")
        lesson.desk.remove("p2")
        assert seat.sealing() is None

    def test_once_more(self, lesson: Lesson, room: str) -> None:
        """A page that was loaded anew has lost its key: another round. Meanwhile nobody writes, in no way."""
        first, _ = seal(lesson.classroom, "p1", "p2")
        post(lesson.classroom, first)
        phones = compare(lesson.classroom, "p2", "p1")
        assert state_of(seat_of(lesson.classroom, "p1")).since == 0
        with pytest.raises(SealingRefused):
            post(lesson.classroom, phones[0])
        with pytest.raises(RoomSealed):
            lesson.say("p1", "hello", room)
        for person in ("p1", "p2"):
            seat_of(lesson.classroom, person).seal(Seal(2, "match"))
        assert post(lesson.classroom, phones[0], "new").id == 2
        assert [state_of(seat_of(lesson.classroom, person)).since for person in ("p1", "p2")] == [2, 2]
        there = lesson.room(room)
        assert there.sealed_since == 1
        assert all(there.conversation.is_sealed(message) for message in there.conversation.view().messages)

    def test_who_says_that_they_differ(self, lesson: Lesson, room: str) -> None:
        """Nothing is sealed then, and the room goes on as before; they may begin again."""
        compare(lesson.classroom, "p1", "p2")
        seat_of(lesson.classroom, "p1").seal(Seal(1, "match"))
        seat_of(lesson.classroom, "p2").seal(Seal(1, "differ"))
        with pytest.raises(SealingRefused, match="not the same"):
            seat_of(lesson.classroom, "p2").seal(Seal(1, "match"))
        assert lesson.say("p1", "hello", room).id == 1
        assert lesson.room(room).comparison is None, "nobody was in between"
        seal(lesson.classroom, "p2", "p1")
        assert lesson.room(room).sealed_since == 2


class TestWho:
    """Exactly two seal a room, those who sit in it, as far as the teacher lets them."""

    @pytest.mark.parametrize("person", ["p3", "p5", "p9", TEACHER, ""])
    def test_nobody_else(self, lesson: Lesson, room: str, person: str) -> None:
        """Who does not sit there neither begins nor goes on, nor gets a seat for it."""
        compare(lesson.classroom, "p1", "p2")
        before = lesson.classroom.view()
        for step in (Seal(2, "begin", "0" * 64), Seal(1, "match"), Seal(1, "differ")):
            with pytest.raises(NotSeated):
                lesson.classroom.seal(person, room, step)
        with pytest.raises(NotSeated):
            SealingSeat.take(lesson.classroom, person, room)
        assert lesson.classroom.view() is before

    def test_not_the_room_of_everyone(self, lesson: Lesson) -> None:
        """It is not sealed, whoever asks."""
        for person in ("p1", TEACHER):
            with pytest.raises(NotSeated):
                SealingSeat.take(lesson.classroom, person, lesson.everyone)
            with pytest.raises(SealingRefused):
                lesson.classroom.seal(person, lesson.everyone, BEGIN)
        with pytest.raises(NotSeated):
            lesson.classroom.seal("p1", "no room", BEGIN)

    def test_not_three(self, lesson: Lesson) -> None:
        """A third is told why, as the two are."""
        lesson.classroom.settle(at_once=True)
        room = lesson.room_of("p5")
        for person in ("p3", "p4", "p5"):
            seat = SealingSeat.take(lesson.classroom, person, room)
            assert "Only two" in state_of(seat).refusal
            with pytest.raises(SealingRefused, match="Only two"):
                seat.seal(BEGIN)

    def test_two_of_whom_a_third_has_left(self, lesson: Lesson) -> None:
        """They seal the room as any two, and the third, coming back, waits for a partner."""
        lesson.classroom.settle(at_once=True)
        room = lesson.room_of("p5")
        lesson.classroom.leave("p4")
        state = state_of(seat_of(lesson.classroom, "p3"))
        assert (state.refusal, [*state.names]) == ("", ["p3", "p5"])
        first, second = compare(lesson.classroom, "p5", "p3")
        assert [person.id for person in lesson.classroom.view().seated(room)] == ["p3", "p5"]
        assert lesson.room(room).former == ("p4",)
        lesson.classroom.resume(lesson.tokens["p4"])
        assert lesson.waiting() == ["p4"]
        lesson.classroom.settle(at_once=True)
        for phone in (first, second):
            seat_of(lesson.classroom, phone.me).seal(Seal(1, "match"))
        state = state_of(seat_of(lesson.classroom, "p3"))
        assert second.read(state, post(lesson.classroom, first, "for two").token) == "for two"
        assert "p4" not in {person.id for person in lesson.classroom.view().seated(room)}

    def test_who_comes_back_before_they_begin(self, lesson: Lesson) -> None:
        """The seat is theirs still: three are in the room again, and nobody seals it. One alone does not."""
        lesson.classroom.settle(at_once=True)
        for person in ("p4", "p3"):
            lesson.classroom.leave(person)
        with pytest.raises(SealingRefused, match="alone"):
            seat_of(lesson.classroom, "p5").seal(BEGIN)
        for person in ("p3", "p4"):
            lesson.classroom.resume(lesson.tokens[person])
        with pytest.raises(SealingRefused, match="Only two"):
            seat_of(lesson.classroom, "p5").seal(BEGIN)

    def test_not_alone(self, lesson: Lesson, room: str) -> None:
        """Whose partner is gone for good is told so; who has only left may come back."""
        lesson.classroom.leave("p2")
        seat = seat_of(lesson.classroom, "p1")
        seat.seal(BEGIN)
        lesson.desk.remove("p2")
        assert "alone" in state_of(seat).refusal
        with pytest.raises(SealingRefused, match="alone"):
            seat.seal(Seal(2, "begin", "0" * 64))

    def test_nobody_comes_into_a_room_that_is_being_sealed(self) -> None:
        """Who is left over waits on, from the first step on, also after a "they differ"."""
        lesson = Lesson(2)
        seat_of(lesson.classroom, "p1").seal(BEGIN)
        third = lesson.join()
        lesson.classroom.settle(at_once=True)
        assert lesson.classroom.view().participants[third].room is None
        seal(lesson.classroom, "p1", "p2")
        lesson.classroom.settle(at_once=True)
        assert lesson.waiting() == [third]

    def test_after_the_end(self, lesson: Lesson, room: str) -> None:
        """Nobody seals anything in a class that is over."""
        seat = seat_of(lesson.classroom, "p1")
        lesson.desk.close()
        with pytest.raises(ClassEnded):
            seat.seal(BEGIN)
        assert seat.sealing() is None

    def test_not_too_often(self, lesson: Lesson, room: str) -> None:
        """Ten times a minute; the same beginning sent again is none, and the others go on."""
        seat = seat_of(lesson.classroom, "p1")
        for number in range(1, 11):
            for _ in range(3):
                seat.seal(Seal(number, "begin", "0" * 64))
        with pytest.raises(TooFast):
            seat.seal(Seal(11, "begin", "0" * 64))
        assert state_of(seat).round == 10
        seat_of(lesson.classroom, "p2").seal(Seal(11, "begin", "0" * 64))
        lesson.clock.now += 60
        seat.seal(Seal(12, "begin", "0" * 64))


class TestRule:
    """What the teacher lets pairs do."""

    def test_forbidden(self, lesson: Lesson, room: str) -> None:
        """Nobody begins or goes on, and is told why; who has sealed already may do so again."""
        seal(lesson.classroom, "p1", "p2")
        compare(lesson.classroom, "p3", "p4")
        lesson.desk.allow(seal_rule=SealRule.FORBIDDEN)
        for step in (Seal(1, "match"), Seal(2, "begin", "0" * 64)):
            with pytest.raises(SealingRefused, match="teacher"):
                seat_of(lesson.classroom, "p3").seal(step)
        assert "teacher" in state_of(seat_of(lesson.classroom, "p4")).refusal
        assert lesson.say("p3", "hello", lesson.room_of("p3")).id == 1
        assert state_of(seat_of(lesson.classroom, "p1")).refusal == ""
        first, _ = seal(lesson.classroom, "p2", "p1")
        assert post(lesson.classroom, first).id == 1

    def test_required(self, lesson: Lesson, room: str) -> None:
        """Two write only in a sealed room; three, the room of everyone and the teacher are exempt."""
        lesson.desk.allow(seal_rule=SealRule.REQUIRED)
        with pytest.raises(SealFirst):
            lesson.say("p1", "hello", room)
        assert lesson.seat("p1", room).closed == SealFirst.reason
        with pytest.raises(SealFirst):  # nor send again what the server could read
            lesson.classroom.policy.check(Actor("p1"), Action.REPLAY, room, About("p2"))
        assert lesson.classroom.view().must_seal(room)
        for person in ("p1", TEACHER):
            assert lesson.say(person, "hello")
            assert lesson.seat(person).closed == ""
        first, _ = seal(lesson.classroom, "p1", "p2")
        assert post(lesson.classroom, first)
        assert not lesson.classroom.view().must_seal(room)

    def test_required_of_three(self, lesson: Lesson) -> None:
        """Three who sit together already write as before; but as two they seal the room, and as one."""
        lesson.classroom.settle(at_once=True)
        lesson.desk.allow(seal_rule=SealRule.REQUIRED)
        trio = lesson.room_of("p5")
        assert lesson.say("p5", "hello", trio)
        for gone in ("p5", "p4"):
            lesson.classroom.leave(gone)
            with pytest.raises(SealFirst):
                lesson.say("p3", "hello", trio)
        lesson.classroom.resume(lesson.tokens["p4"])
        seal(lesson.classroom, "p3", "p4")
        assert lesson.room(trio).sealed_since

    def test_nobody_is_a_third_where_it_is_required(self, lesson: Lesson) -> None:
        """Who is left over waits for a partner, and writes to everyone; then the rule is another one."""
        lesson.desk.allow(seal_rule=SealRule.REQUIRED)
        lesson.wait(600, "p1", "p2", "p3", "p4", "p5")
        lesson.classroom.settle(at_once=True)
        assert lesson.waiting() == ["p5"]
        assert lesson.say("p5", "hello")
        lesson.desk.allow(seal_rule=SealRule.ALLOWED)
        lesson.classroom.settle(at_once=True)
        assert lesson.waiting() == []

    def test_it_is_told(self, lesson: Lesson, room: str) -> None:
        """Whoever sits in a room is woken, and pages are drawn anew."""
        woken: list[int] = []
        seat = lesson.seat("p1", room)
        before = seat.revision()
        seat.subscribe(lambda: woken.append(1))
        lesson.desk.allow(seal_rule=SealRule.REQUIRED)
        assert woken
        assert seat.revision() > before
        assert lesson.classroom.view().seal_rule is SealRule.REQUIRED
        lesson.desk.close()
        assert lesson.classroom.view().seal_rule is SealRule.REQUIRED

    def test_each_step_is_told(self, lesson: Lesson, room: str) -> None:
        """The partner's page and connection are woken by each, and by none that changes nothing."""
        woken: list[int] = []
        seat = lesson.seat("p2", room)
        seat.subscribe(lambda: woken.append(1))
        before = seat.revision()
        seat_of(lesson.classroom, "p1").seal(BEGIN)
        assert woken == [1]
        assert seat.revision() > before
        seat_of(lesson.classroom, "p1").seal(BEGIN)
        with pytest.raises(SealingRefused):
            seat_of(lesson.classroom, "p1").seal(Seal(1, "match"))
        assert woken == [1]
