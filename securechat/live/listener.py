"""What one connection to the live feed hears of a room, and says there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import inf
from time import monotonic

from securechat import frames
from securechat.errors import InvalidFrame, SecureChatError, TooFast
from securechat.frames import Frame
from securechat.live.bounds import FeedBounds
from securechat.live.connection import News, Source
from securechat.rooms.limits import RateLimit
from securechat.rooms.messages import Message
from securechat.rooms.visit import Visit

FRAME_LIMIT = 60, 10.0
"""Frames that one connection may send, and within how many seconds."""

FRAMES_AT_ONCE = 50
"""Frames of messages that are made at once: a client that does not read has no more of them in hand."""

LOST = 4003
"""The code with which a connection is closed that has lost its right to be there."""


class Listener(Source):
    """What one connection hears of a room, and says there.

    Args:
        visit: Who visits the room by it.
        turn: Held by whoever writes in the room. Its messages are stored one after the other, and those of
            a room where that takes long must not wait in all of the threads.
        after: The id of the last message that the client has.
        epoch: The epoch in which that counts; in any if None.
        bounds: See `FeedBounds`.
    """

    def __init__(
        self,
        visit: Visit,
        turn: asyncio.Lock,
        *,
        after: int,
        epoch: str | None,
        bounds: FeedBounds,
    ) -> None:
        self.turn = turn
        self._visit = visit
        self._bounds = bounds
        self._limit = RateLimit(*FRAME_LIMIT, action="Not stored", max_keys=1)
        self._after = after
        self._epoch = epoch
        self._pending: tuple[Message | frames.Sealing, ...] = ()
        self._told_sealing: frames.Sealing | None = None
        self._told: frames.Room | None = None
        self._told_present: frames.Present | None = None
        self._told_present_at = 0.0
        self._told_people: frames.People | None = None
        self._told_people_at = 0.0
        self._look_at = 0.0

    def subscribe(self, wake: Callable[[], None]) -> Callable[[], None]:
        """See `Visit.subscribe`."""
        return self._visit.subscribe(wake)

    def read(self) -> News:
        """Return what is new in the room: messages, the state of the room and of its sealing, people."""
        view = None if self._pending else self._visit.tokens.since(self._after)
        if not self._visit.is_open:  # looked at after the messages: none that came later goes out
            return News(end=(LOST, "This connection may not be in this room any more."))
        present, told_present_in = self._present_frames()
        if view is None:  # there is more of what was read last time
            return News((*present, *self._message_frames()))
        if self._epoch not in (None, view.epoch):  # `after` is of another life of the room
            self._after = 0
            view = self._visit.tokens.since(0)
        self._epoch = view.epoch
        self._pending = self._with_sealing(view.messages)
        room = self._visit.room_frame(view.head)
        before = self._room_frames(room) if self._told else ()  # before what it makes room for
        first = (*present, *before, *self._message_frames())
        if self._pending:
            return News(first)
        after = self._room_frames(room)
        people, told_people_in = self._people_frames()
        return News((*first, *after, *people), min(told_present_in, told_people_in, self._look_after()))

    def _message_frames(self) -> tuple[Frame, ...]:
        now, self._pending = self._pending[:FRAMES_AT_ONCE], self._pending[FRAMES_AT_ONCE:]
        self._after = max([self._after, *(each.id for each in now if isinstance(each, Message))])
        return tuple(self._visit.message_frame(each) if isinstance(each, Message) else each for each in now)

    def _with_sealing(self, messages: tuple[Message, ...]) -> tuple[Message | frames.Sealing, ...]:
        """Put how far a sealing has come, where that is new, before the messages under its key.

        Those before it are under keys of before; where nothing was told yet it comes first of all. It is
        asked after the messages, and while two compare nothing is stored under a key of theirs.
        """
        sealing = self._visit.sealing()
        if sealing is None or sealing == self._told_sealing:
            return messages
        is_first, self._told_sealing = self._told_sealing is None, sealing
        older = [message for message in messages if not 0 < sealing.since <= message.id]
        count = 0 if is_first else len(older)
        return (*messages[:count], sealing, *messages[count:])

    def _room_frames(self, room: frames.Room) -> tuple[Frame, ...]:
        if room == self._told:
            return ()
        self._told = room
        return (room,)

    def _present_frames(self) -> tuple[tuple[Frame, ...], float]:
        """Return how many are connected where that is new, and for how many seconds to wait for more."""
        present = self._visit.present()
        if present is None or present == self._told_present:
            return (), inf
        wait = (
            self._bounds.people_seconds - (monotonic() - self._told_present_at) if self._told_present else 0
        )
        if wait > 0:
            return (), wait
        self._told_present, self._told_present_at = present, monotonic()
        return (present,), inf

    def _people_frames(self) -> tuple[tuple[Frame, ...], float]:
        """Return what is new of the people, and for how many seconds to wait for more."""
        people = self._visit.people()
        if people == self._told_people:
            return (), self._patience
        wait = self._bounds.people_seconds - (monotonic() - self._told_people_at)
        told = self._told_people
        if told is None or (people and people.revision != told.revision):
            wait = 0  # the visitor's own page is out of date: somebody has given them a seat
        if people is None or wait > 0:
            return (), max(wait, 0.01)
        self._told_people, self._told_people_at = people, monotonic()
        return (people,), self._patience

    def _look_after(self) -> float:
        """Look after the visitor where that is due; return in how many seconds it is due again."""
        if monotonic() >= self._look_at:
            self._look_at = monotonic() + min(self._visit.look(), self._bounds.ping_seconds)
        return max(self._look_at - monotonic(), 0.01)

    @property
    def _patience(self) -> float:
        """For how many seconds there may be nothing to say: less while somebody writes, who may just stop."""
        people = self._told_people.people if self._told_people else ()
        is_writing = any(person.writing for person in people)
        return self._bounds.lull_seconds if is_writing else self._bounds.ping_seconds

    def fault_of(self, text: str) -> tuple[int, str] | None:
        """See `Source.fault_of`."""
        if not text:
            return 1003, "Frames are JSON text."
        if len(text) > frames.MAX_BYTES or len(text.encode()) > frames.MAX_BYTES:
            return 1009, f"A frame has at most {frames.MAX_BYTES} bytes."
        try:
            self._limit.take("frames")
        except TooFast:
            return 1008, "Too many frames in a short time."
        return None

    def answer(self, text: str) -> Frame | None:
        """See `Source.answer`."""
        try:
            frame = frames.from_client(text)
        except InvalidFrame as error:
            return frames.Error.of(error)
        if isinstance(frame, frames.Writing):
            self._visit.write()
            return None
        if isinstance(frame, frames.Seal):
            return self._seal(frame)
        try:
            message = self._visit.store(frame)
        except SecureChatError as error:
            return frames.Error.of(error, frame.client_id)
        return frames.Stored(frame.client_id, message.id)

    def _seal(self, step: frames.Seal) -> Frame | None:
        """Do a step of sealing the room. What has come of it is told to all whom it concerns by `read`."""
        try:
            self._visit.seal(step)
        except SecureChatError as error:
            return frames.Error.of(error)
        return None
