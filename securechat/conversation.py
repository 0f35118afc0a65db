"""A conversation: one room of a store, and the keys that its messages are encrypted with."""

from __future__ import annotations

from securechat.keyring import KeyRing
from securechat.limits import RateLimit
from securechat.messages import Message, check_plaintext
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

    def send(self, sender: str, plaintext: str) -> Message:
        """Encrypt a text and store the token.

        Args:
            sender: Who sends it.
            plaintext: 1 to 2,000 characters, not only white space.

        Returns:
            The message as stored.

        Raises:
            InvalidMessage: It is empty, too long, or not text. It was not sent.
            TooFast: The sender wrote too often. It was not sent.
            StoreFull: There are too many rooms. It was not sent.
        """
        check_plaintext(plaintext)
        self._limit.take(sender)
        return self._store.append(self.room, sender, self.keyring.encrypt(plaintext))

    def view(self) -> RoomView:
        """Return the room as it is now."""
        return self._store.view(self.room)

    def clear(self) -> None:
        """Forget all messages, for everybody."""
        self._store.clear(self.room)
