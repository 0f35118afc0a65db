"""One class: who is in it, which rooms it has, and who sits where."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from time import monotonic

from securechat.classroom.aliases import suggest
from securechat.classroom.desk import Desk
from securechat.classroom.pairing import find_third, pair_up
from securechat.classroom.people import Participant, Presence
from securechat.classroom.state import WALL, ClassState
from securechat.classroom.view import ClassView
from securechat.errors import ClassroomFull, JoiningClosed, NotSeated
from securechat.limits import RateLimit
from securechat.store import MessageStore

MAX_PARTICIPANTS = 150
"""People in one class."""

EVERYONE_COUNT = 6
"""Messages that one person may send within `EVERYONE_SECONDS` to the room of the whole class."""

EVERYONE_SECONDS = 10.0
"""The window of that limit, in seconds."""

MAX_ROOMS = 300
"""Rooms in one class beside that of everyone. Who changes partners gets a new one each time."""

PARTNER_COUNT = 6
"""How often one person may look for another partner within `ALIAS_SECONDS`."""

ALIAS_COUNT = 10
"""How often one person may change names within `ALIAS_SECONDS`."""

ALIAS_SECONDS = 60.0
"""The window of these limits, in seconds."""


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
    """One class. May be used from any thread.

    Args:
        code: What people type to join.
        store: Where its messages are kept.
        clock: Seconds that only go up.
        now: The present time, in UTC.
        max_participants: How many people fit.

    Attributes:
        id: Stands for the class in addresses; says nothing, and is not a secret.
        code: See above.
        opened_at: When it was opened, in UTC.
        presence: Who is here.
        desk: What the teacher may do.
        everyone: The name of the room of the whole class.
    """

    def __init__(
        self,
        code: str,
        store: MessageStore,
        *,
        clock: Callable[[], float] = monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        max_participants: int = MAX_PARTICIPANTS,
    ) -> None:
        self.code = code
        self.opened_at = now()
        self.presence = Presence(clock=clock)
        self._now = now
        self._max_participants = max_participants
        self._numbers = 0  # participants that ever joined
        self._partings = RateLimit(PARTNER_COUNT, ALIAS_SECONDS, action="Not changed", clock=clock)
        self._renames = RateLimit(ALIAS_COUNT, ALIAS_SECONDS, action="Not changed", clock=clock)
        self._state = ClassState(store, self.presence, clock)
        self.id = self._state.id
        self.desk = Desk(self._state)
        limit = RateLimit(EVERYONE_COUNT, EVERYONE_SECONDS, action="Not sent", clock=clock)
        self.everyone = self._state.add_room(limit).name

    def view(self) -> ClassView:
        """Return the class as it is now."""
        return self._state.view

    @property
    def idle_seconds(self) -> float:
        """For how long nobody has joined or written, nor the teacher done anything."""
        return self._state.idle_seconds

    def is_member(self, person: str, room: str) -> bool:
        """Say whether somebody, or `TEACHER`, may read in a room, and write unless that is paused."""
        return self._state.rules.is_member(person, room)

    def suggest(self, count: int) -> tuple[str, ...]:
        """Propose names that nobody in this class has."""
        return suggest([person.alias for person in self.view().participants.values()], count)

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
        state = self._state
        with state.lock:
            state.rules.check_open()
            if not state.view.joining:
                raise JoiningClosed
            if len(state.view.participants) >= self._max_participants:
                raise ClassroomFull(self._max_participants, "people in this class", "Ask your teacher.")
            alias = state.free_alias(alias, anything=state.view.free_names)
            self._numbers += 1
            person = Participant(f"p{self._numbers}", alias, self._now())
            token = secrets.token_urlsafe(24)
            state.places[_digest(token)] = person.id
            state.rules.add_key_pair(person.id)
            state.put(person)
            state.wait(person.id)
            state.touch()
        self._settle_with(person)
        return Joined(person.id, token)

    def holder_of(self, token: str) -> Participant:
        """Return whose seat a token is, whether or not they have left.

        Raises:
            ClassEnded: The class is over.
            NotSeated: The token is of no seat here, or the teacher removed whoever had it.
        """
        state = self._state
        with state.lock:
            state.rules.check_open()
            digest = _digest(token)
            if digest in state.removed:
                raise NotSeated("Your teacher has removed you from this class.")
            if digest not in state.places:
                raise NotSeated("You are not in this class yet.")
            return state.view.participants[state.places[digest]]

    def resume(self, token: str) -> str:
        """Give somebody back their seat, and return their id.

        Raises:
            ClassEnded: The class is over.
            NotSeated: The token is of no seat here, or the teacher removed whoever had it.
        """
        state = self._state
        with state.lock:
            person = self.holder_of(token)
            if person.left:
                state.put(replace(person, left=False))
                state.touch()
                if person.room is None:
                    state.wait(person.id)
        self._settle_with(person)
        return person.id

    def leave(self, participant: str) -> None:
        """Note that somebody leaves. Their seat is kept."""
        state = self._state
        with state.lock:
            person = state.person(participant)
            state.put(replace(person, left=True))
            state.waiting_since.pop(participant, None)
        self.presence.forget(participant)
        state.tell_of(person)

    def find_partner(self, participant: str) -> None:
        """Let somebody who sits alone, or whose partners are away, wait for somebody else to talk to.

        Raises:
            ClassEnded: The class is over.
            NotSeated: They are not in this class, or somebody is in their room to talk to.
            ClassroomFull: No other room fits.
            TooFast: They changed too often.
        """
        state = self._state
        with state.lock:
            person = state.person(participant)
            if person.room is None:
                return
            partners = [other for other in state.view.members(person.room) if other.id != participant]
            if any(self.presence.is_here(other.id) for other in partners):
                raise NotSeated("Somebody is in your room to talk to.")
            if len(state.view.rooms) > MAX_ROOMS:
                raise ClassroomFull(MAX_ROOMS, "rooms in this class", "Stay in yours, or ask your teacher.")
            self._partings.take(participant)
            state.unseat(person)
            state.wait(participant)
            state.touch()
        self._settle_with(person)

    def choose_alias(self, participant: str, typed: str) -> None:
        """Give somebody the name they chose for themselves.

        Raises:
            ClassEnded: The class is over.
            NotSeated: They are not in it.
            InvalidAlias: The name is taken or not allowed.
            TooFast: They changed too often.
        """
        self._state.person(participant)
        self._renames.take(participant)
        self._state.rename(participant, typed, anything=self.view().free_names)

    def look(self, participant: str) -> None:
        """Note that somebody's page looks for news, and seat whom that concerns."""
        self.presence.look(participant)
        if self._state.waiting_since:
            self.settle()

    def settle(self, *, at_once: bool = False) -> None:
        """Seat those who wait and are here: two by two, and who is left over for long as a third in a pair.

        Args:
            at_once: Whether who is left over need not have waited for long.
        """
        state = self._state
        touched: set[str] = set()
        with state.lock:
            here = [person for person in state.view.waiting if self.presence.is_here(person.id)]
            pairs, left_over = pair_up(here)
            for pair in pairs[: MAX_ROOMS + 1 - len(state.view.rooms)]:
                room = state.add_room().name
                for person in pair:
                    state.seat(person, room)
                touched.add(room)
            for person in left_over:
                waited = None if at_once else state.waited(person.id)
                third = find_third(state.view, self.presence, waited=waited)
                if third is not None:
                    state.seat(person, third)
                    touched.add(third)
        if touched:
            state.changes.tell(WALL, self.everyone, *touched)

    def subscribe(self, wake: Callable[[], None], room: str | None = None) -> Callable[[], None]:
        """Be told of what happens; return what ends that.

        Args:
            wake: Called after a change, in the thread that made it. It must neither wait nor raise.
            room: Of what happens in this room; of everything in the class if None.
        """
        return self._state.changes.subscribe(room or WALL, wake)

    def write(self, participant: str, room: str) -> None:
        """Note that somebody is writing in a room, and tell the others there."""
        self.presence.write(participant, room)
        self.tell_presence(room)

    def tell_presence(self, room: str) -> None:
        """Have it looked at again who is in a room."""
        self._state.changes.tell(WALL, room)

    def _settle_with(self, person: Participant) -> None:
        """Seat whom the coming of somebody concerns, and tell of it."""
        self.presence.look(person.id)
        self._state.tell_of(person)
        self.settle()


def _digest(token: str) -> bytes:
    return sha256(token.encode(errors="surrogatepass")).digest()
