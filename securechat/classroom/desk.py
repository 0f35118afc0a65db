"""The teacher's desk: what may be done in a class, and what is stopped."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Unpack

from securechat.classroom.state import WALL, ClassState, Switches


class Desk:
    """What the teacher does in a class. Whoever calls it has made sure that it is the teacher.

    Every method raises ClassEnded where the class is over; those that name somebody raise NotSeated where
    there is no such participant.

    Args:
        state: The class.
    """

    def __init__(self, state: ClassState) -> None:
        self._state = state

    def allow(self, **switches: Unpack[Switches]) -> None:
        """Change what is allowed in the whole class: see `ClassView`. What is not named stays as it is."""
        state = self._state
        with state.lock:
            state.rules.check_open()
            state.switch(**switches)
            state.touch()
        state.tell_all()

    def lock(self, room: str, *, locked: bool) -> None:
        """Pause writing in one room, or let it go on. For all rooms at once, `allow` switches `locked`."""
        state = self._state
        with state.lock:
            state.rules.check_open()
            if room in state.view.rooms:
                state.put_room(replace(state.view.rooms[room], locked=locked))
            state.touch()
        state.changes.tell(WALL, room)

    def clear(self, room: str | None = None) -> None:
        """Forget the messages of a room; of all rooms if None."""
        self._state.rules.check_open()
        for name, there in self._state.view.rooms.items():
            if room in (None, name):
                there.conversation.clear()
        self._state.touch()

    def rename(self, participant: str, typed: str) -> None:
        """Give somebody another name, whichever.

        Raises:
            InvalidAlias: The name is taken, or it cannot be shown.
        """
        self._state.rename(participant, typed, anything=True)
        self._state.touch()

    def away(self) -> tuple[str, ...]:
        """Return the ids of those who have left, or whose page shows no signs of life."""
        state = self._state
        people = state.view.participants.values()
        return tuple(person.id for person in people if person.left or not state.presence.is_here(person.id))

    def remove(self, participant: str) -> None:
        """Take somebody out of the class, for good. Their messages stay, without their name."""
        state = self._state
        with state.lock:
            person = state.person(participant)
            people = {name: other for name, other in state.view.participants.items() if name != participant}
            state.view = replace(state.view, participants=MappingProxyType(people))
            state.waiting_since.pop(participant, None)
            for digest in [digest for digest, owner in state.places.items() if owner == participant]:
                del state.places[digest]
                state.removed.add(digest)
            state.touch()
        state.presence.forget(participant)
        state.tell_of(person)

    def close(self) -> None:
        """End the class and forget everything of it, messages and keys too."""
        state = self._state
        with state.lock:
            if state.view.closed:
                return
            rooms = state.view.rooms
            state.view = replace(
                state.view,
                closed=True,
                joining=False,
                participants=MappingProxyType({}),
                rooms=MappingProxyType({}),
            )
            state.places.clear()
            state.removed.clear()
            state.waiting_since.clear()
            state.rules.forget()
        for room in rooms.values():  # without the lock: whatever is being sent there needs it
            room.conversation.forget()
        for end in state.ends:
            end()
        state.changes.tell(WALL, *rooms)
