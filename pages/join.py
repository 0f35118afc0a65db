"""Join a class: by its code, under a friendly name; then the room that one sits in."""

import streamlit as st

from securechat.ui import frame, join, membership
from securechat.ui.join.entrance import CLASS

frame.enter()
member = membership.member()
classroom = join.asked_class()
if member and classroom and member.classroom is not classroom:
    membership.forget()  # the code of another class was given
    member = None
if member:
    st.session_state[CLASS] = member.classroom.id
    join.draw_room(member)
elif classroom:
    join.draw_entrance(classroom)
else:
    join.draw_code_form()
