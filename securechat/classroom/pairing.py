"""Who sits with whom."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from securechat.classroom.people import Participant
from securechat.classroom.sealing import SealRule
from securechat.classroom.view import ClassView

THIRD_SECONDS = 30.0
"""Seconds after which somebody for whom nobody comes joins a pair as a third."""

MOST_IN_ROOM = 3
"""People in one room."""


def pair_up(
    waiting: Sequence[Participant],
) -> tuple[list[tuple[Participant, Participant]], tuple[Participant, ...]]:
    """Put people together two by two, in the order in which they come.

    Returns:
        The pairs, and who is left over: one person or nobody.
    """
    whole = len(waiting) - len(waiting) % 2
    pairs = [(waiting[index], waiting[index + 1]) for index in range(0, whole, 2)]
    return pairs, tuple(waiting[whole:])


def find_third(view: ClassView, is_here: Callable[[str], bool], *, waited: float | None) -> str | None:
    """Return the room that somebody who waits alone may join, or None.

    It is the newest room in which two have a seat, of whom at least one is here, and which nobody has begun
    to seal; and only after `THIRD_SECONDS`, since somebody else may come. Who has left has a seat still, and
    may come back to it. Where pairs have to seal their rooms, nobody is a third: only two can seal one.

    Args:
        view: The class.
        is_here: Says of an id whether they are here.
        waited: Seconds for which they have waited; None where that does not matter.
    """
    if view.seal_rule is SealRule.REQUIRED or (waited is not None and waited < THIRD_SECONDS):
        return None
    for room in reversed(tuple(view.rooms.values())):
        seated = view.seated(room.name)
        is_used = any(is_here(person.id) for person in seated if not person.left)
        if len(seated) == MOST_IN_ROOM - 1 and is_used and not room.sealing.round:
            return room.name
    return None
