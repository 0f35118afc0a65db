"""The wall: all rooms of a class at a glance, as an eavesdropper sees them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from securechat import frames
from securechat.classroom.classroom import Classroom
from securechat.classroom.people import Presence
from securechat.classroom.view import ClassView, Room
from securechat.rooms.hub import all_of
from securechat.rooms.messages import Message
from securechat.rooms.presenters import Right
from securechat.rooms.store import RoomView

TILE_MESSAGES = 2
"""Messages in a tile: the newest."""

TILE_CHARS = 160
"""Characters of a token in a tile."""


@dataclass(frozen=True)
class ClassWall:
    """The wall of one class, as it is now and as it changes.

    Attributes:
        classroom: The class.
        right: The presenter's right, without which nobody may watch it.
    """

    classroom: Classroom
    right: Right

    @property
    def owner(self) -> str:
        """The teacher of the class."""
        return f"wall {self.classroom.id}"

    @property
    def is_open(self) -> bool:
        """Whether the class has not ended."""
        return not self.classroom.view().closed

    @property
    def may_watch(self) -> bool:
        """Whether the right still holds."""
        return self.right.holds

    def frame(self) -> frames.Wall:
        """See `wall_frame`."""
        return wall_frame(self.classroom)

    def subscribe(self, wake: Callable[[], None]) -> Callable[[], None]:
        """See `Classroom.subscribe` and `Right.subscribe`."""
        return all_of(self.classroom.subscribe(wake), self.right.subscribe(wake))


def wall_frame(classroom: Classroom) -> frames.Wall:
    """Return what the teacher's page shows of a class: ciphertext and counts, and never a plaintext."""
    view, presence = classroom.view(), classroom.presence
    tails = classroom.tails(view, TILE_MESSAGES)
    return frames.Wall(
        closed=view.closed,
        locked=view.locked,
        joining=view.joining,
        free_names=view.free_names,
        shows_recipients=view.shows_recipients,
        seal_rule=view.seal_rule.value,
        desk=max((view.revisions[name] for name, room in view.rooms.items() if room.mallory), default=0),
        people={
            person.id: frames.Pupil(person.alias, presence.is_here(person.id), person.left, person.room)
            for person in view.participants.values()
        },
        waiting=tuple(person.id for person in view.waiting),
        rooms=tuple(_tile(view, presence, room, tails[room.name]) for room in view.rooms.values()),
    )


def _tile(view: ClassView, presence: Presence, room: Room, tail: RoomView) -> frames.Tile:
    members = () if room.is_everyone else view.members(room.name)
    return frames.Tile(
        name=room.name,
        number=room.number,
        title=room.title,
        locked=room.locked,
        members=tuple(person.id for person in members),
        writing=tuple(person.id for person in members if presence.is_writing(person.id, room.name)),
        seal=room.seal(presence.is_here),
        count=tail.count,
        messages=tuple(_message(view, message) for message in tail.messages),
    )


def _message(view: ClassView, message: Message) -> frames.TileMessage:
    """Return what all may see of a message: whom a private one is to only where the class may know."""
    name, recipient = view.name_of(message.sender), ""
    if message.recipient is not None:
        recipient = f"{view.name_of(message.recipient)} alone" if view.shows_recipients else "one person"
    return frames.TileMessage(name, message.token[:TILE_CHARS], recipient)
