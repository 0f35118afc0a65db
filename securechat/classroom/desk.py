"""The teacher's desk: what may be done in a class, and what is stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from securechat.classroom.aliases import suggest
from securechat.classroom.people import Participant
from securechat.classroom.sealing import Comparison
from securechat.classroom.state import ClassState, Switches

if TYPE_CHECKING:  # a class has a desk
    from securechat.classroom.classroom import Classroom


class Desk:
    """What the teacher does in a class. Whoever calls it has made sure that it is the teacher.

    Every method raises ClassEnded where the class is over; those that name somebody raise NotSeated where
    there is no such participant.

    Args:
        classroom: The class.
    """

    def __init__(self, classroom: Classroom) -> None:
        self._classroom = classroom

    def allow(self, **switches: Unpack[Switches]) -> None:
        """Change what is allowed in the whole class: see `ClassView`. What is not named stays as it is."""
        state = self._classroom.change(lambda state, now: state.switch(now, **switches))
        self._classroom.tell(*state.rooms)

    def lock(self, room: str, *, locked: bool) -> None:
        """Pause writing in one room, or let it go on. For all rooms at once, `allow` switches `locked`."""
        self._classroom.change(lambda state, now: state.lock(room, now, locked=locked))
        self._classroom.tell(room)

    def put_mallory(self, room: str, *, there: bool) -> None:
        """Put Mallory between the two of a room, or take her out: whoever sealed it has to begin again.

        Taken out, she forgets her keys there: what was written to her is opened by nobody here any more.
        """
        classroom = self._classroom
        found = classroom.state.rooms.get(room)
        if found is None:
            classroom.state.check_open()
            return

        def put(_: int) -> None:
            classroom.change(lambda state, now: state.put_mallory(room, now, there=there))
            if not there:
                classroom.mallory.forget(room)

        found.conversation.at_rest(put)
        classroom.tell(room)

    def comparisons(self) -> dict[str, Comparison]:
        """Return what came of comparing the emoji, by the names of the rooms in which Mallory is."""
        rooms = self._classroom.state.rooms
        return {name: room.comparison for name, room in rooms.items() if room.comparison}

    def clear(self, room: str | None = None) -> None:
        """Forget the messages of a room; of all rooms if None."""
        state = self._classroom.state
        state.check_open()
        for name, there in state.rooms.items():
            if room in (None, name):
                there.conversation.clear()
        self._classroom.change(ClassState.touch)

    def rename(self, participant: str, typed: str) -> None:
        """Give somebody another name, whichever.

        Raises:
            InvalidAlias: The name is taken, or it cannot be shown.
        """
        state = self._classroom.change(
            lambda state, now: state.rename(participant, typed, now, anything=True).touch(now)
        )
        self._classroom.tell_of(state.person(participant))

    def away(self) -> tuple[str, ...]:
        """Return the ids of those who have left, or whose page shows no signs of life."""
        is_here = self._classroom.presence.is_here
        people = self._classroom.state.participants.values()
        return tuple(person.id for person in people if person.left or not is_here(person.id))

    def remove(self, participant: str) -> None:
        """Take somebody out of the class until they are let back in. Their messages stay, without a name."""
        state = self._classroom.change(lambda state, now: state.remove(participant, now))
        self._classroom.presence.forget(participant)
        self._classroom.tell_of(state.removed[participant][0])

    def removed(self) -> tuple[Participant, ...]:
        """Return who was removed and may be let back in, the last one first."""
        return tuple(person for person, _ in reversed([*self._classroom.state.removed.values()]))

    def let_back(self, participant: str) -> Participant:
        """Let somebody back in who was removed: with the same browser they are in the class again.

        They wait for a partner. Where somebody else has their name by now, they get another one.

        Raises:
            NotSeated: They were not removed.
        """
        state = self._classroom.change(
            lambda state, now: state.let_back(participant, suggest(state.aliases, 1)[0], now)
        )
        person = state.person(participant)
        self._classroom.tell_of(person)
        return person

    def close(self) -> None:
        """End the class and forget everything of it, messages and keys too."""
        self._classroom.end(lambda state: True, is_idle=False)

    def close_idle(self, now: float, seconds: float) -> None:
        """End the class as `close` does, if nothing has happened in it for so many seconds."""
        self._classroom.end(lambda state: state.is_idle(now, seconds), is_idle=True)
