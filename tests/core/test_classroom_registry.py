"""The classes of a server: how many there are, how they are found, and when they end by themselves."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

import pytest

from securechat.classroom import Classroom, Classrooms, ClassWall, Seat, wall_frame
from securechat.classroom.codes import CODE_ALPHABET, spaced
from securechat.classroom.registry import GUESS_LIMIT, IDLE_HOURS, MAX_CLASSES, MAX_ENDED
from securechat.errors import ClassEnded, ClassroomFull, NoSuchClass, TooFast
from securechat.rooms.memory_store import InMemoryMessageStore
from securechat.rooms.presenters import Presenters
from tests.core.classes import Clock, actor, alias
from tests.core.test_secrecy import reachable

IDLE_SECONDS = IDLE_HOURS * 3_600


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still."""
    return Clock()


@pytest.fixture
def classes(clock: Clock) -> Classrooms:
    """A server without a class."""
    return Classrooms(clock=clock, now=clock.date)


class TestNew:
    """Classes are opened until there are too many."""

    def test_each_is_another(self, classes: Classrooms, clock: Clock) -> None:
        """With a code, an id and a room of everyone of its own; listed with the newest first."""
        opened = []
        for _ in range(3):
            clock.now += 60
            opened.append(classes.new())
        assert classes.all() == tuple(reversed(opened))
        for names in (
            {each.code for each in opened},
            {each.id for each in opened},
            {each.everyone for each in opened},
        ):
            assert len(names) == 3
        assert opened[2].opened_at == clock.date()

    def test_an_address_tells_no_code(self, classes: Classrooms) -> None:
        """Ids and names of rooms stand in addresses: the code is not in them."""
        classroom = classes.new()
        for number in range(2):
            classroom.join(alias(number))
        for name in (classroom.id, *classroom.view().rooms):
            assert classroom.code.lower() not in name.lower()

    def test_twenty_fit(self, classes: Classrooms) -> None:
        """The next is refused, and one that was closed makes room."""
        opened = [classes.new() for _ in range(MAX_CLASSES)]
        assert MAX_CLASSES == 20
        with pytest.raises(ClassroomFull, match="20") as caught:
            classes.new()
        assert caught.value.limit == 20
        assert len(classes.all()) == 20
        opened[3].desk.close()
        assert classes.new() in classes.all()
        with pytest.raises(ClassroomFull):
            classes.new()

    def test_a_code_that_is_taken_is_made_anew(
        self, classes: Classrooms, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No two classes have one code, even if chance would have it."""
        codes = iter(["AAAAAA", "AAAAAA", "AAAAAA", "CCCCCC"])
        monkeypatch.setattr("securechat.classroom.registry.new_code", lambda: next(codes))
        assert [classes.new().code for _ in range(2)] == ["AAAAAA", "CCCCCC"]


class TestFind:
    """Whoever knows the code finds the class."""

    def test_by_its_code(self, classes: Classrooms) -> None:
        """However it is typed; the others are not meant."""
        one, other = classes.new(), classes.new()
        for typed in (one.code, one.code.lower(), spaced(one.code), f"  {'-'.join(one.code)}\n"):
            assert classes.find(typed, "somebody") is one
        assert classes.find(other.code, "somebody") is other

    @pytest.mark.parametrize(
        "typed", ["", " ", "ABC", "x" * 1_000_000, "\ud800", "{code}7", "{id}", "*", ".*"]
    )
    def test_another_code(self, classes: Classrooms, typed: str) -> None:
        """Nothing is found, and the message does not quote what was typed."""
        classroom = classes.new()
        with pytest.raises(NoSuchClass) as caught:
            classes.find(typed.format(code=classroom.code, id=classroom.id), "somebody")
        assert str(caught.value) == str(NoSuchClass())
        assert vars(caught.value) == {}

    def test_a_class_that_ended(self, classes: Classrooms, clock: Clock) -> None:
        """Its code, id and rooms lead nowhere; it is known that it was there, and who ended it."""
        classroom = classes.new()
        everyone = classroom.everyone
        assert classes.by_id(classroom.id) is classes.of_room(everyone) is classroom
        classroom.desk.close()
        for _ in range(GUESS_LIMIT[0] + 1):  # no guess
            with pytest.raises(ClassEnded, match="Your teacher has ended this class"):
                classes.find(classroom.code, "somebody")
        clock.now += IDLE_SECONDS
        classes.tick(clock.now)  # a class that is over does not end again, for another reason
        assert str(classes.why_ended(classroom.id)).startswith("Your teacher has ended this class.")
        assert classes.why_ended("another") is None
        assert classes.by_id(classroom.id) is classes.of_room(everyone) is None
        assert classes.all() == ()

    def test_not_all_that_ended_are_remembered(self, classes: Classrooms) -> None:
        """The last 200; of an open one nothing is said."""
        ids = []
        for _ in range(MAX_ENDED + 1):
            classroom = classes.new()
            assert classes.why_ended(classroom.id) is None
            ids.append(classroom.id)
            classroom.desk.close()
        assert [class_id for class_id in ids if classes.why_ended(class_id) is None] == ids[:1]
        before = len([*reachable(classes)])
        for _ in range(10):
            classes.new().desk.close()
        assert len([*reachable(classes)]) == before, "nothing is kept of the others"

    def test_by_id_or_room(self, classes: Classrooms) -> None:
        """By exactly that name: a code, a part of it or another class's does not lead there."""
        one, other = classes.new(), classes.new()
        for number in range(4):
            one.join(alias(number))
        for room in one.view().rooms:
            assert classes.of_room(room) is one
        assert classes.of_room(other.everyone) is other
        for name in ("", "..", one.code, one.id, one.everyone[:-1], f"{one.id}-3", f"{one.everyone} "):
            assert classes.of_room(name) is None
        for name in ("", "..", one.code, one.id[:-1], one.everyone, one.id.upper() + " "):
            assert classes.by_id(name) is None

    def test_guessing_is_limited(self, classes: Classrooms, clock: Clock) -> None:
        """Five wrong codes a minute; then even the right one is not looked up, and others go on."""
        classroom = classes.new()
        for number in range(GUESS_LIMIT[0]):
            with pytest.raises(NoSuchClass):
                classes.find(f"XXXXX{CODE_ALPHABET[number]}", "somebody")
        assert GUESS_LIMIT[0] == 5
        for typed in ("XXXXXY", classroom.code):
            with pytest.raises(TooFast) as caught:
                classes.find(typed, "somebody")
            assert caught.value.retry_after == GUESS_LIMIT[1] == 60
        assert classes.find(classroom.code, "somebody else") is classroom
        clock.now += GUESS_LIMIT[1]
        assert classes.find(classroom.code, "somebody") is classroom

    def test_right_codes_are_not_counted(self, classes: Classrooms) -> None:
        """A class that comes from one computer's browser gets in, however many they are."""
        classroom = classes.new()
        for _ in range(100):
            assert classes.find(classroom.code, "somebody") is classroom


ACTIVE: dict[str, Callable[[Classroom], object]] = {
    "join": lambda classroom: classroom.join(alias(9)),
    "message": lambda classroom: (
        classroom.view().rooms[classroom.everyone].conversation.send("p1", "hello", actor=actor("p1"))
    ),
    "private message": lambda classroom: (
        classroom.view()
        .rooms[classroom.everyone]
        .conversation.send("p1", "hello", to="p2", actor=actor("p1"))
    ),
    "allow": lambda classroom: classroom.desk.allow(locked=True),
    "lock": lambda classroom: classroom.desk.lock(classroom.everyone, locked=True),
    "clear": lambda classroom: classroom.desk.clear(),
    "rename": lambda classroom: classroom.desk.rename("p1", "Tim"),
    "remove": lambda classroom: classroom.desk.remove("p1"),
}
"""What keeps a class alive."""

LOOKING: dict[str, Callable[[Classroom], object]] = {
    "view": lambda classroom: classroom.view(),
    "look": lambda classroom: classroom.look("p1"),
    "feed": lambda classroom: Seat.take(classroom, "p1", classroom.everyone).enter()(),
    "wall": lambda classroom: wall_frame(classroom),
    "watching": lambda classroom: ClassWall(classroom, Presenters().right("")).subscribe(lambda: None),
    "proposals": lambda classroom: classroom.suggest(5),
    "people": lambda classroom: Seat.take(classroom, "p1", classroom.everyone).people(),
}
"""What does not."""


class TestIdleEnd:
    """A class that nobody uses for four hours ends by itself."""

    def open(self, classes: Classrooms) -> Classroom:
        """Open a class with two people."""
        classroom = classes.new()
        for number in range(2):
            classroom.join(alias(number))
        return classroom

    @pytest.mark.parametrize(("idle", "ended"), [(IDLE_SECONDS - 1, False), (IDLE_SECONDS, True)])
    def test_when(self, classes: Classrooms, clock: Clock, idle: float, *, ended: bool) -> None:
        """After exactly four hours, with the next tick."""
        classroom = self.open(classes)
        clock.now += idle
        classes.tick(clock.now)
        assert classroom.view().closed is ended
        assert (classes.all() == ()) is ended

    def test_no_question_ends_it(self, classes: Classrooms, clock: Clock) -> None:
        """However late it is: a page that is being drawn does not lose its class while it asks."""
        classroom = self.open(classes)
        clock.now += 10 * IDLE_SECONDS
        assert classes.all() == (classroom,)
        assert classes.find(classroom.code, "somebody") is classroom
        assert classes.by_id(classroom.id) is classes.of_room(classroom.everyone) is classroom
        assert classes.why_ended(classroom.id) is None
        assert not classroom.view().closed

    def test_who_joins_at_the_last_moment(self, clock: Clock) -> None:
        """A class in which somebody is just being let in when it would end goes on."""

        def date() -> datetime:
            """Have the class ended meanwhile: it is asked for while somebody joins."""
            for thread in late:
                thread.start()
                thread.join(0.1)  # as long as it is given, it must not get past this
            return clock.date()

        late: list[threading.Thread] = []
        classes = Classrooms(clock=clock, now=date)
        classroom = classes.new()
        clock.now += IDLE_SECONDS
        late.append(threading.Thread(target=classes.tick, args=(clock.now,)))
        classroom.join(alias(0))
        late[0].join()
        assert not classroom.view().closed
        assert classes.all() == (classroom,)

    def test_it_is_known_why_before_it_is_seen(self, classes: Classrooms, clock: Clock) -> None:
        """Who is told that a class is over is told the reason, and finds it nowhere."""
        classroom = self.open(classes)
        seen: list[tuple[bool, object, str]] = []

        def look() -> None:
            seen.append(
                (
                    classroom.view().closed,
                    classes.by_id(classroom.id),
                    str(classes.why_ended(classroom.id)),
                )
            )

        classroom.subscribe(look)
        clock.now += IDLE_SECONDS
        classes.tick(clock.now)
        assert seen
        for closed, found, why in seen:
            assert (closed, found) == (True, None)
            assert "Nobody used this class" in why

    def test_it_is_forgotten_then(self, clock: Clock) -> None:
        """As if the teacher had closed it: no message is left, nobody comes back, and there is room."""
        store = InMemoryMessageStore()
        classes = Classrooms(store, clock=clock, now=clock.date, max_classes=1)
        classroom = classes.new()
        joined = classroom.join(alias(0))
        classroom.view().rooms[classroom.everyone].conversation.send("p1", "hello", actor=actor("p1"))
        clock.now += IDLE_SECONDS
        assert classes.new() is not classroom
        assert str(classes.why_ended(classroom.id)).startswith("Nobody used this class for 4 hours, so")
        assert store.view(classroom.everyone).messages == ()
        with pytest.raises(ClassEnded):
            classroom.resume(joined.token)

    @pytest.mark.parametrize("name", ACTIVE)
    def test_what_keeps_it_alive(self, classes: Classrooms, clock: Clock, name: str) -> None:
        """Whoever joins or writes, and whatever the teacher does, begins the four hours anew."""
        classroom = self.open(classes)
        clock.now += IDLE_SECONDS - 1
        ACTIVE[name](classroom)
        clock.now += IDLE_SECONDS - 1
        classes.tick(clock.now)
        assert classes.all() == (classroom,)
        clock.now += 1
        classes.tick(clock.now)
        assert classes.all() == ()

    @pytest.mark.parametrize("name", LOOKING)
    def test_what_does_not(self, classes: Classrooms, clock: Clock, name: str) -> None:
        """A page that is left open, the wall on a projector and whoever finds the code do not."""
        classroom = self.open(classes)
        clock.now += IDLE_SECONDS - 1
        LOOKING[name](classroom)
        assert classes.find(classroom.code, "somebody") is classroom
        clock.now += 1
        classes.tick(clock.now)
        assert classes.all() == ()

    def test_others_go_on(self, classes: Classrooms, clock: Clock) -> None:
        """Each class has its own four hours."""
        classes.new()
        clock.now += IDLE_SECONDS - 1
        busy = classes.new()
        clock.now += 1
        classes.tick(clock.now)
        assert classes.all() == (busy,)

    def test_another_time_can_be_set(self, clock: Clock) -> None:
        """Half an hour, for instance."""
        classes = Classrooms(idle_hours=0.5, clock=clock, now=clock.date)
        classes.new()
        clock.now += 1_799
        classes.tick(clock.now)
        assert len(classes.all()) == 1
        clock.now += 1
        classes.tick(clock.now)
        assert classes.all() == ()
