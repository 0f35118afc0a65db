"""What one connection hears of a room, read by read."""

from __future__ import annotations

import asyncio
import time

from securechat.crypto.keyring import KeyRing
from securechat.frames import Error, Message, Present, Room, Seal, Sealing, Send, encode
from securechat.live.bounds import FeedBounds
from securechat.live.listener import FRAMES_AT_ONCE, LOST, Listener
from securechat.rooms.conversation import Conversation
from securechat.rooms.memory_store import InMemoryMessageStore
from securechat.rooms.visit import KeyedVisit
from securechat.sealed.rooms import SealedRooms
from tests.core.classes import Lesson
from tests.core.counting_store import Counts
from tests.sealed import by, name_of
from tests.sealing import compare, post, seal, seat_of

MORE = 7


class Guest(KeyedVisit):
    """A visit that can be ended."""

    @property
    def is_open(self) -> bool:
        """Whether it was not ended."""
        return not ended


ended: list[bool] = []


def listener(counts: Counts) -> tuple[Listener, Conversation]:
    """Make the listener of a room with more messages than are told at once."""
    ended.clear()
    store = counts.watch(InMemoryMessageStore())
    conversation = Conversation(store, KeyRing.generate())
    for _ in range(FRAMES_AT_ONCE + MORE):
        store.append(conversation.room, "A", "token")
    guest = Guest(conversation=conversation)
    counts.forget()
    heard = Listener(guest, asyncio.Lock(), after=0, epoch=None, bounds=FeedBounds())
    return heard, conversation


def test_it_is_read_on_from_the_last_message() -> None:
    """What is there is read once; then only what is new."""
    counts = Counts()
    heard, conversation = listener(counts)
    assert len(heard.read().frames) == FRAMES_AT_ONCE
    assert [type(frame) for frame in heard.read().frames] == [Message] * MORE
    assert [type(frame) for frame in heard.read().frames] == [Room]
    assert counts.messages == FRAMES_AT_ONCE + MORE
    conversation.send("A", "hello")
    assert [type(frame) for frame in heard.read().frames] == [Message]
    assert heard.read().frames == ()
    assert counts.messages == FRAMES_AT_ONCE + MORE + 1


def test_how_many_are_connected_is_told_now_and_then() -> None:
    """First, and with all else; what changes soon after is told later, together, and messages do not wait."""
    rooms = SealedRooms()
    visit = rooms.visit(name_of(1))
    assert visit
    bounds = FeedBounds(people_seconds=3_600)
    heard = Listener(visit, asyncio.Lock(), after=0, epoch=None, bounds=bounds)
    visit.enter()
    assert [type(frame) for frame in heard.read().frames] == [Present, Room]
    leave = visit.enter()
    visit.store(Send(sender=by(1), client_id=f"{by(1)}-1", token=KeyRing.generate().encrypt("hello")))
    assert [type(frame) for frame in heard.read().frames] == [Message]
    assert 0 < heard.read().patience <= bounds.ping_seconds
    leave()
    assert heard.read().frames == ()


def test_what_changed_meanwhile_is_told_in_time() -> None:
    """The listener asks to be looked at again when the pause is over, though nobody wakes it."""
    visit = SealedRooms().visit(name_of(1))
    assert visit
    heard = Listener(
        visit, asyncio.Lock(), after=0, epoch=None, bounds=FeedBounds(people_seconds=0.2, ping_seconds=60)
    )
    visit.enter()
    heard.read()
    visit.enter()
    news = heard.read()
    while not news.frames:
        assert 0 < news.patience <= 0.2
        time.sleep(news.patience)
        news = heard.read()
    assert news.frames == (Present(2),)


def test_a_right_that_ends_meanwhile() -> None:
    """Of what was read, nothing more is told to who may not be there any more."""
    heard, _ = listener(Counts())
    assert heard.read().end is None
    ended.append(True)
    news = heard.read()
    assert news.frames == ()
    assert news.end
    assert news.end[0] == LOST


def test_only_who_seals_a_room_does_its_steps() -> None:
    """Elsewhere the frame is refused in words, and nobody is told how far a sealing has come."""
    heard, _ = listener(Counts())
    answer = heard.answer(encode(Seal(1, "begin", "0" * 64)))
    assert isinstance(answer, Error)
    assert (answer.error, answer.client_id) == ("SealingRefused", "")
    assert "Seal this room" in answer.message
    assert Sealing not in {type(frame) for _ in range(3) for frame in heard.read().frames}


def test_a_sealing_is_told_where_it_begins() -> None:
    """After the messages before it, and before those under its key, whatever came in one go."""
    lesson = Lesson(2)
    seat = seat_of(lesson.classroom, "p2")
    heard = Listener(seat, asyncio.Lock(), after=0, epoch=None, bounds=FeedBounds())

    def told() -> list[object]:
        frames = [frame for frame in heard.read().frames if isinstance(frame, Message | Sealing)]
        return [frame.id if isinstance(frame, Message) else (frame.round, frame.since) for frame in frames]

    lesson.say("p1", "before", seat.room)
    assert told() == [(0, 0), 1]
    lesson.say("p1", "before, too", seat.room)
    for phone in seal(lesson.classroom, "p1", "p2"):
        post(lesson.classroom, phone)
    assert told() == [2, (1, 3), 3, 4]
    assert told() == []
    phones = compare(lesson.classroom, "p2", "p1")
    assert told() == [(2, 0)]
    for person in ("p1", "p2"):
        seat_of(lesson.classroom, person).seal(Seal(2, "match"))
    post(lesson.classroom, phones[0])
    compare(lesson.classroom, "p2", "p1")
    assert told() == [5, (3, 0)], "what was posted before somebody began anew comes before"
