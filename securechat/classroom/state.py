"""What changes in a class, behind one lock: people, rooms, and what is allowed."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TypedDict, Unpack

from securechat.classroom.aliases import folded, is_suggested, read_alias
from securechat.classroom.changes import Changes
from securechat.classroom.people import Participant, Presence
from securechat.classroom.rules import Rules
from securechat.classroom.view import ClassView, Room
from securechat.conversation import SEND_COUNT, SEND_SECONDS, Conversation
from securechat.errors import InvalidAlias, NotSeated
from securechat.keyring import KeyOrigin, KeyRing, KeySource
from securechat.limits import RateLimit
from securechat.store import MessageStore

WALL = "wall"
"""The topic of everything that happens in a class."""

_RESERVED = ("teacher", "everyone", "somebody removed")


class Switches(TypedDict, total=False):
    """What can be switched in a class: see `ClassView`."""

    locked: bool
    joining: bool
    free_names: bool
    shows_recipients: bool


class ClassState:
    """The state of one class. Whoever changes something holds `lock` and tells of it afterwards, without it.

    Args:
        store: Where messages are kept.
        presence: Who is here.
        clock: Seconds that only go up.
    """

    def __init__(self, store: MessageStore, presence: Presence, clock: Callable[[], float]) -> None:
        self.id = secrets.token_hex(8)
        self.lock = threading.RLock()
        self.presence = presence
        self.view = ClassView(
            closed=False,
            locked=False,
            joining=True,
            free_names=False,
            shows_recipients=True,
            participants=MappingProxyType({}),
            rooms=MappingProxyType({}),
        )
        self.rules = Rules(lambda: self.view)
        self.changes = Changes()
        self.waiting_since: dict[str, float] = {}
        self.places: dict[bytes, str] = {}
        """Whose seat a token stands for, by its SHA-256."""
        self.removed: set[bytes] = set()
        """The SHA-256 of tokens whose owners were removed."""
        self.ends: list[Callable[[], None]] = []
        """What ends the subscriptions to the store."""
        self._store = store
        self._clock = clock
        self._active_at = clock()

    @property
    def idle_seconds(self) -> float:
        """For how long nothing has happened."""
        return self._clock() - self._active_at

    def touch(self) -> None:
        """Note that something happens."""
        self._active_at = self._clock()

    def person(self, participant: str) -> Participant:
        """Return a participant.

        Raises:
            ClassEnded: The class is over.
            NotSeated: There is no such participant.
        """
        self.rules.check_open()
        person = self.view.participants.get(participant)
        if person is None:
            raise NotSeated("You are not in this class.")
        return person

    def put(self, person: Participant) -> None:
        """Add a participant, or replace what was known of one."""
        people = MappingProxyType({**self.view.participants, person.id: person})
        self.view = replace(self.view, participants=people)

    def put_room(self, room: Room) -> None:
        """Add a room, or replace what was known of one."""
        self.view = replace(self.view, rooms=MappingProxyType({**self.view.rooms, room.name: room}))

    def switch(self, **switches: Unpack[Switches]) -> None:
        """Change what is allowed."""
        self.view = replace(self.view, **switches)

    def add_room(self, limit: RateLimit | None = None) -> Room:
        """Make a room with a key of its own; the first one is that of everyone.

        Args:
            limit: How often each sender may write in it; as in every conversation unless told.
        """
        limit = limit or RateLimit(SEND_COUNT, SEND_SECONDS, action="Not sent", clock=self._clock)
        number = len(self.view.rooms)
        name = f"{self.id}-{number}"
        keyring = KeyRing(KeyRing.generate().keys, origin=KeyOrigin(KeySource.ROOM))
        members = self.rules.members(name)
        conversation = Conversation(self._store, keyring, room=name, limit=limit, members=members)
        room = Room(name, number, conversation)
        self.put_room(room)
        self.ends.append(self._store.subscribe(name, partial(self._message_came, name)))
        return room

    def seat(self, person: Participant, room: str) -> None:
        """Seat somebody who waits."""
        self.put(replace(person, room=room))
        self.waiting_since.pop(person.id, None)

    def unseat(self, person: Participant) -> None:
        """Take somebody out of their room, which remembers them."""
        if person.room is not None:
            room = self.view.rooms[person.room]
            self.put_room(replace(room, former=(*dict.fromkeys((*room.former, person.id)),)))
        self.put(replace(person, room=None))

    def wait(self, participant: str) -> None:
        """Note that somebody begins to wait for somebody to talk to."""
        self.waiting_since[participant] = self._clock()

    def waited(self, participant: str) -> float:
        """Return for how many seconds somebody has waited."""
        now = self._clock()
        return now - self.waiting_since.get(participant, now)

    def free_alias(self, typed: str, *, anything: bool, own: str | None = None) -> str:
        """Return a name as it is shown.

        Args:
            typed: What somebody wants to be called.
            anything: Whether it may be another one than is proposed.
            own: Who wants it, if they have one already.

        Raises:
            InvalidAlias: It is taken or not allowed.
        """
        alias = read_alias(typed)
        if not anything and not is_suggested(alias):
            raise InvalidAlias("Choose one of the names that are proposed.")
        others = [person.alias for person in self.view.participants.values() if person.id != own]
        if folded(alias) in map(folded, (*others, *_RESERVED)):
            raise InvalidAlias(f"Somebody here is called {alias} already. Choose another name.")
        return alias

    def rename(self, participant: str, typed: str, *, anything: bool) -> None:
        """Give somebody another name, and tell of it: see `free_alias`."""
        with self.lock:
            person = self.person(participant)
            self.put(replace(person, alias=self.free_alias(typed, anything=anything, own=participant)))
        self.tell_of(person)

    def tell_of(self, person: Participant) -> None:
        """Tell the rooms that somebody is or was in."""
        own = () if person.room is None else (person.room,)
        everyone = next(iter(self.view.rooms), WALL)
        self.changes.tell(WALL, everyone, *own)

    def tell_all(self) -> None:
        """Tell every room."""
        self.changes.tell(WALL, *self.view.rooms)

    def _message_came(self, room: str) -> None:
        messages = self._store.view(room).messages
        if messages:
            self.presence.stop_writing(messages[-1].sender, room)
        self.touch()
        self.changes.tell(WALL, room)
