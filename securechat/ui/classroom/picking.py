"""Which room or person of the class the teacher has picked."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

_KEY = "class_picked"


@dataclass(frozen=True)
class Picked:
    """What is picked: one of the two.

    Attributes:
        room: The name of a room; empty if it is a person.
        person: The id of a participant; empty if it is a room.
    """

    room: str = ""
    person: str = ""


def picked() -> Picked | None:
    """Return what is picked, if anything."""
    there = st.session_state.get(_KEY)
    return there if isinstance(there, Picked) else None


def pick(what: Picked | None) -> None:
    """Pick something, or nothing."""
    st.session_state[_KEY] = what


def pick_sent(sent: object) -> None:
    """Pick what a browser has sent: `{"room": …}` or `{"person": …}`."""
    match sent:
        case {"room": str(room)}:
            pick(Picked(room=room))
        case {"person": str(person)}:
            pick(Picked(person=person))
