"""A conversation: one room of a store, and the keys that its messages are encrypted with."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from securechat.errors import InvalidMessage, InvalidToken
from securechat.keyring import KeyRing
from securechat.limits import RateLimit
from securechat.messages import SENDERS, Message, check_plaintext
from securechat.store import MessageStore, RoomView

DEMO_ROOM = "demo"
"""The room of the front page. Its key is `secret.key`."""

SEND_COUNT = 20
"""Messages that one sender may send within `SEND_SECONDS`."""

SEND_SECONDS = 10.0
"""The window of that limit, in seconds."""


@dataclass(frozen=True)
class Reencryption:
    """What became of a room's messages when they were encrypted again.

    Attributes:
        changed: How many have a new token.
        kept: How many were under the primary key already.
        unreadable: How many no key here opens; they stay as they are.
    """

    changed: int
    kept: int
    unreadable: int


class Members(Protocol):
    """Who is in a room. Its methods may be called from any thread."""

    def check(self, sender: str, recipient: str | None) -> None:
        """Refuse what may not be sent now.

        Args:
            sender: Who wants to send.
            recipient: To whom alone, or None for everybody in the room.

        Raises:
            SecureChatError: The sender or the recipient is not in the room, or nobody may write now.
        """

    def keyring_of(self, one: str, other: str) -> KeyRing:
        """Return the keys that two members have for themselves.

        Raises:
            InvalidMessage: One of them is not in the room.
        """


class TwoSides:
    """The members of the front page's room: A and B, who have no keys beside those of the room."""

    def check(self, sender: str, recipient: str | None) -> None:
        """See `Members.check`."""
        if sender not in SENDERS:
            raise InvalidMessage(f"The sender is one of {', '.join(SENDERS)}.")
        if recipient is not None:
            raise InvalidMessage("In this room every message is for everybody.")

    def keyring_of(self, one: str, other: str) -> KeyRing:
        """See `Members.keyring_of`."""
        raise InvalidMessage("In this room every message is for everybody.")


class Conversation:
    """One room, with what is needed to write into it.

    The plaintext goes no further than `send`: into the encryption, and nowhere else.

    Args:
        store: Where the messages are kept.
        keyring: The room's keys.
        room: The room's name.
        limit: How often each sender may write; 20 times in 10 s unless told.
        members: Who is in the room; A and B unless told.
    """

    def __init__(
        self,
        store: MessageStore,
        keyring: KeyRing,
        *,
        room: str = DEMO_ROOM,
        limit: RateLimit | None = None,
        members: Members | None = None,
    ) -> None:
        self.room = room
        self._members = members or TwoSides()
        self._keyring = keyring
        self._store = store
        self._limit = limit or RateLimit(SEND_COUNT, SEND_SECONDS, action="Not sent")
        # Between the moment a token is made, or found to open, and the moment it is stored, the keys stay the
        # same. Else a token under a key just dropped could be stored, and nothing would ever open it.
        self._lock = threading.Lock()

    @property
    def keyring(self) -> KeyRing:
        """The room's keys as they are now."""
        return self._keyring

    def send(
        self, sender: str, plaintext: str, *, client_id: str | None = None, recipient: str | None = None
    ) -> Message:
        """Encrypt a text and store the token.

        Args:
            sender: Who sends it.
            plaintext: 1 to 2,000 characters, not only white space.
            client_id: The sender's own name for the message; sent again under it, it is stored once.
            recipient: To whom alone, under the keys that only the two have; None for everybody in the room.

        Returns:
            The message as stored.

        Raises:
            InvalidMessage: It is empty, too long, or not text, or there is no such sender. It was not sent.
            SecureChatError: Who is not in the room, or nobody, may write now. It was not sent.
            TooFast: The sender wrote too often. It was not sent.
            StoreFull: There are too many rooms. It was not sent.
        """
        check_plaintext(plaintext)

        def encrypt() -> str:
            keyring = self._members.keyring_of(sender, recipient) if recipient else self._keyring
            return keyring.encrypt(plaintext)

        return self._store_once(sender, client_id, encrypt, recipient)

    def accept(self, sender: str, token: str, *, client_id: str | None = None) -> Message:
        """Store a token that its sender has encrypted; under a retired key, its text encrypted again.

        Args:
            sender: Who sends it.
            token: A token under a key of this room, of a text that `send` would take.
            client_id: As for `send`.

        Returns:
            The message as stored.

        Raises:
            InvalidToken: It does not open with the room's keys. It was not stored.
            InvalidMessage: What is in it would be refused by `send`. It was not stored.
            TooFast: The sender wrote too often. It was not stored.
            StoreFull: There are too many rooms. It was not stored.
        """
        return self._store_once(sender, client_id, lambda: self._checked(token))

    def _checked(self, token: str) -> str:
        opened = self._keyring.open(token)
        check_plaintext(opened.plaintext)
        # Who still has a retired key may send; but what is new is under the primary key alone.
        return token if opened.key == self._keyring.primary else self._keyring.reencrypt(token)

    def _store_once(
        self, sender: str, client_id: str | None, token: Callable[[], str], recipient: str | None = None
    ) -> Message:
        with self._lock:
            # What is there already was sent when it was allowed, and is said to be there.
            if client_id is not None and (known := self._store.acknowledged(self.room, sender, client_id)):
                return known
            self._members.check(sender, recipient)
            made = token()
            self._limit.take(sender)
            return self._store.append(self.room, sender, made, client_id=client_id, recipient=recipient)

    def keyring_for(self, message: Message) -> KeyRing:
        """Return the keys that a message was encrypted with: the room's, or those of the two it is between.

        Raises:
            InvalidMessage: It is between two, and one of them is not in the room any more.
        """
        if message.recipient is None:
            return self._keyring
        return self._members.keyring_of(message.sender, message.recipient)

    def view(self) -> RoomView:
        """Return the room as it is now."""
        return self._store.view(self.room)

    def change_keys(self, change: Callable[[KeyRing], KeyRing]) -> KeyRing:
        """Change the room's keys. Meanwhile nobody can send.

        Args:
            change: Makes the new ring from the present one. If it raises, nothing is changed.

        Returns:
            The new ring.
        """
        with self._lock:
            self._keyring = change(self._keyring)
            return self._keyring

    def reencrypt(self) -> Reencryption:
        """Encrypt all messages of the room again, with the primary key. Their numbers and times are kept.

        Messages between two are under keys that are not the room's: they stay as they are.
        """
        new: dict[int, str] = {}
        unreadable = 0
        with self._lock:
            messages = [message for message in self.view().messages if message.recipient is None]
            for message in messages:
                try:
                    token = self._keyring.reencrypt(message.token)
                except InvalidToken:
                    unreadable += 1
                    continue
                if token != message.token:
                    new[message.id] = token
            self._store.replace_tokens(self.room, new)
        return Reencryption(len(new), len(messages) - len(new) - unreadable, unreadable)

    def clear(self) -> None:
        """Forget all messages, for everybody."""
        self._store.clear(self.room)

    def forget(self) -> None:
        """Forget the room altogether. What is being sent there comes first, or its members refuse it."""
        with self._lock:
            self._store.forget(self.room)

    def subscribe(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Be told of every change of the room: see `MessageStore.subscribe`."""
        return self._store.subscribe(self.room, wake)
