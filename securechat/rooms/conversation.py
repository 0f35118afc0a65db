"""A conversation: a room whose keys this server has, so that texts can be written there and be opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from securechat.crypto.keyfile import change_keyring, keyring_by_now
from securechat.crypto.keyring import KeyRing
from securechat.errors import InvalidKey, InvalidToken, KeysChanged, NoServerKey, StoreUnavailable
from securechat.rooms.hub import Hub
from securechat.rooms.keys import KeyChange, PairKeys, ServerKeys
from securechat.rooms.limits import RateLimit
from securechat.rooms.messages import Message, check_plaintext
from securechat.rooms.policy import ANYBODY, Action, Actor, Policy
from securechat.rooms.room import DEMO_ROOM, Room
from securechat.rooms.store import MessageStore


@dataclass(frozen=True)
class Reencryption:
    """What became of a room's messages when they were encrypted again.

    Attributes:
        changed: How many have a new token.
        kept: How many were under the primary key already.
        sealed: How many are under a key that this server does not have; they stay as they are.
        unreadable: How many no key here opens; they stay as they are.
    """

    changed: int
    kept: int
    unreadable: int
    sealed: int = 0


class Conversation(Room):
    """A room, and the keys of this server that its messages are encrypted with.

    The plaintext goes no further than `send`: into the encryption, and nowhere else.

    Args:
        store: Where the messages are kept.
        keyring: The room's keys.
        room: The room's name.
        limit: How often each sender may write; 20 times in 10 s unless told.
        policy: Who may do what in it; A and B may write unless told.
        pair_keys: The keys of two people alone, where there are such keys.
        hub: See `Room`.
        topics: See `Room`.
        on_post: See `Room`.
        sealed_since: Returns the id of the first message that may be under a key which this server does not
            have, because others post such tokens here; 0 where there is none.
    """

    _keys: ServerKeys

    def __init__(
        self,
        store: MessageStore,
        keyring: KeyRing,
        *,
        room: str = DEMO_ROOM,
        limit: RateLimit | None = None,
        policy: Policy | None = None,
        pair_keys: PairKeys | None = None,
        hub: Hub | None = None,
        topics: tuple[str, ...] = (),
        on_post: Callable[[str], None] = lambda sender: None,
        sealed_since: Callable[[], int] = lambda: 0,
    ) -> None:
        self._sealed_since = sealed_since
        version = store.head(room).keys_version
        if version > 1:  # another server may have changed them since they were read
            try:
                keyring = keyring_by_now(keyring) or keyring
            except KeysChanged:  # it is still at it: whoever needs them next takes them
                version = 0
        super().__init__(
            store,
            ServerKeys(keyring, version, pair_keys),
            room=room,
            limit=limit,
            policy=policy,
            hub=hub,
            topics=topics,
            on_post=on_post,
        )

    @property
    def keyring(self) -> KeyRing:
        """The room's keys as they are now."""
        if self.head().keys_version != self._keys.version and self._lock.acquire(blocking=False):
            try:  # where somebody sends or changes keys just now, the next who asks gets the new ones
                self._take_keys()
            except (InvalidKey, KeysChanged, StoreUnavailable):
                pass  # those of before still open what they did
            finally:
                self._lock.release()
        return self._keys.ring

    @property
    def key_change(self) -> KeyChange:
        """When the room got its present primary key."""
        return self._keys.change

    def is_sealed(self, message: Message) -> bool:
        """Say whether a message is under a key that this server does not have."""
        return 0 < self._sealed_since() <= message.id

    def keyring_for(self, message: Message) -> KeyRing:
        """Return the keys that a message was encrypted with: see `ServerKeys.between`.

        Raises:
            NoServerKey: This server does not have them.
            InvalidMessage: It is to one person alone, and there is no key for these two.
        """
        if self.is_sealed(message):
            raise NoServerKey(
                "This message is sealed: it is not under a key of this room, so it cannot be opened with "
                "one. Open the sealed room and press “Inspect” there."
            )
        return self._keys.between(message.sender, message.recipient)

    def send(
        self,
        sender: str,
        plaintext: str,
        *,
        client_id: str | None = None,
        to: str | None = None,
        actor: Actor = ANYBODY,
    ) -> Message:
        """Encrypt a text and store the token.

        Args:
            sender: Under whose name it is sent.
            plaintext: 1 to 2,000 characters, not only white space.
            client_id: The sender's own name for the message; sent again under it, it is stored once.
            to: To whom alone, under the keys that only the two have; None for everybody in the room.
            actor: Who sends it.

        Returns:
            The message as stored.

        Raises:
            InvalidMessage: It is empty, too long, or not text, or there is no such sender. It was not sent.
            SecureChatError: Who is not in the room, or nobody, may write now. It was not sent.
            TooFast: The sender wrote too often. It was not sent.
            StoreFull: There are too many rooms. It was not sent.
            KeysChanged: Another process has changed the keys of the room. It was not sent.
            StoreUnavailable: The database does not answer. Whether it was sent is not known.
        """
        check_plaintext(plaintext)

        def encrypt() -> str:
            return self._keys.between(sender, to).encrypt(plaintext)

        return self._store_once(actor, Action.WRITE, sender, to, encrypt, client_id=client_id)

    def change_keys(self, change: Callable[[KeyRing], KeyRing], *, by: str | None = None) -> KeyRing:
        """Change the room's keys, also where they are kept. Meanwhile nobody can send.

        Args:
            change: Makes the new ring from the present one.
            by: Who changes them.

        Returns:
            The new ring.

        Raises:
            SecureChatError: See `change_keyring`; whatever is raised, no key is changed.
            StoreFull: There are too many rooms.
            KeysChanged: Another process has changed the keys of the room.
            StoreUnavailable: The database does not answer.
        """

        def count() -> None:
            self._keys.version = self._store.change_keys_version(self.room, self._keys.version)

        with self._lock:
            self._take_keys()
            ring = change_keyring(self._keys.ring, change, count)
            self._keys.take(ring, by)
        self._hub.publish(*self._topics)
        return ring

    def _take_keys(self) -> bool:
        """See `Room`: another server that has the same key file has changed them."""
        # Before the file: of a newer one too much is refused, not too little.
        version = self.view().keys_version
        if version == self._keys.version or (ring := keyring_by_now(self._keys.ring)) is None:
            return False
        self._keys.take(ring)
        self._keys.version = version
        return True

    def reencrypt(self) -> Reencryption:
        """Encrypt all messages of the room again, with the primary key. Their numbers and times are kept.

        Messages between two, and those that are sealed, are under keys that are not the room's: they stay.

        Raises:
            KeysChanged: Another process has changed the keys of the room. No message has changed.
        """
        new: dict[int, str] = {}
        unreadable = 0
        with self._lock:
            self._take_keys()
            public = [message for message in self.view().messages if message.recipient is None]
            messages = [message for message in public if not self.is_sealed(message)]
            for message in messages:
                try:
                    token = self._keys.ring.reencrypt(message.token)
                except InvalidToken:
                    unreadable += 1
                    continue
                if token != message.token:
                    new[message.id] = token
            if new:
                self._store.replace_tokens(self.room, new, keys_version=self._keys.version)
        if new:
            self._hub.publish(*self._topics)
        kept, sealed = len(messages) - len(new) - unreadable, len(public) - len(messages)
        return Reencryption(len(new), kept, unreadable, sealed)
