"""A room of a class that two have sealed: what goes in, what is refused in words, and when it begins."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from securechat.classroom import TEACHER
from securechat.crypto.keyring import KeyRing
from securechat.errors import (
    InvalidToken,
    NoServerKey,
    NotSeated,
    RoomSealed,
    SealingRefused,
    TooFast,
    WritingLocked,
)
from securechat.frames import Seal, Send, Write
from securechat.rooms.census import take_census
from tests.core.classes import Lesson
from tests.core.slow_store import SlowStore
from tests.sealing import Phone, compare, post, seal, seat_of, state_of

PATIENCE = 60
"""Seconds within which two have sealed their room, however slow the computer is."""


@pytest.fixture
def lesson() -> Lesson:
    """Two pairs."""
    return Lesson(4)


@pytest.fixture
def room(lesson: Lesson) -> str:
    """The room of p1 and p2."""
    return lesson.room_of("p1")


class TestSealed:
    """What a sealed room refuses, in words."""

    def test_a_text(self, lesson: Lesson, room: str) -> None:
        """The server encrypts nothing there, for nobody, by no way; pages are told why it is closed."""
        seal(lesson.classroom, "p1", "p2")
        for person in ("p1", "p2"):
            with pytest.raises(RoomSealed, match="your phones make its key"):
                lesson.say(person, "hello", room)
            seat = lesson.seat(person, room)
            assert seat.closed == RoomSealed.reason
            with pytest.raises(RoomSealed):
                seat.store(Write(person, "1", "hello"))
            with pytest.raises(RoomSealed):
                seat.store(Send(person, "1", seat.conversation.keyring.encrypt("hello")))
            with pytest.raises(NoServerKey):
                seat_of(lesson.classroom, person).store(Write(person, "1", "hello"))
        assert lesson.store.view(room).messages == ()

    def test_a_token_where_it_is_not_sealed(self, lesson: Lesson, room: str) -> None:
        """Before both have said that the emoji match, nothing comes in that the server could not open."""
        phone = Phone("p1")
        compared = compare(lesson.classroom, "p3", "p4")
        for person, there in (("p1", phone), ("p3", compared[0])):
            seat = seat_of(lesson.classroom, person)
            assert seat.closed == ""
            for token in (KeyRing.generate().encrypt("hello"), seat.conversation.keyring.encrypt("hello")):
                with pytest.raises(SealingRefused, match="emoji"):
                    seat.store(Send(there.me, "1", token))

    def test_in_anothers_name(self, lesson: Lesson, room: str) -> None:
        """Each phone posts under its owner's name alone, also what the other one has posted."""
        first, second = seal(lesson.classroom, "p1", "p2")
        message = post(lesson.classroom, first)
        for sender in ("p2", "p3", TEACHER, "", "p1 "):
            with pytest.raises(NotSeated):
                post(lesson.classroom, first, sender=sender)
        with pytest.raises(NotSeated):
            seat_of(lesson.classroom, "p2").store(Send("p1", "again", message.token))
        assert post(lesson.classroom, second).id == 2

    def test_only_the_form_is_checked(self, lesson: Lesson, room: str) -> None:
        """What is no token is refused."""
        seal(lesson.classroom, "p1", "p2")
        for text in ("", "hello", "gAAAAA"):
            with pytest.raises(InvalidToken):
                seat_of(lesson.classroom, "p1").store(Send("p1", "1", text))

    def test_while_writing_is_paused(self, lesson: Lesson, room: str) -> None:
        """A pause holds there, too, and only that closes it for the phones."""
        first, _ = seal(lesson.classroom, "p1", "p2")
        seat = seat_of(lesson.classroom, "p1")
        assert seat.closed == ""
        lesson.desk.lock(room, locked=True)
        assert seat.closed == WritingLocked.reason
        with pytest.raises(WritingLocked):
            post(lesson.classroom, first)
        lesson.desk.lock(room, locked=False)
        assert post(lesson.classroom, first).id == 1

    def test_too_many(self, lesson: Lesson, room: str) -> None:
        """The limit of the room counts here as well."""
        first, second = seal(lesson.classroom, "p1", "p2")
        for _ in range(20):
            post(lesson.classroom, first)
        with pytest.raises(TooFast):
            post(lesson.classroom, first)
        post(lesson.classroom, second)

    @pytest.mark.parametrize("what", ["keys", "replay"])
    def test_keys_and_replay(self, lesson: Lesson, room: str, what: str) -> None:
        """It is said what cannot be done here, why, and what to do instead; the old keys stay."""
        lesson.say("p1", "before", room)
        first, _ = seal(lesson.classroom, "p1", "p2")
        post(lesson.classroom, first)
        seat = lesson.seat("p1", room)
        before = seat.conversation.keyring
        message = seat.conversation.view().messages[0]
        ways: dict[str, Callable[[], object]] = {
            "keys": lambda: seat.change_keys(KeyRing.rotated),
            "replay": lambda: seat.conversation.replay(seat.actor, message.token, sender="p1"),
        }
        with pytest.raises(RoomSealed, match="your two phones") as refused:
            ways[what]()
        assert not str(refused.value).startswith("Not sent")
        assert seat.conversation.keyring is before
        assert len(seat.conversation.view().messages) == 2

    def test_which_key_opens_what(self, lesson: Lesson, room: str) -> None:
        """Sealed messages are not taken for damaged ones: they are named as sealed, and stay as they are."""
        lesson.seat("p1", room).change_keys(KeyRing.rotated)
        lesson.say("p1", "before", room)
        first, second = seal(lesson.classroom, "p1", "p2")
        for phone in (first, second):
            post(lesson.classroom, phone)
        conversation = lesson.room(room).conversation
        census = take_census(conversation)
        assert (census.opened, census.unreadable, census.sealed) == (((1,), ()), (), (2, 3))
        tokens = [message.token for message in conversation.view().messages]
        done = conversation.reencrypt()
        assert (done.changed, done.kept, done.unreadable, done.sealed) == (0, 1, 0, 2)
        assert [message.token for message in conversation.view().messages] == tokens

    def test_encrypted_again(self, lesson: Lesson, room: str) -> None:
        """Old messages stay as they are, too: whoever asks is told why. In another room it is done."""
        for person in ("p1", "p3"):
            seat = lesson.seat(person, lesson.room_of(person))
            lesson.say(person, "before", seat.room)
            seat.change_keys(KeyRing.rotated)
        seal(lesson.classroom, "p1", "p2")
        with pytest.raises(RoomSealed, match="your two phones"):
            lesson.seat("p1", room).reencrypt()
        assert lesson.seat("p3", lesson.room_of("p3")).reencrypt().changed == 1
        assert lesson.store.head(room).rewritten == 0

    def test_why_it_cannot_be_opened(self, lesson: Lesson, room: str) -> None:
        """It is said of a message that it is sealed, and where it can be looked at; not of those before."""
        before = lesson.say("p1", "before", room)
        first, _ = seal(lesson.classroom, "p1", "p2")
        message = post(lesson.classroom, first)
        seat = lesson.seat("p1", room)
        assert seat.why_closed(before) == ""
        assert "sealed" in seat.why_closed(message)
        assert "Inspect" in seat.why_closed(message)
        private = lesson.say("p2", "hello", to="p3")
        assert "somebody else" in lesson.seat("p1").why_closed(private)
        lesson.desk.remove("p1")
        assert seat.why_closed(before) == "You are not in this room."

    def test_asked_for_its_key(self, lesson: Lesson, room: str) -> None:
        """Whoever asks the server for the key of a sealed message is told that it has none."""
        first, _ = seal(lesson.classroom, "p1", "p2")
        message = post(lesson.classroom, first)
        with pytest.raises(NoServerKey):
            lesson.room(room).conversation.keyring_for(message)


class TestAtOnce:
    """The moment in which a room is sealed, while many write there."""

    @pytest.fixture(autouse=True)
    def _impatient_threads(self) -> Iterator[None]:
        before = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        yield
        sys.setswitchinterval(before)

    def test_a_text_on_its_way(self) -> None:
        """A text is allowed, and not stored yet, when the second one says "they match": it comes before."""
        store = SlowStore()
        lesson = Lesson(2, store=store)
        room = lesson.room_of("p1")
        compare(lesson.classroom, "p1", "p2")
        seats = [seat_of(lesson.classroom, person) for person in ("p1", "p2")]
        seats[0].seal(Seal(1, "match"))
        matching = threading.Thread(target=lambda: seats[1].seal(Seal(1, "match")))

        def match() -> None:
            matching.start()
            matching.join(0.1)  # as long as it is given, it must not get past this message

        store.first.append(match)
        assert lesson.say("p1", "by the server", room).id == 1
        matching.join()
        assert lesson.room(room).sealed_since == 2

    def test_both_begin_and_both_match(self) -> None:
        """One of the two is the first, and the room is sealed once; Mallory comes before that or ends it."""
        for number in range(30):
            lesson = Lesson(2)
            room = lesson.room_of("p1")

            def take(person: str, step: Seal, lesson: Lesson = lesson) -> bool:
                try:
                    seat_of(lesson.classroom, person).seal(step)
                except SealingRefused:
                    return False
                return True

            def both(*works: Callable[[], object]) -> list[object]:
                with ThreadPoolExecutor(len(works)) as pool:
                    return [future.result() for future in [pool.submit(work) for work in works]]

            begun = both(*(partial(take, person, Phone(person).begin(1)) for person in ("p1", "p2")))
            assert sorted(begun) == [False, True]  # type: ignore[type-var]
            compare(lesson.classroom, "p1", "p2")
            matches = [partial(take, person, Seal(2, "match")) for person in ("p1", "p2")]
            if number % 2:
                assert both(*matches) == [True, True]
                assert lesson.room(room).sealing.since == 1
            else:
                both(*matches, partial(lesson.desk.put_mallory, room, there=True))
                assert (lesson.room(room).sealing.first, lesson.room(room).sealing.since) == ("", 0)

    def test_no_token_of_the_server_comes_after(self) -> None:
        """Whatever the server has encrypted has a lower number than the first sealed message."""
        for _ in range(10):
            lesson = Lesson(2)
            room = lesson.room_of("p1")
            phones = compare(lesson.classroom, "p1", "p2")
            start = threading.Barrier(8)

            def say(person: str, lesson: Lesson = lesson, start: threading.Barrier = start) -> None:
                there, deadline = lesson.room_of(person), time.monotonic() + PATIENCE
                start.wait()
                while time.monotonic() < deadline:
                    try:
                        lesson.say(person, "by the server", there)
                    except TooFast:
                        lesson.clock.now += 10
                    except RoomSealed:
                        return

            def match(phone: Phone, lesson: Lesson = lesson, start: threading.Barrier = start) -> None:
                seat = seat_of(lesson.classroom, phone.me)
                start.wait()
                seat.seal(Seal(1, "match"))
                deadline = time.monotonic() + PATIENCE
                while not state_of(seat).since:
                    assert time.monotonic() < deadline, "the other one has not said it"
                try:
                    post(lesson.classroom, phone)
                except TooFast:  # others have written in this name
                    lesson.clock.now += 10
                    post(lesson.classroom, phone)

            works: list[Callable[[], None]] = [
                *(lambda person=person, say=say: say(person) for person in ("p1", "p2") * 3),
                *(lambda phone=phone, match=match: match(phone) for phone in phones),
            ]
            with ThreadPoolExecutor(len(works)) as pool:
                for future in [pool.submit(work) for work in works]:
                    future.result()
            there = lesson.room(room)
            messages, keys = there.conversation.view().messages, there.conversation.keyring
            opened = [message.id for message in messages if opens(keys, message.token)]
            assert max(opened, default=0) < there.sealed_since
            assert messages[-1].id == there.sealed_since + 1, "and both phones have posted"


def opens(keyring: KeyRing, token: str) -> bool:
    """Say whether a key of these opens a token."""
    try:
        keyring.open_by_key(token)
    except InvalidToken:
        return False
    return True
