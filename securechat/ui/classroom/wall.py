"""The wall: all rooms of a class at a glance, live, as an eavesdropper sees them."""

from __future__ import annotations

import streamlit as st
from streamlit_autorefresh import st_autorefresh

from securechat.classroom import TEACHER, Classroom, Ticket, wall_frame
from securechat.ui import passcode, state
from securechat.ui.classroom import picking
from securechat.ui.classroom.views import View
from securechat.ui.component import component

LOOK_MS = 3_000
"""Milliseconds between two looks of a page that the live feed does not reach."""

KEY = "class_wall"

_RUN = "class_run"

_wall = component(
    "wall",
    html="classroom/wall.html",
    css=("live/live.css", "classroom/wall.css", "classroom/projector.css"),
    js=("live/leaving.js", "classroom/wall_feed.js", "classroom/tiles.js", "classroom/wall.js"),
)
_look_component = component("wall_look", js=("classroom/wall_look.js",))


def draw_wall(classroom: Classroom, view: View) -> None:
    """Draw the wall, and keep it up to date.

    Each run of the page hands out a new ticket for the feed, and the wall as it is now. While the feed is up
    the server is asked for nothing else; the browser asks for a run where what the page has drawn beside the
    wall is out of date, or its ticket has run out. Where the feed cannot be reached the browser says so, and
    a timer in a fragment looks for news.

    Args:
        classroom: The class.
        view: What fills the screen: the desk has tiles to pick, others are for the back row.
    """
    run = st.session_state[_RUN] = st.session_state.get(_RUN, 0) + 1
    chosen = picking.picked() if view is View.DESK else None
    polls = st.session_state.get(KEY, {}).get("live") is False
    _wall(
        key=KEY,
        data={
            "id": classroom.id,
            "page": st.session_state["page"],
            "ticket": state.tickets().issue(Ticket(classroom.id, TEACHER)),
            "frame": wall_frame(classroom),
            "run": run,
            "polls": polls,
            "view": view,
            "room": chosen.room if chosen else "",
            "person": chosen.person if chosen else "",
        },
        on_pick_change=_pick,
        on_behind_change=lambda: None,
        on_live_change=lambda: None,
    )
    if polls:
        _look(classroom)


@st.fragment
def _look(classroom: Classroom) -> None:
    """Look for news, and hand them to the wall."""
    if not passcode.is_presenter():
        return
    st_autorefresh(LOOK_MS, key="class_refresh")
    _look_component(
        key="class_look", data={"frame": wall_frame(classroom), "run": st.session_state.get(_RUN, 0)}
    )


def _pick() -> None:
    picking.pick_sent(st.session_state.get(KEY, {}).get("pick"))
