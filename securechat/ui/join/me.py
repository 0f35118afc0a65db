"""One's own place in a class: another name, another partner, and the way out."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from securechat.classroom.codes import spaced
from securechat.classroom.whereabouts import Member
from securechat.errors import InvalidAlias
from securechat.ui import whereabouts
from securechat.ui.join.names import NAMES, chosen_name, draw_names
from securechat.ui.join.outcome import outcome

_OPEN = "me"


def draw_me(member: Member) -> None:
    """Draw the button with one's name, and what is behind it."""
    with st.popover(member.person.alias, icon=":material/person:", key=_OPEN, on_change="rerun"):
        st.text(f"Class {spaced(member.classroom.code)}. Others see you as {member.person.alias}.")
        if not st.session_state.get(_OPEN):
            return
        _draw_names(member)
        if member.person.room:
            st.button(
                "Find somebody else to talk to",
                icon=":material/person_search:",
                on_click=find_partner,
                args=(member,),
                help="Where nobody is in your room with you.",
            )
        st.button("Leave the class", icon=":material/logout:", on_click=_leave, args=(member,))


def find_partner(member: Member) -> None:
    """Let somebody wait for another partner."""
    st.session_state[_OPEN] = False
    outcome.attempt(partial(member.classroom.find_partner, member.person.id))


def _draw_names(member: Member) -> None:
    proposed = st.session_state.get("new_names")
    if not proposed:
        proposed = st.session_state["new_names"] = list(member.classroom.suggest(NAMES))
    draw_names(member.classroom, "Another name", proposed, "new_alias")
    st.button("Change my name", icon=":material/badge:", on_click=_rename, args=(member,))


def _rename(member: Member) -> None:
    alias = chosen_name("new_alias")
    st.session_state[_OPEN] = False
    st.session_state.pop("new_names", None)

    def rename() -> None:
        if not alias.strip():
            raise InvalidAlias("Choose a name first, then press the button.")
        member.classroom.choose_alias(member.person.id, alias)

    outcome.attempt(rename)


def _leave(member: Member) -> None:
    st.session_state[_OPEN] = False
    if outcome.attempt(partial(member.classroom.leave, member.person.id)):
        whereabouts.move(replace(whereabouts.here(), participant=""))
