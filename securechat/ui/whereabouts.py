"""Where this session is: one value in the session state, which all pages ask and change here."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from securechat.classroom import Classroom
from securechat.classroom.whereabouts import Member, Picked, Whereabouts
from securechat.ui.state import application

KEY = "whereabouts"
"""In the session state: the `Whereabouts`."""

READS = "reads"
"""The key of the switch with which this device reads with its key."""


def here() -> Whereabouts:
    """Return where this session is."""
    where = st.session_state.get(KEY)
    return where if isinstance(where, Whereabouts) else Whereabouts()


def move(where: Whereabouts) -> None:
    """Note where this session is from now on. It reads with no key that it had in another seat."""
    before = here()
    seat = before.class_id, before.participant
    if before.participant and seat != (where.class_id, where.participant):
        st.session_state.pop(READS, None)
    st.session_state[KEY] = where


def member() -> Member | None:
    """Return who this session is in a class: see `Whereabouts.member`."""
    return here().member(application().classrooms, reads=bool(st.session_state.get(READS)))


def sit(classroom: Classroom, participant: str) -> None:
    """Make this session a participant's. Whoever calls it has seen their token."""
    move(replace(here(), class_id=classroom.id, participant=participant))


def choose_class(class_id: str) -> None:
    """Note in which class this session is to be, with an empty id in none. Only there it stays somebody."""
    where = here()
    move(
        replace(where, class_id=class_id, participant=where.participant if class_id == where.class_id else "")
    )


def pick(what: Picked | None) -> None:
    """Pick something at the desk, or nothing."""
    move(replace(here(), picked=what))


def pick_sent(sent: object) -> None:
    """Pick what a browser has sent: `{"room": …}` or `{"person": …}`."""
    match sent:
        case {"room": str(room)}:
            pick(Picked(room=room))
        case {"person": str(person)}:
            pick(Picked(person=person))
