"""The application: what all pages and connections of a server share, made from its settings."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING

from securechat.classroom import Classrooms, ClassWall, SealingSeat, Seat, TicketOffice
from securechat.classroom.people import HERE_SECONDS
from securechat.classroom.registry import MAX_CLASSES
from securechat.classroom.tickets import TICKET_SECONDS
from securechat.crypto.anatomy import decode_canonical
from securechat.crypto.keyfile import keyring_of_file
from securechat.crypto.keyring import KeySource
from securechat.database import open_rooms
from securechat.errors import InvalidTicket, InvalidToken, NotSeated
from securechat.live import FeedBounds, LiveFeed
from securechat.rooms.conversation import Conversation
from securechat.rooms.hub import Hub
from securechat.rooms.limits import RateLimit
from securechat.rooms.memory_store import InMemoryMessageStore
from securechat.rooms.passcode import Passcode, new_passcode
from securechat.rooms.policy import Action, DemoPolicy
from securechat.rooms.presenters import Presenters
from securechat.rooms.room import DEMO_ROOM, SEND_COUNT, SEND_SECONDS
from securechat.rooms.store import MessageStore
from securechat.rooms.visit import KeyedVisit, Visit
from securechat.sealed.key import room_of
from securechat.sealed.rooms import SealedRooms, is_sealed
from securechat.settings import Settings
from securechat.web.public_address import PublicAddress

if TYPE_CHECKING:
    from securechat.database.lasting import DatabaseHealth

TICK_SECONDS = 60.0
"""Seconds between two looks for classes and sealed rooms that nobody uses."""

Tick = tuple[str, Callable[[float], None]]
"""What is due with time, after what is said where it fails."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Bounds(FeedBounds):
    """Times and numbers that hold for everybody, unless a test or a measurement has others.

    Attributes:
        send_count: Messages that one sender may send to Chat in 10 s.
        ticket_seconds: How long a ticket for the feed is valid.
        max_classes: Classes at once.
        here_seconds: See `people.HERE_SECONDS`.
        tick_seconds: See `TICK_SECONDS`.
    """

    send_count: int = SEND_COUNT
    ticket_seconds: int = TICKET_SECONDS
    max_classes: int = MAX_CLASSES
    here_seconds: float = HERE_SECONDS
    tick_seconds: float = TICK_SECONDS


class Application:
    """All that one server shares. May be used from any thread.

    Where no passcode is set one is made, and printed for whoever started the server.

    Args:
        settings: What is set from outside.
        store: Where messages are kept, those of Chat and of classes. Unless told, those of classes are in
            memory, and those of Chat in the database that is set, if one is.
        hub: Who is told of changes; one in memory unless told.
        clock: Seconds that only go up.
        bounds: See `Bounds`.

    Raises:
        InvalidSetting: No valid key can be had, or the database that is set cannot be used.

    Attributes:
        settings: See above.
        policy: Who may do what in Chat, and to classes.
        presenters: Which sessions are the presenter's now.
        classrooms: The classes.
        sealed: The sealed rooms.
        tickets: What issues and checks the tickets of the live feed.
        passcode: The presenter's passcode.
        public_address: What the teacher has said about the address.
        feed: The live feed of all rooms.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        store: MessageStore | None = None,
        hub: Hub | None = None,
        clock: Callable[[], float] = monotonic,
        bounds: Bounds | None = None,
    ) -> None:
        bounds = bounds or Bounds()
        keyring = settings.key or keyring_of_file(settings.key_file)
        if keyring.origin.source is KeySource.PROCESS:
            _log.warning("The key is for this run only. %s", keyring.origin.problem)
        self.settings = settings
        self._clock = clock
        self._tick_seconds = bounds.tick_seconds
        self._closed = threading.Event()
        hub = hub or Hub()
        self._lasting = None
        if settings.database and store is None:
            self._lasting = open_rooms(settings.database, hub, rooms=(DEMO_ROOM,))
        self._store = store or (self._lasting.store if self._lasting else InMemoryMessageStore())
        self.policy = DemoPolicy(lambda: self.passcode_is_set, hub=hub)
        self.presenters = Presenters(hub)
        self.public_address = PublicAddress()
        self.tickets = TicketOffice(seconds=bounds.ticket_seconds, clock=clock)
        self.classrooms = Classrooms(
            store,
            idle_hours=settings.class_hours,
            clock=clock,
            max_classes=bounds.max_classes,
            here_seconds=bounds.here_seconds,
            on_pause=self.policy.pause,
            hub=hub,
        )
        self.sealed = SealedRooms(clock=clock, hub=hub)
        self.feed = LiveFeed(self.visit, walls=self.wall, renew=self._renewed, bounds=bounds)
        self._conversation = Conversation(
            self._store,
            keyring,
            limit=RateLimit(bounds.send_count, SEND_SECONDS, action="Not sent", clock=clock),
            policy=self.policy,
            hub=hub,
        )
        self._newest_at_start = self._store.head(DEMO_ROOM).last_id
        if self.has_lost_its_key:
            _log.warning("The newest message in the database does not open with the key that is here.")
        if self.passcode_is_set:
            self.passcode = Passcode(settings.presenter_passcode, clock=clock)
        else:
            self.passcode = Passcode(_print(new_passcode()), clock=clock, guesses_together=None)

    def start(self) -> None:
        """Have what is due with time done from now on, until `close`. To be called once.

        That is done by a thread, and by no task of the server's event loop: where only pages are served, as
        by a host that takes nothing else from `st.App` or in a test of pages, there is no such task.
        """
        ticks = [
            ("Classes that nobody uses could not be ended.", self.classrooms.tick),
            ("Sealed rooms that nobody uses could not be ended.", self.sealed.tick),
        ]
        self._begin(ticks, "securechat-tick")
        if self._lasting:
            self._lasting.start()
            # In a thread of its own: a database may let it wait for long.
            old = [("Messages that are too old could not be deleted.", self._lasting.tick)]
            self._begin(old, "securechat-keep")

    def close(self) -> None:
        """Let go of what the store holds beside memory. The application is not used afterwards."""
        self._closed.set()
        (self._lasting or self._store).close()

    def _begin(self, ticks: Sequence[Tick], name: str) -> None:
        threading.Thread(target=self._keep_ticking, args=[ticks], name=name, daemon=True).start()

    def _keep_ticking(self, ticks: Sequence[Tick]) -> None:
        while not self._closed.wait(self._tick_seconds):
            for failure, tick in ticks:
                try:
                    tick(self._clock())
                except Exception:  # a store that cannot be reached now can be at the next tick
                    _log.exception(failure)

    @property
    def conversation(self) -> Conversation:
        """The conversation of the front page."""
        return self._conversation

    @property
    def passcode_is_set(self) -> bool:
        """Whether the presenter's passcode comes from a setting: then it protects the front page, too."""
        return bool(self.settings.presenter_passcode)

    @property
    def lasts(self) -> bool:
        """Whether the conversation of the front page is still there after a restart."""
        return self._lasting is not None

    @property
    def has_lost_its_key(self) -> bool:
        """Whether the newest token of the start is still there and does not open."""
        if not self.lasts:
            return False
        # What stands in the place of a message that somebody has deleted by hand says nothing of keys.
        newest_first = reversed(self._store.since(DEMO_ROOM, 0).messages)
        known = (message.token for message in newest_first if message.id <= self._newest_at_start)
        token = next(filter(decode_canonical, known), None)
        try:
            return token is not None and not self.conversation.keyring.open_by_key(token)
        except InvalidToken:
            return True

    def database_health(self) -> DatabaseHealth | None:
        """Return how the database is; None where there is none. It is not asked: nobody waits for it."""
        return self._lasting.health() if self._lasting else None

    def known_rooms(self) -> tuple[str, ...]:
        """Return the names of the sealed rooms that this server could open: those of the keys of Chat."""
        return tuple(room_of(key) for key in self.conversation.keyring.keys)

    def visit(self, room: str, ticket: str, address: str = "") -> Visit | None:
        """Find who visits a room.

        That of the front page is open to all, a sealed one to who knows its name, one of a class to who sits
        there.

        Args:
            room: The name of the room.
            ticket: What was shown; empty if nothing.
            address: Where the visitor comes from; empty if unknown.

        Returns:
            The visit, or None where there is none to be made.

        Raises:
            SecureChatError: One more sealed room cannot be made now.
        """
        if is_sealed(room):
            return self.sealed.visit(room, address)
        try:
            shown = self.tickets.check(ticket, place=room)
        except InvalidTicket:
            return KeyedVisit(conversation=self.conversation) if room == DEMO_ROOM else None
        right = self.presenters.right(shown.session)
        if room == DEMO_ROOM:
            return KeyedVisit(conversation=self.conversation, right=right)
        classroom = self.classrooms.of_room(room)
        if classroom is None:
            return None
        with suppress(NotSeated):
            if shown.seals:
                seat = SealingSeat.take(classroom, shown.holder, room)
                return seat if seat.is_since(shown.departures) else None
            return Seat.take(classroom, shown.holder, room, reads=shown.reads, right=right)
        return None

    def wall(self, class_id: str, ticket: str) -> ClassWall | None:
        """Find what the teacher may watch.

        Args:
            class_id: The id of the class.
            ticket: What was shown; empty if nothing.

        Returns:
            The wall of the class, or None where it may not be watched.
        """
        try:
            shown = self.tickets.check(ticket, place=class_id)
        except InvalidTicket:
            return None
        classroom, right = self.classrooms.by_id(class_id), self.presenters.right(shown.session)
        actor = replace(right.actor, id=shown.holder)
        if classroom is None or not classroom.policy.allows(actor, Action.MANAGE):
            return None
        return ClassWall(classroom, right)

    def _renewed(self, ticket: str) -> str:
        """Return a new ticket; an empty one where the connection came without."""
        with suppress(InvalidTicket):
            return self.tickets.renew(ticket)
        return ""


def _print(passcode: str) -> str:
    """Print a passcode that was made, and return it.

    For whoever started the server: who can read its terminal or log may do what the teacher may. ASCII: a
    terminal may have nothing else.
    """
    line = f"SecureChat: the presenter's passcode for this run is {passcode}"
    frame = "=" * len(line)
    print(f"\n{frame}\n{line}\n{frame}\n", flush=True)
    return passcode
