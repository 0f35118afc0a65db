"""The teacher's own pane: what the class writes to everyone, encrypted, and a message to all or to one."""

from __future__ import annotations

import streamlit as st

from securechat.classroom import TEACHER, Classroom, Seat
from securechat.errors import NotSeated
from securechat.ui import passcode, place
from securechat.ui.chat import chat
from securechat.ui.recipient import choose_recipient, draw_honesty


def draw_pane(classroom: Classroom) -> None:
    """Draw it. Whoever calls it has made sure that this session is the teacher's."""
    try:
        seat = Seat.take(classroom, TEACHER, classroom.everyone, right=passcode.right())
    except NotSeated:  # the class ended, or this session was locked, at this very moment
        st.rerun()
    room = place.of_seat(seat)
    with st.container(border=True, key="pane_teacher", gap="small"):
        recipient = choose_recipient(room)
        name = room.name_of(recipient) if recipient else "everyone"
        chat(
            room,
            viewer=seat.holder,
            placeholder=f"Message to {name}",
            recipient=recipient,
            announces=False,
            inspects=False,
        )
        if recipient:
            draw_honesty(room)
