"""How to join, for the back row: QR code, address and code; and the address, where it has to be put right."""

from __future__ import annotations

from enum import StrEnum

import streamlit as st

from securechat.classroom import Classroom
from securechat.classroom.codes import spaced
from securechat.ui import state
from securechat.ui.classroom.address import MAX_BASE_CHARS, URL_SETTING, Base, find_base, read_base
from securechat.ui.classroom.notes import Section, act, as_typed, draw_note
from securechat.ui.classroom.qr import squares
from securechat.ui.component import component

SESSION_KEY = "class_base"
"""In the session state: the address as the teacher has put it right."""

_FIELD = "class_base_field"
_QUESTION = "class_address"

_invitation = component(
    "invitation",
    html="classroom/invitation.html",
    css=("classroom/invitation.css",),
    js=("classroom/invitation.js",),
)


class Size(StrEnum):
    """How much room the invitation has."""

    CARD = "card"
    FULL = "full"
    SIDE = "side"
    STRIP = "strip"


def current_base() -> Base:
    """Return the address that the class gets."""
    return find_base(
        corrected=st.session_state.get(SESSION_KEY, ""),
        setting=state.setting(URL_SETTING),
        page_url=st.context.url,
        page=st.session_state["page"],
        listens_on=str(st.get_option("server.address") or ""),
    )


def draw_invitation(classroom: Classroom, base: Base, size: Size) -> None:
    """Draw the QR code, the address and the code.

    Args:
        classroom: The class.
        base: The address of the app.
        size: How much room there is.
    """
    width, path = squares(base.link(classroom.code)) if base.url else (0, "")
    _invitation(
        key="class_invitation",
        data={
            "size": size,
            "width": width,
            "path": path,
            "address": base.typed if base.url else "",
            "code": spaced(classroom.code),
            "joining": classroom.view().joining,
        },
        width="content" if size is Size.STRIP else "stretch",
    )


def draw_address(base: Base) -> None:
    """Draw what is wrong with the address, and the way to put it right.

    Args:
        base: The address of the app.
    """
    if base.problem:
        st.warning(as_typed(base.problem), icon=":material/wifi_off:")
    with (
        st.popover("Change the address", icon=":material/edit:", key=_QUESTION, on_change="rerun"),
        st.form("class_base_form", border=False),
    ):
        st.text_input(
            "Address of this app, as phones reach it",
            key=_FIELD,
            placeholder=base.url or "http://192.168.1.20:8501",
            max_chars=2 * MAX_BASE_CHARS,
            help="Leave it empty to have it found again.",
        )
        st.form_submit_button("Use this address", on_click=act, args=(Section.ADDRESS, "address", _correct))
        draw_note(Section.ADDRESS)


def _correct() -> str:
    typed = st.session_state[_FIELD]
    if not typed.strip():
        st.session_state.pop(SESSION_KEY, None)
        return "The address is found by the app again."
    st.session_state[SESSION_KEY] = read_base(typed)
    return "The QR code has the new address. Try it with one phone first."
