"""Classroom: the teacher opens a class, shows how to join, sees all rooms, and is in charge."""

import streamlit as st

from securechat.classroom import Classroom
from securechat.rooms.policy import Action
from securechat.ui import classroom as desk
from securechat.ui import ending, frame, passcode
from securechat.ui.classroom import Size, View
from securechat.ui.reserve import draw_reserve

frame.enter()


def draw_desk(classroom: Classroom) -> None:
    """Draw everything that the teacher needs."""
    wall, charge = st.columns([3, 1], gap="medium")
    with wall:
        with st.container(horizontal=True, vertical_alignment="center"):
            desk.draw_invitation(classroom, base, Size.STRIP)
            desk.draw_address(base)
        desk.draw_wall(classroom, View.DESK)
    with charge:
        desk.draw_panel(classroom)
        desk.draw_rules(classroom)
        st.subheader("This class", anchor=False)
        desk.draw_export(classroom)
        desk.draw_closing(classroom)
        desk.draw_other_classes(classroom)
    st.subheader("Write to everyone", anchor="write-to-everyone")
    with st.container(key="teacher_pane"):
        desk.draw_pane(classroom)


def draw_projector(classroom: Classroom, view: View) -> None:
    """Draw what the back row needs."""
    if view is View.BOTH:
        invitation, wall = st.columns([2, 3], gap="medium")
        with invitation:
            desk.draw_invitation(classroom, base, Size.SIDE)
        with wall:
            desk.draw_wall(classroom, view)
        return
    if view is View.INVITE:
        desk.draw_invitation(classroom, base, Size.FULL)
    desk.draw_wall(classroom, view)


if not passcode.allows(Action.MANAGE):
    desk.draw_door()
    ending.end_page()
classroom = desk.current_class()
if classroom is None:
    desk.draw_choice()
    passcode.draw_lock()
    ending.end_page()

base = desk.current_base()
with st.container(horizontal=True, vertical_alignment="center", key="class_head"):
    title = st.empty()
    view = desk.choose_view()
    desk.draw_pause(classroom)
    if view is View.DESK:
        draw_reserve("Only I write in Chat")
        title.header("Classroom", anchor=False, width="content")
        passcode.draw_lock()
    elif view is View.WALL:
        desk.draw_invitation(classroom, base, Size.STRIP)
if view is View.DESK:
    draw_desk(classroom)
else:
    with st.container(key="class_projector"):
        draw_projector(classroom, view)
