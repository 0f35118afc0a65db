"""The teacher's own pane: what the class writes to everyone, encrypted, and a message to all or to one."""

from __future__ import annotations

import streamlit as st

from securechat.classroom import TEACHER, Classroom
from securechat.ui import membership, place
from securechat.ui.composer import composer
from securechat.ui.live import keep_current
from securechat.ui.recipient import choose_recipient, draw_honesty
from securechat.ui.transcript import transcript

_LOW = "<style>.st-key-teacher_pane .sc-scroll { height: 14rem; }</style>"


def draw_pane(classroom: Classroom) -> None:
    """Draw it. Whoever calls it has made sure that this session is the teacher's."""
    seat = membership.teachers_seat(classroom)
    room = place.of_seat(seat)
    st.html(_LOW)
    with st.container(border=True, key="pane_teacher", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("### Everyone", width="content")
            keep_current(room, room.conversation.view())
        transcript(room, viewer=TEACHER, alone=True, announce=False, inspects=False)
        recipient = choose_recipient(room, seat)
        name = room.name_of(recipient) if recipient else "everyone"
        composer(room, TEACHER, f"Message to {name}", recipient=recipient)
        if recipient:
            draw_honesty(seat)
