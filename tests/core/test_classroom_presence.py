"""Presence and news of a class: who is here, who is writing, and whoever wants to know of it."""

from __future__ import annotations

import pytest

from securechat.classroom.people import HERE_SECONDS, WRITING_SECONDS, Presence
from tests.core.classes import Clock, Lesson
from tests.core.counting_store import Counts
from tests.core.test_secrecy import reachable


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still."""
    return Clock()


@pytest.fixture
def presence(clock: Clock) -> Presence:
    """Nobody is here yet."""
    return Presence(clock=clock)


class TestHere:
    """Somebody is here whose page shows signs of life."""

    def test_for_a_while_after_a_look(self, presence: Presence, clock: Clock) -> None:
        """For 12 s, and each look begins them anew."""
        assert not presence.is_here("p1")
        presence.look("p1")
        clock.now += HERE_SECONDS - 0.1
        assert presence.is_here("p1")
        presence.look("p1")
        clock.now += HERE_SECONDS - 0.1
        assert presence.is_here("p1")
        clock.now += 0.1
        assert not presence.is_here("p1")
        assert not presence.is_here("p2")

    def test_as_long_as_a_feed_is_open(self, presence: Presence, clock: Clock) -> None:
        """Without any look; of two tabs the last one counts, and its end is a sign of life, too."""
        ends = [presence.connect("p1") for _ in range(2)]
        clock.now += 1_000
        assert presence.is_here("p1")
        ends[0]()
        clock.now += 1_000
        assert presence.is_here("p1")
        ends[1]()
        clock.now += HERE_SECONDS - 0.1
        assert presence.is_here("p1")
        clock.now += 0.1
        assert not presence.is_here("p1")

    def test_who_is_forgotten(self, presence: Presence, clock: Clock) -> None:
        """Who leaves is not here any more at once, unless a feed is open until it is closed."""
        presence.look("p1")
        presence.look("p2")
        presence.forget("p1")
        assert not presence.is_here("p1")
        assert presence.is_here("p2")
        end = presence.connect("p1")
        presence.forget("p1")
        assert presence.is_here("p1")
        end()
        assert not presence.is_here("p1"), "the end of a feed is no sign of life of who has left"


class TestWriting:
    """Somebody is writing who typed a moment ago and has not sent yet."""

    def test_for_a_while(self, presence: Presence, clock: Clock) -> None:
        """For 4 s, in that room and no other."""
        presence.write("p1", "red")
        assert presence.is_writing("p1", "red")
        assert not presence.is_writing("p1", "green")
        assert not presence.is_writing("p2", "red")
        clock.now += WRITING_SECONDS - 0.1
        assert presence.is_writing("p1", "red")
        clock.now += 0.1
        assert not presence.is_writing("p1", "red")

    def test_until_it_is_sent_or_they_leave(self, presence: Presence) -> None:
        """Sending ends it in that room; leaving ends it in all."""
        for room in ("red", "green", "blue"):
            presence.write("p1", room)
        presence.write("p2", "red")
        presence.stop_writing("p1", "red")
        presence.stop_writing("p1", "nowhere")
        assert [presence.is_writing("p1", room) for room in ("red", "green")] == [False, True]
        presence.forget("p1")
        assert [presence.is_writing("p1", room) for room in ("green", "blue")] == [False, False]
        assert presence.is_writing("p2", "red")

    def test_a_message_ends_it(self) -> None:
        """In a class, whoever sent is not shown as writing any more, and the partner still is."""
        lesson = Lesson(2)
        room = lesson.room_of("p1")
        for person in ("p1", "p2"):
            lesson.classroom.write(person, room)
        lesson.say("p1", "hello", room)
        assert not lesson.classroom.presence.is_writing("p1", room)
        assert lesson.classroom.presence.is_writing("p2", room)


class TestMemory:
    """What is remembered is bounded by who is in the class."""

    def test_coming_and_going_leaves_nothing(self, presence: Presence, clock: Clock) -> None:
        """After a thousand rounds of looking, writing, feeds and leaving there is as much as after one."""
        sizes = []
        for _ in range(1_000):
            clock.now += 1
            ends = [presence.connect(f"p{number}") for number in range(10)]
            for number, end in enumerate(ends):
                presence.look(f"p{number}")
                presence.write(f"p{number}", "red")
                end()
                presence.forget(f"p{number}")
            sizes.append(sum(1 for _ in reachable(presence)))
        assert sizes[-1] <= sizes[0]

    def test_who_goes_with_a_feed_open_leaves_nothing(self, presence: Presence) -> None:
        """A thousand who are removed while their feeds are open are forgotten when these end."""
        before = sum(1 for _ in reachable(presence))
        for number in range(1_000):
            end = presence.connect(f"p{number}")
            presence.forget(f"p{number}")
            end()
        assert sum(1 for _ in reachable(presence)) == before

    def test_who_stays_is_remembered_once(self, presence: Presence, clock: Clock) -> None:
        """Ten people who look and write all day need as much as for the first minute."""
        sizes = []
        for _ in range(1_000):
            clock.now += 1
            for number in range(10):
                presence.look(f"p{number}")
                presence.write(f"p{number}", "red")
            sizes.append(sum(1 for _ in reachable(presence)))
        assert sizes[-1] <= sizes[0] + 1  # the time is an object more or less


class TestSubscribe:
    """Whoever subscribes to a class is told of what happens there, until that ends."""

    def test_a_whole_class_is_told_where_no_room_is_named(self) -> None:
        """Who subscribes to the class hears of every room; who subscribes to a room, of that."""
        lesson, told = Lesson(4), list[str]()
        end = lesson.classroom.subscribe(lambda: told.append("class"))
        lesson.classroom.subscribe(lambda: told.append("room"), lesson.room_of("p1"))
        lesson.say("p3", "hello", lesson.room_of("p3"))
        assert told == ["class"]
        end()
        lesson.say("p1", "hello", lesson.room_of("p1"))
        assert told == ["class", "room"]

    def test_a_message_is_told_of_without_being_read(self) -> None:
        """Whoever writes ends their writing and wakes the class, and nothing of the room is read."""
        counts, told = Counts(), list[str]()
        lesson = Lesson(2, store=counts.watch())
        room = lesson.room_of("p1")
        lesson.classroom.subscribe(lambda: told.append("class"))
        lesson.classroom.write("p1", room)
        counts.forget()
        lesson.say("p1", "hello", room)
        assert counts.calls == {"append": 1}
        assert not lesson.classroom.presence.is_writing("p1", room)
        assert told == ["class", "class"]
