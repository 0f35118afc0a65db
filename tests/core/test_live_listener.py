"""What one connection hears of a room, read by read."""

from __future__ import annotations

import asyncio

from securechat.crypto.keyring import KeyRing
from securechat.frames import Message, Room
from securechat.live.bounds import FeedBounds
from securechat.live.listener import FRAMES_AT_ONCE, LOST, Listener
from securechat.rooms.conversation import Conversation
from securechat.rooms.memory_store import InMemoryMessageStore
from securechat.rooms.visit import KeyedVisit
from tests.core.counting_store import Counts

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


def test_a_right_that_ends_meanwhile() -> None:
    """Of what was read, nothing more is told to who may not be there any more."""
    heard, _ = listener(Counts())
    assert heard.read().end is None
    ended.append(True)
    news = heard.read()
    assert news.frames == ()
    assert news.end
    assert news.end[0] == LOST
