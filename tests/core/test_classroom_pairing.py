"""Who sits with whom: two by two, a third where one is left over, and somebody new for who is left alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from securechat.classroom.classroom import PARTNER_LIMIT
from securechat.classroom.pairing import MOST_IN_ROOM, THIRD_SECONDS
from securechat.classroom.people import HERE_SECONDS
from securechat.errors import ClassEnded, NotSeated, TooFast
from tests.core.classes import Lesson


class TestTwoByTwo:
    """Who waits and is here is seated with the next who waits and is here."""

    def test_as_they_come(self) -> None:
        """The first two sit together, then the next two; the fifth waits."""
        lesson = Lesson(5)
        assert lesson.pairs() == [["p1", "p2"], ["p3", "p4"]]
        assert lesson.waiting() == ["p5"]
        assert len({lesson.room_of(person) for person in ("p1", "p3")}) == 2

    def test_rooms_are_numbered(self) -> None:
        """People call them Room 1, Room 2, …; the one of everyone comes first and has no number."""
        rooms = Lesson(4).classroom.view().rooms.values()
        assert [(room.number, room.title, room.is_everyone) for room in rooms] == [
            (0, "Everyone", True),
            (1, "Room 1", False),
            (2, "Room 2", False),
        ]

    def test_several_at_once_in_the_order_of_joining(self) -> None:
        """However they wait, those who joined first sit together."""
        lesson = Lesson()
        people = lesson.join_apart(5)
        for person in reversed(people):
            lesson.classroom.presence.look(person)
        assert lesson.pairs() == []
        lesson.classroom.settle()
        assert lesson.pairs() == [["p1", "p2"], ["p3", "p4"]]
        assert lesson.waiting() == ["p5"]

    @pytest.mark.parametrize(("away", "seated"), [(HERE_SECONDS - 0.1, True), (HERE_SECONDS, False)])
    def test_only_who_is_here(self, away: float, seated: bool) -> None:
        """Nobody is seated with somebody whose page has not looked for 12 s."""
        lesson = Lesson(1)
        lesson.clock.now += away
        lesson.join()
        assert (lesson.pairs() == [["p1", "p2"]]) is seated
        assert lesson.waiting() == ([] if seated else ["p1", "p2"])

    def test_who_is_away_does_not_hold_up_the_others(self) -> None:
        """The next two are seated; who was away is seated with a later one, once the page looks again."""
        lesson = Lesson(1)
        lesson.clock.now += HERE_SECONDS
        lesson.join()
        lesson.join()
        assert lesson.pairs() == [["p2", "p3"]]
        lesson.wait(1, "p1")
        lesson.join()
        assert lesson.pairs() == [["p2", "p3"], ["p1", "p4"]]

    def test_an_open_feed_counts_as_here(self) -> None:
        """Somebody whose page hears of everything is seated without looking."""
        lesson = Lesson(1)
        lesson.seat("p1").enter()
        lesson.clock.now += 600
        lesson.join()
        assert lesson.pairs() == [["p1", "p2"]]

    def test_who_left_is_passed_over(self) -> None:
        """Somebody who left while waiting is not seated, though a feed of theirs is still open."""
        lesson = Lesson(1)
        lesson.seat("p1").enter()
        lesson.classroom.leave("p1")
        lesson.join()
        lesson.classroom.settle(at_once=True)
        assert (lesson.pairs(), lesson.waiting()) == ([], ["p2"])


class TestThird:
    """Who is left over joins a pair, if nobody comes."""

    @pytest.mark.parametrize(("waited", "seated"), [(THIRD_SECONDS - 0.1, False), (THIRD_SECONDS, True)])
    def test_after_half_a_minute(self, waited: float, seated: bool) -> None:
        """After 30 s, and not before."""
        lesson = Lesson(3)
        lesson.wait(waited, "p1", "p2", "p3")
        assert (lesson.pairs() == [["p1", "p2", "p3"]]) is seated
        assert (lesson.waiting() == []) is seated

    def test_at_once_if_the_teacher_wants_it(self) -> None:
        """Who is left over need not wait then."""
        lesson = Lesson(3)
        lesson.classroom.settle()
        assert lesson.waiting() == ["p3"]
        lesson.classroom.settle(at_once=True)
        assert lesson.pairs() == [["p1", "p2", "p3"]]

    def test_somebody_who_comes_is_a_partner(self) -> None:
        """Two who wait sit together, however long one of them has waited: no pair becomes three."""
        lesson = Lesson(3)
        lesson.wait(THIRD_SECONDS - 1, "p3")
        lesson.join()
        lesson.wait(60, "p1", "p2", "p3", "p4")
        lesson.classroom.settle(at_once=True)
        assert lesson.pairs() == [["p1", "p2"], ["p3", "p4"]]

    def test_in_the_newest_pair_in_which_somebody_is(self) -> None:
        """Rooms in which nobody is any more, and the room of everyone, are passed over."""
        lesson = Lesson(6)
        lesson.clock.now += 60
        lesson.join()
        lesson.wait(THIRD_SECONDS, "p1", "p4", "p7")
        assert lesson.pairs() == [["p1", "p2"], ["p3", "p4", "p7"], ["p5", "p6"]]

    def test_where_nobody_is_they_wait_on(self) -> None:
        """No pair is here: whoever is left over waits until one is."""
        lesson = Lesson(2)
        lesson.clock.now += 60
        lesson.join()
        lesson.wait(THIRD_SECONDS, "p3")
        assert lesson.waiting() == ["p3"]
        lesson.wait(1, "p2", "p3")
        assert lesson.pairs() == [["p1", "p2", "p3"]]

    def test_no_room_has_four(self) -> None:
        """Where three sit, nobody joins; the one left over of a class of four with one away waits."""
        lesson = Lesson(3)
        lesson.classroom.settle(at_once=True)
        lesson.join()
        lesson.classroom.settle(at_once=True)
        assert lesson.pairs() == [["p1", "p2", "p3"]]
        assert lesson.waiting() == ["p4"]
        assert MOST_IN_ROOM == 3

    def test_who_comes_back_makes_no_four(self) -> None:
        """A seat is kept for who left a room of three: nobody else gets it meanwhile."""
        lesson = Lesson(3)
        lesson.classroom.settle(at_once=True)
        lesson.classroom.leave("p2")
        lesson.join()
        lesson.classroom.settle(at_once=True)
        assert lesson.waiting() == ["p4"]
        lesson.classroom.resume(lesson.tokens["p2"])
        assert lesson.pairs() == [["p1", "p2", "p3"]]

    def test_beside_somebody_whose_partner_left(self) -> None:
        """They are two then, and three if the partner comes back."""
        lesson = Lesson(3)
        lesson.classroom.leave("p2")
        lesson.classroom.settle(at_once=True)
        assert lesson.pairs() == [["p1", "p3"]]
        lesson.classroom.resume(lesson.tokens["p2"])
        assert lesson.pairs() == [["p1", "p2", "p3"]]

    def test_not_where_all_have_left(self) -> None:
        """Nobody is sent to an empty room, also if a feed of who left is still open."""
        lesson = Lesson(3)
        lesson.seat("p1").enter()
        for person in ("p1", "p2"):
            lesson.classroom.leave(person)
        lesson.classroom.settle(at_once=True)
        assert lesson.waiting() == ["p3"]

    def test_who_sits_alone_is_no_pair(self) -> None:
        """Nobody is sent as a third to somebody who sits alone: that one may look for a partner."""
        lesson = Lesson(2)
        lesson.clock.now += 60
        lesson.classroom.look("p1")
        lesson.classroom.find_partner("p1")
        lesson.wait(THIRD_SECONDS, "p1", "p2")
        assert (lesson.pairs(), lesson.waiting()) == ([["p2"]], ["p1"])

    def test_coming_back_waits_anew(self) -> None:
        """The half minute begins when somebody begins to wait, also for the second time."""
        lesson = Lesson(3)
        lesson.wait(20, "p1")
        lesson.classroom.leave("p3")
        lesson.wait(20, "p1")
        lesson.classroom.resume(lesson.tokens["p3"])
        lesson.wait(THIRD_SECONDS - 1, "p1", "p3")
        assert lesson.waiting() == ["p3"]
        lesson.wait(1, "p1", "p3")
        assert lesson.pairs() == [["p1", "p2", "p3"]]


class TestFindPartner:
    """Who is left alone may look for somebody else; nobody is left alone by that."""

    def test_the_partner_vanished(self) -> None:
        """They wait, are seated in a new room with the next who comes, and the old room remembers them."""
        lesson = Lesson(2)
        old = lesson.room_of("p1")
        lesson.wait(HERE_SECONDS, "p1")
        lesson.classroom.find_partner("p1")
        assert lesson.waiting() == ["p1"]
        lesson.join()
        assert lesson.pairs() == [["p2"], ["p1", "p3"]]
        assert lesson.room(old).former == ("p1",)
        assert not lesson.classroom.view().is_member("p1", old)

    def test_a_partner_who_comes_back_sits_alone_and_may_look_too(self) -> None:
        """The seat of who vanished is kept; two who both look find each other in a new room."""
        lesson = Lesson(2)
        lesson.wait(60, "p1")
        lesson.classroom.find_partner("p1")
        assert lesson.classroom.resume(lesson.tokens["p2"]) == "p2"
        assert lesson.pairs() == [["p2"]]
        lesson.classroom.find_partner("p2")
        assert lesson.pairs() == [[], ["p1", "p2"]]

    @pytest.mark.parametrize("who", ["p1", "p2"])
    def test_not_while_the_partner_is_here(self, who: str) -> None:
        """While the other looks, or has a feed open, nobody walks away from them."""
        lesson = Lesson(2)
        before = lesson.classroom.view()
        lesson.clock.now += HERE_SECONDS - 0.1
        with pytest.raises(NotSeated, match="to talk to"):
            lesson.classroom.find_partner(who)
        other = "p2" if who == "p1" else "p1"
        end = lesson.seat(other, lesson.room_of(other)).enter()
        lesson.clock.now += 600
        with pytest.raises(NotSeated):
            lesson.classroom.find_partner(who)
        assert lesson.classroom.view() is before
        end()
        lesson.clock.now += HERE_SECONDS
        lesson.classroom.find_partner(who)
        assert lesson.waiting() == [who]

    def test_not_while_one_of_two_partners_is_here(self) -> None:
        """In a room of three, both others have to be away."""
        lesson = Lesson(3)
        lesson.classroom.settle(at_once=True)
        lesson.wait(60, "p1", "p2")
        with pytest.raises(NotSeated):
            lesson.classroom.find_partner("p1")
        lesson.wait(60, "p1")
        lesson.classroom.find_partner("p1")
        assert lesson.waiting() == ["p1"]

    def test_after_the_partner_left_or_was_removed(self) -> None:
        """Who left counts as away at once, and so does who was removed."""
        for go in ("leave", "remove"):
            lesson = Lesson(2)
            (lesson.classroom.leave if go == "leave" else lesson.desk.remove)("p2")
            lesson.classroom.find_partner("p1")
            assert lesson.waiting() == ["p1"]

    def test_who_waits_already_waits_on(self) -> None:
        """Asking again changes nothing, and does not put them at the end of the wait."""
        lesson = Lesson(3)
        lesson.wait(20, "p1", "p3")
        lesson.classroom.find_partner("p3")
        lesson.wait(10, "p1", "p3")
        assert lesson.pairs() == [["p1", "p2", "p3"]]

    def test_not_again_and_again(self) -> None:
        """Six times a minute: who goes on is told to wait, and stays where they are."""
        lesson = Lesson(2)
        for number in range(PARTNER_LIMIT[0] + 1):
            partner = lesson.waiting() or [other for other in lesson.pairs()[-1] if other != "p1"]
            lesson.classroom.leave(partner[0])
            if number < PARTNER_LIMIT[0]:
                lesson.classroom.find_partner("p1")
                lesson.join()
        before = lesson.classroom.view()
        with pytest.raises(TooFast, match="Not changed"):
            lesson.classroom.find_partner("p1")
        assert lesson.classroom.view() is before
        lesson.clock.now += PARTNER_LIMIT[1]
        lesson.classroom.find_partner("p1")
        assert "p1" in lesson.waiting()

    @pytest.mark.parametrize(
        "ask",
        [
            lambda lesson: lesson.classroom.find_partner("p1"),
            lambda lesson: lesson.classroom.choose_alias("p1", "Calm Newt"),
        ],
    )
    def test_only_for_people_of_a_class_that_goes_on(self, ask: Callable[[Lesson], None]) -> None:
        """Who was removed is told so, and nobody is moved after the end."""
        lesson = Lesson(2)
        lesson.desk.remove("p1")
        with pytest.raises(NotSeated):
            ask(lesson)
        lesson.desk.close()
        with pytest.raises(ClassEnded):
            ask(lesson)
