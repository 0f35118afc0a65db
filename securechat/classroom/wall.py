"""The wall: all rooms of a class at a glance, as an eavesdropper sees them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from securechat.classroom.classroom import Classroom
from securechat.classroom.view import Room
from securechat.frames import message_frame

TILE_MESSAGES = 2
"""Messages in a tile: the newest."""

TILE_CHARS = 160
"""Characters of a token in a tile."""


@dataclass(frozen=True)
class ClassWall:
    """The wall of one class, as it is now and as it changes."""

    classroom: Classroom

    @property
    def owner(self) -> str:
        """The teacher of the class."""
        return f"wall {self.classroom.id}"

    @property
    def is_open(self) -> bool:
        """Whether the class has not ended."""
        return not self.classroom.view().closed

    def frame(self) -> dict[str, Any]:
        """See `wall_frame`."""
        return wall_frame(self.classroom)

    def subscribe(self, wake: Callable[[], None]) -> Callable[[], None]:
        """See `Classroom.subscribe`."""
        return self.classroom.subscribe(wake)


def wall_frame(classroom: Classroom) -> dict[str, Any]:
    """Return what the teacher's page shows of a class: ciphertext and counts, and never a plaintext."""
    view, presence = classroom.view(), classroom.presence
    return {
        "type": "wall",
        "closed": view.closed,
        "locked": view.locked,
        "joining": view.joining,
        "free_names": view.free_names,
        "shows_recipients": view.shows_recipients,
        "people": {
            person.id: {
                "name": person.alias,
                "here": presence.is_here(person.id),
                "left": person.left,
                "room": person.room,
            }
            for person in view.participants.values()
        },
        "waiting": [person.id for person in view.waiting],
        "rooms": [_tile(classroom, room) for room in view.rooms.values()],
    }


def _tile(classroom: Classroom, room: Room) -> dict[str, Any]:
    view, messages = classroom.view(), room.conversation.view()
    members = () if room.is_everyone else view.members(room.name)
    return {
        "name": room.name,
        "number": room.number,
        "title": room.title,
        "locked": room.locked,
        "members": [person.id for person in members],
        "writing": [person.id for person in members if classroom.presence.is_writing(person.id, room.name)],
        "count": messages.last_id,
        "messages": [
            {
                **message_frame(message),
                "token": message.token[:TILE_CHARS],
                "length": len(message.token),
                "name": view.name_of(message.sender),
            }
            for message in messages.messages[-TILE_MESSAGES:]
        ],
    }
