"""The steps by which two seal a room of a class, each taken while nothing can be stored there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from securechat import frames
from securechat.classroom.state import ClassState
from securechat.errors import NotSeated
from securechat.rooms.limits import RateLimit

if TYPE_CHECKING:  # a class takes such steps
    from securechat.classroom.classroom import Classroom

SEAL_LIMIT = 10, 60.0
"""How often one person may begin to seal a room, and within how many seconds: it draws two pages anew."""


class SealingSteps:
    """Takes the steps in all rooms of a class.

    Args:
        classroom: The class.
        clock: Seconds that only go up.
    """

    def __init__(self, classroom: Classroom, clock: Callable[[], float]) -> None:
        self._classroom = classroom
        self._beginnings = RateLimit(*SEAL_LIMIT, action="Not sealed", clock=clock)

    def take(self, participant: str, room: str, step: frames.Seal) -> None:
        """Take somebody's step, and tell of it where it changes something.

        Meanwhile nothing is stored in the room: all that this server has encrypted comes before it is sealed.

        Raises:
            ClassEnded: The class is over.
            NotSeated: They do not sit in this room.
            SealingRefused: It cannot be done now, or not by them.
            TooFast: They began too often.
        """
        classroom, is_new = self._classroom, False

        def advance(state: ClassState, now: float, next_id: int) -> ClassState:
            nonlocal is_new
            after = state.seal(participant, room, step, next_id, now)
            if is_new := after is not state:
                if step.step == "begin":
                    self._beginnings.take(participant)
                there = after.rooms[room]
                if there.mallory and there.sealing.since > state.rooms[room].sealing.since:
                    classroom.mallory.note(room, there.sealing)
            return after

        there = classroom.state.rooms.get(room)
        if there is None:
            classroom.state.check_open()
            raise NotSeated
        there.conversation.at_rest(
            lambda next_id: classroom.change(lambda state, now: advance(state, now, next_id))
        )
        if is_new:
            classroom.tell(room)
