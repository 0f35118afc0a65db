"""Seats that this browser has: kept by the browser, so that whoever comes back finds their place again."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import streamlit as st

from securechat.classroom import Classroom, Participant, class_of_room
from securechat.errors import ClassroomError, NotSeated
from securechat.rooms.room import DEMO_ROOM
from securechat.ui import ending, place, whereabouts
from securechat.ui.component import component
from securechat.ui.place import Place
from securechat.ui.state import application

_KEY = "seats"
_KEEP = "seat_to_keep"

RESTARTED = "The teacher's computer was restarted and this class is gone. Ask for the new code."
"""What somebody is told who had a seat in a class that this server never had."""

MOST = 20
"""Seats that are looked at, the newest: as many as a browser keeps (`seats.js`)."""

RECENT_HOURS = 24.0
"""Hours after which nobody is told any more what became of the class in which they sat last."""

_component = component("seats", js="seats/seats.js")


def keep(classroom: Classroom, token: str) -> None:
    """Have the browser keep a seat."""
    st.session_state[_KEEP] = {"id": classroom.id, "token": token, "code": classroom.code}


def draw(*, wanted: bool) -> None:
    """Draw what asks the browser for its seats and has it keep a new one. Shows nothing. Once a run.

    Args:
        wanted: Whether the page waits for the answer; else the browser answers only if it has a seat.
    """
    _component(
        key=_KEY,
        data={"keep": st.session_state.get(_KEEP), "told": _told() is not None, "wanted": wanted},
        on_seats_change=lambda: None,
        on_classes_change=lambda: None,
    )


def known() -> dict[str, str] | None:
    """Return the tokens of this browser's seats by the ids of their classes; None if it has not told yet."""
    told = _told()
    if told is None:
        return None
    kept = st.session_state.get(_KEEP)
    new = {kept["id"]: kept["token"]} if kept else {}  # since it told
    newest = list(told.items())[-MOST:]
    return {str(name): token for name, token in newest if isinstance(token, str)} | new


def _told() -> dict[object, object] | None:
    told = st.session_state.get(_KEY, {}).get("seats")
    return told if isinstance(told, dict) else None


def _return_quietly() -> None:
    """Give a session that begins on this page, as after a reload, the seat that its browser has."""
    where = whereabouts.here()
    if where.participant or where.room or known() is None:
        return
    place.enter(place.demo())
    classroom = last_class()
    if classroom is None:
        return
    try:
        resume(classroom)
    except ClassroomError:
        return  # whoever goes to the class is told why
    if member := whereabouts.member():
        own = member.person.room or ""
        whereabouts.move(replace(whereabouts.here(), room=own or classroom.everyone, seen_room=own))
        st.rerun()  # the menu names their room


def last_class() -> Classroom | None:
    """Return the class, of those that are still there, in which this browser sat last and did not leave."""
    for class_id, token in reversed((known() or {}).items()):
        classroom = application().classrooms.by_id(class_id)
        with suppress(ClassroomError):
            if classroom and not classroom.holder_of(token).left:
                return classroom
    return None


def class_by_code(code: str) -> str | None:
    """Return the id of the class in which this browser sat that had this code, also of one that is gone.

    Ends the run where the browser has not told yet.
    """
    _awaited()
    return next((class_id for class_id, had, _ in reversed(_classes()) if had == code), None)


def recent_class() -> str | None:
    """Return the id of the class in which this browser sat last, if that is not long ago."""
    return next((class_id for class_id, _, hours in _classes()[-1:] if abs(hours) < RECENT_HOURS), None)


def what_became_of(class_id: str) -> str | None:
    """Say why a class in which this browser sat is not there any more; None if it is."""
    classrooms = application().classrooms
    return None if classrooms.by_id(class_id) else str(classrooms.why_ended(class_id) or RESTARTED)


def _classes() -> list[tuple[str, str, float]]:
    """Return of which classes this browser has seats: id, code, and how many hours ago; the newest last."""
    told = st.session_state.get(_KEY, {}).get("classes")
    entries = [each for each in told[-MOST:] if isinstance(each, list)] if isinstance(told, list) else []
    return [
        (class_id, code, hours)
        for class_id, code, hours in (each for each in entries if len(each) == len(("id", "code", "hours")))
        if isinstance(class_id, str) and isinstance(code, str) and isinstance(hours, int | float)
    ]


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
    whereabouts.sit(classroom, classroom.resume(_awaited().get(classroom.id, "")))


def _awaited() -> dict[str, str]:
    """Return the tokens of this browser's seats; ends the run where it has not told yet."""
    seats = known()
    if seats is None:
        st.text("Looking for your seat …")
        ending.end_page()
    return seats


def current_place() -> Place:
    """Return the room in which the session was last: see `place.current`. Once a run.

    Whoever begins here, as after a reload, has their seat by what the browser keeps.
    """
    draw(wanted="room" in st.query_params)
    _return_quietly()
    return place.current()


def asked_place() -> Place:
    """Return the room that the address asks for by `?room=`, else the one in which the session was last.

    Ends the run, with the reason on the page, where the browser has no seat there.
    """
    current, room = current_place(), st.query_params.get("room")
    if not room or room == DEMO_ROOM:
        return current
    member = whereabouts.member()
    # First of all its seats: how long they take must not tell whether there is such a room.
    tokens = {} if member and room in member.view.rooms else _awaited()
    there = whereabouts.here().in_room(room, application().classrooms, tokens)
    if there is None:
        class_id = class_of_room(room)
        gone = what_became_of(class_id) if class_id in _awaited() else None
        st.warning(gone or str(NotSeated()), icon=":material/group_off:")
        st.page_link("pages/join.py", label="Join a class", icon=":material/group_add:")
        ending.end_page()
    whereabouts.move(there)
    return place.current()
