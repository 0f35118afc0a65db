"""A class as it is at one moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from securechat.classroom.people import TEACHER, Participant
from securechat.classroom.sealing import PAIR, Comparison, Sealing, SealRule
from securechat.rooms.conversation import Conversation

CROWD = "crowd"
"""Stands in `ClassView.revisions` for who is in the class, and under which names."""

SWITCHES = "switches"
"""Stands there for what is allowed to all who are in the class."""


@dataclass(frozen=True)
class Room:
    """A room of a class.

    Attributes:
        name: Its name in the store and in addresses; says nothing, and is not a secret.
        number: 1, 2, … for a pair's room; 0 for the room of everyone.
        conversation: What is written in it, and its keys.
        locked: Whether nobody but the teacher may write in it.
        former: Ids of people who sat in it and do not any more.
        sealing: How far the two who sit in it have come with sealing it.
        sealed_since: The id of the first message ever under a key that only phones have; 0 if it was never
            sealed. From it on this server encrypts nothing there, also while the two compare once more.
        mallory: Whether the teacher has put Mallory between the two.
        compared: What came last of comparing the emoji while she is there.
    """

    name: str
    number: int
    conversation: Conversation
    locked: bool = False
    former: tuple[str, ...] = ()
    sealing: Sealing = field(default_factory=Sealing)
    sealed_since: int = 0
    mallory: bool = False
    compared: Comparison = Comparison.NOT_COMPARED

    @property
    def is_everyone(self) -> bool:
        """Whether this is the room of the whole class."""
        return self.number == 0

    @property
    def title(self) -> str:
        """What people call it."""
        return f"Room {self.number}" if self.number else "Everyone"

    def seal(self, is_here: Callable[[str], bool]) -> Literal["", "comparing", "sealed"]:
        """Return what all may know of its sealing: see `frames.Tile`.

        Args:
            is_here: Says of an id whether they are here.
        """
        two = self.sealing
        if two.since:
            return "sealed"
        is_comparing = two.first and not two.differs and (is_here(two.first) or is_here(two.second))
        return "comparing" if is_comparing else ""

    @property
    def comparison(self) -> Comparison | None:
        """What came of comparing the emoji; None where Mallory is not in between."""
        return self.compared if self.mallory else None


def nothing() -> Mapping[Any, Any]:
    """Return an empty mapping that nobody changes."""
    return MappingProxyType({})


@dataclass(frozen=True)
class ClassView:
    """A class as it is at one moment.

    Attributes:
        everyone: The name of the room of the whole class.
        closed: Whether it has ended. Nothing of it is there any more then.
        locked: Whether writing is paused in all rooms.
        joining: Whether others may still join.
        free_names: Whether people may choose any name, and not only one that is proposed.
        shows_recipients: Whether all may see to whom private messages go.
        seal_rule: What pairs may do, or have to do, with their rooms.
        participants: Everybody who joined and was not removed, in the order of joining, by their ids.
        rooms: All rooms by their names, the one of everyone first.
        revisions: When what pages are drawn from was changed last: rooms by their names, people by their ids,
            CROWD and SWITCHES. Each change has the next number. Without part in whether classes are equal.
    """

    everyone: str
    closed: bool = False
    locked: bool = False
    joining: bool = True
    free_names: bool = False
    shows_recipients: bool = True
    seal_rule: SealRule = SealRule.ALLOWED
    participants: Mapping[str, Participant] = field(default_factory=nothing)
    rooms: Mapping[str, Room] = field(default_factory=nothing)
    revisions: Mapping[str, int] = field(default_factory=nothing, repr=False, compare=False)

    def members(self, room: str) -> tuple[Participant, ...]:
        """Return who sits in a room now, in the order of joining; of the room of everyone, all."""
        everyone = room in self.rooms and self.rooms[room].is_everyone
        return tuple(
            person
            for person in self.participants.values()
            if not person.left and (everyone or person.room == room)
        )

    def seated(self, room: str) -> tuple[Participant, ...]:
        """Return who has a seat in a pair's room, in the order of joining, also if they have left."""
        return tuple(person for person in self.participants.values() if person.room == room)

    def sealers(self, room: str) -> tuple[Participant, ...]:
        """Return who seals a pair's room, if they are two: who sits there now, and has not left.

        Where one of just two has left, it is those two still: who has left may come back to the seat.
        """
        members, seated = self.members(room), self.seated(room)
        return seated if len(members) == 1 and len(seated) == PAIR else members

    def is_member(self, person: str, room: str) -> bool:
        """Say whether somebody, or the teacher, has a seat in a room."""
        there = self.rooms.get(room)
        if there is None:
            return False
        if person == TEACHER:
            return there.is_everyone
        participant = self.participants.get(person)
        if participant is None or participant.left:
            return False
        return there.is_everyone or participant.room == room

    @property
    def is_paused(self) -> bool:
        """Whether the class pauses writing. One that has ended pauses nothing."""
        return self.locked and not self.closed

    @property
    def waiting(self) -> tuple[Participant, ...]:
        """Who waits for somebody to talk to, in the order of joining."""
        return tuple(
            person for person in self.participants.values() if person.room is None and not person.left
        )

    @property
    def names(self) -> dict[str, str]:
        """What people call those who may have written, by their ids; the teacher last."""
        names = {person.id: person.alias for person in self.participants.values()}
        return {**names, TEACHER: self.name_of(TEACHER)}

    def addressees(self, person: str, room: str) -> tuple[str, ...]:
        """Return to whom alone somebody may write in a room, by their ids; the teacher first."""
        people = (TEACHER, *(other.id for other in self.members(room)))
        return tuple(other for other in people if other != person)

    def name_of(self, sender: str) -> str:
        """Return what people call a sender; somebody who was removed is named as such."""
        if sender == TEACHER:
            return "Teacher"
        person = self.participants.get(sender)
        return person.alias if person else "Somebody removed"

    def is_locked(self, room: str) -> bool:
        """Say whether nobody but the teacher may write in a room."""
        return self.locked or room not in self.rooms or self.rooms[room].locked

    def seal_refusal(self, room: str) -> str:
        """Return why a room cannot be sealed now, as a sentence; empty if it can."""
        there, count = self.rooms.get(room), len(self.sealers(room))
        if there is None or there.is_everyone or count > PAIR:
            return "Only two people can seal a room, and there are more in this one."
        if count < PAIR:
            return "You are alone in this room. Two people seal a room together."
        if self.seal_rule is SealRule.FORBIDDEN and not there.sealed_since:
            return "Your teacher lets nobody seal a room now."
        return ""

    def must_seal(self, room: str) -> bool:
        """Say whether those in a room have to seal it before they write.

        Three need not: only two can. Who is alone because others have left has to: they may come back.
        """
        there = self.rooms[room]
        is_asked = self.seal_rule is SealRule.REQUIRED and not there.sealed_since
        is_for_two = len(self.members(room)) <= PAIR <= len(self.seated(room))
        return is_asked and not there.is_everyone and is_for_two
