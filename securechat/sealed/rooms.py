"""Sealed rooms: this server passes their tokens on, and has no key, no name and no text of them."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic

from securechat import frames
from securechat.errors import InvalidMessage, NoServerKey, StoreFull
from securechat.rooms.hub import Hub, room_topic
from securechat.rooms.keys import ClientKeys
from securechat.rooms.limits import RateLimit
from securechat.rooms.memory_store import InMemoryMessageStore
from securechat.rooms.messages import Message
from securechat.rooms.policy import IN_GENERAL, About, Action, Actor, Policy
from securechat.rooms.room import Room
from securechat.rooms.store import MessageStore
from securechat.rooms.visit import Visit
from securechat.sealed.key import NAME_BYTES, PREFIX
from securechat.sealed.shares import Rates, RoomRates, Share, network_of

MAX_SEALED_ROOMS = 300
"""Sealed rooms at once: a school of 600 writes in pairs."""

MAX_ADDRESS_ROOMS = 240
"""The same of those made from one address: whoever makes all of them leaves some for others."""

MAX_SEALED_MESSAGES = 200
"""Tokens kept in one room; older ones fall out. Whoever comes late can read a lesson's talk."""

MAX_SEALED_CHARS = 400_000
"""Characters of tokens kept in one room: 200 of 1,000 letters each; in all rooms together 115 MiB."""

MAX_SEALED_CONNECTIONS = 80
"""Connections to one room."""

MAX_ROOM_ADDRESS_CONNECTIONS = 60
"""The same from one address: a class stands behind one, each with a phone and a laptop. Whoever takes all of
them leaves some for others."""

MAX_ADDRESS_CONNECTIONS = 300
"""Connections to all rooms from one address: a school stands behind one."""

MAX_CONNECTIONS = 500
"""Connections to all rooms together. The others that a server has are for Chat and for classes."""

IDLE_SECONDS = 3_600.0
"""How long a room without a connection is kept: phones sleep, and a lesson has a break."""

NEW_ROOMS = 20, 60.0
"""Rooms that one address may make, and within how many seconds: a class of forty begins to write in pairs."""

NEW_ROOMS_TOGETHER = 60, 60.0
"""The same of all addresses together: three classes begin at once. Nobody fills the server in a minute."""

_NAME = re.compile(rf"{PREFIX}[0-9a-f]{{{2 * NAME_BYTES}}}")
"""What names of sealed rooms are: 16 bytes that follow from the key, and from which it does not."""

_SENDER = re.compile(r"[0-9a-f]{16}")
"""What senders are: a number that a page or terminal makes up when it comes."""

_CLIENT_ID = re.compile(r"[0-9a-f]{16}-[0-9]{1,16}")
"""What clients call a message: a number that they make up, and a count."""


def is_sealed(name: str) -> bool:
    """Say whether a name is one that only sealed rooms could have."""
    return name.startswith(PREFIX)


class SealedPolicy(Policy):
    """The rules of sealed rooms: whoever knows the name of one may read and write there, as they are anybody.

    All else takes a key, and nobody here has one. Nobody can clear a room, or keep others from writing.
    """

    def check(self, actor: Actor, action: Action, room: str = "", about: About = IN_GENERAL) -> None:
        """See `Policy.check`."""
        if action not in (Action.READ, Action.WRITE):
            raise NoServerKey
        if about.sender is not None and not _SENDER.fullmatch(about.sender):
            raise InvalidMessage("The sender of a message in a sealed room is 16 hexadecimal digits.")
        if about.recipient is not None:
            raise InvalidMessage("In this room every message is for everybody.")


@dataclass
class _Sealed:
    """One room, and who is connected.

    Attributes:
        tokens: The room.
        place: From which address it was made: see `network_of`.
        connections: How many are open.
        used_at: When the last one was asked for or ended.
    """

    tokens: Room
    place: str
    connections: int = 0
    used_at: float = 0.0


@dataclass(frozen=True, kw_only=True)
class SealedVisit(Visit):
    """One connection to a sealed room.

    Attributes:
        rooms: All of them.
        sealed: The one that is visited.
        address: Where the connection comes from.
        connection: The connection, for limits.
    """

    rooms: SealedRooms = field(repr=False)
    sealed: Room = field(repr=False)
    address: str = field(repr=False)
    connection: object = field(default_factory=object, repr=False)

    @property
    def tokens(self) -> Room:
        """See `Visit.tokens`."""
        return self.sealed

    @property
    def limits(self) -> Mapping[str, int]:
        """See `Visit.limits`: of the room, there from one address, of that in all, and of all rooms."""
        return {
            self.room: MAX_SEALED_CONNECTIONS,
            f"{self.room} {self.address}": MAX_ROOM_ADDRESS_CONNECTIONS,
            f"{PREFIX} {self.address}": MAX_ADDRESS_CONNECTIONS,
            PREFIX: MAX_CONNECTIONS,
        }

    @property
    def actor(self) -> Actor:
        """Anybody, with the share of this connection."""
        return Actor(share=Share(self.connection, self.address))

    def store(self, sent: frames.Send | frames.Write) -> Message:
        """See `Visit.store`."""
        if not _CLIENT_ID.fullmatch(sent.client_id):
            raise InvalidMessage(
                "The name of a message in a sealed room is 16 hexadecimal digits, a dash and a number."
            )
        return super().store(sent)

    def present(self) -> frames.Present:
        """See `Visit.present`."""
        return frames.Present(self.rooms.present(self.room))

    def enter(self) -> Callable[[], None]:
        """See `Visit.enter`."""
        return self.rooms.connect(self.room)


class SealedRooms:
    """The sealed rooms of a server. May be used from any thread.

    A room is made by the first connection, and is gone some time after the last one when `tick` is called, as
    the application does regularly.

    Args:
        store: Where tokens are kept, of these rooms alone; the last 200 of each, in memory, unless told.
        hub: Who is told of what happens in rooms; one of its own unless told.
        clock: Seconds that only go up.
    """

    def __init__(
        self,
        store: MessageStore | None = None,
        *,
        hub: Hub | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._store = store or InMemoryMessageStore(
            max_messages=MAX_SEALED_MESSAGES, max_rooms=MAX_SEALED_ROOMS, max_chars=MAX_SEALED_CHARS
        )
        self._hub = hub or Hub()
        self._clock = clock
        self._policy = SealedPolicy()
        self._rates = Rates(clock)
        self._new = RateLimit(*NEW_ROOMS, action="No new room", clock=clock)
        self._new_together = RateLimit(*NEW_ROOMS_TOGETHER, action="No new room", clock=clock)
        self._lock = threading.Lock()
        self._rooms: dict[str, _Sealed] = {}

    def visit(self, name: str, address: str = "") -> SealedVisit | None:
        """Let somebody into a room, which is made where it is not there.

        Args:
            name: The name of the room.
            address: Where they come from; empty if unknown.

        Returns:
            The visit, for one connection; None where no sealed room could have that name.

        Raises:
            StoreFull: There would be too many rooms.
            TooFast: Too many rooms were made in a short time.
        """
        if not _NAME.fullmatch(name):
            return None
        place = network_of(address)
        with self._lock:
            room = self._rooms.get(name) or self._make(name, place)
            room.used_at = self._clock()  # so that it is not gone before the connection is open
        return SealedVisit(rooms=self, sealed=room.tokens, address=place)

    def connect(self, name: str) -> Callable[[], None]:
        """Note that a connection to a room is open; return what notes that it is closed. Call that once."""
        room = self._rooms[name]

        def count(change: int) -> None:
            with self._lock:
                room.connections += change
                room.used_at = self._clock()
            self._hub.publish(room_topic(name))

        count(1)
        return lambda: count(-1)

    def present(self, name: str) -> int:
        """Return how many connections to a room are open."""
        room = self._rooms.get(name)
        return room.connections if room else 0

    def tick(self, now: float) -> None:
        """Forget the rooms without a connection that nobody has used for long.

        Args:
            now: The present second of the clock.
        """
        with self._lock:
            self._end_idle(now)

    def _make(self, name: str, place: str) -> _Sealed:
        now = self._clock()
        self._end_idle(now)  # what is over makes room
        if len(self._rooms) >= MAX_SEALED_ROOMS:
            raise StoreFull(MAX_SEALED_ROOMS)
        if sum(room.place == place for room in self._rooms.values()) >= MAX_ADDRESS_ROOMS:
            raise StoreFull(MAX_ADDRESS_ROOMS)
        self._new.check(place)
        self._new_together.take("")
        self._new.take(place)
        limit = RoomRates(self._rates, name)
        room = Room(self._store, ClientKeys(), room=name, limit=limit, policy=self._policy, hub=self._hub)
        self._rooms[name] = made = _Sealed(room, place)
        return made

    def _end_idle(self, now: float) -> None:
        for name, room in list(self._rooms.items()):
            if not room.connections and now - room.used_at >= IDLE_SECONDS:
                del self._rooms[name]
                room.tokens.forget()
