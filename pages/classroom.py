"""Classroom: the teacher opens a class, shows how to join, sees all rooms, and is in charge."""

import streamlit as st

from securechat.classroom import Classroom, wall_frame
from securechat.rooms.policy import Action
from securechat.ui import ending, frame, passcode
from securechat.ui.base_address import current_base
from securechat.ui.classroom import (
    choosing,
    closing,
    export,
    invitation,
    mallory,
    pane,
    panel,
    rules,
    views,
    wall,
)
from securechat.ui.classroom.invitation import Size
from securechat.ui.classroom.views import View
from securechat.ui.reserve import draw_reserve

frame.enter()


def draw_desk(classroom: Classroom) -> None:
    """Draw everything that the teacher needs."""
    left, right = st.columns([3, 1], gap="medium")
    with left:
        with st.container(horizontal=True, vertical_alignment="center"):
            invitation.draw_invitation(classroom, base, Size.STRIP)
            invitation.draw_address(base)
        wall.draw_wall(classroom, told, View.DESK)
    with right:
        mallory.draw_comparisons(classroom)
        panel.draw_panel(classroom)
        rules.draw_rules(classroom)
        st.subheader("This class", anchor=False)
        export.draw_export(classroom)
        closing.draw_closing(classroom)
        choosing.draw_other_classes(classroom)
    st.subheader("Write to the class", anchor="write-to-the-class")
    with st.container(key="teacher_pane"):
        pane.draw_pane(classroom)


def draw_projector(classroom: Classroom, view: View) -> None:
    """Draw what the back row needs."""
    if view is View.BOTH:
        left, right = st.columns([2, 3], gap="medium")
        with left:
            invitation.draw_invitation(classroom, base, Size.SIDE)
        with right:
            wall.draw_wall(classroom, told, view)
        return
    if view is View.INVITE:
        invitation.draw_invitation(classroom, base, Size.FULL)
    wall.draw_wall(classroom, told, view)


if not passcode.allows(Action.MANAGE):
    choosing.draw_door()
    ending.end_page()
classroom = choosing.current_class()
if classroom is None:
    choosing.draw_choice()
    passcode.draw_lock()
    ending.end_page()

told = wall_frame(classroom)  # first of all: see `draw_wall`
base = current_base()
with st.container(horizontal=True, vertical_alignment="center", key="class_head"):
    title = st.empty()
    view = views.choose_view()
    rules.draw_pause(classroom)
    if view is View.DESK:
        draw_reserve("Only I write in Chat")
        title.header("Classroom", anchor=False, width="content")
        passcode.draw_lock()
    elif view is View.WALL:
        invitation.draw_invitation(classroom, base, Size.STRIP)
if view is View.DESK:
    draw_desk(classroom)
else:
    with st.container(key="class_projector"):
        draw_projector(classroom, view)
