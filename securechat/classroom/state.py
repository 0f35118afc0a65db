"""The whole state of a class at one moment, and what can become of it: no lock, no clock, no effects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import TypedDict, TypeVar, Unpack

from securechat import frames
from securechat.classroom.aliases import folded, is_suggested, read_alias, reserved
from securechat.classroom.pairing import find_third, pair_up
from securechat.classroom.people import Participant
from securechat.classroom.sealing import Comparison, Sealing, SealRule
from securechat.classroom.view import CROWD, SWITCHES, ClassView, Room, nothing
from securechat.errors import (
    ClassEnded,
    ClassroomFull,
    InvalidAlias,
    JoiningClosed,
    NotSeated,
    SealingRefused,
)

MAX_PARTICIPANTS = 150
"""People in one class."""

MAX_ROOMS = 300
"""Rooms in one class beside that of everyone. Who changes partners gets a new one each time."""

K = TypeVar("K")
V = TypeVar("V")


class Switches(TypedDict, total=False):
    """What can be switched in a class: see `ClassView`."""

    locked: bool
    joining: bool
    free_names: bool
    shows_recipients: bool
    seal_rule: SealRule


@dataclass(frozen=True)
class ClassState(ClassView):
    """A class at one moment, with what no page shows of it. Nothing in it is ever changed in place.

    Each transition returns the state that follows, or raises what forbids it: ClassEnded where the class is
    over, NotSeated where it names somebody who is not in it. `now` is the second of the class's clock.

    Attributes:
        active_at: The second in which something happened last.
        joined: How many people ever joined.
        waiting_since: The seconds in which those who wait began to, by their ids.
        places: Whose seat a token stands for, by its SHA-256.
        removed: Who was removed, by their ids, as they were then; and the SHA-256 of their tokens.
    """

    active_at: float = field(default=0.0, repr=False)
    joined: int = field(default=0, repr=False)
    waiting_since: Mapping[str, float] = field(default_factory=nothing, repr=False)
    places: Mapping[bytes, str] = field(default_factory=nothing, repr=False)
    removed: Mapping[str, tuple[Participant, frozenset[bytes]]] = field(default_factory=nothing, repr=False)

    def check_open(self) -> None:
        """Raise ClassEnded where the class is over."""
        if self.closed:
            raise ClassEnded

    def person(self, participant: str) -> Participant:
        """Return a participant."""
        self.check_open()
        person = self.participants.get(participant)
        if person is None:
            raise NotSeated("You are not in this class.")
        return person

    def holder_of(self, token: str) -> Participant:
        """Return whose seat a token is, whether or not they have left."""
        self.check_open()
        digest = _digest(token)
        if any(digest in digests for _, digests in self.removed.values()):
            raise NotSeated(
                "Your teacher has removed you from this class. Does your teacher let you back in? "
                "Then load this page again."
            )
        if digest not in self.places:
            raise NotSeated("You are not in this class yet.")
        return self.participants[self.places[digest]]

    def is_idle(self, now: float, seconds: float) -> bool:
        """Say whether nothing has happened for so long."""
        return now - self.active_at >= seconds

    @property
    def aliases(self) -> tuple[str, ...]:
        """The names that somebody has."""
        return tuple(person.alias for person in self.participants.values())

    def touch(self, now: float) -> ClassState:
        """Note that something happens."""
        return replace(self, active_at=now)

    def revise(self, *what: str | None) -> ClassState:
        """Give what was changed the next revision, which puts pages out of date that are drawn from it."""
        number = max(self.revisions.values(), default=0) + 1
        new = dict.fromkeys(filter(None, what), number)
        return replace(self, revisions=MappingProxyType({**self.revisions, **new}))

    def put(self, now: float, *people: Participant) -> ClassState:
        """Add participants, or replace what was known of them. Who has no seat and has not left waits."""
        there = {person.id: person for person in people}
        waiting = {name: now for name, person in there.items() if person.room is None and not person.left}
        since = {**waiting, **self.waiting_since}
        return replace(
            self.revise(*there),
            participants=MappingProxyType({**self.participants, **there}),
            waiting_since=_without(since, *(there.keys() - waiting.keys())),
        )

    def put_room(self, room: Room) -> ClassState:
        """Add a room, or replace what was known of one."""
        return replace(self.revise(room.name), rooms=_with(self.rooms, room.name, room))

    def join(self, alias: str, token: str, joined_at: datetime, now: float) -> ClassState:
        """Let somebody in who chose this name, and will show this token: see `Classroom.join`."""
        self.check_open()
        if not self.joining:
            raise JoiningClosed
        if len(self.participants) >= MAX_PARTICIPANTS:
            raise ClassroomFull(MAX_PARTICIPANTS, "people in this class", "Ask your teacher.")
        alias, number = self._free_alias(alias, anything=self.free_names), self.joined + 1
        person = Participant(f"p{number}", alias, joined_at)
        places = _with(self.places, _digest(token), person.id)
        return replace(self.put(now, person).revise(CROWD), joined=number, places=places, active_at=now)

    def resume(self, participant: str, now: float) -> ClassState:
        """Give somebody back their seat, if they had left."""
        person = self.person(participant)
        if not person.left:
            return self
        return self.put(now, replace(person, left=False)).revise(CROWD, person.room).touch(now)

    def leave(self, participant: str, now: float) -> ClassState:
        """Note that somebody leaves. Their seat is kept."""
        person = self.person(participant)
        gone = replace(person, left=True, departures=person.departures + 1)
        return self.put(now, gone).revise(CROWD, person.room)

    def part(self, participant: str, is_here: Callable[[str], bool], now: float) -> ClassState:
        """Take somebody out of their room, which remembers them: see `Classroom.find_partner`."""
        person = self.person(participant)
        if person.room is None:
            return self
        if any(is_here(other.id) for other in self.members(person.room) if other.id != participant):
            raise NotSeated("Somebody is in your room to talk to.")
        if len(self.rooms) > MAX_ROOMS:
            raise ClassroomFull(MAX_ROOMS, "rooms in this class", "Stay in yours, or ask your teacher.")
        room = self.rooms[person.room]
        former = (*dict.fromkeys((*room.former, participant)),)
        return self.put(now, replace(person, room=None)).put_room(replace(room, former=former)).touch(now)

    def settle(
        self,
        is_here: Callable[[str], bool],
        make_room: Callable[[int], Room],
        now: float,
        *,
        at_once: bool = False,
    ) -> ClassState:
        """Seat those who wait and are here, in rooms that are made by number: see `Classroom.settle`."""
        state = self
        pairs, left_over = pair_up([person for person in self.waiting if is_here(person.id)])
        for pair in pairs[: MAX_ROOMS + 1 - len(self.rooms)]:
            room = make_room(len(state.rooms))
            state = state.put_room(room).put(now, *(replace(person, room=room.name) for person in pair))
        for person in left_over:
            waited = None if at_once else now - self.waiting_since[person.id]
            if third := find_third(state, is_here, waited=waited):
                state = state.put(now, replace(person, room=third)).revise(third)
        return state

    def rename(self, participant: str, typed: str, now: float, *, anything: bool) -> ClassState:
        """Give somebody another name: one that is proposed, unless it may be anything.

        Raises:
            InvalidAlias: It is taken or not allowed.
        """
        person = self.person(participant)
        alias = self._free_alias(typed, anything=anything, own=participant)
        return self.put(now, replace(person, alias=alias)).revise(CROWD)

    def switch(self, now: float, **switches: Unpack[Switches]) -> ClassState:
        """Change what is allowed in the whole class."""
        self.check_open()
        after = replace(self, active_at=now, **switches)
        return after.revise(SWITCHES) if switches.keys() - {"joining"} else after  # who is in has joined

    def lock(self, room: str, now: float, *, locked: bool) -> ClassState:
        """Pause writing in one room, or let it go on; where there is no such room, nothing changes."""
        self.check_open()
        there = self.rooms.get(room)
        return self.put_room(replace(there, locked=locked)).touch(now) if there else self

    def seal(self, by: str, room: str, step: frames.Seal, next_id: int, now: float) -> ClassState:
        """Take a step of sealing a room; a step that was taken already changes nothing.

        Whoever else had a seat there and has left loses it: coming back, they wait for a partner.

        Args:
            by: The id of who takes it.
            room: The name of the room.
            step: The step.
            next_id: The id of the next message in the room.
            now: See above.

        Raises:
            SealingRefused: It cannot be taken now, or not by them, or nobody can seal this room.
        """
        self.check_open()
        if not self.is_member(by, room):
            raise NotSeated
        if refusal := self.seal_refusal(room):
            raise SealingRefused(refusal)
        there = self.rooms[room]
        other = next(person.id for person in self.sealers(room) if person.id != by)
        sealing = there.sealing.take(step, by, other, next_id)
        if sealing == there.sealing:
            return self
        gone = [person for person in self.seated(room) if person.id not in (by, other)]  # they have left
        there = replace(
            there,
            former=(*dict.fromkeys((*there.former, *(person.id for person in gone))),),
            sealing=sealing,
            sealed_since=there.sealed_since or sealing.since,
            compared=there.compared.then(there.sealing, sealing) if there.mallory else there.compared,
        )
        return self.put(now, *(replace(person, room=None) for person in gone)).put_room(there).touch(now)

    def put_mallory(self, room: str, now: float, *, there: bool) -> ClassState:
        """Put Mallory between the two in a room, or take her out: they have to begin again.

        Where there is no such room, or it is so already, nothing changes.
        """
        self.check_open()
        before = self.rooms.get(room)
        if before is None or before.is_everyone or before.mallory is there:
            return self
        after = replace(
            before,
            sealing=Sealing(round=before.sealing.round),
            mallory=there,
            compared=Comparison.NOT_COMPARED,
        )
        return self.put_room(after).touch(now)

    def remove(self, participant: str, now: float) -> ClassState:
        """Take somebody out of the class until they are let back in."""
        person = self.person(participant)
        digests = frozenset(digest for digest, owner in self.places.items() if owner == participant)
        return replace(
            self.revise(CROWD, person.room),
            participants=_without(self.participants, participant),
            waiting_since=_without(self.waiting_since, participant),
            places=_without(self.places, *digests),
            removed=_with(self.removed, participant, (person, digests)),
            active_at=now,
        )

    def let_back(self, participant: str, instead: str, now: float) -> ClassState:
        """Let somebody back in who was removed; under the name `instead` where theirs is another one's now.

        Raises:
            NotSeated: They were not removed.
        """
        self.check_open()
        if participant not in self.removed:
            raise NotSeated("This person was not removed, or is back already.")
        before, digests = self.removed[participant]
        try:
            alias = self._free_alias(before.alias, anything=True)
        except InvalidAlias:
            alias = instead
        return replace(
            self.put(now, replace(before, alias=alias, room=None, left=False)).revise(CROWD),
            places=MappingProxyType({**self.places, **dict.fromkeys(digests, participant)}),
            removed=_without(self.removed, participant),
            active_at=now,
        )

    def end(self) -> ClassState:
        """Forget everything but what was switched; nobody joins any more."""
        return ClassState(
            self.everyone,
            closed=True,
            locked=self.locked,
            joining=False,
            free_names=self.free_names,
            shows_recipients=self.shows_recipients,
            seal_rule=self.seal_rule,
        )

    def _free_alias(self, typed: str, *, anything: bool, own: str | None = None) -> str:
        """Return a name as it is shown, for somebody who may have one already: see `rename`."""
        alias = read_alias(typed)
        if not anything and not is_suggested(alias):
            raise InvalidAlias("Choose one of the names that are proposed.")
        if whom := reserved(alias):
            raise InvalidAlias(f"Others could take this name for {whom}. Choose another name.")
        for other in self.participants.values():
            if other.id != own and folded(other.alias) == folded(alias):
                raise InvalidAlias(f"Somebody here is called {other.alias} already. Choose another name.")
        return alias


def _digest(token: str) -> bytes:
    return sha256(token.encode(errors="surrogatepass")).digest()


def _with(there: Mapping[K, V], key: K, value: V) -> Mapping[K, V]:
    return MappingProxyType({**there, key: value})


def _without(there: Mapping[K, V], *keys: K) -> Mapping[K, V]:
    return MappingProxyType({key: value for key, value in there.items() if key not in keys})
