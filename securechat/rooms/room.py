"""One room: numbered tokens, and who is told of them. It knows no key."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from securechat.errors import KeysChanged, StoreUnavailable
from securechat.rooms.hub import Hub, room_topic
from securechat.rooms.keys import ClientKeys, Keys
from securechat.rooms.limits import Limit, RateLimit
from securechat.rooms.messages import Message
from securechat.rooms.policy import About, Action, Actor, DemoPolicy, Policy
from securechat.rooms.store import MessageStore, RoomHead, RoomView

T = TypeVar("T")

DEMO_ROOM = "demo"
"""The room of the front page. Its key is `secret.key`."""

SEND_COUNT = 20
"""Messages that one sender may send within `SEND_SECONDS`."""

SEND_SECONDS = 10.0
"""The window of that limit, in seconds."""

NOT_SENT = "Not sent: the database does not answer. Your text is kept; try again."
"""What is said to whoever sends then. Sent again under its `client_id`, a message is stored once."""


class Room:
    """One room of a store.

    Args:
        store: Where the messages are kept.
        keys: Whose keys they are under; asked what may be stored.
        room: The room's name.
        limit: How often each sender may write; 20 times in 10 s unless told.
        policy: Who may do what in it; A and B may write unless told.
        hub: Who is told of every change of the room; one of its own unless told.
        topics: What changes with the room, beside itself.
        on_post: Called with the sender of each message that is stored, before that is told.

    Attributes:
        room: See above.
        policy: See above.
    """

    def __init__(
        self,
        store: MessageStore,
        keys: Keys,
        *,
        room: str = DEMO_ROOM,
        limit: Limit | None = None,
        policy: Policy | None = None,
        hub: Hub | None = None,
        topics: tuple[str, ...] = (),
        on_post: Callable[[str], None] = lambda sender: None,
    ) -> None:
        self.room = room
        self.policy = policy or DemoPolicy()
        self._keys = keys
        self._store = store
        self._hub = hub or Hub()
        self._topics = (room_topic(room), *topics)
        self._on_post = on_post
        self._limit: Limit = limit or RateLimit(SEND_COUNT, SEND_SECONDS, action="Not sent")
        # Between the moment a token is made, or found to open, and the moment it is stored, the keys stay the
        # same. Else a token under a key just dropped could be stored, and nothing would ever open it.
        self._lock = threading.Lock()

    def post(
        self,
        actor: Actor,
        token: str,
        *,
        client_id: str | None = None,
        to: str | None = None,
        sender: str | None = None,
        keys: Keys | None = None,
    ) -> Message:
        """Store a token that its sender has encrypted.

        Args:
            actor: Who sends it.
            token: A token of a text that may be sent, under a key of these.
            client_id: The sender's own name for the message; sent again under it, it is stored once.
            to: To whom alone it is; None for everybody in the room.
            sender: In whose name; in the actor's own unless told.
            keys: Whose keys it is under; those of the room unless told.

        Returns:
            The message as stored.

        Raises:
            InvalidToken: The keys do not take it. It was not stored.
            InvalidMessage: What is in it nobody may send. It was not stored.
            SecureChatError: Who is not in the room, or nobody, may write now. It was not stored.
            TooFast: The sender wrote too often. It was not stored.
            StoreFull: There are too many rooms. It was not stored.
            KeysChanged: Another process has changed the keys of the room. It was not stored.
            StoreUnavailable: The database does not answer. Whether it was stored is not known.
        """
        sender = actor.id if sender is None else sender
        keys = keys or self._keys
        admit = self._admits(keys, token, sender, to)
        return self._store_once(actor, Action.WRITE, sender, to, admit, client_id=client_id, keys=keys)

    def replay(self, actor: Actor, token: str, *, sender: str) -> Message:
        """Store a token once more that somebody has recorded, in its sender's name.

        Args:
            actor: Who sends it again.
            token: As for `post`.
            sender: Who sent it first.

        Returns:
            The message as stored.

        Raises:
            SecureChatError: As for `post`.
        """
        admit = self._admits(self._keys, token, sender, None)
        return self._store_once(actor, Action.REPLAY, sender, None, admit)

    def at_rest(self, do: Callable[[int], T]) -> T:
        """Do something while nothing can be stored, and return what comes of it.

        Args:
            do: It is told the id that the next message will have.
        """
        with self._lock:
            return do(self.head().last_id + 1)

    def _admits(self, keys: Keys, token: str, sender: str, to: str | None) -> Callable[[], str]:
        return lambda: keys.admit(token, sender, to, lambda text: self._store.holds(self.room, text))

    def _store_once(
        self,
        actor: Actor,
        action: Action,
        sender: str,
        to: str | None,
        make: Callable[[], str],
        *,
        client_id: str | None = None,
        keys: Keys | None = None,
    ) -> Message:
        keys = keys or self._keys
        try:
            with self._lock:
                # What is there already was sent when it was allowed, and is said to be there: to who sent it.
                known = None
                if client_id is not None and actor.id in ("", sender):
                    known = self._store.acknowledged(self.room, sender, client_id)
                if known:
                    return known
                about = About(sender, to, sealed=isinstance(keys, ClientKeys))
                self.policy.check(actor, action, self.room, about)
                token = make()
                self._limit.take((actor.id or sender) if actor.share is None else actor.share)

                def keep(token: str) -> Message:
                    version = keys.version if to is None else None
                    return self._store.append(
                        self.room, sender, token, client_id=client_id, recipient=to, keys_version=version
                    )

                try:
                    message = keep(token)
                except KeysChanged:
                    if not self._take_keys():
                        raise
                    message = keep(make())
        except StoreUnavailable:
            raise StoreUnavailable(NOT_SENT) from None
        self._on_post(sender)
        # Without the lock: whoever is told may look here, and write, at once.
        self._hub.publish(*self._topics)
        return message

    def _take_keys(self) -> bool:
        """Take the keys as another server has left them, if there are such; say whether they are others."""
        return False

    @property
    def is_current(self) -> bool:
        """Whether what is read here is what is kept now: see `MessageStore.is_current`."""
        return self._store.is_current(self.room)

    def head(self) -> RoomHead:
        """Return what is known of the room now without its messages."""
        return self._store.head(self.room)

    def since(self, after: int) -> RoomView:
        """Return the room as it is now, with its messages that have an id over `after`."""
        return self._store.since(self.room, after)

    def view(self) -> RoomView:
        """Return the room as it is now, with all messages that are kept: for what needs each of them."""
        return self._store.view(self.room)

    def clear(self) -> None:
        """Forget all messages, for everybody."""
        self._store.clear(self.room)
        self._hub.publish(*self._topics)

    def forget(self) -> None:
        """Forget the room altogether. What is being sent there comes first, or its members refuse it."""
        with self._lock:
            self._store.forget(self.room)
            self._keys.begin(self.head().keys_version)
        self._hub.publish(*self._topics)

    def subscribe(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Have `wake` called after every change of the room; return what ends that: see `Hub.subscribe`."""
        return self._hub.subscribe(room_topic(self.room), wake)
