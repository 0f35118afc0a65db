"""What holds for those who write in a class: who may, where, to whom, and under which keys."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from securechat.classroom.people import TEACHER
from securechat.classroom.view import ClassView
from securechat.errors import ClassEnded, InvalidMessage, NotSeated, WritingLocked
from securechat.exchange import KeyPair, derive_key
from securechat.keyring import KeyOrigin, KeyRing, KeySource


class Rules:
    """The rules of one class. May be used from any thread.

    Args:
        view: Returns the class as it is now.
    """

    def __init__(self, view: Callable[[], ClassView]) -> None:
        self._view = view
        self._lock = threading.Lock()
        self._pairs: dict[str, KeyPair] = {TEACHER: KeyPair.generate()}
        self._keyrings: dict[tuple[str, str], KeyRing] = {}

    def add_key_pair(self, participant: str) -> None:
        """Make the X25519 key pair of somebody who joins. It is kept until the class ends."""
        with self._lock:
            self._pairs[participant] = KeyPair.generate()

    def forget(self) -> None:
        """Forget all key pairs and keys."""
        with self._lock:
            self._pairs.clear()
            self._keyrings.clear()

    def members(self, room: str) -> RoomMembers:
        """Return the rules of one room."""
        return RoomMembers(self, room)

    def check_open(self) -> None:
        """Raise ClassEnded where the class is over."""
        if self._view().closed:
            raise ClassEnded

    def is_member(self, person: str, room: str) -> bool:
        """Say whether somebody may read and, unless writing is paused, write in a room."""
        return self._view().is_member(person, room)

    def check_sender(self, sender: str, room: str) -> None:
        """Refuse a sender who may not write in a room now.

        Raises:
            ClassEnded: The class is over.
            NotSeated: The sender is not in the room.
            WritingLocked: Writing is paused.
        """
        self.check_open()
        if not self.is_member(sender, room):
            raise NotSeated
        if sender != TEACHER and self._view().is_locked(room):
            raise WritingLocked

    def check_recipient(self, sender: str, recipient: str, room: str) -> None:
        """Refuse a private message that cannot be sent.

        Raises:
            InvalidMessage: In this room there are none, or its recipient is the sender or not there.
        """
        there = self._view().rooms.get(room)
        if there is None:  # it has ended since the sender was looked at
            raise ClassEnded
        if not there.is_everyone:
            raise InvalidMessage("In this room every message is for everybody in it.")
        if recipient == sender:
            raise InvalidMessage("Not sent: a private message is for somebody else.")
        if not self.is_member(recipient, room):
            raise InvalidMessage("Not sent: whom it is for is not in the class any more.")

    def keyring_of(self, one: str, other: str) -> KeyRing:
        """Return the keys that two people have for themselves: X25519 and HKDF-SHA256, as in the labs.

        Raises:
            InvalidMessage: One of them was never in the class, or it is over.
        """
        first, second = sorted((one, other))
        with self._lock:
            if first not in self._pairs or second not in self._pairs:
                raise InvalidMessage("There is no key for these two.")
            if (first, second) not in self._keyrings:
                a, b = self._pairs[first], self._pairs[second]
                key = derive_key(a.agree(b.public), a.public, b.public)
                self._keyrings[first, second] = KeyRing((key,), origin=KeyOrigin(KeySource.PAIR))
            return self._keyrings[first, second]


@dataclass(frozen=True)
class RoomMembers:
    """Who is in a room of a class: the `Members` of its conversation."""

    rules: Rules
    room: str

    def check(self, sender: str, recipient: str | None) -> None:
        """Refuse what may not be sent now: see `Rules.check_sender` and `Rules.check_recipient`."""
        self.rules.check_sender(sender, self.room)
        if recipient is not None:
            self.rules.check_recipient(sender, recipient, self.room)

    def keyring_of(self, one: str, other: str) -> KeyRing:
        """See `Rules.keyring_of`."""
        return self.rules.keyring_of(one, other)
