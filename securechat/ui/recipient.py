"""To whom a message in the room of a whole class is: to everyone, or to one person alone."""

from __future__ import annotations

import streamlit as st

from securechat.ui.place import Place

_KEY = "recipient"


def choose_recipient(place: Place) -> str | None:
    """Have somebody choose to whom to write, in the room of everyone; return their id, or None for all."""
    seat = place.seat
    if seat is None or not place.is_everyone:
        return None
    others = seat.classroom.view().addressees(seat.holder, seat.room)
    options = ["", *others]
    # Who has gone stays chosen: a private message must not go to everyone instead. It is refused.
    if (before := st.session_state.get(_KEY, "")) not in options:
        options.append(before)
    chosen = st.selectbox(
        "To whom",
        options,
        key=_KEY,
        format_func=lambda name: _label(place, name, gone=name not in others),
        label_visibility="collapsed",
        persist_state="session",
    )
    return chosen or None


def _label(place: Place, name: str, *, gone: bool) -> str:
    if not name:
        return "To everyone"
    return f"{place.name_of(name)}, who has left" if gone else f"To {place.name_of(name)} alone"


def draw_honesty(place: Place) -> None:
    """Say who can read a private message, and who sees that there is one."""
    seen = (
        "The others see that you write, and to whom."
        if place.seat and place.seat.classroom.view().shows_recipients
        else "The others see that you write to one person, and not to whom."
    )
    st.caption(
        f"Only you two have the key. {seen} This server did the key exchange for you both, so it could "
        "read this, too."
    )
