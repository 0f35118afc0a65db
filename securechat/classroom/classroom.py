"""One class: who is in it, which rooms it has, and who sits where."""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from time import monotonic

from securechat import frames
from securechat.classroom.aliases import suggest
from securechat.classroom.desk import Desk
from securechat.classroom.mallory import Mallory
from securechat.classroom.pair_keys import PairKeys
from securechat.classroom.people import HERE_SECONDS, TEACHER, Participant, Presence
from securechat.classroom.policy import ClassPolicy
from securechat.classroom.sealing_steps import SealingSteps
from securechat.classroom.state import ClassState
from securechat.classroom.view import ClassView, Room
from securechat.crypto.keyring import KeyOrigin, KeyRing, KeySource
from securechat.rooms.conversation import Conversation
from securechat.rooms.hub import Hub, room_topic
from securechat.rooms.limits import RateLimit
from securechat.rooms.room import SEND_COUNT, SEND_SECONDS
from securechat.rooms.store import MessageStore, RoomView

EVERYONE_LIMIT = 6, 10.0
"""Messages that one person may send to the room of the whole class, and within how many seconds."""

PARTNER_LIMIT = 6, 60.0
"""How often one person may look for another partner, and within how many seconds."""

ALIAS_LIMIT = 10, 60.0
"""How often one person may change names, and within how many seconds."""

_DASH = "-"
"""Stands in the name of a room between the id of its class and its number."""


@dataclass(frozen=True)
class Joined:
    """What somebody gets who joins.

    Attributes:
        participant: Their id.
        token: What the browser keeps: whoever shows it gets the seat. Not in the `repr`.
    """

    participant: str
    token: str = field(repr=False)


class Classroom:
    """One class: it keeps the state, replaces it under a lock, and then tells of that without the lock.

    May be used from any thread. Who only reads takes the state as it is, and no lock.

    Args:
        code: What people type to join.
        store: Where its messages are kept.
        clock: Seconds that only go up.
        now: The present time, in UTC.
        here_seconds: See `people.HERE_SECONDS`.
        on_pause: Called with the id of the class, and whether writing is paused in all of its rooms.
        on_end: Called with the id of the class when it ends, and whether that is because nobody used it.
        hub: Who is told of what happens; one of its own unless told.

    Attributes:
        id: Stands for the class in addresses; says nothing, and is not a secret.
        code: See above.
        opened_at: When it was opened, in UTC.
        presence: Who is here.
        desk: What the teacher may do.
        policy: Who may do what in its rooms.
        mallory: Who sits between two, where the teacher wants that.
        everyone: The name of the room of the whole class.
        state: The class as it is now. Only `change` replaces it.
    """

    def __init__(
        self,
        code: str,
        store: MessageStore,
        *,
        clock: Callable[[], float] = monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        here_seconds: float = HERE_SECONDS,
        on_pause: Callable[[str, bool], None] = lambda class_id, paused: None,
        on_end: Callable[[str, bool], None] = lambda class_id, is_idle: None,
        hub: Hub | None = None,
    ) -> None:
        self.id = secrets.token_hex(8)
        self.code = code
        self.opened_at = now()
        self.presence = Presence(clock=clock, here_seconds=here_seconds)
        self.desk = Desk(self)
        self.policy = ClassPolicy(self.view)
        self.mallory = Mallory()
        self._topic = f"class {self.id}"  # of everything that happens in the class
        self._store = store
        self._clock = clock
        self._now = now
        self._on_pause = on_pause
        self._on_end = on_end
        self._hub = hub or Hub()
        self._lock = threading.RLock()
        self._pair_keys = PairKeys()
        self._pair_keys.add(TEACHER)
        self._offered: Counter[str] = Counter()  # how often each word of a name was proposed
        self._partings = RateLimit(*PARTNER_LIMIT, action="Not changed", clock=clock)
        self._sealing_steps = SealingSteps(self, clock)
        self._renames = RateLimit(*ALIAS_LIMIT, action="Not changed", clock=clock)
        everyone = self._make_room(0, *EVERYONE_LIMIT)
        self.everyone = everyone.name
        self.state = ClassState(self.everyone, active_at=clock()).put_room(everyone)

    def view(self) -> ClassView:
        """Return the class as it is now."""
        return self.state

    def tails(self, view: ClassView, count: int) -> Mapping[str, RoomView]:
        """Return the rooms of a view, by their names, each with its newest `count` messages."""
        return self._store.tails(tuple(view.rooms), count)

    def suggest(self, count: int) -> tuple[str, ...]:
        """Propose names that nobody in this class has: see `aliases.suggest`."""
        with self._lock:  # who asks at the same time gets others
            return suggest(self.state.aliases, count, offered=self._offered)

    def change(self, transition: Callable[[ClassState, float], ClassState]) -> ClassState:
        """Replace the state by what follows from it now, and return that. Whoever calls it tells of it."""
        with self._lock:
            before, self.state = self.state, transition(self.state, self._clock())
            if self.state.is_paused != before.is_paused:
                self._on_pause(self.id, self.state.is_paused)
            return self.state

    def end(self, may_end: Callable[[ClassState], bool], *, is_idle: bool) -> None:
        """End the class if it may end as it is now, and forget everything of it."""
        with self._lock:
            before = self.state
            if before.closed or not may_end(before):
                return
            self._on_end(self.id, is_idle)  # first: who sees that the class is over can be told why
            self.change(lambda state, now: state.end())
            self._pair_keys.forget()
            self.mallory.forget()
        with ExitStack() as last:  # without the lock: whatever is being sent there needs it
            last.callback(self.tell, *before.rooms)
            for room in before.rooms.values():  # where one fails, the others are forgotten all the same
                last.callback(room.conversation.forget)

    def join(self, alias: str) -> Joined:
        """Let somebody in.

        Args:
            alias: The name they chose: a proposed one, or any where the teacher allows that.

        Raises:
            ClassEnded: The class is over.
            JoiningClosed: The teacher lets nobody in.
            ClassroomFull: Nobody else fits.
            InvalidAlias: The name is taken or not allowed.
        """
        token = secrets.token_urlsafe(24)

        def let_in(state: ClassState, now: float) -> ClassState:
            after = state.join(alias, token, self._now(), now)
            self._pair_keys.add(after.holder_of(token).id)  # before anybody sees them
            return after

        person = self.change(let_in).holder_of(token)
        self._settle_with(person)
        return Joined(person.id, token)

    def holder_of(self, token: str) -> Participant:
        """Return whose seat a token is, whether or not they have left.

        Raises:
            ClassEnded: The class is over.
            NotSeated: The token is of no seat here, or the teacher removed whoever had it.
        """
        return self.state.holder_of(token)

    def resume(self, token: str) -> str:
        """Give somebody back their seat, and return their id.

        Raises:
            ClassEnded: The class is over.
            NotSeated: The token is of no seat here, or the teacher removed whoever had it.
        """
        state = self.change(lambda state, now: state.resume(state.holder_of(token).id, now))
        person = state.holder_of(token)
        self._settle_with(person)
        return person.id

    def leave(self, participant: str) -> None:
        """Note that somebody leaves. Their seat is kept."""
        state = self.change(lambda state, now: state.leave(participant, now))
        self.presence.forget(participant)
        self.tell_of(state.person(participant))

    def find_partner(self, participant: str) -> None:
        """Let somebody who sits alone, or whose partners are away, wait for somebody else to talk to.

        Raises:
            ClassEnded: The class is over.
            NotSeated: They are not in this class, or somebody is in their room to talk to.
            ClassroomFull: No other room fits.
            TooFast: They changed too often.
        """
        with self._lock:
            before = self.state
            after = before.part(participant, self.presence.is_here, self._clock())
            if after is before:
                return
            self._partings.take(participant)
            self.change(lambda state, now: after)
        self._settle_with(before.person(participant))

    def seal(self, participant: str, room: str, step: frames.Seal) -> None:
        """Take somebody's step of sealing the room in which they sit: see `SealingSteps.take`."""
        self._sealing_steps.take(participant, room, step)

    def choose_alias(self, participant: str, typed: str) -> None:
        """Give somebody the name they chose for themselves.

        Raises:
            ClassEnded: The class is over.
            NotSeated: They are not in it.
            InvalidAlias: The name is taken or not allowed.
            TooFast: They changed too often.
        """
        self.state.person(participant)
        self._renames.take(participant)
        state = self.change(
            lambda state, now: state.rename(participant, typed, now, anything=state.free_names)
        )
        self.tell_of(state.person(participant))

    def look(self, participant: str) -> None:
        """Note that somebody's page looks for news, and seat whom that concerns."""
        self.presence.look(participant)
        if self.state.waiting_since:
            self.settle()

    def settle(self, *, at_once: bool = False) -> None:
        """Seat those who wait and are here: two by two, and who is left over for long as a third in a pair.

        Args:
            at_once: Whether who is left over need not have waited for long.
        """
        with self._lock:
            before = self.state
            after = self.change(
                lambda state, now: state.settle(self.presence.is_here, self._make_room, now, at_once=at_once)
            )
        if seated := before.waiting_since.keys() - after.waiting_since.keys():
            self.tell(self.everyone, *{after.participants[person].room or "" for person in seated})

    def subscribe(self, wake: Callable[[], None], room: str | None = None) -> Callable[[], None]:
        """Be told of what happens; return what ends that.

        Args:
            wake: Called after a change, in the thread that made it. It must neither wait nor raise.
            room: Of what happens in this room; of everything in the class if None.
        """
        return self._hub.subscribe(room_topic(room) if room else self._topic, wake)

    def write(self, participant: str, room: str) -> None:
        """Note that somebody is writing in a room, and tell the others there."""
        self.presence.write(participant, room)
        self.tell(room)

    def tell_of(self, person: Participant) -> None:
        """Tell the rooms that somebody is or was in."""
        self.tell(self.everyone, *([person.room] if person.room else ()))

    def tell(self, *rooms: str) -> None:
        """Tell of what has changed in these rooms, whoever watches one of them or the whole class."""
        self._hub.publish(self._topic, *map(room_topic, rooms))

    def _settle_with(self, person: Participant) -> None:
        """Seat whom the coming of somebody concerns, and tell of it."""
        self.presence.look(person.id)
        self.tell_of(person)
        self.settle()

    def _make_room(self, number: int, count: int = SEND_COUNT, seconds: float = SEND_SECONDS) -> Room:
        """Make a room with a key of its own; each sender may write `count` times within `seconds`."""
        name = f"{self.id}{_DASH}{number}"
        conversation = Conversation(
            self._store,
            KeyRing(KeyRing.generate().keys, origin=KeyOrigin(KeySource.ROOM)),
            room=name,
            limit=RateLimit(count, seconds, action="Not sent", clock=self._clock),
            policy=self.policy,
            pair_keys=self._pair_keys.of,
            hub=self._hub,
            topics=(self._topic,),
            on_post=partial(self._posted, name),
            sealed_since=partial(self._sealed_since, name),
        )
        return Room(name, number, conversation)

    def _sealed_since(self, room: str) -> int:
        there = self.state.rooms.get(room)
        return there.sealed_since if there else 0

    def _posted(self, room: str, sender: str) -> None:
        self.presence.stop_writing(sender, room)
        self.change(ClassState.touch)


def class_of_room(room: str) -> str:
    """Return the id of the class to which a room of this name can belong."""
    return room.rpartition(_DASH)[0]
