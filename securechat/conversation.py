"""A conversation: one room of a store, and the keys that its messages are encrypted with."""

from __future__ import annotations

from collections.abc import Callable

from securechat.errors import InvalidMessage
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


class Conversation:
    """One room, with what is needed to write into it.

    The plaintext goes no further than `send`: into the encryption, and nowhere else.

    Args:
        store: Where the messages are kept.
        keyring: The room's keys.
        room: The room's name.
        limit: How often each sender may write; 20 times in 10 s unless told.
    """

    def __init__(
        self,
        store: MessageStore,
        keyring: KeyRing,
        *,
        room: str = DEMO_ROOM,
        limit: RateLimit | None = None,
    ) -> None:
        self.room = room
        self.keyring = keyring
        self._store = store
        self._limit = limit or RateLimit(SEND_COUNT, SEND_SECONDS, action="Not sent")

    def send(self, sender: str, plaintext: str, *, client_id: str | None = None) -> Message:
        """Encrypt a text and store the token.

        Args:
            sender: Who sends it.
            plaintext: 1 to 2,000 characters, not only white space.
            client_id: The sender's own name for the message; sent again under it, it is stored once.

        Returns:
            The message as stored.

        Raises:
            InvalidMessage: It is empty, too long, or not text, or there is no such sender. It was not sent.
            TooFast: The sender wrote too often. It was not sent.
            StoreFull: There are too many rooms. It was not sent.
        """
        check_plaintext(plaintext)
        return self._store_once(sender, client_id, lambda: self.keyring.encrypt(plaintext))

    def accept(self, sender: str, token: str, *, client_id: str | None = None) -> Message:
        """Store a token that its sender has encrypted.

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
        check_plaintext(self.keyring.decrypt(token))
        return self._store_once(sender, client_id, lambda: token)

    def _store_once(self, sender: str, client_id: str | None, token: Callable[[], str]) -> Message:
        if sender not in SENDERS:
            raise InvalidMessage(f"The sender is one of {', '.join(SENDERS)}.")
        # What is there already was sent within the limit, and is said to be there.
        if client_id is not None and (known := self._store.acknowledged(self.room, sender, client_id)):
            return known
        self._limit.take(sender)
        return self._store.append(self.room, sender, token(), client_id=client_id)

    def view(self) -> RoomView:
        """Return the room as it is now."""
        return self._store.view(self.room)

    def clear(self) -> None:
        """Forget all messages, for everybody."""
        self._store.clear(self.room)

    def subscribe(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Be told of every change of the room: see `MessageStore.subscribe`."""
        return self._store.subscribe(self.room, wake)
