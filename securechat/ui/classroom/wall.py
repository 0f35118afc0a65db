"""The wall: all rooms of a class at a glance, live, as an eavesdropper sees them."""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit_autorefresh import st_autorefresh

from securechat.classroom import Classroom, Ticket, wall_frame
from securechat.frames import Wall, as_data
from securechat.rooms.policy import Action
from securechat.ui import passcode, whereabouts
from securechat.ui.classroom.outcome import forget_outcome
from securechat.ui.classroom.views import View
from securechat.ui.component import component
from securechat.ui.state import application

LOOK_MS = 3_000
"""Milliseconds between two looks of a page that the live feed does not reach."""

KEY = "class_wall"

_RUN = "class_run"

_wall = component(
    "wall",
    html="classroom/wall.html",
    css=("chat/sign.css", "classroom/wall.css", "classroom/projector.css"),
    js="classroom/wall.js",
)
_look_component = component("wall_look", js="classroom/wall_look.js")


def draw_wall(classroom: Classroom, now: Wall, view: View) -> None:
    """Draw the wall, and keep it up to date.

    Each run of the page hands out a ticket for the feed, which renews it, and the wall as it is now. While
    the feed is up the server is asked for nothing else; the browser asks for a run where what the page has
    drawn beside the wall is out of date. Where the feed cannot be reached, also because the ticket has run
    out while the computer slept, the browser says so, and a timer in a fragment looks for news.

    Args:
        classroom: The class.
        now: What is told of it. It is older than all that this run draws of the class, so that the browser
            sees whether anything of that is out of date.
        view: What fills the screen: the desk has tiles to pick, others are for the back row.
    """
    st.session_state[_RUN] = st.session_state.get(_RUN, 0) + 1
    chosen = whereabouts.here().picked if view is View.DESK else None
    polls = st.session_state.get(KEY, {}).get("polls") is True
    _wall(
        key=KEY,
        data={
            "id": classroom.id,
            "page": whereabouts.here().page,
            **_news(classroom, now),
            "polls": polls,
            "interval": LOOK_MS,
            "view": view,
            "room": chosen.room if chosen else "",
            "person": chosen.person if chosen else "",
        },
        on_pick_change=_pick,
        on_behind_change=lambda: None,
        on_polls_change=lambda: None,
    )
    if polls:
        _look(classroom)


@st.fragment
def _look(classroom: Classroom) -> None:
    """Look for news, and hand them to the wall."""
    if not passcode.allows(Action.MANAGE):
        return
    st_autorefresh(LOOK_MS, key="class_refresh")
    _look_component(key="class_look", data=_news(classroom, wall_frame(classroom)))


def _news(classroom: Classroom, now: Wall) -> dict[str, Any]:
    """Return what the wall is told, a ticket for its feed, and with how many runs the page is up to date."""
    ticket = Ticket(classroom.id, session=passcode.right().session)
    return {
        "ticket": application().tickets.issue(ticket),
        "frame": as_data(now),
        "run": st.session_state.get(_RUN, 0),
    }


def _pick() -> None:
    forget_outcome()
    whereabouts.pick_sent(st.session_state.get(KEY, {}).get("pick"))
