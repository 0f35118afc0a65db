"""Visits: what one session, or one connection, has to do with one room."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from itertools import chain
from math import inf

from securechat import frames
from securechat.crypto.keyring import KeyRing
from securechat.errors import InvalidMessage, NoServerKey, SealingRefused, SecureChatError, StoreUnavailable
from securechat.rooms.census import count
from securechat.rooms.conversation import Conversation, Reencryption
from securechat.rooms.hub import all_of
from securechat.rooms.messages import Message
from securechat.rooms.policy import ANYBODY, About, Action, Actor
from securechat.rooms.presenters import Right
from securechat.rooms.room import Room
from securechat.rooms.store import RoomHead


class Visit(ABC):
    """What somebody has to do with a room, whoever has its keys.

    May be used from any thread. It stays an object when whoever has it may not be in the room any more:
    `is_open` says whether they may.
    """

    @property
    @abstractmethod
    def tokens(self) -> Room:
        """The room as one without its keys has it."""

    @property
    def owner(self) -> str:
        """Whose visit it is, in which room; empty where that is unknown."""
        return ""

    @property
    def limits(self) -> Mapping[str, int]:
        """How many connections there may be of each kind that this is of; empty for those of its owner."""
        return {}

    @property
    def room(self) -> str:
        """The name of the room."""
        return self.tokens.room

    @property
    def actor(self) -> Actor:
        """As whom the visitor acts now."""
        return ANYBODY

    def allows(self, action: Action) -> bool:
        """Say whether the visitor may do something in the room now."""
        return self.tokens.policy.allows(self.actor, action, self.room)

    def refusal(self, action: Action) -> SecureChatError | None:
        """Return why the visitor may not do something in the room now; None if they may."""
        try:
            self.tokens.policy.check(self.actor, action, self.room)
        except SecureChatError as error:
            return error
        return None

    @property
    def is_open(self) -> bool:
        """Whether the visitor may still be in the room."""
        return self.allows(Action.READ)

    @property
    def closed(self) -> str:
        """Why the visitor has to wait until they may write, as a sentence; empty if they need not."""
        return self.tokens.policy.closed(self.actor, self.room)

    def store(self, sent: frames.Send | frames.Write) -> Message:
        """Store what the visitor sends.

        Args:
            sent: A token, or a text to encrypt first.

        Returns:
            The message as stored.

        Raises:
            NoServerKey: It is a text, and the server has no key of the room.
            SecureChatError: It was not stored: see `Room.post` and `Conversation.send`.
        """
        if isinstance(sent, frames.Write):
            raise NoServerKey
        return self.tokens.post(self.actor, sent.token, sender=sent.sender, client_id=sent.client_id)

    def message_frame(self, message: Message) -> frames.Message:
        """Return what the visitor is told of a message: here all that an eavesdropper sees."""
        sent_at = message.sent_at.astimezone(UTC).replace(microsecond=0)
        return frames.Message(message.id, message.sender, message.token, sent_at, to=message.recipient)

    def room_frame(self, head: RoomHead) -> frames.Room:
        """Return what the visitor is told of the room, apart from its messages."""
        return frames.Room(
            head.epoch,
            head.first_id,
            head.dropped,
            head.cleared,
            head.rewritten,
            closed=self.closed,
            stale=not self.tokens.is_current,
        )

    def people(self) -> frames.People | None:
        """Return what the visitor is told of the people in the room, or None where that is nothing."""
        return None

    def present(self) -> frames.Present | None:
        """Return how many connections the room has, or None where the visitor is not told that."""
        return None

    def sealing(self) -> frames.Sealing | None:
        """Return how far the sealing of the room has come, or None where the visitor is not here for that."""
        return None

    def seal(self, step: frames.Seal) -> None:
        """Do the visitor's next step of sealing the room.

        Raises:
            SecureChatError: It cannot be done. Nothing has changed.
        """
        raise SealingRefused("This page cannot seal the room. Press “Seal this room” in your class.")

    def look(self) -> float:
        """Note that the visitor is here, and do what is due in the room.

        Returns:
            After how many seconds that wants to be called again, at the latest.
        """
        return inf

    def enter(self) -> Callable[[], None]:
        """Note that the visitor has a live feed open; return what notes that it is closed. Call that once."""
        return lambda: None

    def write(self) -> None:  # noqa: B027 - only in classes is anybody told
        """Note that the visitor is writing."""

    def subscribe(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Have `wake` called after every change of the room, of who may write, and of the visitor's right."""
        return all_of(self.tokens.subscribe(wake), self.tokens.policy.subscribe(wake))


@dataclass(frozen=True, kw_only=True)
class KeyedVisit(Visit):
    """What somebody has to do with a room whose keys this server has, and that is open to all.

    The room of the front page is such a room.

    Attributes:
        conversation: What is written in the room.
        right: The presenter's right, where whoever visits has it.
    """

    conversation: Conversation
    right: Right | None = None

    @property
    def tokens(self) -> Room:
        """See `Visit.tokens`."""
        return self.conversation

    @property
    def actor(self) -> Actor:
        """See `Visit.actor`."""
        return self.right.actor if self.right else ANYBODY

    def store(self, sent: frames.Send | frames.Write) -> Message:
        """See `Visit.store`."""
        if isinstance(sent, frames.Send):
            return super().store(sent)
        to, actor = sent.to or None, self.actor
        return self.conversation.send(sent.sender, sent.text, client_id=sent.client_id, to=to, actor=actor)

    def keyring_for(self, message: Message) -> KeyRing | None:
        """Return the keys that open a message; None where the visitor may not open it, or nobody can."""
        may_open = self.conversation.policy.allows(
            self.actor, Action.OPEN, self.room, About(message.sender, message.recipient)
        )
        try:
            return self.conversation.keyring_for(message) if may_open else None
        except (InvalidMessage, NoServerKey):
            return None

    def why_closed(self, message: Message) -> str:
        """Return why the visitor cannot have a message opened here, as sentences; empty if there are keys."""
        about = About(message.sender, message.recipient)
        try:
            self.conversation.policy.check(self.actor, Action.OPEN, self.room, about)
            self.conversation.keyring_for(message)
        except SecureChatError as error:
            return str(error)
        return ""

    def reencrypt(self) -> Reencryption:
        """Encrypt all messages of the room again: see `Conversation.reencrypt`.

        Raises:
            SecureChatError: The visitor may not, or see there.
        """
        self.conversation.policy.check(self.actor, Action.CHANGE_KEYS, self.room)
        return self.conversation.reencrypt()

    def change_keys(self, change: Callable[[KeyRing], KeyRing]) -> KeyRing:
        """Change the keys of the room, also where they are kept.

        Args:
            change: Makes the new ring from the present one. If it raises, nothing is changed.

        Returns:
            The new ring.

        Raises:
            SecureChatError: The visitor may not, or keys would go that are needed; or see
                `Conversation.change_keys`.
        """
        conversation, actor = self.conversation, self.actor
        conversation.policy.check(actor, Action.CHANGE_KEYS, self.room)

        def checked(ring: KeyRing) -> KeyRing:
            changed = change(ring)
            dropped = tuple(key for key in ring.keys if key not in changed.keys)
            if dropped and not conversation.is_current:  # messages may need them that are not known here
                raise StoreUnavailable
            messages = (message for message in conversation.view().messages if message.recipient is None)
            closes = tuple(sorted(chain(*count(KeyRing(dropped), messages).opened))) if dropped else ()
            conversation.policy.check(actor, Action.CHANGE_KEYS, self.room, About(closes=closes))
            return changed

        return conversation.change_keys(checked, by=actor.id or None)

    def revision(self) -> int:
        """Return the number of what the visitor's page is drawn from, apart from messages and names.

        When it is another one, the page is out of date.
        """
        return 2 * self.conversation.policy.revision + self.actor.is_presenter  # a right may end by itself

    def subscribe(self, wake: Callable[[], None]) -> Callable[[], None]:
        """See `Visit.subscribe`."""
        rest = super().subscribe(wake)
        return all_of(rest, self.right.subscribe(wake)) if self.right else rest
