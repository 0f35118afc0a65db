"""What happens in somebody's class while they are on another page: a partner comes, or messages."""

from __future__ import annotations

from functools import partial

import streamlit as st
from streamlit_autorefresh import st_autorefresh

from securechat.classroom.whereabouts import Member
from securechat.ui import place, whereabouts
from securechat.ui.chat import fallback
from securechat.ui.component import component
from securechat.ui.place import Place
from securechat.ui.sealing import news

POLLING_MS = 3_000
"""Milliseconds between two looks where the live feed cannot be reached."""

_KEY = "class_news"

_component = component(
    "class_news",
    html='<p class="sc-news" role="status" hidden></p>',
    css=("class_news/class_news.css",),
    js="class_news/class_news.js",
)


@st.fragment
def class_news() -> None:
    """Draw a line that tells of news in the class of who has a seat, with the link to their room.

    It runs on its own, so that what somebody does on the page is not disturbed. As long as it is there, its
    feed or its looks make somebody be here for the others, and they are seated when a partner comes.
    """
    member = whereabouts.member()
    if member is None:
        return
    member.classroom.look(member.person.id)  # which may give them a seat just now
    member = whereabouts.member()
    rooms = _rooms(member) if member else []
    if member is None or not rooms:
        return
    polls = fallback.polls(_KEY)
    with st.container(key="class_news_line", border=True, horizontal=True, vertical_alignment="center"):
        _component(
            key=_KEY,
            data={
                "rooms": [fallback.news_data(room) for room in rooms],
                "viewer": member.person.id,
                "revision": rooms[0].revision,
                "polls": polls,
                "said": _said(member),
            },
            on_polls_change=partial(fallback.note, _KEY),
            on_behind_change=lambda: None,
        )
        label = "Go to my room" if member.person.room else "Back to my class"
        st.page_link("pages/join.py", label=label, icon=":material/group:")
    if polls:
        st_autorefresh(POLLING_MS, key="class_news_refresh")


def _rooms(member: Member) -> list[Place]:
    """Return the room that somebody sits in, if there is one, and that of the whole class."""
    names = [name for name in (member.person.room, member.classroom.everyone) if name]
    return [place.of_seat(seat, member.view) for name in names if (seat := member.seat(name))]


def _said(member: Member) -> str:
    """Say what there is to know beside messages: that they wait, whom they have, what that one wants."""
    room = member.person.room
    if room is None:
        return "You are waiting for a partner. This page tells you when somebody comes."
    if room == whereabouts.here().seen_room:
        return news(member.view, room, member.person.id, member.classroom.presence.is_here)
    partners = [other.alias for other in member.view.members(room) if other.id != member.person.id]
    return f"Your partner has come: {' and '.join(partners)}." if partners else ""
