"""The live feed of this app's rooms, as routes of its server."""

from __future__ import annotations

import streamlit as st
from starlette.routing import BaseRoute

from securechat.classroom import TEACHER, ClassWall, Seat
from securechat.conversation import DEMO_ROOM
from securechat.errors import InvalidTicket, NotSeated
from securechat.live import Access, LiveFeed, OpenRoom
from securechat.ui import state


def routes() -> list[BaseRoute]:
    """Return the routes to mount beside Streamlit's own."""
    feed = LiveFeed(_room, walls=_wall, allowed_origins=_allowed_origins)
    return feed.routes(st.get_option("server.baseUrlPath") or "")


def _room(name: str, ticket: str) -> Access | None:
    """Find what a connection may do: the front page is open to all, a room of a class to who sits in it."""
    if name == DEMO_ROOM:
        return OpenRoom(state.conversation())
    try:
        shown = state.tickets().check(ticket, place=name)
        classroom = state.classrooms().of_room(name)
        return Seat.take(classroom, shown.holder, name, reads=shown.reads) if classroom else None
    except (InvalidTicket, NotSeated):
        return None


def _wall(class_id: str, ticket: str) -> ClassWall | None:
    """Find what the teacher may watch."""
    try:
        shown = state.tickets().check(ticket, place=class_id)
    except InvalidTicket:
        return None
    classroom = state.classrooms().by_id(class_id)
    return ClassWall(classroom) if classroom and shown.holder == TEACHER else None


def _allowed_origins() -> tuple[str, ...]:
    """Return the origins that Streamlit itself is set to allow."""
    if not st.get_option("server.enableCORS"):
        return ("*",)
    return tuple(st.get_option("server.corsAllowedOrigins"))
