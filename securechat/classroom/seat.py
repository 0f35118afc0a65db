"""What one person may do and see in one room of a class: their seat there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from math import inf

from msgspec.structs import replace as replace_in

from securechat import frames
from securechat.classroom.classroom import Classroom
from securechat.classroom.policy import ClassPolicy
from securechat.classroom.view import CROWD, SWITCHES, ClassView
from securechat.errors import InvalidToken, NotSeated
from securechat.rooms.messages import Message, contained
from securechat.rooms.policy import Action, Actor
from securechat.rooms.presenters import Right
from securechat.rooms.visit import KeyedVisit

WAITING_SECONDS = 5.0
"""Seconds between two looks for somebody who waits for a partner: each look seats whom it can."""


@dataclass(frozen=True, kw_only=True)
class Seat(KeyedVisit):
    """A seat in a room of a class. It stays an object when it is lost: `is_open` says whether it still holds.

    Attributes:
        classroom: The class.
        holder: Whose seat it is: the id of a participant, or the teacher's.
        reads: Whether messages come with their texts, for somebody who asked to read with their key.
    """

    classroom: Classroom
    holder: str
    reads: bool = False

    @classmethod
    def take(
        cls, classroom: Classroom, holder: str, room: str, *, reads: bool = False, right: Right | None = None
    ) -> Seat:
        """Take the seat that somebody has in a room.

        Args:
            classroom: The class.
            holder: Who: the id of a participant.
            room: The name of the room.
            reads: See `Seat`.
            right: The presenter's right, without which nobody has the teacher's seat.

        Raises:
            NotSeated: They have none there.
        """
        there = classroom.view().rooms.get(room)
        if there is None:
            raise NotSeated
        seat = cls(
            classroom=classroom, holder=holder, conversation=there.conversation, reads=reads, right=right
        )
        if not seat.is_open:
            raise NotSeated
        return seat

    @property
    def owner(self) -> str:
        """Who holds it, and where."""
        return f"{self.holder} {self.room}"

    @property
    def actor(self) -> Actor:
        """As whom the holder acts now."""
        return replace(super().actor, id=self.holder)

    def _holds(self, view: ClassView) -> bool:
        """Say whether the holder had the seat when the class was like this, and has the right to it now."""
        return ClassPolicy(lambda: view).allows(self.actor, Action.READ, self.room)

    def message_frame(self, message: Message) -> frames.Message:
        """Return what the holder is told of a message: with `text` if they read with their key and it opens.

        Where not everybody may know to whom private messages go, `to` is empty for those who may not.
        """
        frame = super().message_frame(message)
        knows = self.actor.is_presenter or self.holder in (message.sender, message.recipient)
        if message.recipient and not knows and not self.classroom.view().shows_recipients:
            frame = replace_in(frame, to="")
        if self.reads and (keyring := self.keyring_for(message)):
            with suppress(InvalidToken):  # the keys were changed: it is shown encrypted, as to everybody
                text = contained(keyring.open_by_key(message.token).plaintext)
                frame = replace_in(frame, text=text)
        return frame

    def people(self) -> frames.People | None:
        """Return who is in the room or was, who is here and who is writing; None where the seat is lost.

        Whoever has written there and is not among them, and is not the teacher, was removed.
        """
        classroom, view = self.classroom, self.classroom.view()
        room = view.rooms.get(self.room)
        if room is None or not self._holds(view):
            return None
        members = view.members(self.room)
        key = self.conversation.key_change
        ids = {person.id for person in members}
        was = view.participants if room.is_everyone else dict.fromkeys(room.former)
        gone = [view.participants[name] for name in was if name in view.participants]
        presence = classroom.presence
        people = [
            frames.Person(
                person.id,
                person.alias,
                here=presence.is_here(person.id),
                writing=not room.is_everyone and presence.is_writing(person.id, self.room),
                is_in=person.id in ids,
            )
            for person in (*members, *(person for person in gone if person.id not in ids))
        ]
        return frames.People(
            revision=self.revision(view),
            crowd=self.crowd(view),
            key=frames.KeyMark(key.number, key.by),
            people=tuple(people),
        )

    def revision(self, view: ClassView | None = None) -> int:
        """See `KeyedVisit.revision`; 0 where the seat is lost.

        Args:
            view: The class as the page was drawn from it; as it is now if None.
        """
        view = view or self.classroom.view()
        if not self._holds(view):
            return 0
        changed = max(view.revisions.get(what, 0) for what in (self.room, self.holder, SWITCHES))
        return changed + self.conversation.key_change.number  # both only go up, the latter from 1

    def crowd(self, view: ClassView | None = None) -> int:
        """Return the revision of who is in the class, which changes often while a class comes; 0 in a pair.

        Args:
            view: As for `revision`.
        """
        view = view or self.classroom.view()
        return view.revisions.get(CROWD, 0) if self.room == view.everyone else 0

    def enter(self) -> Callable[[], None]:
        """Note that the holder has a live feed open; return what notes that it is closed. Call that once."""
        disconnect = self.classroom.presence.connect(self.holder)
        self._tell()

        def leave() -> None:
            disconnect()
            self._tell()

        return leave

    def write(self) -> None:
        """Note that the holder is writing; in the room of everyone nobody is told of that."""
        if self.room != self.classroom.everyone:
            self.classroom.write(self.holder, self.room)

    def look(self) -> float:
        """Note that the holder is here, and seat whom that concerns; say after how many seconds again."""
        self.classroom.look(self.holder)
        person = self.classroom.view().participants.get(self.holder)
        return WAITING_SECONDS if person and person.room is None else inf

    def _tell(self) -> None:
        self.classroom.tell(self.room)
