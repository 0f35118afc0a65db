"""A class as tests need it: under a clock that stands still, and with what those who joined it got."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from securechat.classroom import TEACHER, Classrooms, Room, Seat
from securechat.classroom.aliases import ADJECTIVES, ANIMALS
from securechat.rooms.memory_store import InMemoryMessageStore
from securechat.rooms.messages import Message
from securechat.rooms.policy import Actor
from securechat.rooms.presenters import Presenters
from securechat.rooms.store import MessageStore


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        """Return the seconds that were set."""
        return self.now

    def date(self) -> datetime:
        """Return the time of day that goes with them, in UTC."""
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.now)


def alias(number: int) -> str:
    """Return one of the names that are proposed; another for each number."""
    return f"{ADJECTIVES[number // len(ANIMALS)]} {ANIMALS[number % len(ANIMALS)]}"


def actor(person: str) -> Actor:
    """Return as whom somebody in a class acts."""
    return Actor(person, is_presenter=person == TEACHER)


class Lesson:
    """A class, its clock and its store.

    Args:
        people: How many join at once.
        store: Where its messages are kept; a new one unless told.
    """

    def __init__(self, people: int = 0, *, store: MessageStore | None = None) -> None:
        self.clock = Clock()
        self.store: MessageStore = store or InMemoryMessageStore()
        self.presenters = Presenters()
        self.right = self.presenters.right(self.presenters.enter())
        self.classes = Classrooms(self.store, clock=self.clock, now=self.clock.date)
        self.classroom = self.classes.new()
        self.desk = self.classroom.desk
        self.everyone = self.classroom.everyone
        self.tokens: dict[str, str] = {}
        for _ in range(people):
            self.join()

    def join(self, name: str | None = None) -> str:
        """Let somebody in, and return their id."""
        joined = self.classroom.join(alias(len(self.tokens)) if name is None else name)
        self.tokens[joined.participant] = joined.token
        return joined.participant

    def join_apart(self, count: int) -> list[str]:
        """Let people in, each when the one before is gone: all of them wait, and only the last is here."""
        there = []
        for _ in range(count):
            self.clock.now += 60
            there.append(self.join())
        return there

    def wait(self, seconds: float, *looking: str) -> None:
        """Let time pass, and then some people's pages look."""
        self.clock.now += seconds
        for person in looking:
            self.classroom.look(person)

    def room_of(self, person: str) -> str:
        """Return the room that somebody sits in."""
        room = self.classroom.view().participants[person].room
        assert room is not None
        return room

    def waiting(self) -> list[str]:
        """Return who waits."""
        return [person.id for person in self.classroom.view().waiting]

    def pairs(self) -> list[list[str]]:
        """Return who sits in the rooms of pairs now, room by room."""
        view = self.classroom.view()
        rooms = [room for room in view.rooms.values() if not room.is_everyone]
        return [[person.id for person in view.members(room.name)] for room in rooms]

    def room(self, name: str) -> Room:
        """Return a room by its name."""
        return self.classroom.view().rooms[name]

    def seat(self, holder: str, room: str | None = None, *, reads: bool = False) -> Seat:
        """Take somebody's seat in a room; in that of everyone unless told."""
        right = self.right if holder == TEACHER else None
        return Seat.take(self.classroom, holder, room or self.everyone, reads=reads, right=right)

    def say(self, sender: str, text: str, room: str | None = None, *, to: str | None = None) -> Message:
        """Send a message to a room, that of everyone unless told, or to somebody alone."""
        conversation = self.room(room or self.everyone).conversation
        return conversation.send(sender, text, to=to, actor=actor(sender))
