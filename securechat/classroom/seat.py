"""What one person may do and see in one room of a class: their seat there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from securechat.classroom.classroom import Classroom
from securechat.classroom.people import TEACHER
from securechat.classroom.view import ClassView
from securechat.conversation import Conversation
from securechat.errors import InvalidMessage, InvalidToken, NotSeated
from securechat.frames import message_frame
from securechat.keyring import KeyRing
from securechat.messages import Message, contained


@dataclass(frozen=True)
class Seat:
    """A seat in a room of a class. It stays an object when it is lost: `is_open` says whether it still holds.

    Attributes:
        classroom: The class.
        holder: Whose seat it is: the id of a participant, or `TEACHER`.
        room: The name of the room.
        reads: Whether messages come with their texts, for somebody who asked to read with their key.
        conversation: What is written in the room.
    """

    classroom: Classroom
    holder: str
    room: str
    conversation: Conversation
    reads: bool = False

    @classmethod
    def take(cls, classroom: Classroom, holder: str, room: str, *, reads: bool = False) -> Seat:
        """Take the seat that somebody has in a room.

        Raises:
            NotSeated: They have none there.
        """
        there = classroom.view().rooms.get(room)
        if there is None or not classroom.is_member(holder, room):
            raise NotSeated
        return cls(classroom, holder, room, there.conversation, reads)

    @property
    def owner(self) -> str:
        """Who holds it, and where."""
        return f"{self.holder} {self.room}"

    @property
    def is_open(self) -> bool:
        """Whether the holder still has it."""
        return self.classroom.is_member(self.holder, self.room)

    def may_send_as(self, sender: str) -> bool:
        """Say whether the holder may send under this name."""
        return sender == self.holder

    def keyring_for(self, message: Message) -> KeyRing | None:
        """Return the keys that open a message, or None if the holder does not have them."""
        if message.recipient is not None and self.holder not in (message.sender, message.recipient):
            return None
        try:
            return self.conversation.keyring_for(message)
        except InvalidMessage:
            return None

    def message_frame(self, message: Message) -> dict[str, Any]:
        """Return what the holder is told of a message: with `text` if they read with their key and it opens.

        Where not everybody may know to whom private messages go, `to` is empty for those who may not.
        """
        frame = message_frame(message)
        between = (message.sender, message.recipient, TEACHER)
        if message.recipient and not self.classroom.view().shows_recipients and self.holder not in between:
            frame["to"] = ""
        if self.reads and (keyring := self.keyring_for(message)):
            with suppress(InvalidToken):  # the keys were changed: it is shown encrypted, as to everybody
                frame["text"] = contained(keyring.decrypt(message.token))
        return frame

    def people(self) -> dict[str, Any] | None:
        """Return who is in the room, who of them is here and who is writing; None where the seat is lost.

        `state` stands for all that the holder's page is drawn from: when it changes, the page is out of date.
        When `crowd` changes, only its list of people is.
        """
        classroom, view = self.classroom, self.classroom.view()
        room = view.rooms.get(self.room)
        if room is None or not view.is_member(self.holder, self.room):
            return None
        members = view.members(self.room)
        ids = {person.id for person in members}
        gone = [view.participants[name] for name in dict.fromkeys(room.former) if name in view.participants]
        presence = classroom.presence
        people = [
            {
                "id": person.id,
                "name": person.alias,
                "here": presence.is_here(person.id),
                "writing": not room.is_everyone and presence.is_writing(person.id, self.room),
                "in": person.id in ids,
            }
            for person in (*members, *(person for person in gone if person.id not in ids))
        ]
        return {
            "type": "people",
            "state": self.state(view),
            "crowd": self.crowd(view) if room.is_everyone else 0,
            "locked": view.is_locked(self.room),
            "people": people,
        }

    def state(self, view: ClassView | None = None) -> str:
        """Return what stands for all that the holder's page is drawn from, apart from messages and names.

        Args:
            view: The class as the page was drawn from it; as it is now if None.
        """
        view = view or self.classroom.view()
        room = view.rooms.get(self.room)
        if room is None or not view.is_member(self.holder, self.room):
            return "lost"
        person = view.participants.get(self.holder)
        own = (person.room, person.alias) if person else ()
        partners = () if room.is_everyone else tuple(other.id for other in view.members(self.room))
        return f"{own}|{view.is_locked(self.room)}|{view.free_names}|{view.shows_recipients}|{partners}"

    def crowd(self, view: ClassView | None = None) -> int:
        """Return what stands for who is in the room of everyone: it changes often while a class comes.

        Args:
            view: As for `state`.
        """
        members = (view or self.classroom.view()).members(self.room)
        return crc32(repr([(person.id, person.alias) for person in members]).encode())

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

    def subscribe(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Be told of what happens in the room: see `Classroom.subscribe`."""
        return self.classroom.subscribe(wake, self.room)

    def _tell(self) -> None:
        self.classroom.tell_presence(self.room)
