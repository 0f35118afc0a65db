"""Attack lab: the pupil sees the tokens, has no key, and tries what an attacker would."""

import streamlit as st

from securechat.ui import frame
from securechat.ui.attack_lab import LABS
from securechat.ui.attack_lab.subject import choose

frame.enter()

labs = {lab.name: lab for lab in LABS}
with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="lab_head"):
    st.header("Attack lab", anchor=False, width="content")
    st.markdown("You see the tokens and have no key. Choose what to try:", width="content")
name = st.segmented_control(
    "What to try",
    labs,
    default=LABS[0].name,
    required=True,
    key="lab",
    bind="query-params",
    label_visibility="collapsed",
)
lab = labs[name]
if subject := choose():
    lab.draw(subject)
    st.divider()
    st.markdown(f"**What this lab shows:** {lab.shown}")
    st.markdown(f"**What it does not show:** {lab.not_shown}")
