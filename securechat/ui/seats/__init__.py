"""Seats that this browser has: kept by the browser, so that whoever comes back finds their place again."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from securechat.classroom import Classroom, Participant
from securechat.conversation import DEMO_ROOM
from securechat.errors import ClassroomError, NotSeated
from securechat.ui import membership, place, state
from securechat.ui.component import component
from securechat.ui.place import Place

_KEY = "seats"
_KEEP = "seat_to_keep"

_component = component(
    "seats", html='<div class="sc-seats" hidden></div>', css=("seats/seats.css",), js=("seats/seats.js",)
)


def keep(classroom: Classroom, token: str) -> None:
    """Have the browser keep a seat."""
    st.session_state[_KEEP] = {"id": classroom.id, "token": token}


def draw(*, wanted: bool) -> None:
    """Draw what asks the browser for its seats and has it keep a new one. Shows nothing. Once a run.

    Args:
        wanted: Whether the page waits for the answer; else the browser answers only if it has a seat.
    """
    _component(
        key=_KEY,
        data={"keep": st.session_state.get(_KEEP), "told": _told() is not None, "wanted": wanted},
        on_seats_change=lambda: None,
    )


def known() -> dict[str, str] | None:
    """Return the tokens of this browser's seats by the ids of their classes; None if it has not told yet."""
    told = _told()
    if told is None:
        return None
    kept = st.session_state.get(_KEEP)
    new = {kept["id"]: kept["token"]} if kept else {}  # since it told
    return {str(name): token for name, token in told.items() if isinstance(token, str)} | new


def _told() -> dict[object, object] | None:
    told = st.session_state.get(_KEY, {}).get("seats")
    return told if isinstance(told, dict) else None


def return_quietly() -> None:
    """Give a session that begins on this page, as after a reload, the seat that its browser has."""
    if membership.is_known() or place.SESSION_KEY in st.session_state or known() is None:
        return
    place.enter(place.demo())
    classroom = last_class()
    if classroom is None:
        return
    try:
        resume(classroom)
    except ClassroomError:
        return  # whoever goes to the class is told why
    member = membership.member()
    if member and (seat := member.seat(member.person.room or classroom.everyone)):
        place.enter(place.of_seat(seat))


def last_class() -> Classroom | None:
    """Return the class, of those that are still there, in which this browser sat last and did not leave."""
    for class_id, token in reversed((known() or {}).items()):
        classroom = state.classrooms().by_id(class_id)
        with suppress(ClassroomError):
            if classroom and not classroom.holder_of(token).left:
                return classroom
    return None


def holder(classroom: Classroom) -> Participant | None:
    """Return whose seat this browser has in a class, whether or not they have left; None where it has none.

    Ends the run where the browser has not told yet.

    Raises:
        NotSeated: The teacher removed whoever had it.
        ClassEnded: The class is over.
    """
    token = _awaited().get(classroom.id)
    return classroom.holder_of(token) if token else None


def resume(classroom: Classroom) -> None:
    """Take the seat that this browser has in a class.

    Raises:
        NotSeated: It has none, or not any more.
        ClassEnded: The class is over.
    """
    membership.take(classroom, classroom.resume(_awaited().get(classroom.id, "")))


def _awaited() -> dict[str, str]:
    """Return the tokens of this browser's seats; ends the run where it has not told yet."""
    seats = known()
    if seats is None:
        st.text("Looking for your seat …")
        st.stop()
    return seats


def asked_place() -> Place:
    """Return the room that the address asks for by `?room=`, else the one in which the session was last.

    Whoever comes by a link, in a new tab, has their seat by what the browser keeps. Ends the run, with the
    reason on the page, where they have none.
    """
    room = st.query_params.get("room")
    if not room or room == DEMO_ROOM:
        return place.current()
    there = _place_in_class(room)
    if there is None:
        st.warning(str(NotSeated()), icon=":material/group_off:")
        st.page_link("pages/join.py", label="Join a class", icon=":material/group_add:")
        st.stop()
    place.enter(there)
    return there


def _place_in_class(room: str) -> Place | None:
    """Return a room of a class; None where this browser has no seat, whether or not there is such a room."""
    member = membership.member()
    classroom = state.classrooms().of_room(room)
    if member is None or member.classroom is not classroom:
        _awaited()  # first of all: how long it takes must not tell whether there is such a room
    if classroom is None:
        return None
    if member is None or member.classroom is not classroom:
        try:
            person = holder(classroom)
            if person is None or person.left:
                return None
            resume(classroom)
        except ClassroomError:
            return None
        member = membership.member()
    seat = member.seat(room) if member else None
    return place.of_seat(seat) if seat else None
