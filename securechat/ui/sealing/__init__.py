"""The way from a room of a class to the page on which the two who sit there seal it, and write."""

from __future__ import annotations

import time

import streamlit as st

from securechat.classroom import ClassView, Ticket
from securechat.ui import whereabouts
from securechat.ui.component import component
from securechat.ui.place import Place
from securechat.ui.sealing.words import OPEN, SEAL, invitation, is_due, news, offered, readers, why_not
from securechat.ui.state import application

__all__ = ["OPEN", "SEAL", "draw_way", "invitation", "news", "offered", "readers", "why_not"]

KEY = "seal_way"

ORDER = "seal_order"
"""In the session state: the name of the press that asked for a ticket, and when it did."""

ORDER_SECONDS = 10.0
"""Seconds for which runs bring a ticket for it: the first one may get lost."""

_way = component("seal_way", html="sealing/way.html", css=("sealing/way.css",), js="sealing/way.js")


def draw_way(place: Place, view: ClassView) -> None:
    """Draw the button that leads to that page, where it can be done; pressed, it goes there in the same tab.

    Args:
        place: The room.
        view: The class as the page is drawn from it.
    """
    room, seat = place.conversation.room, place.seat
    label = offered(view, room)
    if seat is None or not label:
        st.session_state.pop(ORDER, None)
        return
    order = _order()
    departures = view.participants[seat.holder].departures
    ticket = Ticket(room, seat.holder, seals=True, departures=departures)
    _way(
        key=KEY,
        width="content",
        data={
            "page": whereabouts.here().page,
            "room": room,
            "label": label,
            "due": is_due(view, room, seat.holder),
            "order": order,
            "ticket": application().tickets.issue(ticket) if order and seat.is_open else "",
        },
        on_asked_change=_ask,
    )


def _ask() -> None:
    """Note that a ticket is asked for: the next runs of the page bring it."""
    asked = st.session_state.get(KEY, {}).get("asked")
    if isinstance(asked, str):
        st.session_state[ORDER] = asked[:64], time.monotonic()


def _order() -> str:
    """Return the name of the press for which a ticket is due; an empty text where there is none."""
    name, asked_at = st.session_state.get(ORDER, ("", 0.0))
    return str(name) if time.monotonic() - asked_at < ORDER_SECONDS else ""
