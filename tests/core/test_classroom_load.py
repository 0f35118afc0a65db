"""A whole class at once: threads lose and double nothing, and what ends leaves nothing behind."""

from __future__ import annotations

import gc
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from securechat.classroom import TEACHER, Classroom, Classrooms, Seat
from securechat.errors import (
    ClassEnded,
    ClassroomError,
    ClassroomFull,
    InvalidAlias,
    TooFast,
)
from securechat.rooms.memory_store import InMemoryMessageStore
from securechat.rooms.messages import Message
from tests.core.classes import Lesson, actor, alias
from tests.core.slow_store import SlowStore
from tests.core.test_secrecy import reachable

WORKERS = 8
ROUNDS = 20


@pytest.fixture(autouse=True)
def _impatient_threads() -> Iterator[None]:
    """Let threads take turns as often as the interpreter can, so that a race shows."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def at_once(*works: Callable[[], object]) -> list[object]:
    """Do all that in threads that begin in the same moment, and return what came of each."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        start.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result() for future in [pool.submit(run, work) for work in works]]


class TestJoining:
    """A class comes all at once."""

    def test_as_many_as_fit(self) -> None:
        """Of 200 who try, 150 get in, each once and sitting with one other; the others are told."""
        lesson = Lesson()

        def join(worker: int) -> list[str]:
            tokens = []
            for number in range(worker, 200, WORKERS):
                with suppress(ClassroomFull):
                    tokens.append(lesson.classroom.join(alias(number)).token)
            return tokens

        works = [lambda worker=worker: join(worker) for worker in range(WORKERS)]
        tokens = {token for got in at_once(*works) for token in got}  # type: ignore[attr-defined]
        view = lesson.classroom.view()
        assert len(tokens) == len(view.participants) == 150
        assert len({person.alias for person in view.participants.values()}) == 150
        assert {lesson.classroom.resume(token) for token in tokens} == {*view.participants}
        assert sorted(person for pair in lesson.pairs() for person in pair) == sorted(view.participants)
        assert {len(pair) for pair in lesson.pairs()} == {2}

    def test_one_name_for_one_of_them(self) -> None:
        """Eight want the same name in the same moment: one has it."""
        for number in range(ROUNDS):
            lesson = Lesson()

            def join(lesson: Lesson = lesson, name: str = alias(number)) -> bool:
                try:
                    lesson.classroom.join(name)
                except InvalidAlias:
                    return False
                return True

            assert sum(map(bool, at_once(*[join] * WORKERS))) == 1
            assert len(lesson.classroom.view().participants) == 1

    def test_everybody_moves_at_once(self) -> None:
        """While all leave, come back, look for partners and are settled, everybody has one place."""
        lesson = Lesson(16)
        people = [*lesson.tokens]

        def move(person: str) -> None:
            for _ in range(10):
                with suppress(ClassroomError):
                    lesson.classroom.leave(person)
                    lesson.classroom.resume(lesson.tokens[person])
                    lesson.classroom.find_partner(person)
                lesson.classroom.settle(at_once=True)

        at_once(*[lambda person=person: move(person) for person in people])
        seats = [person for pair in lesson.pairs() for person in pair]
        assert sorted([*seats, *lesson.waiting()]) == sorted(people)
        assert len(lesson.waiting()) <= 1


class TestSending:
    """Many write in many rooms."""

    def test_nothing_is_lost_or_doubled(self) -> None:
        """What was acknowledged in each room is what is read there, while others join and leave."""
        lesson = Lesson(2 * WORKERS)
        conversations = {room.name: room.conversation for room in lesson.classroom.view().rooms.values()}

        def send(person: str) -> list[Message]:
            sent = []
            for number in range(12):
                for room in (lesson.room_of(person), lesson.everyone):
                    with suppress(TooFast):
                        sent.append(
                            conversations[room].send(
                                person, f"{person} {number}", client_id=f"{number}", actor=actor(person)
                            )
                        )
            return sent

        def come_and_go() -> list[Message]:
            for _ in range(10):
                lesson.classroom.leave(lesson.join())
            return []

        works = [lambda person=person: send(person) for person in lesson.tokens]
        acknowledged = [
            message
            for messages in at_once(*works, come_and_go)
            for message in messages  # type: ignore[attr-defined]
        ]
        for room, conversation in conversations.items():
            read = conversation.view().messages
            assert {*read} == {message for message in acknowledged if message.room == room}
            assert [message.id for message in read] == list(range(1, len(read) + 1))
            for message in read:
                assert conversation.keyring.decrypt(message.token).startswith(f"{message.sender} ")
        assert len(conversations[lesson.everyone].view().messages) == 2 * WORKERS * 6
        assert len(acknowledged) == 2 * WORKERS * (12 + 6)

    def test_a_flood_limits_nobody_else(self) -> None:
        """Of 1,000 messages of one, 6 are stored with everyone and 20 with the partner; others send on."""
        lesson = Lesson(4)
        room = lesson.room_of("p1")
        for place, share in ((lesson.everyone, 6), (room, 20)):
            for number in range(1_000):
                if number < share:
                    lesson.say("p1", "flood", place)
                    continue
                with pytest.raises(TooFast):
                    lesson.say("p1", "flood", place)
            for _ in range(share):
                lesson.say("p2", "calm", place)
        assert len(lesson.store.view(lesson.everyone).messages) == 12
        assert lesson.say(TEACHER, "stop that").id == 13
        lesson.clock.now += 10
        assert lesson.say("p1", "calm", room).id == 41
        assert lesson.say("p3", "hello", lesson.room_of("p3")).id == 1

    def test_a_message_sent_again_is_there_once(self) -> None:
        """Eight threads send the same one in the same moment: it is stored once, and all get its number."""
        lesson = Lesson(2)
        conversation = lesson.room(lesson.room_of("p1")).conversation
        for number in range(10):
            sent = at_once(
                *[lambda n=number: conversation.send("p1", "hello", client_id=f"{n}", actor=actor("p1"))]
                * WORKERS
            )
            assert {message.id for message in sent} == {number + 1}  # type: ignore[attr-defined]
        assert conversation.view().last_id == 10


class TestClosing:
    """A class that is closed while others write is forgotten all the same."""

    @pytest.mark.parametrize("recipient", [None, "p2"])
    def test_what_was_about_to_be_stored(self, recipient: str | None) -> None:
        """The class ends between the check and the storing of a message: it is not there afterwards."""
        store = SlowStore()
        lesson = Lesson(2, store=store)
        rooms = [*lesson.classroom.view().rooms]
        conversation = lesson.room(lesson.everyone).conversation
        closing = threading.Thread(target=lesson.desk.close)

        def close() -> None:
            closing.start()
            while not lesson.classroom.view().closed:
                pass
            closing.join(0.1)  # as long as it is given, it must not get past this message

        store.first.append(close)
        assert conversation.send("p1", "hello", to=recipient, actor=actor("p1")).id == 1
        closing.join()
        assert [store.view(room).messages for room in rooms] == [(), ()]

    def test_while_many_write(self) -> None:
        """Everybody is told by an error of ours; no room has a message, and the store has room again."""
        store = InMemoryMessageStore(max_rooms=5)
        for _ in range(ROUNDS):
            lesson = Lesson(8, store=store)
            rooms = [*lesson.classroom.view().rooms.values()]

            def write(seat: Seat) -> None:
                with suppress(ClassroomError):
                    for _ in range(20):
                        seat.conversation.send(seat.holder, "hello", actor=seat.actor)

            seats = [lesson.seat(person, lesson.room_of(person)) for person in lesson.tokens]
            at_once(*[lambda seat=seat, write=write: write(seat) for seat in seats], lesson.desk.close)
            for room in rooms:
                assert room.conversation.view().messages == ()
                with pytest.raises(ClassEnded):
                    room.conversation.send("p1", "too late", actor=actor("p1"))
        for number in range(5):
            store.append(f"room {number}", "A", "as many rooms fit as before")

    def test_while_many_come(self) -> None:
        """Nobody is left in a class that ended, and nobody comes back into it."""
        for _ in range(ROUNDS):
            lesson = Lesson(2)

            def come(worker: int, lesson: Lesson = lesson) -> None:
                with suppress(ClassEnded):
                    for number in range(5):
                        lesson.classroom.join(alias(10 + 5 * worker + number))
                        lesson.classroom.settle(at_once=True)

            works = [lambda worker=worker, come=come: come(worker) for worker in range(WORKERS)]
            at_once(*works, lesson.desk.close)
            view = lesson.classroom.view()
            assert (view.closed, view.participants, view.rooms) == (True, {}, {})
            with pytest.raises(ClassEnded):
                lesson.classroom.resume(lesson.tokens["p1"])


class TestMemory:
    """What ended is gone."""

    def test_a_thousand_classes(self) -> None:
        """After 1,000 classes were opened, used and closed, none is there, nor any of their messages."""
        store = InMemoryMessageStore(max_rooms=2)
        classes = Classrooms(store)
        alive: weakref.WeakSet[Classroom] = weakref.WeakSet()
        for _ in range(1_000):
            classroom = classes.new()
            alive.add(classroom)
            joined = [classroom.join(alias(number)) for number in range(2)]
            seat = Seat.take(classroom, joined[0].participant, classroom.everyone)
            leave = seat.enter()
            for room in classroom.view().rooms.values():
                room.conversation.send("p1", "hello", client_id="1", actor=actor("p1"))
            leave()
            classroom.desk.close()
        del classroom, seat, leave, room
        gc.collect()
        assert classes.all() == ()
        assert len(alive) == 0
        assert len([*reachable(store)]) < 200, "nobody is subscribed to a room that is gone"
        for number in range(2):
            store.append(f"room {number}", "A", "as many rooms fit as before")

    def test_pupils_who_reload_all_day(self) -> None:
        """Leaving and coming back 1,000 times takes neither seats nor rooms."""
        lesson = Lesson(4)
        before = lesson.classroom.view()
        for _ in range(1_000):
            for person, token in lesson.tokens.items():
                lesson.classroom.leave(person)
                lesson.classroom.resume(token)
        assert lesson.classroom.view() == before
