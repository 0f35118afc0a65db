"""Who this session is in a class: a participant, or the teacher."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from securechat.classroom import TEACHER, Classroom, ClassView, Participant, Seat
from securechat.errors import NotSeated
from securechat.ui import state

SESSION_KEY = "member"
"""In the session state: the id of the class, and of the participant that this session is there."""

READS = "reads"
"""In the session state: whether this device reads with its key."""


@dataclass(frozen=True)
class Member:
    """A participant of a class that is still there.

    Attributes:
        classroom: The class.
        person: The participant.
        view: The class, from which the page is drawn as a whole.
    """

    classroom: Classroom
    person: Participant
    view: ClassView

    def seat(self, room: str) -> Seat | None:
        """Return the seat in a room, or None where there is none."""
        try:
            return Seat.take(self.classroom, self.person.id, room, reads=reads())
        except NotSeated:
            return None


def take(classroom: Classroom, participant: str) -> None:
    """Make this session a participant's. Whoever calls it has seen their token."""
    st.session_state[SESSION_KEY] = classroom.id, participant


def forget() -> None:
    """Let this session be nobody."""
    for name in (SESSION_KEY, READS):
        st.session_state.pop(name, None)


def member() -> Member | None:
    """Return who this session is; None if it is nobody, or not any more: removed, left, or the class over."""
    class_id, participant = st.session_state.get(SESSION_KEY, ("", ""))
    classroom = state.classrooms().by_id(class_id) if class_id else None
    if classroom is None:
        return None
    view = classroom.view()
    person = view.participants.get(participant)
    return Member(classroom, person, view) if person and not person.left else None


def is_known() -> bool:
    """Say whether this session was somebody, whether or not they still are."""
    return SESSION_KEY in st.session_state


def reads() -> bool:
    """Say whether this device reads with its key."""
    return bool(st.session_state.get(READS))


def teachers_seat(classroom: Classroom) -> Seat:
    """Return the teacher's seat in the room of everyone. Whoever calls it knows that it is the teacher."""
    return Seat.take(classroom, TEACHER, classroom.everyone)
