"""Joining a class, leaving it and coming back: who gets in, and who gets which seat."""

from __future__ import annotations

import pytest

from securechat.classroom.state import MAX_PARTICIPANTS
from securechat.errors import ClassEnded, ClassroomFull, InvalidAlias, JoiningClosed, NotSeated
from securechat.rooms.messages import MAX_NAME_CHARS
from tests.core.classes import Lesson, alias


class TestJoin:
    """Whoever knows the code gets in, as long as somebody fits and the teacher lets them."""

    def test_who_joins_is_there(self) -> None:
        """They are in the list, in the order of joining, under the name they chose and with the time."""
        lesson = Lesson()
        first = lesson.join("Brave Otter")
        lesson.clock.now += 5
        second = lesson.join("Calm Newt")
        people = lesson.classroom.view().participants
        assert list(people) == [first, second]
        assert [person.alias for person in people.values()] == ["Brave Otter", "Calm Newt"]
        assert (people[second].joined_at - people[first].joined_at).total_seconds() == 5
        assert not any(person.left for person in people.values())

    def test_ids_say_nothing_and_are_not_used_again(self) -> None:
        """An id is no name and no secret, fits into a message, and stays with the one who had it."""
        lesson = Lesson(3)
        lesson.desk.remove("p2")
        assert lesson.join() == "p4"
        assert list(lesson.classroom.view().participants) == ["p1", "p3", "p4"]
        assert all(len(person) <= MAX_NAME_CHARS for person in lesson.tokens)

    def test_seats_have_long_tokens_of_their_own(self) -> None:
        """Each gets another token, of 192 random bits, that the `repr` does not show."""
        lesson = Lesson(20)
        joined = lesson.classroom.join(alias(20))
        tokens = {*lesson.tokens.values(), joined.token}
        assert len(tokens) == 21
        assert {len(token) for token in tokens} == {32}
        assert joined.token not in repr(joined)

    def test_150_fit(self) -> None:
        """The 150th gets in and the next does not; who was removed makes room, who has left does not."""
        lesson = Lesson(MAX_PARTICIPANTS)
        assert MAX_PARTICIPANTS == 150
        lesson.classroom.leave("p1")
        with pytest.raises(ClassroomFull, match="150") as caught:
            lesson.join()
        assert caught.value.limit == 150
        assert len(lesson.classroom.view().participants) == 150
        lesson.desk.remove("p7")
        assert lesson.join() == "p151"
        with pytest.raises(ClassroomFull):
            lesson.join()

    def test_the_teacher_lets_nobody_in(self) -> None:
        """While joining is closed nobody gets in, those who are in stay, and it can be opened again."""
        lesson = Lesson(2)
        lesson.desk.allow(joining=False)
        with pytest.raises(JoiningClosed):
            lesson.join()
        assert lesson.classroom.resume(lesson.tokens["p1"]) == "p1"
        assert len(lesson.classroom.view().participants) == 2
        lesson.desk.allow(joining=True)
        assert lesson.join() == "p3"

    @pytest.mark.parametrize("name", ["Brave Otter", "Tim", "", "x" * 25])
    def test_who_does_not_get_in_leaves_no_trace(self, name: str) -> None:
        """After a refusal nobody is there or waits who was not before, and no number is used up."""
        lesson = Lesson()
        lesson.join("Brave Otter")
        before = lesson.classroom.view()
        with pytest.raises(InvalidAlias):
            lesson.join(name)
        assert lesson.classroom.view() is before
        assert lesson.join("Calm Newt") == "p2"

    def test_nobody_joins_a_class_that_ended(self) -> None:
        """It says that it has ended, and not that joining is closed."""
        lesson = Lesson(1)
        lesson.desk.close()
        with pytest.raises(ClassEnded):
            lesson.join()
        assert lesson.classroom.view().participants == {}


class TestResume:
    """Whoever shows the token of a seat gets it back; nobody else does."""

    def test_the_same_seat(self) -> None:
        """After leaving, the token gives back id, name and room, with what is written there."""
        lesson = Lesson(2)
        before = lesson.classroom.view().participants["p1"]
        lesson.classroom.leave("p1")
        lesson.clock.now += 1_000
        assert lesson.classroom.resume(lesson.tokens["p1"]) == "p1"
        assert lesson.classroom.view().participants["p1"] == before
        assert lesson.classroom.view().is_member("p1", lesson.room_of("p2"))

    def test_it_can_be_shown_again(self) -> None:
        """Another tab or a reload shows it while the seat is taken: nothing changes, and they are here."""
        lesson = Lesson(2)
        before = lesson.classroom.view()
        lesson.clock.now += 60
        assert lesson.classroom.resume(lesson.tokens["p2"]) == "p2"
        assert lesson.classroom.view() is before
        assert lesson.classroom.presence.is_here("p2")

    @pytest.mark.parametrize("change", ["", "x", "lower", "cut", "surrogate", "p1"])
    def test_another_token_is_no_seat(self, change: str) -> None:
        """A token that is changed, cut, garbage, empty or an id opens nothing."""
        lesson = Lesson(2)
        token = lesson.tokens["p1"]
        changed = {"lower": token.swapcase(), "cut": token[:-1], "surrogate": "\ud800"}.get(change, change)
        with pytest.raises(NotSeated, match="not in this class"):
            lesson.classroom.resume(changed)

    def test_a_token_of_another_class(self) -> None:
        """The token of a seat counts in its own class alone."""
        one, other = Lesson(1), Lesson(1)
        with pytest.raises(NotSeated):
            other.classroom.resume(one.tokens["p1"])

    def test_a_removed_token_never_counts_again(self) -> None:
        """Who was removed is told so, also after joining again: that gave another seat."""
        lesson = Lesson(2)
        token = lesson.tokens["p1"]
        lesson.desk.remove("p1")
        again = lesson.join()
        with pytest.raises(NotSeated, match="teacher has removed you"):
            lesson.classroom.resume(token)
        assert lesson.classroom.resume(lesson.tokens[again]) == again != "p1"

    def test_no_token_counts_after_the_end(self) -> None:
        """Also one that was removed is told that the class has ended, and no more."""
        lesson = Lesson(2)
        lesson.desk.remove("p1")
        lesson.desk.close()
        for token in (*lesson.tokens.values(), "garbage"):
            with pytest.raises(ClassEnded):
                lesson.classroom.resume(token)

    def test_whose_seat_it_is(self) -> None:
        """That can be asked without taking it: who has left stays away, and who has no seat is refused."""
        lesson = Lesson(3)
        lesson.classroom.leave("p1")
        lesson.desk.remove("p3")
        before = lesson.classroom.view()
        assert lesson.classroom.holder_of(lesson.tokens["p1"]) == before.participants["p1"]
        assert lesson.classroom.holder_of(lesson.tokens["p1"]).left
        assert lesson.classroom.view() is before
        assert not lesson.classroom.presence.is_here("p1")
        for token in (lesson.tokens["p3"], "garbage", ""):
            with pytest.raises(NotSeated):
                lesson.classroom.holder_of(token)
        lesson.desk.close()
        with pytest.raises(ClassEnded):
            lesson.classroom.holder_of(lesson.tokens["p1"])

    def test_who_had_left_while_waiting_waits_again(self) -> None:
        """They come back into the line, and are seated with the next who comes."""
        lesson = Lesson(1)
        lesson.classroom.leave("p1")
        assert lesson.waiting() == []
        lesson.join()
        assert lesson.waiting() == ["p2"], "nobody is seated with somebody who has left"
        lesson.classroom.resume(lesson.tokens["p1"])
        assert lesson.pairs() == [["p1", "p2"]]


class TestLeave:
    """Who leaves is gone for the others at once; the seat is kept."""

    def test_who_left_is_no_member(self) -> None:
        """They are neither here nor in their room nor in that of everyone; the seat is still theirs."""
        lesson = Lesson(3)
        room = lesson.room_of("p1")
        lesson.classroom.leave("p1")
        view = lesson.classroom.view()
        assert view.participants["p1"].left
        assert view.participants["p1"].room == room
        assert [person.id for person in view.members(room)] == ["p2"]
        assert [person.id for person in view.members(lesson.everyone)] == ["p2", "p3"]
        assert not lesson.classroom.presence.is_here("p1")
        assert not lesson.classroom.view().is_member("p1", room)
        assert not lesson.classroom.view().is_member("p1", lesson.everyone)

    def test_what_they_wrote_stays(self) -> None:
        """Messages are kept under their name, which nobody else can take meanwhile."""
        lesson = Lesson(2)
        room = lesson.room_of("p1")
        message = lesson.say("p1", "bye", room)
        lesson.classroom.leave("p1")
        assert lesson.room(room).conversation.view().messages == (message,)
        assert lesson.classroom.view().name_of("p1") == alias(0)
        with pytest.raises(InvalidAlias):
            lesson.join(alias(0))

    def test_leaving_twice_is_leaving_once(self) -> None:
        """The second time changes nothing."""
        lesson = Lesson(2)
        lesson.classroom.leave("p1")
        before = lesson.classroom.view()
        lesson.classroom.leave("p1")
        assert lesson.classroom.view() == before

    @pytest.mark.parametrize("who", ["p9", "teacher", "", "p1 "])
    def test_who_is_not_there_cannot_leave(self, who: str) -> None:
        """Somebody unknown, or removed, is told that they are not in the class; so after its end."""
        lesson = Lesson(1)
        with pytest.raises(NotSeated):
            lesson.classroom.leave(who)
        lesson.desk.remove("p1")
        with pytest.raises(NotSeated):
            lesson.classroom.leave("p1")
        lesson.desk.close()
        with pytest.raises(ClassEnded):
            lesson.classroom.leave("p1")
