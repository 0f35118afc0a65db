"""How to join, for the back row: QR code, address and code; and the address, where it has to be put right."""

from __future__ import annotations

from enum import StrEnum

import streamlit as st

from securechat.classroom import Classroom
from securechat.classroom.codes import spaced
from securechat.classroom.qr import squares
from securechat.rooms.policy import Action
from securechat.ui import passcode, state
from securechat.ui.base_address import PAGES
from securechat.ui.classroom.outcome import Section, act, draw_outcome
from securechat.ui.component import component
from securechat.ui.outcome import as_typed
from securechat.ui.state import application
from securechat.web.addresses import read_base
from securechat.web.public_address import Base

_FIELD = "class_base_field"
_CHOICE = "class_own_address_choice"
_QUESTION = "class_address"

_invitation = component(
    "invitation",
    html="classroom/invitation.html",
    css=("classroom/invitation.css",),
    js="classroom/invitation.js",
)


class Size(StrEnum):
    """How much room the invitation has."""

    FULL = "full"
    SIDE = "side"
    STRIP = "strip"


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
    if len(base.choices) > 1:
        _draw_choice(base)
    with (
        st.popover("Change the address", icon=":material/edit:", key=_QUESTION, on_change="rerun"),
        st.form("class_base_form", border=False),
    ):
        st.text_input(
            "Address of this app, as phones reach it",
            key=_FIELD,
            placeholder=base.url or "http://192.168.1.20:8501",
            help="Leave it empty to have it found again.",
        )
        st.form_submit_button("Use this address", on_click=act, args=(Section.ADDRESS, "address", _correct))
        draw_outcome(Section.ADDRESS)


def _draw_choice(base: Base) -> None:
    """Draw the choice between the addresses of this computer."""
    labels = {own.host: f"{own.host} ({own.adapter})" if own.adapter else own.host for own in base.choices}
    st.session_state[_CHOICE] = base.host
    st.selectbox(
        "Address of this computer",
        list(labels),
        format_func=lambda host: labels.get(host, host),
        key=_CHOICE,
        on_change=_choose,
        help="This computer is in several networks. Choose its address in the network of the phones: most "
        "often it is the first one. The QR code follows at once. Try it with one phone.",
    )


def _choose() -> None:
    if passcode.allows(Action.MANAGE):
        application().public_address.chosen = st.session_state[_CHOICE]


def _correct() -> str:
    typed = st.session_state[_FIELD]
    if not typed.strip():
        application().public_address.corrected = ""
        return "The address is found by the app again."
    application().public_address.corrected = read_base(typed, pages=PAGES, base_path=state.base_path())
    return "The QR code has the new address. Try it with one phone first."
